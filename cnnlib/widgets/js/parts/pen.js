/** A pen on cells: where a stroke passes, so that a fast one leaves no gaps. */

/**
 * The cells from one place to another, both ends included.
 * @param {number[]} from row and column
 * @param {number[]} to
 * @returns {[number, number][]}
 */
export function placesBetween(from, to) {
  const steps = Math.max(1, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const at = (axis) => Math.round(from[axis] + ((to[axis] - from[axis]) * step) / steps);
    return [at(0), at(1)];
  });
}
