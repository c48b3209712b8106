"""Nothing moves: while somebody points, pins, steps or slides, every control stays where it is."""

import pytest

from .widgets import in_gallery, page_of, widget

#: In these nothing moves.
STEADY = [
    "chain",
    "checkerboard",
    "connections",
    "conv3d",
    "dilation-stride",
    "edge-pooling",
    "explorer",
    "frames",
    "gradient",
    "image-kernels",
    "living-network",
    "pooling",
    "question-size",
    "receptive-field",
    "shifted-photo",
    "training-playground",
    "transposed",
    "variants",
    "volume-filter",
]
#: A table with a row for each layer; test_draw_digit.py drives all settings with its fold open.
OTHERS = ["network-builder", "draw-digit"]
GALLERY = [*STEADY, *OTHERS]

#: Drive every control through its range, point at cells and pin one; return the controls that
#: moved, with what moved them. Positions are counted from the widget's own corner.
SHIFTS = """async (root) => {
  const drawn = () => new Promise((done) => setTimeout(done));
  const shown = (one) => one.offsetParent !== null;
  const places = () => {
    const corner = root.getBoundingClientRect();
    const all = [...root.querySelectorAll("input, select, button")].filter(shown);
    const at = all.map((one) => [one.name || one.textContent, one.getBoundingClientRect()])
      .filter(([name]) => !["value", "unpin"].includes(name));
    return new Map([["height", Math.round(corner.height)],
      ...at.map(([name, box]) => [name, Math.round(box.top - corner.top)])]);
  };
  await drawn();
  const first = places();
  const moved = [];
  const compare = (what) => {
    for (const [name, place] of places()) {
      const before = first.get(name);
      if (before !== undefined && Math.abs(before - place) > 1) {
        moved.push(`${what}: ${name} from ${before} to ${place}`);
      }
    }
  };
  const drive = async (control, value, what) => {
    if (control.type === "checkbox") control.checked = value;
    else control.value = value;
    const kind = control.type === "range" ? "input" : "change";
    control.dispatchEvent(new Event(kind, { bubbles: true }));
    await drawn();
    compare(what);
  };
  for (const control of [...root.querySelectorAll("input[type=range]")].filter(shown)) {
    const before = control.value;
    for (const value of [control.min, control.max, before]) {
      await drive(control, value, `${control.name}=${value}`);
    }
  }
  const cells = [...root.querySelectorAll("[role=gridcell]")];
  for (const cell of cells.filter((_, at) => at % 7 === 0)) {
    cell.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    await drawn();
    compare("pointing");
    cell.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }
  const cell = root.querySelector("[role=gridcell]");
  cell?.click();
  await drawn();
  compare("pinning");
  return moved.slice(0, 8);
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("key", STEADY)
def test_nothing_moves(visit, key, width):
    root = in_gallery(visit, key, width=width)
    assert root.evaluate(SHIFTS) == []


#: Of each widget its height, that of drawing and read-out, and how much room the page keeps for it
#: until it is there.
HEIGHTS = """() => Object.fromEntries([...document.querySelectorAll(".cnn-widget")].map((root) => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const place = getComputedStyle(root.closest("[data-cnn-page]"));
  const room = place.getPropertyValue("--room") || "47rem";
  const view = root.querySelector(".cnn-view")?.getBoundingClientRect().height ?? 0;
  return [root.dataset.key, [root.getBoundingClientRect().height, view, parseFloat(room) * rem]];
}))"""


def heights(visit, **screen) -> dict[str, list[float]]:
    """Return for each widget of the gallery what `HEIGHTS` tells."""
    pages = {path: visit.open(path, **screen) for path in {page_of(key) for key in GALLERY}}
    for key in GALLERY:
        widget(pages[page_of(key)], key)
    found = {name: of for page in pages.values() for name, of in page.evaluate(HEIGHTS).items()}
    assert set(found) == set(GALLERY)
    return found


def test_first_state_fits_the_screen_of_a_laptop(visit):
    found = heights(visit, viewport={"width": 1280, "height": 800})
    assert {key: height for key, (height, _, _) in found.items() if height > 800} == {}
    # nor does the text below jump when the widget takes the room that was kept
    assert {key: of for key, of in found.items() if abs(of[0] - of[2]) > 80} == {}


def test_first_state_fits_two_screens_of_a_phone_and_drawing_and_readout_one(visit):
    """390×664, less the bar at the top: what is changed and what it does are seen together."""
    found = heights(visit, width=390, has_touch=True, is_mobile=True)
    assert {key: height for key, (height, _, _) in found.items() if height > 2 * 664} == {}
    views = {key: view for key, (_, view, _) in found.items() if view}
    assert "explorer" in views
    assert {key: height for key, height in views.items() if height > 664 - 60} == {}
