/** A network that one widget of a page offers, and the sheet beside it that it then reads. */

const OFFER = "cnn-network";

/**
 * Offer a network to the sheets of this page.
 * @param {any[]} layers as `packLayers` packs them
 * @returns {string} why no sheet took it, or ""
 */
export function offerNetwork(layers) {
  const refusal = "There is no sheet to draw on, on this page.";
  const detail = { layers, from: "the training playground", refusal };
  const event = new CustomEvent(OFFER, { detail, bubbles: true, cancelable: true });
  return document.dispatchEvent(event) ? detail.refusal : "";
}

/**
 * Take what is offered, unless another sheet has it.
 * @param {Pick<ReturnType<typeof import("./bench.js").createBench>, "root"|"say"|"onLeave">} bench
 * @param {(offer: {layers: any[], from: string}) => string} take returns why it cannot, or ""
 * @param {boolean} first whether this sheet comes before those that are not
 */
export function takeOffers({ root, say, onLeave }, take, first) {
  const hear = (/** @type {any} */ event) => {
    if (event.defaultPrevented) return;
    const refusal = take(event.detail);
    if (refusal) {
      event.detail.refusal = refusal;
      return;
    }
    event.preventDefault();
    say("");
    root.scrollIntoView({ block: "start" });
    const sheet = /** @type {HTMLElement|null} */ (root.querySelector(".cnn-sheet"));
    // once it is drawn, and so in sight
    queueMicrotask(() => sheet?.focus({ preventScroll: true }));
  };
  addEventListener(OFFER, hear, { capture: first });
  onLeave(() => removeEventListener(OFFER, hear, { capture: first }));
}
