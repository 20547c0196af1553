// Moves on from the waiting page by itself; the link does the same at once.
(() => {
  'use strict';

  const next = document.querySelector('[data-next]');
  setTimeout(() => window.location.replace(next.href), Number(next.dataset.after) * 1000);
})();
