/**
 * A colour for each position of the kernel. The same position has it everywhere: on the kernel, on
 * the cell of the window that it meets, on the product, in the sum. From light to dark in reading
 * order, so that it also tells without colour which comes first.
 */

/** From the first position to the last: warm, as the kernel is, each step darker. */
const RAMP = [
  [255, 236, 170],
  [250, 190, 70],
  [230, 135, 25],
  [190, 80, 30],
  [125, 40, 50],
  [70, 20, 60],
];

/** Full shades: of the input, a positive output, a weight, what is negative, and of channels. */
const SHADES = {
  input: [0, 84, 140],
  output: [0, 128, 92],
  kernel: [176, 102, 0],
  negative: [150, 70, 120],
  red: [205, 45, 45],
  green: [30, 135, 60],
  blue: [40, 85, 200],
  fourth: [110, 110, 120],
};
const PAPER = [250, 251, 252];
/** The same on a dark ground, where the larger is the brighter. */
const SHADES_IN_THE_DARK = {
  input: [108, 193, 240],
  output: [79, 208, 168],
  kernel: [240, 184, 60],
  negative: [235, 166, 203],
  red: [240, 120, 115],
  green: [100, 200, 125],
  blue: [125, 160, 250],
  fourth: [175, 178, 186],
};
const NIGHT = [20, 24, 29];

/**
 * A shade for a value, so that a grid of numbers looks like a picture: the larger, the further from
 * the ground.
 * @param {number} value
 * @param {number} most the value of the full shade
 * @param {string} kind
 * @param {boolean} [dark] whether the ground is dark
 * @returns {string} an `rgb()` colour
 */
export function shadeOf(value, most, kind, dark = false) {
  const full = (dark ? SHADES_IN_THE_DARK : SHADES)[value < 0 ? "negative" : kind];
  const share = Math.min(1, Math.abs(value) / most);
  const mixed = (dark ? NIGHT : PAPER).map((from, part) =>
    Math.round(from + (full[part] - from) * share),
  );
  return `rgb(${mixed.join(", ")})`;
}

/**
 * @param {number} position in reading order, from 0
 * @param {number} count how many positions the kernel has
 * @returns {string} an `rgb()` colour
 */
export function positionColour(position, count) {
  const key = position * 1000 + count;
  if (!colours.has(key)) colours.set(key, onRamp(position, count));
  return /** @type {string} */ (colours.get(key));
}

/** Hundreds of cells ask in each step of a slider. @type {Map<number, string>} */
const colours = new Map();

function onRamp(position, count) {
  const at = count > 1 ? (position / (count - 1)) * (RAMP.length - 1) : 1.5;
  const low = Math.min(RAMP.length - 2, Math.floor(at));
  const mixed = RAMP[low].map((from, part) =>
    Math.round(from + (RAMP[low + 1][part] - from) * (at - low)),
  );
  return `rgb(${mixed.join(", ")})`;
}
