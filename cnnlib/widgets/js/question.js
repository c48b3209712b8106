/**
 * A question with numbers of its own: typed or chosen, checked on the page, answered with a word
 * about the mistake. What was answered is kept in this browser only, and can be forgotten.
 */

import { afterTry, isDue, keepAnswers, nextSet, readAnswers, today } from "./parts/answers.js";
import { button } from "./parts/controls.js";
import { html, setText, uniqueId } from "./parts/dom.js";
import { followLinks, linkTools, readNumber } from "./parts/link.js";

export default { render };

/**
 * One asking of the question, as Python made it: its text, its answer and what wrong answers mean.
 * @typedef {object} Asking
 * @property {string} text
 * @property {string} answer
 * @property {string[]} [choices]
 * @property {Record<string, string>} mistakes a wrong answer, and what it comes from
 * @property {string} hint
 * @property {string} worked
 */

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render({ model, el }) {
  /** @type {Asking[]} */ const askings = model.get("askings");
  const key = model.get("key");
  const id = uniqueId("answer");
  // several questions of a page are told apart by their text
  const text = html("p", { class: "cnn-question", id: uniqueId("question") });
  const answers = html("div", { class: "cnn-answers" });
  const feedback = html("p", { class: "cnn-feedback", role: "status" });
  const hint = html("p", { class: "cnn-hint-text", hidden: true });
  const worked = html("p", { class: "cnn-worked", hidden: true });
  const progress = html("span", { class: "cnn-hint" });
  const showHint = button("Hint", () => reveal(hint, showHint), {
    name: "hint",
    "aria-expanded": "false",
  });
  const showWorked = button("Worked answer", () => reveal(worked, showWorked), {
    name: "worked",
    "aria-expanded": "false",
  });
  const other = button("Other numbers", next, { name: "other" });
  const forget = button("Forget my answers", forgetAll, { name: "forget" });
  const form = html(
    "form",
    { class: "cnn-answer" },
    answers,
    html("button", { class: "cnn-button", name: "check" }, "Check"),
  );
  const several = askings.length > 1;
  const onPage = el.closest("[data-cnn-page]") !== null;
  const stateOf = () => ({ asking: model.get("asking") });
  const words = html("p", { class: "cnn-words", role: "alert" });
  const root = html(
    "section",
    { class: "cnn-widget", "aria-labelledby": text.id, "data-key": key },
    words,
    text,
    form,
    feedback,
    hint,
    worked,
    html(
      "div",
      { class: "cnn-buttons cnn-tools" },
      showHint,
      showWorked,
      ...(several ? [other] : []),
      ...(several && onPage ? linkTools(key, stateOf) : []),
      forget,
      progress,
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  // JupyterLab listens to keys; what is typed here is meant for the field
  form.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:asking", ask);
  el.append(root);
  if (isDue(kept(), today())) model.set("asking", nextSet(kept(), askings.length));
  ask();
  const leave = onPage ? followLinks(key, takeOver) : () => {};
  return () => {
    leave();
    model.off("change:asking", ask);
  };

  /** Ask what a link asks for, if it names numbers. @param {URLSearchParams} asked */
  function takeOver(asked) {
    if (asked.has("asking")) {
      const said = [];
      const limits = { min: 0, max: askings.length - 1, whole: true };
      const wanted = readNumber(asked.get("asking"), "asking", limits, said);
      setText(words, said.length ? `The link asked for something else. ${said[0]}` : "");
      model.set("asking", wanted ?? 0);
    }
    root.scrollIntoView({ block: "start" });
  }

  function current() {
    return askings[Math.min(Math.max(0, model.get("asking")), askings.length - 1)];
  }

  function ask() {
    const { text: words, choices, hint: help, worked: solution } = current();
    setText(text, words);
    setText(hint, help);
    setText(worked, solution);
    for (const [part, opener] of [
      [hint, showHint],
      [worked, showWorked],
    ]) {
      part.hidden = true;
      opener.setAttribute("aria-expanded", "false");
    }
    answers.replaceChildren(
      ...(choices
        ? choices.map(radio)
        : [
            html("label", { for: id }, "Your answer"),
            html("input", {
              type: "text",
              id,
              name: "answer",
              inputmode: "decimal",
              autocomplete: "off",
              size: 10,
            }),
          ]),
    );
    tell("", "");
    drawProgress();
  }

  function radio(choice, number) {
    const own = `${id}-${number}`;
    const input = html("input", { type: "radio", id: own, name: id, value: choice });
    return html("div", { class: "cnn-toggle" }, input, html("label", { for: own }, choice));
  }

  function check() {
    const asking = current();
    if (asking.choices) {
      const chosen = /** @type {HTMLInputElement|null} */ (answers.querySelector("input:checked"));
      if (!chosen) return tell("Choose one of the answers first.", "");
      return judge(chosen.value);
    }
    const input = /** @type {HTMLInputElement} */ (answers.querySelector("input"));
    const value = readAnswer(input.value);
    if (value === null) {
      const typed = input.value.trim().slice(0, 20);
      return tell(typed ? `“${typed}” is not a number.` : "Type a number first.", "");
    }
    judge(String(value));
  }

  function judge(answer) {
    const { answer: right, mistakes, worked: solution } = current();
    const correct = answer === right;
    const known = Object.keys(mistakes).find((wrong) => isNear(answer, wrong));
    const fraction = /^-?\d+$/.test(right) && /^-?\d*\.\d+$/.test(answer);
    const unknown = fraction
      ? "The answer is a whole number. Write the rule down with the numbers."
      : "That is not it. Take the hint, or write the rule down with the numbers.";
    const words = correct
      ? `✓ Right. ${solution}`.trim()
      : `✗ ${known === undefined ? unknown : mistakes[known]}`;
    tell(words, correct ? "right" : "wrong");
    remember(correct, mistakes[known]);
    drawProgress();
  }

  function tell(words, kind) {
    setText(feedback, words);
    feedback.dataset.kind = kind;
  }

  function reveal(part, opener) {
    part.hidden = !part.hidden;
    opener.setAttribute("aria-expanded", String(!part.hidden));
  }

  function next() {
    model.set("asking", (model.get("asking") + 1) % askings.length);
    model.save_changes();
  }

  // ---- what this browser remembers ---------------------------------------------------------

  function kept() {
    return readAnswers()[key];
  }

  function remember(right, slip) {
    const result = { right, slip, set: model.get("asking") };
    keepAnswers({ ...readAnswers(), [key]: afterTry(kept(), result, today()) });
  }

  function forgetAll() {
    keepAnswers(null);
    ask();
    tell("This browser has forgotten all your answers.", "");
  }

  function drawProgress() {
    const own = kept();
    forget.disabled = !own;
    if (!own) return setText(progress, "");
    const tries = own.tries === 1 ? "try" : "tries";
    const again = isDue(own, today()) ? "Due again today." : `Again ${inDays(own.due - today())}.`;
    setText(
      progress,
      `Solved ${own.solved.length} of ${askings.length}, ${own.tries} ${tries}. ${again}`,
    );
  }
}

/** @param {number} days */
function inDays(days) {
  return days === 1 ? "tomorrow" : `in ${days} days`;
}

/**
 * Read a typed number, by the rules of `read_numbers` in cnnlib/exercises: no hexadecimal, no
 * exponent; "253,440" and "253 440" are one number, "2,3" has a decimal comma.
 * @param {string} text
 * @returns {number|null}
 */
function readAnswer(text) {
  let plain = text
    .replace(/[\u00a0\u2009\u202f]/g, " ")
    .replaceAll("−", "-")
    .trim();
  if (/^[+-]?\d{1,3}([ ,]\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replace(/[ ,]/g, "");
  else if (/^[+-]?\d+,\d+$/.test(plain)) plain = plain.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) + 0 : null;
}

/** Whether an answer is a known wrong one; a fraction may be rounded. */
function isNear(answer, wrong) {
  const fraction = /^-?\d+\.\d+$/.test(wrong) && Number.isFinite(Number(answer));
  return fraction ? Math.abs(Number(answer) - Number(wrong)) < 0.006 : answer === wrong;
}
