"use strict";
/**
 * Makes the widgets of a page live, without a kernel.
 *
 * myst-nb writes the state of every widget of a notebook into the page, and an empty script where
 * each one stands. A widget of ours (an anywidget) carries its view as an ES module: it is loaded
 * once and given a model that holds the state. On our pages that module is a list of parts, each of
 * which the page holds once (book/_ext/widget_state.py). A classic ipywidget needs Python: of those
 * the last output is shown, with a word on where they run.
 *
 * A classic script, no module, so that it also runs from a folder (file://).
 * The interface to the views is anywidget's front-end module specification.
 */
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";

  /** What a view needs of a model: the state, and word of its changes. */
  class Model {
    constructor(state, models) {
      this.state = state;
      this.listeners = new Map();
      this.widget_manager = { get_model: async (id) => models.get(id.replace("IPY_MODEL_", "")) };
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      if (Object.is(this.state[name], value)) return;
      this.state[name] = value;
      this.emit(`change:${name}`, value);
      this.emit("change");
    }
    on(event, listener) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event).add(listener);
    }
    off(event, listener) {
      if (listener) this.listeners.get(event)?.delete(listener);
      else this.listeners.delete(event);
    }
    emit(event, value) {
      for (const listener of [...(this.listeners.get(event) ?? [])]) listener(value);
    }
    save_changes() {} // there is no kernel to tell
    send() {}
  }

  /** The texts that the widgets of the page share, by name. */
  const parts = new Map();

  /** A text as the widget has it: whole, or as the names of its parts. */
  function textOf(value) {
    return Array.isArray(value) ? value.map((name) => parts.get(name)).join("\n") : value;
  }

  const modules = new Map();

  /** Load a module from its text, each distinct text once. */
  function load(value) {
    const text = textOf(value);
    if (!modules.has(text)) {
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      modules.set(
        text,
        import(url).finally(() => URL.revokeObjectURL(url)),
      );
    }
    return modules.get(text);
  }

  const styles = new Set();

  function addStyle(value) {
    const text = textOf(value);
    if (!text || styles.has(text)) return;
    styles.add(text);
    document.head.append(element("style", {}, text));
  }

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  /** Start one of our widgets in `place`. */
  async function showLive(model, place) {
    addStyle(model.get("_css"));
    const { default: exported } = await load(model.get("_esm"));
    const view = typeof exported === "function" ? await exported() : exported;
    if (!model.initialized) {
      model.initialized = true;
      await view.initialize?.({ model });
    }
    const leave = await view.render?.({ model, el: place });
    place.dataset.cnnReady = "true";
    place.dispatchEvent(new Event("cnn-ready", { bubbles: true })); // see lights.js
    places.set(place, leave);
  }

  /** Where widgets of ours stand, and what ends each. */
  const places = new Map();
  let busy = null;
  let idle;

  /**
   * While somebody moves a slider, the widgets out of sight take no part in the frames: a page of
   * ten widgets follows as fast as a page with one. They keep their size, and nothing shifts.
   */
  function restTheOthers({ target }) {
    const mine = target.closest?.("[data-cnn-page]");
    if (!mine) return;
    clearTimeout(idle);
    idle = setTimeout(() => rest(null), 1000);
    if (mine !== busy) rest(mine);
  }

  function rest(mine) {
    busy = mine;
    for (const place of places.keys()) {
      place.style.contentVisibility = mine && mine !== place ? "auto" : "";
    }
  }

  addEventListener("input", restTheOthers);

  /** Show what a classic ipywidget showed last. */
  function showLast(model, models) {
    const name = model.get("_model_name");
    if (model.get("children")) {
      const inner = model.get("children").map((id) => models.get(id.replace("IPY_MODEL_", "")));
      return element("div", {}, ...inner.filter(Boolean).map((child) => showLast(child, models)));
    }
    if (name === "OutputModel") {
      return element("div", {}, ...(model.get("outputs") ?? []).map(showOutput));
    }
    if (typeof model.get("value") === "number") {
      const { value, min = 0, max = 100, description } = model.state;
      const input = element("input", { type: "range", min, max, value, disabled: "" });
      return element("label", { class: "cnn-slider" }, description ?? "", input, String(value));
    }
    return element("span", {}, model.get("description") || "");
  }

  function showOutput(output) {
    const data = output.data ?? {};
    const text = [data["text/plain"] ?? output.text ?? ""].flat().join("");
    const alt = text.replace(/\s+/g, " ").trim();
    if (data["course/picture"]) {
      return element("img", { ...data["course/picture"], alt, loading: "lazy" }); // pictures.py
    }
    if (data["image/png"]) {
      return element("img", { src: `data:image/png;base64,${data["image/png"].trim()}`, alt });
    }
    return element("pre", { tabindex: "0" }, text);
  }

  function needsPython(model, models) {
    const where = element("p", { class: "cnn-offline-note" });
    where.append(
      "These sliders call Python at each step, which a page cannot: ",
      "they rest as they were made. ",
      "To move them, run this notebook in JupyterLab (",
      element("code", {}, "make lab"),
      ").",
    );
    return element("div", { class: "cnn-widget cnn-offline" }, where, showLast(model, models));
  }

  /** When a widget cannot start, its picture takes its place. */
  function fallBack(script, place, error) {
    console.error("widget", error);
    const picture = script.parentElement?.querySelector("noscript");
    place.replaceChildren(element("p", {}, `This widget could not start (${error.message}).`));
    if (picture) place.insertAdjacentHTML("beforeend", picture.textContent);
  }

  /**
   * Let the browser paint and hear the reader before more is done: a frame, which a page out of
   * sight does not get.
   */
  const breathe = () =>
    new Promise((done) => {
      requestAnimationFrame(() => setTimeout(done));
      setTimeout(done, 250);
    });

  /** The formulas wait for this: what moves comes before what is set in type. */
  let tellFirst;
  globalThis.cnnFirstWidget = new Promise((done) => (tellFirst = done));

  /** Make the models of a state as ipywidgets writes it. */
  function addModels(models, states) {
    for (const [id, { state }] of Object.entries(states)) models.set(id, new Model(state, models));
  }

  /** A widget whose cell has run again is off the page: it must hear nothing more. */
  function endThoseThatLeft() {
    for (const [place, leave] of places) {
      if (place.isConnected) continue;
      leave?.();
      places.delete(place);
    }
  }

  /** A widget that a cell made on this page (python-outputs.js) lives like those of the book. */
  globalThis.cnnShowWidget = (states, id, place) => {
    endThoseThatLeft();
    const models = new Map();
    addModels(models, states);
    const model = models.get(id);
    place.dataset.cnnPage = "";
    if (!model.get("_esm")) return place.append(needsPython(model, models));
    return showLive(model, place).catch((error) => fallBack(place, place, error));
  };

  async function start() {
    const models = new Map();
    for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
      const content = JSON.parse(script.textContent);
      for (const [name, text] of Object.entries(content.parts ?? {})) parts.set(name, text);
      addModels(models, content.state);
    }
    // plain ipywidgets come without a style of their own: they borrow that of our widgets
    const styled = [...models.values()].find((model) => model.get("_css"));
    addStyle(styled?.get("_css"));
    const waiting = [];
    for (const script of document.querySelectorAll(`script[type="${VIEW}"]`)) {
      const model = models.get(JSON.parse(script.textContent).model_id);
      const place = script.nextElementSibling; // the build made it: widget_state.py
      if (!model) fallBack(script, place, new Error("its state is missing in this page"));
      else if (!model.get("_esm")) place.append(needsPython(model, models));
      else waiting.push({ script, place, model });
    }
    for (const { script, place, model } of waiting) {
      await showLive(model, place).catch((error) => fallBack(script, place, error));
      tellFirst();
      await breathe();
    }
    tellFirst();
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
