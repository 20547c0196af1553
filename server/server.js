const { hostOf } = require('./lib/account');
const { call } = require('./lib/link');
const relevant = require('./lib/relevant');

// WORDS is how many characters the platform shows of a refusal.
const WORDS = 60;

// setUp tells the backend of a set-up event.
function setUp(template, payload) {
  const body = {
    event: payload.event,
    timestamp: payload.timestamp,
    host: hostOf(payload),
    region: payload.region,
  };

  return call($request, { template, evt: payload.event, iparams: payload.iparams, body });
}

// pass hands a product event to the backend. The platform neither waits for the outcome nor comes
// again: what is lost here is found by the backend when it reads the conversation.
async function pass(template, payload) {
  const body = { event: payload.event, timestamp: payload.timestamp, data: payload.data };

  try {
    await call($request, { template, evt: payload.event, iparams: payload.iparams, body });
  } catch (failure) {
    console.error(`${payload.event} was not taken: status ${failure.status}`);
  }
}

// ask answers one of our own pages, which get the backend's answer or words fit for people.
async function ask(request) {
  try {
    renderData(null, await call($request, request));
  } catch (failure) {
    renderData({ status: failure.status, message: failure.message });
  }
}

exports = {
  async onAppInstallHandler(payload) {
    try {
      await setUp('lifecycleInstall', payload);
      renderData();
    } catch (refusal) {
      renderData({ message: refusal.message.slice(0, WORDS) });
    }
  },

  // An app whose uninstallation is refused cannot be removed any more: whatever happens, it goes.
  async onAppUninstallHandler(payload) {
    try {
      await setUp('lifecycleUninstall', payload);
    } catch (failure) {
      console.error(`The uninstallation was not taken: status ${failure.status}`);
    } finally {
      renderData();
    }
  },

  async onMessageCreateHandler(payload) {
    if (relevant.message(payload.data)) {
      await pass('eventMessage', payload);
    }
  },

  async onConversationCreateHandler(payload) {
    if (relevant.created(payload.data)) {
      await pass('eventConversation', payload);
    }
  },

  async onConversationUpdateHandler(payload) {
    if (relevant.updated(payload.data)) {
      await pass('eventConversation', payload);
    }
  },

  // openSettings serves the installation page: where to open the settings, and what is connected.
  async openSettings({ iparams }) {
    const body = { event: 'session', timestamp: Date.now() };
    await ask({ template: 'lifecycleSession', evt: 'session', iparams, body });
  },

  // panelState and panelRetry serve the panel beside a conversation.
  async panelState({ iparams, conversation_id }) {
    const body = { event: 'panel', timestamp: Date.now(), conversation_id };
    await ask({ template: 'panelState', evt: 'panel', iparams, body });
  },

  async panelRetry({ iparams, conversation_id, delivery_id }) {
    const body = { event: 'panel', timestamp: Date.now(), conversation_id, delivery_id };
    await ask({ template: 'panelRetry', evt: 'panel', iparams, body });
  },
};
