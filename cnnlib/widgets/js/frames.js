/**
 * Frames: pictures that Python drew while the book was built, one for each setting of the sliders.
 */

import { createBench } from "./bench.js";
import { html, setAttribute, setText } from "./dom.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const parameters = model.get("parameters");
  const frames = model.get("frames");
  const image = html("img", { class: "cnn-frame-picture", alt: "" });
  const words = html("p", { class: "cnn-hint cnn-note" });
  const chosen = parameters.map(() => 0);
  const bench = createBench({ context, title: "Frames", settings: [], watch: ["indices"], draw, onReset: () => bench.set("indices", parameters.map(() => 0)) });
  const sliders = parameters.map(({ name, values }, at) => {
    const control = bench.slider({
      label: name, name: `frame-${name}`, min: 0, max: values.length - 1, say: (index) => String(values[index]),
      onInput: (index) => bench.set("indices", model.get("indices").map((old, p) => (p === at ? index : old))),
    });
    bench.controlBox.append(control.element);
    return control;
  });
  bench.add(image, words);
  return bench.start();

  function draw() {
    parameters.forEach(({ values }, at) => {
      chosen[at] = Math.max(0, Math.min(values.length - 1, model.get("indices")[at] ?? 0));
      sliders[at].set(chosen[at]);
    });
    const number = parameters.reduce((total, { values }, at) => total * values.length + chosen[at], 0);
    setAttribute(image, "src", `data:image/png;base64,${frames[number].png}`);
    setAttribute(image, "alt", frames[number].alt);
    setText(words, frames[number].alt);
    bench.announce(frames[number].alt);
  }
}
