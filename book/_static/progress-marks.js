"use strict";
/**
 * Shows how much of each chapter is solved, and how many of its questions are due again, in the
 * contents and on the cards of the start page.
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

  function show() {
    for (const { link, page } of links) mark(link, words(work[page].tasks, isCard(link)));
  }

  const isCard = (/** @type {Element} */ link) => link.querySelector(".course-card-time") !== null;

  /**
   * "3 of 8" or "3 of 8 · 2 due"; nothing before the first.
   * @param {string[]} tasks
   * @param {boolean} long
   */
  function words(tasks, long) {
    const [solved, due] = [tasks.filter(progress.solved).length, tasks.filter(progress.due).length];
    const said = [];
    if (solved) {
      const all = solved === tasks.length ? "✓ " : "";
      said.push(`${all}${solved} of ${tasks.length}${long ? " solved" : ""}`);
    }
    if (due) said.push(`${due} due${long ? " again" : ""}`);
    return said.join(" · ");
  }

  /**
   * @param {HTMLAnchorElement} link
   * @param {string} said
   */
  function mark(link, said) {
    link.querySelector(".course-done")?.remove();
    if (!said) return;
    const card = link.querySelector(".course-card-time");
    const made = document.createElement("span");
    made.className = "course-done";
    made.textContent = ` ${card ? "· " : ""}${said}`;
    (card ?? link).append(made);
  }

  progress.onChange(show);
  addEventListener("pageshow", show); // on the way back, too
})();
