/**
 * The motion that all widgets share. The window glides to its place, the products lift off, each in
 * the colour of its weight's position; they fall into the sum, and the sum lands in its cell.
 *
 * `sceneAt` says what is seen at any moment from 0 to 1, and nothing else decides: so a moment can
 * be played, scrubbed by a slider and stepped by key. At 1 all is at rest, and nothing flies.
 */

import { tidy } from "../arithmetic/convolution.js";

/** When each part of the motion begins; the last one ends at 1. */
export const PHASES = { glide: 0, lift: 0.2, fall: 0.5, land: 0.85 };

/** What happens in each part, for the slider that scrubs it. */
const IN_WORDS = {
  glide: "moving",
  lift: "multiplying",
  fall: "adding up",
  land: "landing",
};

/** @typedef {{x: number, y: number}} Point the middle of something, in pixels of the drawing */

/**
 * One product on its way.
 * @typedef {object} Product
 * @property {Point} from the cell of the window
 * @property {string} factors as in “4·2”
 * @property {number} value
 * @property {string} colour that of the weight's position
 * @property {Point} [to] the cell that it is added to by itself: it takes no part in the sum
 */

/**
 * What flies in one position of the window.
 * @typedef {object} Flight
 * @property {Product[]} products
 * @property {number} [start] what the sum begins with: a bias
 * @property {(total: number, value: number) => number} [gather] what a product does to the sum, if
 *   it is not added: the larger one stays
 * @property {Point} to the cell that the sum lands in
 * @property {string} sum as it stands there in the end
 * @property {number} size pixels of a cell
 * @property {string} colour that of the sum
 */

/**
 * Something that is drawn over the grids.
 * @typedef {{x: number, y: number, size: number, text: string, colour: string, opacity: number}}
 *   Sprite
 */

/** Slow at both ends. @param {number} t */
export const ease = (t) => t * t * (3 - 2 * t);
/** How far `t` is between two moments, from 0 to 1. */
export const between = (t, from, to) => Math.max(0, Math.min(1, (t - from) / (to - from)));
const plus = (total, value) => total + value;
/** @param {Point} a @param {Point} b @param {number} t */
export const mix = (a, b, t) => ({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t });

/** Whether somebody wants nothing to move. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Let a motion run once; for whoever wants less motion it is over at once.
 * @param {number} milliseconds
 * @param {(moment: number) => void} tell
 * @returns {() => void} what ends it where it is
 */
export function runOnce(milliseconds, tell) {
  let frame = 0;
  const begun = performance.now();
  const tick = (now) => {
    const moment = Math.max(0, Math.min(1, (now - begun) / milliseconds));
    if (moment < 1) frame = requestAnimationFrame(tick);
    tell(moment);
  };
  if (lessMotion()) tell(1);
  else tick(begun);
  return () => cancelAnimationFrame(frame);
}

/** How far one of `count` has come that go one after the other, each taking the time of three. */
const turnOf = (moment, at, count, from, until) => {
  const step = (until - from) / (count + 2);
  return between(moment, from + at * step, from + (at + 3) * step);
};

/** How many of the products have fallen. @param {number} count @param {number} moment */
export function fallenBy(count, moment) {
  const all = Array.from({ length: count }, (_, at) => at);
  return all.filter((at) => turnOf(moment, at, count, PHASES.fall, PHASES.land) >= 1).length;
}

/** How far the window has come from its last place, from 0 to 1. @param {number} moment */
export function glideAt(moment) {
  return ease(between(moment, PHASES.glide, PHASES.lift));
}

/**
 * The moment in words.
 * @param {number} moment
 * @param {Partial<typeof IN_WORDS>} [own] what happens in parts of this motion, where not the usual
 */
export function momentInWords(moment, own) {
  if (moment >= 1) return "done";
  const begun = Object.keys(PHASES).filter((name) => moment >= PHASES[name]);
  return { ...IN_WORDS, ...own }[begun.at(-1) ?? "glide"];
}

