(() => {
  'use strict';

  const told = document.getElementById('copied');

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;

    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand('copy'); // without leave for the clipboard, the selection is copied
    }
    button.textContent = 'Copied';
    told.textContent = `${button.getAttribute('aria-label').replace('Copy ', '')} copied`;
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
})();
