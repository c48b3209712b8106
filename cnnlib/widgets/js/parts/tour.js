/** What a widget shows by itself, once, when it is first seen. */

import { runOnce } from "./motion.js";

/**
 * Let a widget play itself when its drawing is first seen, until somebody comes to it.
 * @param {HTMLElement} root
 * @param {{demo: () => void, stop: () => void}} bar
 * @param {Element} drawing a phone never sees the most of a whole widget at once
 * @returns {() => void} what to do when the view goes
 */
export function playOnce(root, bar, drawing) {
  const eye = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      eye.disconnect();
      bar.demo();
    },
    { threshold: 0.6 },
  );
  eye.observe(drawing);
  const come = () => {
    eye.disconnect();
    bar.stop();
  };
  for (const event of ["pointerenter", "pointerdown", "focusin"]) {
    root.addEventListener(event, come, { once: true, capture: true });
  }
  return () => eye.disconnect();
}

/**
 * A tour of some states, for a widget without a play bar: traits differ for a while and come back.
 * The model keeps its state, and so do the sliders, the link and the code.
 * @param {{get: (name: string) => any}} model
 * @param {number} milliseconds
 * @param {(moment: number) => Record<string, any>} traitsAt which traits differ, and how
 */
export function createTour(model, milliseconds, traitsAt) {
  /** @type {Record<string, any>} */ let now = {};
  let stop = () => {};
  return {
    /** What a trait is at this moment. @param {string} name */
    get: (name) => now[name] ?? model.get(name),
    /**
     * Begin as soon as the drawing is seen.
     * @param {Pick<ReturnType<typeof import("./bench.js").createBench>,
     *   "root"|"drawSoon"|"onLeave">} bench
     * @param {Element} drawing
     */
    begin({ root, drawSoon, onLeave }, drawing) {
      const tell = (moment) => {
        const next = moment < 1 ? traitsAt(moment) : {};
        if (JSON.stringify(next) === JSON.stringify(now)) return;
        now = next;
        drawSoon();
      };
      const demo = () => {
        stop = runOnce(milliseconds, tell);
      };
      const end = () => {
        stop();
        tell(1);
      };
      onLeave(playOnce(root, { demo, stop: end }, drawing));
      onLeave(() => stop());
    },
  };
}
