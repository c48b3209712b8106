"use strict";
/** On a page of a folder (file://) no chapter can run: Start leads to the words that say why. */
(() => {
  if (location.protocol !== "file:") return;
  const links = document.querySelectorAll("a[href*='lite/notebooks/']");
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (links)) {
    link.href = `${document.documentElement.dataset.content_root}book/run.html#from-a-folder`;
  }
})();
