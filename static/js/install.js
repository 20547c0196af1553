// The install page beyond what plain forms do: parts stay in step with part 1, a code that
// arrived from the authorize tab is picked up, and the frame around the page is told of the end.
(() => {
  'use strict';

  const byId = (id) => document.getElementById(id);

  // The lower parts belong to what was verified; once that is changed they wait for Verify again.
  const undoVerified = () => {
    const state = byId('connect-state');
    if (!state || state.dataset.verified !== 'yes') return;
    state.dataset.verified = 'no';
    for (const part of document.querySelectorAll('[data-after-verify]')) part.disabled = true;
    for (const link of document.querySelectorAll('[data-after-verify] a[href]')) {
      link.removeAttribute('href');
      link.setAttribute('role', 'link');
      link.setAttribute('aria-disabled', 'true');
    }
    for (const notice of document.querySelectorAll('#notices [data-tone="success"]')) notice.remove();
    document.querySelector('[data-enter]').setAttribute('formaction', '/install/verify');
  };

  // Unfolds part 1 with what was typed still in it, which the server could not give back.
  const unfold = () => {
    const state = byId('connect-state');
    state.replaceChildren();
    state.dataset.folded = 'no';
    followFold();
    byId('freshchat_domain').focus();
  };

  const followFold = () => {
    const state = byId('connect-state');
    const fields = byId('connect-fields');
    if (!state || !fields) return;
    fields.hidden = state.dataset.folded === 'yes';
    fields.disabled = fields.hidden;
  };

  document.addEventListener('input', (event) => {
    if (event.target.closest('#connect-fields')) undoVerified();
  });

  document.addEventListener('click', (event) => {
    if (!event.target.closest('[formaction="/install/change"]')) return;
    event.preventDefault();
    unfold();
  });

  // Fields that are disabled are not sent, but the answer shows them again: their values go along.
  document.addEventListener('htmx:configRequest', (event) => {
    for (const part of document.querySelectorAll('[data-after-verify]:disabled')) {
      for (const field of part.elements) {
        if (field.name && field.type !== 'submit') event.detail.parameters[field.name] = field.value;
      }
    }
  });

  const markInvalid = () => {
    for (const words of document.querySelectorAll('[data-error-for]')) {
      const field = byId(words.dataset.errorFor);
      if (field) field.setAttribute('aria-invalid', words.textContent.trim() === '' ? 'false' : 'true');
    }
  };

  // After an answer the cursor goes to the first field in error, else to what comes next.
  const moveFocus = (path) => {
    const wrong = document.querySelector('[aria-invalid="true"]:enabled');
    if (wrong) {
      wrong.focus();
      return;
    }
    if (path === '/install/pickup' || path === '/install/topics') return;
    const notice = document.querySelector('#notices .notice');
    if (notice) {
      notice.focus({ preventScroll: true });
      notice.scrollIntoView({ block: 'nearest' });
    }
  };

  const sayUnreachable = () => {
    const notices = byId('notices');
    const box = document.createElement('div');
    box.className = 'notice notice-error';
    box.dataset.testid = 'notice';
    box.dataset.tone = 'error';
    box.tabIndex = -1;
    box.textContent = 'We could not be reached, so what you sent may not have arrived. Check your connection and try again.';
    notices.replaceChildren(box);
  };

  document.addEventListener('htmx:afterRequest', (event) => {
    const { xhr, pathInfo } = event.detail;
    const path = pathInfo ? pathInfo.requestPath : '';
    const answered = xhr && xhr.status !== 0 && (xhr.status === 204 || xhr.responseText.includes('id="notices"'));
    if (!answered && path !== '/install/pickup' && path !== '/install/resume') sayUnreachable();
    followFold();
    markInvalid();
    if (xhr && xhr.status === 204) return;
    if (answered) keep();
    moveFocus(path);
    handOver();
  });

  // Coming back from the authorize tab: the code may be here already.
  const pickUp = () => {
    const form = byId('install-form');
    const code = byId('auth_code_url');
    if (document.visibilityState !== 'visible' || !form || 'sent' in form.dataset) return;
    if (!code || code.value !== '' || code.closest('fieldset').disabled) return;
    window.htmx.ajax('POST', form.dataset.pickup, { source: '#shop', swap: 'none' });
  };

  document.addEventListener('visibilitychange', pickUp);

  // A page that is loaded again goes on where it was. The tab keeps its token, which never
  // stands in an address.
  const kept = `sellerchat.install${window.location.search}`;

  const keep = () => {
    const flow = document.querySelector('#install [name="flow"]');
    try {
      if (flow) window.sessionStorage.setItem(kept, flow.value);
    } catch {
      // Frames may be refused a storage: then the page begins anew.
    }
  };

  const recall = () => {
    try {
      return window.sessionStorage.getItem(kept);
    } catch {
      return null;
    }
  };

  const resume = () => {
    const flow = recall();
    const [visit] = performance.getEntriesByType('navigation');
    if (!flow || !byId('install-form') || (window.location.search === '' && visit.type !== 'reload')) return;
    window.htmx.ajax('POST', '/install/resume', { source: '#shop', swap: 'none', values: { flow } });
  };

  // Tells the frame around the page, once, and only the origin that the server has checked.
  const handOver = async () => {
    const end = document.querySelector('[data-handover]');
    if (!end) return;
    const { handover, origin, nonce } = end.dataset;
    end.removeAttribute('data-handover');
    const form = end.querySelector('form');
    if (window.parent === window) {
      form.requestSubmit();
      return;
    }
    const answer = await fetch(handover, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: 'application/json' },
      cache: 'no-store',
    }).catch(() => null);
    if (!answer || !answer.ok) {
      form.requestSubmit();
      return;
    }
    const told = await answer.json();
    window.parent.postMessage({
      type: 'sellerchat.installed',
      nonce,
      install_id: told.install_id,
      link_secret: told.link_secret,
      freshchat_domain: told.freshchat_domain,
      topic_id: told.topic_id,
    }, origin);
  };

  followFold();
  handOver();
  resume();
})();
