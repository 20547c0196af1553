(() => {
  'use strict';

  const dialog = document.querySelector('[data-market]');
  const frame = document.querySelector('[data-market-frame]');
  if (!dialog || !frame) return;

  const post = (path, body) => fetch(`/marketplace/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

  if (dialog.hasAttribute('data-package')) runPackage();
  else standIn();

  // runPackage does what the product does around an app's settings page: it hands over what is
  // stored when somebody edits, and its own button asks the page whether to go on, and for what
  // to store.
  function runPackage() {
    const button = document.getElementById('market-install');
    const problem = document.getElementById('market-problem');
    const saved = JSON.parse(dialog.dataset.saved || 'null');

    const say = (words) => {
      problem.textContent = words;
      problem.hidden = words === '';
    };

    const ready = () => {
      if (saved) frame.contentWindow.getConfigs(saved);
      button.disabled = false;
    };

    frame.addEventListener('load', ready);
    if (frame.contentDocument?.readyState === 'complete' && frame.contentWindow.validate) ready();

    button.addEventListener('click', async () => {
      say('');
      if (!frame.contentWindow.validate()) return;

      button.disabled = true;
      const answer = await post('save', frame.contentWindow.postConfigs());
      if (answer.ok) {
        window.location.reload();
        return;
      }

      say((await answer.json()).message);
      button.disabled = false;
    });
  }

  // standIn plays the settings page itself: the frame reports once that the app is set up; only
  // that frame, from the backend's origin, with the nonce of this very page, is believed.
  function standIn() {
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
      if ((await post('handover', body)).ok) await showFoot();
    });
  }
})();
