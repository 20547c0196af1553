(() => {
  'use strict';

  // The frame reports once that the app is set up; only that frame, from the
  // backend's origin, with the nonce of this very page, is believed.
  const dialog = document.querySelector('[data-market]');
  const frame = document.querySelector('[data-market-frame]');
  if (!dialog || !frame) return;

  const fields = ['install_id', 'link_secret', 'freshchat_domain', 'topic_id'];

  const showFoot = async () => {
    const answer = await fetch('/marketplace/foot');
    if (!answer.ok) return;
    document.getElementById('market-foot').innerHTML = await answer.text();
    document.getElementById('market-install')?.focus({ preventScroll: false });
  };

  window.addEventListener('message', async (event) => {
    const { data } = event;
    if (event.origin !== dialog.dataset.backend || event.source !== frame.contentWindow) return;
    if (data?.type !== 'sellerchat.installed' || data.nonce !== dialog.dataset.nonce) return;

    const body = { nonce: data.nonce };
    for (const name of fields) body[name] = String(data[name] ?? '');
    const answer = await fetch('/marketplace/handover', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.ok) await showFoot();
  });
})();
