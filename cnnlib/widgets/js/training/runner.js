/** Lets a session learn for a part of each frame, so that the page stays alive. */

import { lessMotion } from "../parts/motion.js";

/**
 * Milliseconds of a frame that go into learning, and at most where frames take longer anyway; and
 * between two pictures with less motion.
 */
const [SLICE, LONGEST, SELDOM] = [10, 16, 2000];

/**
 * @param {object} options
 * @param {() => import("./session.js").Session} options.make a session that has learned nothing
 * @param {() => boolean} options.slow whether a frame shows each step
 * @param {(time: number) => void} options.onFrame it has learned something
 * @param {(ended: boolean) => void} options.onPause it stands; because it is at its end
 */
export function createRunner({ make, slow, onFrame, onPause }) {
  const runner = { session: make(), playing: false, begin, toggle, single };
  /** When a picture was drawn, of which step, how long that took, and how long it learned since. */
  let [drawn, shown, drawing, learned] = [0, 0, 0, 0];
  let last = 0;
  begin();
  return runner;

  /** Start anew: measure the network that has learned nothing. */
  function begin() {
    [shown, runner.playing] = [0, false];
    runner.session = make();
    const { misfit, points, advance } = runner.session;
    while (!misfit && !points.length) advance();
  }

  /** Whether it can learn on; at the end of a run it gets another one. */
  function ready() {
    const { session } = runner;
    if (session.misfit || session.broken) return false;
    if (session.steps >= session.until) session.goOn();
    return true;
  }

  function toggle() {
    if (runner.playing) pause();
    else if (ready()) {
      runner.playing = true;
      requestAnimationFrame(frame);
    }
  }

  /** One step, and stand. */
  function single() {
    if (!ready()) return;
    while (!runner.session.advance());
    pause();
  }

  function pause() {
    const { broken, steps, until } = runner.session;
    runner.playing = false;
    onPause(broken || steps >= until);
  }

  function frame(time) {
    if (!runner.playing) return;
    const { session } = runner;
    const start = performance.now();
    const slice = Math.min(LONGEST, Math.max(SLICE, (time - last) / 2));
    last = time;
    do {
      if (session.advance() && slow()) break;
    } while (!session.broken && session.steps < session.until && performance.now() - start < slice);
    if (session.broken || session.steps >= session.until) return pause();
    const end = performance.now();
    learned += end - start;
    // nothing is new before a step is complete, and drawing takes a third of the time at most
    const worth = session.steps > shown && learned >= 2 * drawing;
    if (worth && (!lessMotion() || time - drawn > SELDOM)) {
      [drawn, shown, learned] = [time, session.steps, 0];
      onFrame(time);
      drawing = performance.now() - end;
    }
    requestAnimationFrame(frame);
  }
}
