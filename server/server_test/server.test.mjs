import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import jwt from 'jsonwebtoken';

import { ok, refused, run, sample } from './harness.mjs';

const SECRET = 'ls_sample_not_real_0001';

// What becomes of every payload that the platform is known to send: through which template it goes
// to the backend, or that it does not go at all.
const payloads = {
  'onAppInstall.v3': ['onAppInstallHandler', 'lifecycleInstall'],
  'onAppInstall.v23': ['onAppInstallHandler', 'lifecycleInstall'],
  'onAppUninstall.v3': ['onAppUninstallHandler', 'lifecycleUninstall'],
  'onMessageCreate.agent-text': ['onMessageCreateHandler', 'eventMessage'],
  'onMessageCreate.agent-image-file': ['onMessageCreateHandler', 'eventMessage'],
  'onMessageCreate.private-note': ['onMessageCreateHandler', null],
  'onMessageCreate.user-echo': ['onMessageCreateHandler', null],
  onConversationCreate: ['onConversationCreateHandler', null],
  'onConversationUpdate.resolved': ['onConversationUpdateHandler', 'eventConversation'],
  'afterAppUpdate.v3': [null, null],
  'onExternalEvent.v3': [null, null],
};

test('every sample has a row', () => {
  const files = readdirSync(new URL('../test_data', import.meta.url)).map((name) => name.replace(/\.json$/, ''));
  assert.deepEqual(files.sort(), Object.keys(payloads).sort());
});

for (const [name, [handler, template]] of Object.entries(payloads)) {
  test(`${name} goes ${template ? `through ${template}` : 'nowhere'}`, async () => {
    const payload = sample(name);
    const { handlers, seen } = run(ok());

    if (handler === null) {
      assert.equal(handlers[`${payload.event}Handler`], undefined);
      return;
    }

    await handlers[handler](payload);

    assert.deepEqual(seen.calls.map((c) => c.template), template ? [template] : []);
    assert.deepEqual(seen.logged, []);

    for (const call of seen.calls) {
      const body = JSON.parse(call.body);
      assert.equal(body.event, payload.event);
      assert.equal(body.timestamp, payload.timestamp);
      assert.deepEqual(body.data, payload.data);
    }
  });
}

test('a call is signed as the backend wants it', async () => {
  const payload = sample('onAppInstall.v3');
  const { handlers, seen } = run(ok());
  await handlers.onAppInstallHandler(payload);

  const [{ context, body }] = seen.calls;
  const { header, payload: claims } = jwt.verify(context.token, SECRET, { complete: true, algorithms: ['HS256'] });

  assert.equal(header.kid, 'ins_7Q2M4K');
  assert.equal(claims.iss, 'freshworks-app');
  assert.equal(claims.aud, 'https://sellerchat.example');
  assert.equal(claims.sub, 'acme-seller.freshchat.com');
  assert.equal(claims.evt, 'onAppInstall');
  assert.equal(claims.exp - claims.iat, 60);
  assert.match(claims.jti, /^[0-9a-f-]{36}$/);
  assert.equal(claims.bh, createHash('sha256').update(body).digest('base64url'));
  assert.deepEqual(JSON.parse(body), {
    event: 'onAppInstall', timestamp: 1772424600123, host: 'acme-seller.freshchat.com', region: 'US',
  });
});

test('no two calls share an id', async () => {
  const { handlers, seen } = run(ok());
  await handlers.onAppInstallHandler(sample('onAppInstall.v3'));
  await handlers.onAppInstallHandler(sample('onAppInstall.v3'));
  const [a, b] = seen.calls.map((c) => jwt.decode(c.context.token).jti);
  assert.notEqual(a, b);
});

test('the account is named by whatever the platform tells', async (t) => {
  const rows = {
    'the address of the product': [{ endpoint_urls: { freshchat: 'https://ACME.freshchat.com/' } }, undefined, 'acme.freshchat.com'],
    'the address of another product': [{ endpoint_urls: { freshworks_crm: 'https://acme.myfreshworks.com/crm?x=1' } }, undefined, 'acme.myfreshworks.com'],
    'the domain of earlier platforms': [undefined, 'Acme.freshchat.com', 'acme.freshchat.com'],
    nothing: [undefined, undefined, ''],
  };

  for (const [name, [currentHost, domain, want]] of Object.entries(rows)) {
    await t.test(name, async () => {
      const { handlers, seen } = run(ok());
      await handlers.onAppInstallHandler({ ...sample('onAppInstall.v3'), currentHost, domain });
      assert.equal(JSON.parse(seen.calls[0].body).host, want);
    });
  }
});

