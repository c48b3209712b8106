/**
 * The concept test: the same questions before and after the course. The first time ends with the
 * score alone, the second with both scores, what each choice means and which chapter to read again.
 */

import { keepAnswers, readAnswers } from "./parts/answers.js";
import { button } from "./parts/controls.js";
import { html, setText, uniqueId } from "./parts/dom.js";

export default { render };

/**
 * One question, as Python made it. The last choice is "I do not know yet".
 * @typedef {object} Concept
 * @property {string} idea
 * @property {string} chapter the file of the chapter, without an ending
 * @property {string} text
 * @property {string[]} choices
 * @property {string[]} words what to say of each choice
 * @property {number} right
 */

/**
 * What this browser keeps: the choices of each taking, one number a question.
 * @typedef {object} Takings
 * @property {number[]} [before]
 * @property {number[]} [after]
 * @property {number[]} now what has been chosen so far of the taking under way
 */

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render({ model, el }) {
  /** @type {Concept[]} */ const concepts = model.get("questions");
  const key = model.get("key");
  const onPage = el.closest("[data-cnn-page]") !== null;
  const heading = html("p", { class: "cnn-hint", id: uniqueId("concepts"), role: "status" });
  const body = html("div", { class: "cnn-concepts" });
  const forget = button("Forget both results", forgetAll, { name: "forget" });
  const tools = html("div", { class: "cnn-buttons cnn-tools" }, forget);
  const root = html(
    "section",
    { class: "cnn-widget", "aria-labelledby": heading.id, "data-key": key },
    heading,
    body,
    tools,
  );
  let takings = recall(key, concepts);
  el.append(root);
  draw();
  addEventListener("cnn-progress", look);
  return () => removeEventListener("cnn-progress", look);

  /** All was forgotten elsewhere on the page. */
  function look() {
    if (readAnswers()[key]) return;
    takings = { now: [] };
    draw();
  }

  function keep(changed) {
    takings = changed;
    store(key, takings);
    draw();
  }

  function forgetAll() {
    store(key, null);
    takings = { now: [] };
    draw();
    setText(heading, "This browser has forgotten both results.");
  }

  function draw() {
    const { before, after, now } = takings;
    forget.disabled = !before && !after && !now.length;
    if (now.length || !before) return ask(now);
    const out = after ? review(concepts, before, after, onPage) : waiting(concepts, before, onPage);
    const again = after ? "Take the second test again" : "I have read the course: take it again";
    const told = [`Before the course: ${score(concepts, before)} of ${concepts.length} right.`];
    if (after) told.push(`After the course: ${score(concepts, after)}.`);
    setText(heading, told.join(" "));
    body.replaceChildren(
      ...out,
      button(again, () => ask([]), { name: "again" }),
    );
  }

  // ---- one question at a time ----------------------------------------------------------------

  function ask(now) {
    const at = now.length;
    const { text, choices } = concepts[at];
    const name = uniqueId("concept");
    const when = takings.before ? "after" : "before";
    setText(heading, `Question ${at + 1} of ${concepts.length}, ${when} the course`);
    const radios = choices.map((choice, number) => {
      const id = `${name}-${number}`;
      const input = html("input", { type: "radio", id, name, value: number });
      return html("div", { class: "cnn-toggle" }, input, html("label", { for: id }, choice));
    });
    const feedback = html("p", { class: "cnn-feedback", role: "status" });
    const back = button("Back", () => keep({ ...takings, now: now.slice(0, -1) }), {
      name: "back",
    });
    back.disabled = at === 0;
    const form = html(
      "form",
      { class: "cnn-concept" },
      html("fieldset", {}, html("legend", { class: "cnn-question" }, text), ...radios),
      html(
        "button",
        { class: "cnn-button", name: "next" },
        at + 1 < concepts.length ? "Next" : "Finish",
      ),
      " ",
      back,
      feedback,
    );
    form.addEventListener("keydown", (event) => event.stopPropagation());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = /** @type {HTMLInputElement|null} */ (form.querySelector("input:checked"));
      if (!chosen) return setText(feedback, "Choose one of the answers first.");
      answer([...now, Number(chosen.value)]);
    });
    body.replaceChildren(form);
  }

  function answer(now) {
    if (now.length < concepts.length) keep({ ...takings, now });
    else keep({ ...takings, [takings.before ? "after" : "before"]: now, now: [] });
    /** @type {HTMLElement|null} */ (body.querySelector("input, button, a"))?.focus();
  }
}

// ---- what came out ---------------------------------------------------------------------------

/** How many are right. @param {Concept[]} concepts @param {number[]} taken */
function score(concepts, taken) {
  return taken.filter((choice, at) => choice === concepts[at].right).length;
}

/** After the first taking: which ideas to look out for, and no answers. */
function waiting(concepts, before, onPage) {
  const open = concepts.filter(({ right }, at) => before[at] !== right);
  const words = open.length
    ? "These ideas are worth your attention. The second test, after the course, has the answers."
    : "You know all of it. The chapters have more.";
  const items = open.map((concept) =>
    html("li", {}, `${concept.idea}: `, chapterOf(concept, onPage)),
  );
  return [html("p", {}, words), html("ul", {}, ...items)];
}

/** After the second taking: each idea before and after, the reasons, the chapter. */
function review(concepts, before, after, onPage) {
  const rows = concepts.map((concept, at) => {
    const { idea, text, choices, words, right } = concept;
    const wrong = after[at] !== right;
    const sure = after[at] < choices.length - 1;
    const own = wrong && sure ? `You chose: “${choices[after[at]]}” ${words[after[at]]}` : "";
    const marks = [before, after].map((taken) => (taken[at] === right ? "✓" : "✗"));
    const row = html(
      "details",
      { open: wrong },
      html("summary", {}, `${marks.join(" → ")} ${idea}`),
      html("p", {}, text),
      html("p", {}, `Right: “${choices[right]}” ${words[right]}`),
      ...(own ? [html("p", {}, own)] : []),
      ...(wrong ? [html("p", {}, "Read again: ", chapterOf(concept, onPage))] : []),
    );
    row.dataset.right = String(!wrong);
    return row;
  });
  return [html("p", {}, "Each idea, before and after the course:"), ...rows];
}

/** The chapter's name; on the page it leads there. */
function chapterOf({ chapter }, onPage) {
  const [number, ...words] = chapter.split("_");
  const name = `chapter ${Number(number)}, ${words.join(" ")}`;
  return onPage ? html("a", { href: `../notebooks/${chapter}.html` }, name) : name;
}

// ---- what this browser keeps -----------------------------------------------------------------

/** The takings so far. What is stored may be anything: another page or a person wrote it. */
function recall(key, concepts) {
  const fine = (taken, length) =>
    Array.isArray(taken) &&
    (length ? taken.length === concepts.length : taken.length < concepts.length) &&
    taken.every((choice, at) => concepts[at].choices[choice] !== undefined);
  const { before, after, now } = Object(/** @type {any} */ (readAnswers()[key])?.taken);
  return {
    ...(fine(before, true) ? { before } : {}),
    ...(fine(before, true) && fine(after, true) ? { after } : {}),
    now: fine(now, false) ? now : [],
  };
}

/** All answers of this browser are forgotten as one, these too. */
function store(key, taken) {
  const { [key]: _, ...all } = readAnswers();
  keepAnswers(taken ? { ...all, [key]: { tries: 0, solved: [], taken } } : all);
}
