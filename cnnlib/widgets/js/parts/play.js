/**
 * The play bar: it moves the window from position to position, and through the moments of each.
 *
 * A position is a place of the window, a whole number; a moment is how far its motion has come,
 * from 0 to 1 (see motion.js). Whoever wants less motion gets steps: every moment is the last one.
 */

import { button, choice, slider } from "./controls.js";
import { html, setAttribute, setText } from "./dom.js";
import { lessMotion, momentInWords } from "./motion.js";

/** Milliseconds that a position takes. */
const PACES = /** @type {[string, string][]} */ ([
  ["3200", "slow"],
  ["1600", "normal"],
  ["600", "fast"],
  ["200", "very fast"],
]);
const NORMAL = 1600;
/** Steps of the slider over the moments of a position. */
const MOMENTS = 20;
/** A widget that is first seen plays so many positions: less than five seconds. */
const DEMO = 3;

/**
 * @param {object} options
 * @param {(position: number, moment: number) => void} options.onMove the reader moved it
 * @param {(position: number, moment: number) => void} options.onDemo it moved by itself
 * @param {(playing: boolean) => void} options.onPlaying
 * @param {(position: number) => string} options.say the position in words
 * @param {string} [options.label] what the bar moves
 * @param {Parameters<typeof momentInWords>[1]} [options.doing] see there
 */
export function createPlayBar({
  onMove,
  onDemo,
  onPlaying,
  say,
  label = "Move the window",
  doing,
}) {
  let [position, moment, count] = [0, 1, 1];
  let pace = NORMAL;
  /** What ends a run that is under way. @type {(() => void)|null} */
  let running = null;

  /**
   * Run from a position on, until `last`, and tell of each frame.
   * @param {number} from @param {number} last
   * @param {(position: number, moment: number) => void} tell
   * @param {() => void} ended
   */
  function run(from, last, tell, ended) {
    let [at, begun, frame] = [from, performance.now(), 0];
    const finish = () => {
      cancelAnimationFrame(frame);
      running = null;
      ended();
    };
    const tick = (now) => {
      const gone = Math.max(0, now - begun) / pace;
      if (gone >= 1) {
        if (at >= last) {
          tell(at, 1);
          return finish();
        }
        [at, begun] = [at + 1, now];
        tell(at, lessMotion() ? 1 : 0);
      } else if (!lessMotion()) tell(at, gone);
      frame = requestAnimationFrame(tick);
    };
    running = finish;
    tell(at, lessMotion() ? 1 : 0);
    frame = requestAnimationFrame(tick);
  }

  function start() {
    if (count === 0) return;
    onPlaying(true);
    setText(play, "Pause");
    run(position + 1 >= count && moment >= 1 ? 0 : position, count - 1, onMove, () => {
      setText(play, "Play");
      onPlaying(false);
    });
  }

  const stop = () => running?.();
  const stepTo = (to, at = 1) => {
    stop();
    if (!count) return;
    position = Math.max(0, Math.min(count - 1, to)); // known at once, also to the other slider
    onMove(position, at);
  };

  const back = button("Back", () => stepTo(position - 1), { name: "back" });
  const play = button("Play", () => (running ? stop() : start()), {
    name: "play",
    class: "cnn-button primary",
  });
  const next = button("Step", () => stepTo(position + 1), { name: "step" });
  const scrub = slider({
    label: "Position",
    name: "position",
    min: 0,
    max: 0,
    onInput: (to) => stepTo(to),
    say,
  });
  const fine = slider({
    label: "Moment",
    name: "moment",
    min: 0,
    max: MOMENTS,
    onInput: (at) => stepTo(position, at / MOMENTS),
    say: (at) => momentInWords(at / MOMENTS, doing),
  });
  const speed = choice({
    label: "Speed",
    name: "speed",
    choices: PACES,
    value: String(NORMAL),
    onChange: (value) => (pace = Number(value)),
  });
  const element = html(
    "div",
    { class: "cnn-playbar", role: "group", "aria-label": label },
    html("div", { class: "cnn-buttons" }, play, back, next, speed.element),
    html("div", { class: "cnn-scrubs" }, scrub.element, fine.element),
  );

  return {
    element,
    stop,
    /** Play the last few steps to where the window rests, once, unless somebody is there first. */
    demo() {
      if (running || lessMotion() || count < 2) return;
      pace = NORMAL;
      const rest = position;
      run(Math.max(0, rest - DEMO + 1), rest, onDemo, () => onDemo(rest, 1));
    },
    /** @param {number} newPosition @param {number} newMoment @param {number} newCount */
    set(newPosition, newMoment, newCount) {
      [position, moment, count] = [newPosition, newMoment, newCount];
      if (count === 0) stop();
      scrub.set(position, Math.max(0, count - 1));
      fine.set(Math.round(moment * MOMENTS));
      for (const control of [play, scrub.input, fine.input]) control.disabled = count === 0;
      // not `disabled`: the focus would fall to the page when the end is reached
      setAttribute(back, "aria-disabled", String(count === 0 || position === 0));
      setAttribute(next, "aria-disabled", String(count === 0 || position === count - 1));
    },
  };
}
