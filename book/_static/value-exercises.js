"use strict";
/**
 * Exercises whose answer is a value, checked where they stand (book/_ext/value_exercises.py puts the
 * form into the page, value-check.js gives the verdict, progress.js keeps it with what was typed).
 */
(() => {
  for (const form of document.querySelectorAll("form.course-value"))
    dress(/** @type {HTMLFormElement} */ (form));

  /** @param {HTMLFormElement} form */
  function dress(form) {
    const about = JSON.parse(form.querySelector("script").textContent);
    const name = form.dataset.exercise;
    const said = /** @type {HTMLElement} */ (form.querySelector(".course-value-said"));
    const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input"));
    const stub = form.nextElementSibling;
    const opener = form.querySelector("button[aria-expanded]");
    const text = () => String(new FormData(form).get("answer") ?? "");

    const kept = globalThis.cnnProgress.get(name)?.text;
    if (typeof kept === "string") {
      for (const input of inputs) {
        if (input.type === "radio") input.checked = input.value === kept;
        else input.value = kept;
      }
      check();
    }
    form.addEventListener("input", () => tell(said, "", ""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { kind, slip } = check();
      const right = kind === "right";
      if (kind !== "open") globalThis.cnnProgress.record(name, { right, slip, text: text() });
    });
    opener.addEventListener("click", () => {
      const open = stub.classList.toggle("course-stub-open");
      opener.setAttribute("aria-expanded", String(open));
    });

    /** Say what the answer is worth. */
    function check() {
      const verdict = globalThis.courseCheckValue(about, text());
      tell(said, `${about.marks[verdict.kind]} ${verdict.words}`, verdict.kind);
      return verdict;
    }
  }

  /** @param {HTMLElement} said */
  function tell(said, words, kind) {
    said.textContent = words;
    said.dataset.kind = kind;
  }
})();
