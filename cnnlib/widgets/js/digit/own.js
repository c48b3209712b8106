/** A network of your own reads the drawing: from a file, or from a playground on the same page. */

import { readSaved, sideFor } from "../arithmetic/own-network.js";
import { button } from "../parts/controls.js";
import { html } from "../parts/dom.js";
import { takeOffers } from "../parts/offered.js";

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

/** Take over what a training playground on this page offers. @param {Bench} bench */
export function hearOfNetworks(bench) {
  takeOffers(
    bench,
    ({ layers, from }) => {
      takeOwn(bench, { side: sideFor(layers), layers, from });
      return "";
    },
    true,
  );
}

function takeOwn(bench, own) {
  bench.say("");
  bench.setAll({ own, reader: "own" });
}
