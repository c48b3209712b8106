/** What a person looks at: the cell under the pointer or the focus, and the one that is pinned. */

/** @typedef {{grid: string, row: number, column: number}} Place */

/**
 * @param {() => void} onChange
 * @param {(place: Place) => void} [onPin] called before a cell is pinned
 */
export function createSelection(onChange, onPin = () => {}) {
  /** @type {Place|null} */ let pointed = null;
  /** @type {Place|null} */ let pinned = null;
  const same = (place, grid, row, column) =>
    place?.grid === grid && place.row === row && place.column === column;
  const inside = (place, shapes) => {
    const shape = place && shapes[place.grid];
    return Boolean(shape) && place.row < shape[0] && place.column < shape[1];
  };
  return {
    get pinned() {
      return pinned;
    },
    /** @param {Place|null} place */
    pinAt(place) {
      pinned = place;
    },
    clear() {
      pinned = pointed = null;
    },
    /** What `createGrid` wants to be told for the grid `name`. @param {string} name */
    listeners: (name) => ({
      onPoint(row, column) {
        pointed = { grid: name, row, column };
        onChange();
      },
      onLeave() {
        pointed = null;
        onChange();
      },
      onPin(row, column) {
        const again = same(pinned, name, row, column);
        onPin({ grid: name, row, column });
        pinned = again ? null : { grid: name, row, column };
        onChange();
      },
    }),
    /**
     * The place to explain: pinned before pointed before `otherwise`. What is outside the grids
     * of these shapes is forgotten.
     * @param {Record<string, number[]>} shapes rows and columns
     * @param {Place|null} otherwise
     */
    active(shapes, otherwise) {
      if (!inside(pinned, shapes)) pinned = null;
      if (!inside(pointed, shapes)) pointed = null;
      return pinned ?? pointed ?? otherwise;
    },
    /** The marks of a cell: its own ones, and whether it is active and pinned. */
    marks(active, grid, row, column, ...own) {
      if (same(active, grid, row, column)) own.push("active", pinned ? "pinned" : "");
      else if (pinned && same(pointed, grid, row, column)) own.push("pointed");
      // no filter and join: this is asked for two thousand cells in a step of a slider
      let marks = "";
      for (const mark of own) if (mark) marks += marks ? ` ${mark}` : mark;
      return marks;
    },
  };
}
