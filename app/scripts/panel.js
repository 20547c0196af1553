'use strict';

const WORDS = {
  loading: 'Loading…',
  foreign: 'This conversation is not from TikTok Shop.',
  none: 'No messages have been passed on in this conversation yet.',
  noAnswer: 'TikTok Seller Chat did not answer. Press Refresh in a minute.',
  sending: 'Trying again…',
  again: 'It is being sent again.',
};

// What the states are called, with the mark that goes before the word.
const STATES = {
  sent: '✓ Sent',
  waiting: '… Waiting',
  failed: '✕ Not sent',
  unsure: '? Unsure',
  skipped: '– Not passed on',
};

// Who wrote a message.
const AUTHORS = { buyer: 'Buyer', seller: 'TikTok Seller Center', agent: 'Agent' };

// The panel asks again this often while something waits: the platform allows fifty calls a minute
// for all agents of the account.
const AGAIN_MS = 20000;

const state = { client: null, conversation: '', timer: 0 };

const byId = (id) => document.getElementById(id);

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;

  return made;
}

function say(words) {
  byId('status').textContent = words;
  byId('status').hidden = words === '';
}

async function invoke(name, data) {
  const answer = await state.client.request.invoke(name, { conversation_id: state.conversation, ...data });

  return answer.response;
}

async function retry(message, button) {
  button.disabled = true;
  button.textContent = WORDS.sending;

  try {
    show(await invoke('panelRetry', { delivery_id: message.delivery_id }));
    say(WORDS.again);
  } catch (failure) {
    button.disabled = false;
    button.textContent = 'Retry';
    say(failure?.message || WORDS.noAnswer);
  }
}

function retryOf(message) {
  const box = element('div', 'retry', '');
  const button = element('button', '', 'Retry');
  button.type = 'button';
  button.setAttribute('aria-label', `Retry: ${message.text}`);
  button.addEventListener('click', () => retry(message, button));
  box.append(element('p', 'help', message.retry_note ?? ''), button);

  return box;
}

function itemOf(message) {
  const item = element('li', `message ${message.state}`, '');
  const who = AUTHORS[message.from] ?? message.from;
  item.append(
    element('p', 'who', `${who}, ${new Date(message.at).toLocaleString()}`),
    element('p', 'text', message.text),
    element('p', 'state', [STATES[message.state] ?? message.state, message.reason].filter(Boolean).join(': ')),
  );

  if (message.retry) {
    item.append(retryOf(message));
  }

  return item;
}

function showLinked(answer) {
  byId('shop').textContent = [answer.shop.name, answer.shop.region].filter(Boolean).join(', ');
  byId('buyer').textContent = answer.buyer ? `Buyer: ${answer.buyer}` : '';
  byId('notice').textContent = answer.notice ?? '';
  byId('notice').hidden = !answer.notice;
  byId('messages').replaceChildren(...answer.messages.map(itemOf));
  say(answer.messages.length > 0 ? '' : WORDS.none);
}

function show(answer) {
  byId('linked').hidden = !answer.linked;
  clearTimeout(state.timer);

  if (!answer.linked) {
    say(WORDS.foreign);
    return;
  }

  showLinked(answer);
  if (answer.messages.some((m) => m.state === 'waiting')) {
    state.timer = setTimeout(load, AGAIN_MS);
  }
}

async function load() {
  byId('refresh').disabled = true;

  try {
    show(await invoke('panelState', {}));
  } catch (failure) {
    byId('linked').hidden = true;
    say(failure?.message || WORDS.noAnswer);
  } finally {
    byId('refresh').disabled = false;
  }
}

async function activated() {
  say(WORDS.loading);
  const { conversation } = await state.client.data.get('conversation');
  state.conversation = conversation.conversation_id ?? conversation.id;
  await load();
}

async function start() {
  byId('refresh').addEventListener('click', load);
  state.client = await app.initialized();
  state.client.events.on('app.activated', activated);
}

start();
