// hostOf returns the platform's own name of the account, as far as an event tells it: a host in
// lower case without scheme or path, or an empty string.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/serverless-apps/app-set-up-events/
exports.hostOf = function hostOf(payload) {
  const urls = payload.currentHost?.endpoint_urls ?? {};
  const told = urls.freshchat ?? Object.values(urls)[0] ?? payload.domain ?? '';

  return String(told)
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/?#].*$/, '')
    .toLowerCase();
};
