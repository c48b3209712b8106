"use strict";
/**
 * Words that light up what they name: `<span data-lights="kernel">kernel</span>` in the prose lights
 * the kernel's grid in the figure of its section while somebody points at the word or focuses it,
 * and keeps it lit once it is pressed. Elsewhere, as on GitHub, such a word is plain text.
 *
 * A name is that of a grid or a part of a widget ("input", "window"), or a share of a picture from
 * left to right ("2/3"); several stand side by side. A word that finds nothing stays plain text.
 */
(() => {
  const FIGURES = ".bd-article :is([data-cnn-page], .cell_output img)";
  const HELP = "course-lights-help";
  /** @type {HTMLElement|null} the word that was pressed */
  let pressed = null;
  /** What is lit now, and the boxes that were laid over pictures for it. */
  let lit = [];

  /** The figures that a word may mean, the likeliest first: of its section, or those before it. */
  function figuresFor(word) {
    const section = word.closest("section");
    const all = [...document.querySelectorAll(FIGURES)].filter((one) => one.checkVisibility());
    const after = (one) => word.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    const before = all.filter((one) => !after(one)).reverse();
    const inside = (one) => section?.contains(one);
    return [...before.filter(inside), ...all.filter(after).filter(inside), ...before];
  }

  /** The parts of that name in a figure: elements, or a share of a picture. */
  function partsOf(figure, name) {
    const [part, count] = name.split("/").map(Number);
    if (count) {
      const picture = figure.matches("img") ? figure : figure.querySelector(".cnn-frame-picture");
      return picture ? [{ picture, part, count }] : [];
    }
    const named = new RegExp(`^${name}\\d*$`); // input0, input1, … are one input
    return [...figure.querySelectorAll("[data-grid], [data-part]")].filter(
      (one) => named.test(one.dataset.grid ?? one.dataset.part) && one.checkVisibility(),
    );
  }

  function targetsOf(word) {
    const names = word.dataset.lights.split(" ");
    for (const figure of figuresFor(word)) {
      const parts = names.flatMap((name) => partsOf(figure, name));
      if (parts.length) return parts;
    }
    return [];
  }

  /** A box over a share of a picture. */
  function boxOver({ picture, part, count }) {
    const box = document.createElement("div");
    box.className = "course-lit-share";
    picture.parentElement.classList.add("course-lit-room"); // what follows is measured from there
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = picture;
    const width = offsetWidth / count;
    box.style.cssText = `left: ${offsetLeft + (part - 1) * width}px; top: ${offsetTop}px;
      width: ${width}px; height: ${offsetHeight}px`;
    picture.after(box);
    return box;
  }

  function light(word) {
    for (const part of lit) {
      if (part.className === "course-lit-share") part.remove();
      else delete part.dataset.lit;
    }
    lit = word ? targetsOf(word).map((one) => (one.picture ? boxOver(one) : one)) : [];
    for (const part of lit) part.dataset.lit = word.dataset.kind;
  }

  function press(word) {
    pressed?.setAttribute("aria-pressed", "false");
    pressed = pressed === word ? null : word;
    pressed?.setAttribute("aria-pressed", "true");
    light(pressed);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    lit[0]?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  /** Make a word a button, as soon as there is something that it names. */
  function dress(word) {
    const [first] = targetsOf(word);
    if (!first) return;
    word.dataset.kind = first.dataset?.kind ?? "";
    word.tabIndex = 0;
    for (const [name, value] of [
      ["role", "button"],
      ["aria-pressed", "false"],
      ["aria-describedby", HELP],
    ]) {
      word.setAttribute(name, value);
    }
    for (const event of ["pointerenter", "focus"]) {
      word.addEventListener(event, () => light(word));
    }
    for (const event of ["pointerleave", "blur"]) {
      word.addEventListener(event, () => light(pressed));
    }
    word.addEventListener("click", () => press(word));
    word.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press(word);
    });
  }

  function dressAll() {
    const words = [...document.querySelectorAll(".bd-article [data-lights]:not([role])")];
    if (!words.length) return;
    if (!document.getElementById(HELP)) {
      const help = document.createElement("p");
      help.id = HELP;
      help.hidden = true;
      help.textContent = "Lights up in the figure";
      document.body.append(help);
    }
    for (const word of words) dress(word);
  }

  document.addEventListener("cnn-ready", dressAll); // a widget stands there
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && pressed) press(pressed);
  });
  addEventListener("load", dressAll);
})();
