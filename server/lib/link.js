const crypto = require('crypto');
const jwt = require('jsonwebtoken');

const { ORIGIN } = require('./backend');

// TOKEN_SECONDS is how long a token is good; the backend takes no longer ones.
const TOKEN_SECONDS = 60;

// sign makes the token that proves one call: whose installation it is, for which event, and that
// the body is the one that was signed.
function sign(iparams, evt, body) {
  const claims = {
    evt,
    bh: crypto.createHash('sha256').update(body).digest('base64url'),
  };

  return jwt.sign(claims, iparams.link_secret, {
    algorithm: 'HS256',
    keyid: iparams.install_id,
    issuer: 'freshworks-app',
    audience: ORIGIN,
    subject: iparams.freshchat_domain,
    expiresIn: TOKEN_SECONDS,
    jwtid: crypto.randomUUID(),
  });
}

// refusalOf is what a failed call means for people: the backend's own words where it gave some.
function refusalOf(failure) {
  const said = parse(failure?.response).message;
  const refused = new Error(said || 'TikTok Seller Chat did not answer. Try again in a minute.');
  refused.status = failure?.status ?? 0;

  return refused;
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// call signs a body, posts it through one of the request templates and returns the answer. It
// throws an error whose message is fit for people, with the answer's status.
exports.call = async function call($request, { template, evt, iparams, body }) {
  const text = JSON.stringify(body);
  const context = { token: sign(iparams, evt, text) };
  let answer;

  try {
    answer = await $request.invokeTemplate(template, { context, body: text });
  } catch (failure) {
    throw refusalOf(failure);
  }

  if (answer.status !== 200) {
    throw refusalOf(answer);
  }

  return parse(answer.response);
};