test('an installation is let through or refused', async (t) => {
  const rows = {
    'taken': [ok(), []],
    'taken before a later event': [ok({ status: 'ignored' }), []],
    'refused in the backend’s words': [refused(410, '{"message":"This setup is too old. Set the app up again."}'), [{ message: 'This setup is too old. Set the app up again.' }]],
    'refused with words that are too long': [refused(400, JSON.stringify({ message: 'x'.repeat(80) })), [{ message: 'x'.repeat(60) }]],
    'no answer': [refused(504, ''), [{ message: 'TikTok Seller Chat did not answer. Try again in a minute.' }]],
    'an answer that is no JSON': [refused(502, '<html>'), [{ message: 'TikTok Seller Chat did not answer. Try again in a minute.' }]],
    'an answer that is null': [refused(502, 'null'), [{ message: 'TikTok Seller Chat did not answer. Try again in a minute.' }]],
    'an answer of another kind': [() => ({ status: 202, response: '{}' }), [{ message: 'TikTok Seller Chat did not answer. Try again in a minute.' }]],
  };

  for (const [name, [answer, args]] of Object.entries(rows)) {
    await t.test(name, async () => {
      const { handlers, seen } = run(answer);
      await handlers.onAppInstallHandler(sample('onAppInstall.v3'));
      assert.deepEqual(seen.rendered, [args]);
    });
  }
});

test('words for the admin fit into the platform’s sixty characters', async () => {
  const { handlers, seen } = run(refused(500, ''));
  await handlers.onAppInstallHandler(sample('onAppInstall.v3'));
  assert.ok(seen.rendered[0][0].message.length <= 60);
  assert.match(seen.rendered[0][0].message, /\.$/);
});

test('an uninstallation always goes through', async (t) => {
  const rows = { 'taken': ok(), 'refused': refused(401, '{"message":"No."}'), 'no answer': refused(0, undefined) };

  for (const [name, answer] of Object.entries(rows)) {
    await t.test(name, async () => {
      const { handlers, seen } = run(answer);
      await handlers.onAppUninstallHandler(sample('onAppUninstall.v3'));
      assert.deepEqual(seen.rendered, [[]]);
    });
  }

  await t.test('also when the platform hands over no parameters', async () => {
    const { handlers, seen } = run(ok());
    await handlers.onAppUninstallHandler({ ...sample('onAppUninstall.v3'), iparams: undefined });
    assert.deepEqual(seen.rendered, [[]]);
    assert.deepEqual(seen.calls, []);
  });
});

function withMessages(...messages) {
  const payload = sample('onMessageCreate.agent-text');
  payload.data.message.messages = messages;

  return payload;
}

