/**
 * Frames: pictures that Python drew while the book was built, one for each setting of the sliders.
 */

import { createBench } from "./parts/bench.js";
import { html, setAttribute, setText } from "./parts/dom.js";
import { themeOf } from "./parts/paint.js";

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render({ model, el }) {
  const parameters = model.get("parameters");
  const frames = model.get("frames");
  const call = model.get("call");
  const image = html("img", { class: "cnn-frame-picture", alt: "" });
  const words = html("p", { class: "cnn-hint" });
  // behind the words the longest of them, unseen: so nothing below moves
  const longest = frames.reduce((most, { alt }) => (alt.length > most.length ? alt : most), "");
  const room = html("p", { class: "cnn-frame-room", "aria-hidden": "true" }, longest);
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
  bench.addAbove(image, html("div", { class: "cnn-frame-words" }, room, words));
  bench.onLeave(themeOf(image, bench.drawSoon).stop);
  keepRoom(image, frames.map(sourceOf));
  return bench.start();

  function draw() {
    const number = parameters.reduce(
      (total, { name, values }) => total * values.length + settings.get(settingOf(name)),
      0,
    );
    const { alt } = frames[number];
    const dark = document.documentElement.dataset.theme === "dark" && frames[number].dark;
    setAttribute(image, "src", dark || sourceOf(frames[number]));
    image.style.background = dark ? "none" : ""; // no light ground behind it
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

/** A published page has WebP, and another picture for the dark: shrink_pictures.py. */
function sourceOf({ png, webp }) {
  return `data:image/${webp ? "webp" : "png"};base64,${webp ?? png}`;
}

/** Give the picture the shape that holds all of them, as soon as they are known. */
async function keepRoom(image, sources) {
  const all = sources.map((src) => Object.assign(new Image(), { src }));
  await Promise.allSettled(all.map((one) => one.decode()));
  const width = Math.max(...all.map(({ naturalWidth }) => naturalWidth));
  const height = Math.max(...all.map(({ naturalHeight }) => naturalHeight));
  if (!width) return;
  image.style.aspectRatio = `${width} / ${height}`;
  image.style.width = `${width}px`;
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
