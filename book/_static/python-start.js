"use strict";
/**
 * Waits for a press of Run or Check on a page, and then brings Python (python-view.js). Before that,
 * nothing of it is loaded; the buttons themselves are in the page (book/_ext/run_cells.py).
 */
(() => {
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  /** @type {Promise<any>|undefined} */ let view;

  /**
   * @param {Element} button
   * @param {string} words
   */
  function say(button, words) {
    button.parentElement.querySelector(".course-cell-said").textContent = words;
  }

  /** @param {HTMLButtonElement} button */
  async function press(button) {
    if (location.protocol === "file:") {
      say(
        button,
        "This page was opened from a folder, where a browser lets no page start Python. " +
          "Open it from a web address, or run the notebook with: make lab",
      );
      return;
    }
    if (!view) say(button, "Loading…");
    view ??= import(new URL("python-view.js", here).href);
    try {
      (await view).press(button);
    } catch (error) {
      view = undefined;
      say(button, `The editor did not load: ${error.message}. Press again to try once more.`);
    }
  }

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest?.("button.course-run-cell");
    if (button) press(/** @type {HTMLButtonElement} */ (button));
  });
})();
