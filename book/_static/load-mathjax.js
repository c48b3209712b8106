"use strict";
/**
 * Brings MathJax when the first widget of the page answers and the browser has a free moment: what
 * moves comes before type-setting.
 */
(async () => {
  const place = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  await globalThis.cnnFirstWidget;
  await new Promise((done) => (globalThis.requestIdleCallback ?? setTimeout)(done));
  const script = document.createElement("script");
  script.src = new URL("mathjax/mathjax.js", place).href;
  await new Promise((done) => {
    script.onload = done;
    document.head.append(script);
  });
  await globalThis.MathJax.startup.promise;
  document.documentElement.dataset.formulas = "drawn";
  dispatchEvent(new Event("resize")); // what became wider can be scrolled: scrollable.js
})();
