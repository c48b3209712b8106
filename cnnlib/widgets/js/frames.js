/**
 * Frames: pictures that Python drew while the book was built, one for each setting of the sliders.
 */

import { createBench } from "./parts/bench.js";
import { html, setAttribute, setText } from "./parts/dom.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render({ model, el }) {
  const parameters = model.get("parameters");
  const frames = model.get("frames");
  const call = model.get("call");
  const image = html("img", { class: "cnn-frame-picture", alt: "" });
  const words = html("p", { class: "cnn-hint cnn-note" });
  const settings = withSettings(model, parameters);
  const bench = createBench({
    context: { model: settings, el },
    title: "Frames",
    settings: parameters.map(({ name, values }) => ({
      name: settingOf(name),
      label: name,
      say: (index) => String(values[index]),
    })),
    draw,
    code: call ? () => [["Python", codeFor()]] : undefined,
  });
  bench.add(image, words);
  return bench.start();

  function draw() {
    const number = parameters.reduce(
      (total, { name, values }) => total * values.length + settings.get(settingOf(name)),
      0,
    );
    const { png, webp, alt } = frames[number]; // a published page has WebP: pictures.py
    setAttribute(image, "src", `data:image/${webp ? "webp" : "png"};base64,${webp ?? png}`);
    setAttribute(image, "alt", alt);
    setText(words, alt);
    bench.announce(alt);
  }

  function codeFor() {
    const given = parameters.map(
      ({ name, written }) => `${name}=${written[settings.get(settingOf(name))]}`,
    );
    return `${call}(${given.join(", ")})`;
  }
}

function settingOf(name) {
  return `frame-${name}`;
}

/** The model as the bench wants it: a setting for each place in the list of indices. */
function withSettings(model, parameters) {
  const names = parameters.map(({ name }) => settingOf(name));
  const held = (at) => {
    const index = model.get("indices")[at] ?? 0;
    return Math.max(0, Math.min(parameters[at].values.length - 1, index));
  };
  const limits = Object.fromEntries(
    parameters.map(({ values }, at) => [names[at], [0, values.length - 1]]),
  );
  const eventOf = (event) =>
    names.includes(event.replace("change:", "")) ? "change:indices" : event;
  return {
    get(name) {
      const at = names.indexOf(name);
      return name === "_limits" ? limits : at < 0 ? model.get(name) : held(at);
    },
    set(name, value) {
      const at = names.indexOf(name);
      if (at < 0) model.set(name, value);
      else
        model.set(
          "indices",
          names.map((_, p) => (p === at ? value : held(p))),
        );
    },
    save_changes: () => model.save_changes(),
    on: (event, listener) => model.on(eventOf(event), listener),
    off: (event, listener) => model.off(eventOf(event), listener),
  };
}
