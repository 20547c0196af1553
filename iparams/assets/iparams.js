/* exported getConfigs, validate, postConfigs -- the platform calls them by name */
/* global BACKEND_ORIGIN -- backend.js holds it */
'use strict';

// What is sent by the setup page, or exchanged for its code, and stored with the installation.
const FIELDS = ['install_id', 'link_secret', 'freshchat_domain', 'topic_id'];

const WORDS = {
  begin: 'Set up the app below. When it says App Installed, press Install at the bottom of this page.',
  connected: 'Everything here is saved. There is nothing to do, unless you want to change something.',
  change: 'Set up the change below. When it says App Installed, press Save at the bottom of this page.',
  finished: 'Setup finished. Now press Install below.',
  changed: 'Setup finished. Now press Save below.',
  notYet: 'The setup is not finished yet. Finish it first: it says App Installed at the end.',
  noCode: 'Paste the Setup Code that the setup shows at its end.',
  badCode: 'This Setup Code has been used or is older than 10 minutes. Press New code where you got it, and paste that one.',
  noAnswer: 'TikTok Seller Chat did not answer. Try again in a minute.',
  loading: 'Loading the connected shops…',
  noShops: 'The connected shops could not be loaded. Open settings shows them.',
};

// saved is what the platform stored at an earlier time, result what this page has got since.
const state = { client: null, saved: null, result: null, nonce: '' };

const byId = (id) => document.getElementById(id);

function tell(words, kind) {
  const notice = byId('next');
  notice.textContent = words;
  notice.className = `notice ${kind ?? ''}`;
}

// complete reports whether what was received can be installed with.
function complete(result) {
  return FIELDS.every((name) => typeof result?.[name] === 'string' && result[name] !== '');
}

function finish(result) {
  state.result = {};
  for (const name of FIELDS) {
    state.result[name] = result[name];
  }

  byId('setup').hidden = true;
  tell(state.saved ? WORDS.changed : WORDS.finished, 'success');
  byId('next').scrollIntoView({ block: 'nearest' });
}

function showSetup() {
  state.nonce = crypto.randomUUID();
  const address = new URL('/install', BACKEND_ORIGIN);
  byId('open-tab').href = address.href;
  address.searchParams.set('nonce', state.nonce);
  address.searchParams.set('parent', window.location.origin);
  byId('frame').src = address.href;
  byId('setup').hidden = false;
}

// believed reports whether a message is our setup page's, in our frame, for this very page.
function believed({ origin, source, data }) {
  return origin === BACKEND_ORIGIN && source === byId('frame').contentWindow &&
    data?.type === 'sellerchat.installed' && data.nonce === state.nonce;
}

function received(event) {
  if (believed(event) && complete(event.data)) {
    finish(event.data);
  }
}

function codeError(words) {
  const error = byId('code-error');
  error.textContent = words;
  error.hidden = words === '';
  byId('code').setAttribute('aria-invalid', String(words !== ''));

  if (words !== '') {
    byId('code').focus();
  }
}

function wordsOfExchange(failure) {
  return failure?.status === 404 ? WORDS.badCode : WORDS.noAnswer;
}

async function exchange(code) {
  const answer = await state.client.request.invokeTemplate('exchangeCode', { context: {}, body: JSON.stringify({ code }) });
  const result = JSON.parse(answer.response);

  if (!complete(result)) {
    throw new Error('the answer is not complete');
  }

  return result;
}

async function useCode(event) {
  event.preventDefault();
  const code = byId('code').value.trim();
  const button = byId('use-code');

  if (code === '') {
    codeError(WORDS.noCode);
    return;
  }

  codeError('');
  button.disabled = true;
  button.textContent = 'Checking…';

  try {
    finish(await exchange(code));
  } catch (failure) {
    codeError(wordsOfExchange(failure));
  } finally {
    button.disabled = false;
    button.textContent = 'Use code';
  }
}

function shopLine(shop) {
  const item = document.createElement('li');
  item.textContent = [shop.name, shop.region].filter(Boolean).join(', ') + (shop.topic ? ` → ${shop.topic}` : '');

  return item;
}

// connection asks the backend what is connected, and for an address of the settings that can be
// opened once.
async function connection() {
  const answer = await state.client.request.invoke('openSettings', {});

  return answer.response;
}

async function showShops() {
  const list = byId('shops');
  list.textContent = WORDS.loading;

  try {
    const { shops } = await connection();
    list.replaceChildren(...(shops ?? []).map(shopLine));
  } catch {
    list.textContent = WORDS.noShops;
  }
}

// openSettings opens the tab at once, while the browser still knows that a person asked for it.
async function openSettings() {
  const tab = window.open('about:blank', '_blank');

  try {
    const { url } = await connection();
    if (tab) {
      tab.opener = null;
      tab.location.replace(url);
    } else {
      tell('Your browser blocked the new tab. Allow it for this page, and press Open settings again.', 'error');
    }
  } catch (failure) {
    tab?.close();
    tell(failure?.message || WORDS.noAnswer, 'error');
  }
}

function showConnected() {
  byId('account').textContent = state.saved.freshchat_domain;
  byId('connected').hidden = false;
  tell(WORDS.connected);
  showShops();
}

function change() {
  byId('change').disabled = true;
  tell(WORDS.change);
  showSetup();
}

function begin() {
  tell(WORDS.begin);
  showSetup();
}

// getConfigs is called with what was stored when somebody edits the settings of the installed app.
// The link secret is not among it: secure values never come back to a browser.
function getConfigs(saved) {
  if (!saved?.install_id) {
    return;
  }

  state.saved = saved;
  byId('setup').hidden = true;
  byId('frame').removeAttribute('src');
  showConnected();
}

// validate lets the platform go on only with something to store: a new result, or what is stored
// already.
function validate() {
  const ready = Boolean(state.result ?? state.saved);
  if (!ready) {
    tell(WORDS.notYet, 'error');
  }

  return ready;
}

// postConfigs is what the platform stores.
function postConfigs() {
  const { install_id, link_secret, freshchat_domain, topic_id } = state.result ?? state.saved;

  return { __meta: { secure: ['link_secret'] }, install_id, link_secret, freshchat_domain, topic_id };
}

async function start() {
  window.addEventListener('message', received);
  byId('code-form').addEventListener('submit', useCode);
  byId('open-settings').addEventListener('click', openSettings);
  byId('change').addEventListener('click', change);

  state.client = await app.initialized();
  if (!state.saved) {
    begin();
  }
}

start();