test('only what may have to reach a buyer is sent', async (t) => {
  const rows = {
    'an agent’s reply': [{ actor_type: 'agent', message_type: 'normal' }, true],
    'in other letters': [{ actor_type: 'AGENT', message_type: 'NORMAL' }, true],
    'without a type': [{ actor_type: 'agent' }, true],
    'a private note': [{ actor_type: 'agent', message_type: 'private' }, false],
    'a note of a bot in an agent’s name': [{ actor_type: 'agent', botsPrivateNote: true }, false],
    'a line of the system': [{ actor_type: 'system', message_type: 'system' }, false],
    'the buyer’s own words': [{ actor_type: 'user', message_type: 'normal' }, false],
    'a bot’s answer': [{ actor_type: 'bot', message_type: 'normal' }, false],
    'nobody’s message': [{ message_type: 'normal' }, false],
    'a message that is null': [null, false],
  };

  for (const [name, [message, goes]] of Object.entries(rows)) {
    await t.test(name, async () => {
      const { handlers, seen } = run(ok());
      await handlers.onMessageCreateHandler(withMessages(message));
      assert.equal(seen.calls.length, goes ? 1 : 0);
    });
  }

  await t.test('a reply among others', async () => {
    const { handlers, seen } = run(ok());
    await handlers.onMessageCreateHandler(withMessages({ actor_type: 'user' }, { actor_type: 'agent' }));
    assert.equal(seen.calls.length, 1);
  });

  await t.test('an event without messages', async () => {
    const { handlers, seen } = run(ok());
    await handlers.onMessageCreateHandler({ ...withMessages(), data: undefined });
    await handlers.onConversationCreateHandler({ ...withMessages(), data: {} });
    await handlers.onConversationUpdateHandler({ ...withMessages(), data: { changes: { model_changes: { assigned_agent_id: [] } } } });
    assert.deepEqual(seen.calls, []);
  });

  await t.test('a conversation that an agent began', async () => {
    const { handlers, seen } = run(ok());
    const payload = sample('onConversationCreate');
    payload.data.conversation.messages[0].actor_type = 'agent';
    await handlers.onConversationCreateHandler(payload);
    assert.deepEqual(seen.calls.map((c) => c.template), ['eventConversation']);
  });

  await t.test('whatever topic it is under', async () => {
    const { handlers, seen } = run(ok());
    const payload = sample('onMessageCreate.agent-text');
    payload.data.associations.channel.id = 'another';
    payload.data.message.messages.forEach((m) => { m.channel_id = 'another'; });
    await handlers.onMessageCreateHandler(payload);
    assert.equal(seen.calls.length, 1);
  });
});

test('a product event that is not taken is logged, without anything secret', async () => {
  const { handlers, seen } = run(refused(503, '{"message":"later"}'));
  const payload = sample('onMessageCreate.agent-text');
  await handlers.onMessageCreateHandler(payload);

  assert.deepEqual(seen.logged, ['onMessageCreate was not taken: status 503']);
  assert.deepEqual(seen.rendered, []);
});

test('our own pages are answered', async (t) => {
  const iparams = sample('onAppInstall.v3').iparams;
  const rows = {
    'the settings': ['openSettings', {}, 'lifecycleSession', 'session', { event: 'session' }],
    'the panel': ['panelState', { conversation_id: 'c1' }, 'panelState', 'panel', { event: 'panel', conversation_id: 'c1' }],
    'a retry': ['panelRetry', { conversation_id: 'c1', delivery_id: '7' }, 'panelRetry', 'panel', { event: 'panel', conversation_id: 'c1', delivery_id: '7' }],
  };

  for (const [name, [fn, asked, template, evt, want]] of Object.entries(rows)) {
    await t.test(name, async () => {
      const { handlers, seen } = run(ok({ answer: 42 }));
      await handlers[fn]({ iparams, ...asked });

      const [call] = seen.calls;
      const { timestamp, ...body } = JSON.parse(call.body);
      assert.equal(call.template, template);
      assert.deepEqual(body, want);
      assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
      assert.equal(jwt.verify(call.context.token, SECRET).evt, evt);
      assert.deepEqual(seen.rendered, [[null, { answer: 42 }]]);
    });
  }

  await t.test('with words when the backend refuses', async () => {
    const { handlers, seen } = run(refused(404, '{"message":"There is no such message."}'));
    await handlers.panelRetry({ iparams, conversation_id: 'c1', delivery_id: '7' });
    assert.deepEqual(seen.rendered, [[{ status: 404, message: 'There is no such message.' }]]);
  });
});

test('nothing secret is logged or shown, whatever happens', async () => {
  for (const answer of [ok(), refused(401, '{}'), refused(0, undefined)]) {
    const { handlers, seen } = run(answer);
    await handlers.onAppInstallHandler(sample('onAppInstall.v3'));
    await handlers.onMessageCreateHandler(sample('onMessageCreate.agent-text'));
    await handlers.onAppUninstallHandler(sample('onAppUninstall.v3'));
    const out = JSON.stringify([seen.logged, seen.rendered]);
    assert.ok(!out.includes(SECRET) && !out.includes('eyJ'), out);
  }
});
