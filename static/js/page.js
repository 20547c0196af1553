// What every page shares: a pressed button that says so, boxes to copy from, times by the
// visitor's own clock. Without it the pages work the same, only less smoothly.
(() => {
  'use strict';

  // A form is sent once: a second press does nothing until the answer is there.
  const press = (form, submitter) => {
    const shown = submitter && submitter.hidden ? visibleTwin(form, submitter) : submitter;
    form.dataset.sent = '';
    form.setAttribute('aria-busy', 'true');
    if (!shown) return;
    shown.dataset.label = shown.textContent;
    shown.dataset.pressed = '';
    shown.disabled = true;
    if (shown.dataset.busy) shown.textContent = shown.dataset.busy;
  };

  const visibleTwin = (form, submitter) =>
    [...form.elements].find((e) => !e.hidden && e.type === 'submit' && e.getAttribute('formaction') === submitter.getAttribute('formaction'));

  const release = (form) => {
    delete form.dataset.sent;
    form.removeAttribute('aria-busy');
    for (const button of form.querySelectorAll('[data-pressed][data-label]')) {
      button.textContent = button.dataset.label;
      button.disabled = false;
      delete button.dataset.pressed;
      delete button.dataset.label;
    }
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if ('sent' in form.dataset) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    // Later, since a button that is disabled now would not be sent with the form.
    form.dataset.sent = '';
    setTimeout(() => press(form, event.submitter));
  }, true);

  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.elt.matches('form')) release(event.detail.elt);
  });

  // A page that comes back from the browser's memory was not left: its buttons have to work.
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll('form[data-sent]')) release(form);
  });

  // Some frames do not allow the newer way; the older one may still work there.
  const toClipboard = async (field) => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      return document.execCommand('copy');
    }
  };

  const copy = async (button) => {
    const field = document.getElementById(button.dataset.copy);
    if ('label' in button.dataset || !(await toClipboard(field))) return;
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = button.dataset.label;
      delete button.dataset.label;
    }, 2000);
  };

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) copy(button);
  });

  document.addEventListener('focusin', (event) => {
    if (event.target.matches('[data-copy-value]')) event.target.select();
  });

  const improve = () => {
    for (const button of document.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
    for (const time of document.querySelectorAll('time[data-local]')) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const words = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
      time.textContent = words.format(at);
      time.removeAttribute('data-local');
    }
  };

  document.addEventListener('htmx:afterRequest', improve);
  improve();
})();
