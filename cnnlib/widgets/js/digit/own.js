/** A network of your own reads the drawing: from a file, or from a playground on the same page. */

import { packLayers, readSaved, sideFor } from "../arithmetic/own-network.js";
import { button } from "../parts/controls.js";
import { html } from "../parts/dom.js";

/** @typedef {ReturnType<typeof import("../parts/bench.js").createBench>} Bench */

/** A button that opens a file of `cnnlib.save`, and the field behind it. @param {Bench} bench */
export function fileOpener(bench) {
  const field = /** @type {HTMLInputElement} */ (
    html("input", { type: "file", accept: ".npz", hidden: true, "aria-label": "Saved network" })
  );
  field.addEventListener("change", async () => {
    const file = field.files?.[0];
    if (!file) return;
    try {
      takeOwn(bench, { ...readSaved(await file.arrayBuffer()), from: file.name });
    } catch (error) {
      bench.say(`${file.name}: ${/** @type {Error} */ (error).message}`);
    }
    field.value = "";
  });
  const opener = button("Open a saved network", () => field.click(), { name: "open-network" });
  return [opener, field];
}

/**
 * Take over what a training playground on this page offers.
 * @param {Bench} bench
 * @returns {() => void} stops listening
 */
export function hearOfNetworks(bench) {
  const take = (/** @type {any} */ event) => {
    if (event.defaultPrevented) return; // another sheet has it
    const layers = packLayers(event.detail.layers);
    event.preventDefault();
    takeOwn(bench, { side: sideFor(layers), layers, from: "the training playground" });
    bench.root.scrollIntoView({ block: "start" });
    bench.root.querySelector("canvas")?.focus({ preventScroll: true });
  };
  addEventListener("cnn-network", take);
  return () => removeEventListener("cnn-network", take);
}

function takeOwn(bench, own) {
  bench.say("");
  bench.setAll({ own, reader: "own" });
}
