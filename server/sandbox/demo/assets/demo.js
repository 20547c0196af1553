(() => {
  'use strict';

  const announcer = document.getElementById('announcer');
  const offline = document.getElementById('offline');
  let source;

  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 48;
  const toEnd = (box) => { box.scrollTop = box.scrollHeight; };

  // What is typed, chosen, focused and scrolled to stays as it is when a part
  // of the page is drawn anew.
  const remember = (part) => {
    const fields = [...part.querySelectorAll('input[id], textarea[id], select[id]')];
    return {
      focus: part.contains(document.activeElement) ? document.activeElement.id : '',
      values: new Map(fields.map((f) => [f.id, f.value])),
      scrolls: new Map([...part.querySelectorAll('[tabindex][id]')].map((b) => [b.id, { top: b.scrollTop, end: atEnd(b) }])),
      keys: new Set([...part.querySelectorAll('[data-key]')].map((e) => e.dataset.key)),
    };
  };

  const restore = (part, before) => {
    for (const [id, value] of before.values) {
      const field = document.getElementById(id);
      if (field && part.contains(field) && !field.hasAttribute('data-follow')) field.value = value;
    }
    for (const box of part.querySelectorAll('[tabindex][id]')) {
      const was = before.scrolls.get(box.id);
      if (box.hasAttribute('data-stick') && (!was || was.end)) toEnd(box);
      else if (was) box.scrollTop = was.top;
    }
    if (before.focus) document.getElementById(before.focus)?.focus({ preventScroll: true });
  };

  const announce = (part, before) => {
    if (before.keys.size === 0) return;
    for (const item of part.querySelectorAll('[data-key]')) {
      if (before.keys.has(item.dataset.key)) continue;
      item.classList.add('new');
      setTimeout(() => item.classList.remove('new'), 600);
      if (item.dataset.say) announcer.textContent = item.dataset.say;
    }
  };

  const draw = ({ id, html }) => {
    const part = document.getElementById(`live-${id}`);
    if (!part) return;
    const next = document.createElement('template');
    next.innerHTML = html; // so that both are written the same way
    if (part.innerHTML.trim() === next.innerHTML.trim()) return;
    const before = remember(part);
    part.replaceChildren(next.content);
    restore(part, before);
    announce(part, before);
  };

  const connect = () => {
    source?.close();
    source = new EventSource(`/live${location.search}`);
    source.addEventListener('region', (event) => draw(JSON.parse(event.data)));
    source.onopen = () => { offline.hidden = true; };
    source.onerror = () => { offline.hidden = false; };
  };

  const visit = (address) => {
    history.replaceState(null, '', address);
    connect();
  };

  const showTab = (name) => {
    document.body.dataset.tab = name;
    for (const link of document.querySelectorAll('[data-tab-link]')) {
      if (link.dataset.tabLink === name) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    for (const box of document.querySelectorAll('[data-stick]')) toEnd(box);
  };

  const send = async (form, pressed) => {
    const body = new URLSearchParams(new FormData(form, pressed));
    const say = form.querySelector('.say');
    const field = form.querySelector('input[name=text], textarea[name=text]');
    say && (say.textContent = '');
    if (pressed) pressed.disabled = true;
    try {
      const answer = await fetch(form.action, { method: 'POST', body, headers: { 'X-Live': '1' } });
      if (!answer.ok) throw new Error(await answer.text());
      if (field && !['quick', 'send'].includes(pressed?.name)) field.value = '';
    } catch (error) {
      if (say) say.textContent = error instanceof TypeError ? 'The demo does not answer. Try again in a moment.' : error.message;
    } finally {
      if (pressed) pressed.disabled = false;
      if (field && form.contains(field)) field.focus();
    }
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-live]')) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.matches('[data-visit]')) {
      event.preventDefault();
      visit(`/?${new URLSearchParams(new FormData(form))}`);
    }
  });

  document.addEventListener('change', (event) => {
    const form = event.target.closest('form[data-visit]');
    if (form) form.requestSubmit();
  });

  document.addEventListener('click', (event) => {
    const tab = event.target.closest('[data-tab-link]');
    const link = event.target.closest('a[data-visit]');
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (tab) {
      event.preventDefault();
      showTab(tab.dataset.tabLink);
    } else if (link) {
      event.preventDefault();
      visit(link.href);
    }
  });

  // Enter sends a reply; with Shift it begins a new line.
  document.addEventListener('keydown', (event) => {
    const form = event.target.closest('form[data-enter]');
    if (!form || event.key !== 'Enter' || event.shiftKey || event.isComposing || event.target.tagName !== 'TEXTAREA') return;
    event.preventDefault();
    form.requestSubmit(form.querySelector('button.primary'));
  });

  for (const box of document.querySelectorAll('[data-stick]')) toEnd(box);
  document.documentElement.classList.add('scripted');
  connect();
})();
