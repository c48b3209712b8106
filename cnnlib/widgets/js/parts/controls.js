/** The controls that widgets share: slider, choice, tick box, button, play bar, code to copy. */

import { html, setAttribute, setText, uniqueId } from "./dom.js";
import { grouped } from "./readout.js";

/**
 * What every control is.
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {(value: any, most?: number) => void} set show this value of the trait
 */

/**
 * A labelled slider that shows its value.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.name what the slider sets; tests and styles find it by this
 * @param {number} options.min
 * @param {number} options.max
 * @param {(value: number) => void} options.onInput
 * @param {(value: number) => string} [options.say] the value in words
 */
export function slider({ label, name, min, max, onInput, say = String }) {
  const id = uniqueId(name);
  let [last, end] = [min, max];
  // not an <output>: the slider says its value itself, and a reader would hear it twice
  const shown = html("span", { class: "cnn-slider-value", "aria-hidden": "true" });
  const input = /** @type {HTMLInputElement} */ (
    html("input", { type: "range", id, name, min, max, step: 1, autocomplete: "off" })
  );
  input.addEventListener("input", () => onInput(input.valueAsNumber));
  // a swipe that begins on a slider moves it before the browser knows that it scrolls: put it back
  let before = 0;
  input.addEventListener("pointerdown", () => (before = last), { capture: true });
  input.addEventListener("pointercancel", () => onInput(before));
  const element = html(
    "div",
    { class: "cnn-slider" },
    html("label", { for: id }, label),
    input,
    shown,
  );
  return {
    element,
    input,
    /** @param {number} value @param {number} [newMax] from now on */
    set(value, newMax = end) {
      [last, end] = [Math.min(value, newMax), newMax];
      setAttribute(input, "max", end);
      if (input.valueAsNumber !== last) input.value = String(last);
      setText(shown, say(last));
      setAttribute(input, "aria-valuetext", say === String ? null : say(last));
    },
  };
}

/**
 * A slider over values that are not one apart, as the powers of two. It can show a value between
 * two steps, and then stands at the nearest.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.name
 * @param {number[]} options.steps
 * @param {(value: number) => void} options.onInput
 */
export function stepSlider({ label, name, steps, onInput }) {
  let shown = steps[0];
  const inner = slider({
    label,
    name,
    min: 0,
    max: steps.length - 1,
    onInput: (at) => onInput(steps[at]),
    say: () => grouped(shown),
  });
  const away = (at) => Math.abs(steps[at] - shown);
  return {
    ...inner,
    /** @param {number} value */
    set(value) {
      shown = value;
      inner.set(steps.reduce((best, _, at) => (away(at) < away(best) ? at : best), 0));
    },
  };
}

/**
 * A labelled choice from a list.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.name
 * @param {string[][]} options.choices value and text of each
 * @param {string} options.value
 * @param {(value: string) => void} options.onChange
 */
export function choice({ label, name, choices, value, onChange }) {
  const id = uniqueId(name);
  const select = /** @type {HTMLSelectElement} */ (
    html(
      "select",
      { id, name, autocomplete: "off" },
      ...choices.map(([key, text]) =>
        html("option", { value: key, selected: key === value }, text),
      ),
    )
  );
  select.addEventListener("change", () => onChange(select.value));
  const element = html("div", { class: "cnn-choice" }, html("label", { for: id }, label), select);
  return {
    element,
    select,
    /** @param {string} now */
    set(now) {
      if (select.value !== now) select.value = now;
    },
  };
}

/**
 * A labelled tick box.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.name
 * @param {(on: boolean) => void} options.onChange
 */
export function toggle({ label, name, onChange }) {
  const id = uniqueId(name);
  const box = /** @type {HTMLInputElement} */ (
    html("input", { type: "checkbox", id, name, autocomplete: "off" })
  );
  box.addEventListener("change", () => onChange(box.checked));
  return {
    element: html("div", { class: "cnn-toggle" }, box, html("label", { for: id }, label)),
    /** @param {boolean} on */
    set(on) {
      box.checked = on;
    },
  };
}

/**
 * A button.
 * @param {string} text
 * @param {() => void} onClick
 * @param {Record<string, any>} [attributes]
 */
export function button(text, onClick, attributes = {}) {
  return /** @type {HTMLButtonElement} */ (
    html("button", { type: "button", class: "cnn-button", onclick: onClick, ...attributes }, text)
  );
}

/**
 * Copy text, and say on the button whether that worked.
 * @param {HTMLElement} copier the button
 * @param {string} text
 */
export async function copyText(copier, text) {
  const label = copier.dataset.label ?? copier.textContent ?? "";
  copier.dataset.label = label;
  try {
    await navigator.clipboard.writeText(text);
    setText(copier, "Copied");
  } catch {
    // Without HTTPS or permission a browser refuses: then the text can be selected by hand.
    setText(copier, "Select and copy it below");
  }
  setTimeout(() => setText(copier, label), 2000);
}

/**
 * A piece of code with a button that copies it.
 * @param {string} title
 */
export function codeBlock(title) {
  const id = uniqueId("code");
  const code = html("code", {});
  // tabindex: a block that scrolls must be reachable by keyboard
  const pre = html("pre", { tabindex: 0, role: "region", "aria-labelledby": id }, code);
  const copy = button("Copy", () => copyText(copy, code.textContent ?? ""), {
    "aria-label": `Copy the code: ${title}`,
  });
  const head = html("div", { class: "cnn-code-head" }, html("span", { id }, title), copy);
  return {
    element: html("div", { class: "cnn-code" }, head, pre),
    /** @param {string} text */
    set: (text) => setText(code, text),
  };
}
