"use strict";
/** A button above each chapter hides its code, and shows it again; this browser remembers. */
(() => {
  const STORE = "course-code";
  const root = document.documentElement;
  const bar = document.querySelector(".article-header-buttons");
  if (!bar || !document.querySelector("div.cell_input")) return;

  for (const cell of document.querySelectorAll("div.cell"))
    if (cell.querySelector("pre")?.textContent?.includes("\ncheck("))
      cell.classList.add("course-exercise");

  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm course-hide-code";
  button.addEventListener("click", () => show(root.dataset.code === "hidden"));
  bar.prepend(button);
  show(remembered() !== "hidden");

  /** @param {boolean} on whether code is shown */
  function show(on) {
    root.dataset.code = on ? "shown" : "hidden";
    button.textContent = on ? "Hide code" : "Show code";
    try {
      localStorage.setItem(STORE, root.dataset.code);
    } catch {
      // this browser keeps nothing for us: the page is as the button says all the same
    }
  }

  function remembered() {
    try {
      return localStorage.getItem(STORE);
    } catch {
      return null;
    }
  }
})();
