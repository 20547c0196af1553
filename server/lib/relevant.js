// What of the product's events the backend has a use for. The platform allows fifty calls a minute
// for an account, so that what it would only drop is not sent at all. The topic never decides: a
// conversation that is joined to TikTok may have been moved to another one.

// said reports whether a message may have to reach a buyer: an agent wrote it, for others than
// agents. Notes, lines of the system, bots and the buyer's own words, which come back, may not.
function said(message) {
  const type = String(message?.message_type ?? 'normal').toLowerCase();
  const author = String(message?.actor_type ?? '').toLowerCase();

  return type === 'normal' && author === 'agent' && !message.botsPrivateNote;
}

function anySaid(conversation) {
  const messages = conversation?.messages;

  return Array.isArray(messages) && messages.some(said);
}

exports.message = (data) => anySaid(data?.message);

exports.created = (data) => anySaid(data?.conversation);

// updated reports whether a conversation was resolved or opened again.
exports.updated = (data) => Boolean(data?.changes?.model_changes?.status);
