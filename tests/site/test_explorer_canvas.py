"""What the convolution explorer paints is what its cells say."""

import random

from .explorer import PAGE, random_fitting_state, ready
from .widgets import SET

#: Notes what is written where: on a canvas, or on a sheet that is then laid over one.
SPY = """
  window.painted = new WeakMap();
  const wordsOn = (canvas) => {
    if (!painted.has(canvas)) painted.set(canvas, new Map());
    return painted.get(canvas);
  };
  for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
    const { fillText, clearRect, drawImage } = prototype;
    prototype.fillText = function (text, x, y, ...rest) {
      wordsOn(this.canvas).set(`${Math.round(x)},${Math.round(y)}`, text);
      return fillText.call(this, text, x, y, ...rest);
    };
    prototype.clearRect = function (...all) {
      painted.delete(this.canvas); // whoever wipes wipes all
      return clearRect.apply(this, all);
    };
    prototype.drawImage = function (source, ...rest) {
      for (const [place, text] of painted.get(source) ?? []) wordsOn(this.canvas).set(place, text);
      return drawImage.call(this, source, ...rest);
    };
  }
"""

SEEN = """root => {
  root.querySelector(".cnn-drawing").dispatchEvent(new Event("pointerenter"));
  const canvases = [...root.querySelectorAll(".cnn-canvas")];
  const wrong = [];
  let compared = 0;
  [...root.querySelectorAll(".cnn-grid")].forEach((grid, at) => {
    const origin = canvases[at].getBoundingClientRect();
    const words = painted.get(canvases[at]) ?? new Map();
    for (const cell of grid.querySelectorAll("[role=gridcell]")) {
      const box = cell.getBoundingClientRect();
      if (box.width < 15 || !cell.dataset.text) continue;
      const [x, y] = [box.x - origin.x + box.width / 2, box.y - origin.y + box.height / 2];
      const near = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) =>
        words.get(`${Math.round(x) + dx},${Math.round(y) + dy}`)));
      compared += 1;
      if (!near.includes(cell.dataset.text)) wrong.push([cell.dataset.text, near.join("|")]);
    }
  });
  return { compared, wrong };
}"""


def test_the_canvas_shows_what_the_cells_say(browser, site):
    """The tests read the cells' text. This one holds it against what was painted."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(SPY)
    page = context.new_page()
    page.goto(f"{site}/{PAGE}")
    root = ready(page)
    rng = random.Random(5)
    for _ in range(25):
        root.evaluate(SET, random_fitting_state(rng))
        seen = root.evaluate(SEEN)
        assert seen["wrong"] == []
        assert seen["compared"] > 0
    context.close()