/**
 * Where the sum gathers: beside its cell, on the way that the products come.
 * @param {Flight} flight
 * @returns {Point}
 */
function sumPlace({ products, to, size }) {
  const x = products.reduce((total, { from }) => total + from.x, 0) / (products.length || 1);
  return { x: to.x + Math.sign(x - to.x || 1) * size * 1.6, y: to.y };
}

/**
 * What flies at a moment.
 * @param {Flight} flight
 * @param {number} moment from 0 to 1
 * @returns {Sprite[]}
 */
export function sceneAt(flight, moment) {
  if (moment < PHASES.lift || moment >= 1) return [];
  const { products, start = 0, gather = plus, to, size, sum, colour } = flight;
  const place = sumPlace(flight);
  const count = products.length;
  const own = (at, from, until) => turnOf(moment, at, count, from, until);
  let [total, arrived] = [start, 0];
  const sprites = products.flatMap(({ from, factors, value, colour: mine, to: alone }, at) => {
    // all are off before the first one falls
    const lifted = ease(own(at, PHASES.lift, PHASES.fall));
    const fallen = ease(own(at, PHASES.fall, PHASES.land));
    if (fallen >= 1 && alone) return [];
    if (fallen >= 1) {
      total = gather(total, value);
      arrived++;
      return [];
    }
    if (lifted <= 0) return [];
    const high = { x: from.x, y: from.y - size * 0.35 * lifted };
    const text = lifted < 0.6 ? factors : String(tidy(value)).replace("-", "−");
    return [
      {
        ...mix(high, alone ?? place, fallen),
        size: size * (0.8 + 0.15 * lifted),
        text,
        colour: mine,
        opacity: Math.min(1, 2 * lifted),
      },
    ];
  });
  if (!arrived) return sprites;
  const landed = ease(between(moment, PHASES.land, 1));
  const text = arrived < count ? String(tidy(total)).replace("-", "−") : sum;
  const gathered = { text, colour, opacity: 1, size: size * (1.25 - 0.25 * landed) };
  return [...sprites, { ...mix(place, to, landed), ...gathered }];
}

/**
 * Cells that turn by 180° around their common centre, each with its number upright.
 * @param {(Point & {text: string, colour: string})[]} cells where they are in the end
 * @param {Point} centre
 * @param {number} size pixels of a cell
 * @param {number} moment from 0 to 1
 * @returns {Sprite[]}
 */
export function turnAt(cells, centre, size, moment) {
  if (moment >= 1) return [];
  const angle = Math.PI * (ease(moment) - 1);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return cells.map(({ x, y, text, colour }) => {
    const [right, down] = [x - centre.x, y - centre.y];
    return {
      x: centre.x + right * cos - down * sin,
      y: centre.y + right * sin + down * cos,
      size: size * 0.85,
      text,
      colour,
      opacity: 1,
    };
  });
}

/**
 * Paint sprites: rounded chips with their numbers in the middle, where the ink writes them.
 * @param {CanvasRenderingContext2D|OffscreenCanvasRenderingContext2D} ink
 * @param {Sprite[]} sprites
 * @param {(colour: string) => string} inkOn what is read well on a colour
 * @param {string} edge colour of their borders
 */
export function paintSprites(ink, sprites, inkOn, edge) {
  for (const { x, y, size, text, colour, opacity } of sprites) {
    const points = Math.max(9, size * 0.46);
    ink.font = `700 ${points}px system-ui, sans-serif`;
    const width = Math.max(size, ink.measureText(text).width + points * 0.7);
    const height = Math.max(size * 0.82, points * 1.5);
    ink.globalAlpha = opacity;
    ink.fillStyle = colour;
    ink.strokeStyle = edge;
    ink.lineWidth = 1.5;
    ink.beginPath();
    ink.roundRect(x - width / 2, y - height / 2, width, height, height * 0.3);
    ink.fill();
    ink.stroke();
    ink.fillStyle = inkOn(colour);
    ink.fillText(text, x, y + 0.5);
  }
  ink.globalAlpha = 1;
}
