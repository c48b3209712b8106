"use strict";
/**
 * Shows how much of each chapter is solved, in the contents and on the cards of the start page.
 * progress.js keeps it; course-work.js (book/_ext/course_work.py) says what there is to solve.
 */
(() => {
  const progress = globalThis.cnnProgress;
  /** @type {Record<string, {title: string, tasks: string[]}>} by a chapter's page */
  const work = globalThis.courseWork ?? {};

  const links = [...document.querySelectorAll(".bd-links a, a.course-card")].flatMap((element) => {
    const link = /** @type {HTMLAnchorElement} */ (element);
    const page = Object.keys(work).find((name) => link.pathname.endsWith(`/${name}`));
    return page ? [{ link, page }] : [];
  });

  const count = (/** @type {string[]} */ names) => names.filter(progress.solved).length;

  function show() {
    for (const { link, page } of links)
      mark(link, count(work[page].tasks), work[page].tasks.length);
  }

  /**
   * Write "3 of 8" into a link; nothing before the first.
   * @param {HTMLAnchorElement} link
   * @param {number} solved
   * @param {number} of
   */
  function mark(link, solved, of) {
    link.querySelector(".course-done")?.remove();
    if (!solved) return;
    const card = link.querySelector(".course-card-time");
    const words = document.createElement("span");
    words.className = "course-done";
    words.textContent = ` ${card ? "· " : ""}${solved === of ? "✓ " : ""}${solved} of ${of}${card ? " solved" : ""}`;
    (card ?? link).append(words);
  }

  progress.onChange(show);
  addEventListener("pageshow", show); // on the way back, too
})();
