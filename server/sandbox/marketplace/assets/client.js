(() => {
  'use strict';

  // What the platform's own client offers to an app's pages, as far as such pages may use it.
  const post = async (path, body) => {
    const answer = await fetch(`/marketplace/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const result = await answer.json();
    if (!answer.ok) throw result;

    return result;
  };

  const conversation = new URLSearchParams(window.location.search).get('conversation');

  const client = {
    request: {
      invokeTemplate: (template, options = {}) => post('template', { template, context: options.context, body: options.body }),
      invoke: (name, data) => post('function', { name, data }),
    },
    data: {
      get: (what) => (what === 'conversation' && conversation
        ? Promise.resolve({ conversation: { conversation_id: conversation } })
        : Promise.reject(new Error(`${what} is not there`))),
    },
    events: { on: (name, call) => { if (name === 'app.activated') queueMicrotask(call); } },
  };

  window.app = { initialized: () => Promise.resolve(client) };
})();
