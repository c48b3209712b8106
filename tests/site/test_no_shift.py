"""Nothing moves: while somebody points, pins, steps or slides, every control stays where it is."""

import pytest

from .widgets import in_gallery, page_of, widget

#: Widgets that stand on the stage whose slots do not depend on sizes (parts/scene.js). The others
#: still grow with what they show: each joins this list when it moves to the stage.
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
    "receptive-field",
    "shifted-photo",
    "training-playground",
    "transposed",
    "variants",
    "volume-filter",
]

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


def test_first_state_fits_the_screen_of_a_laptop(visit):
    """1280×800. A training has its own screens: kernels, curves, maps, table and mistakes."""
    screen = {"viewport": {"width": 1280, "height": 800}}
    pages = {path: visit.open(path, **screen) for path in {page_of(key) for key in STEADY}}
    roots = {key: widget(pages[page_of(key)], key) for key in STEADY}
    tall = {key: round(root.bounding_box()["height"]) for key, root in roots.items()}
    assert {key for key, height in tall.items() if height > 800} == {"training-playground"}, tall


def test_drawing_and_readout_share_a_phone_screen(visit):
    """390×664, less the bar at the top: what is changed and what it does are seen together."""
    phone = {"width": 390, "has_touch": True, "is_mobile": True}
    pages = {path: visit.open(path, **phone) for path in {page_of(key) for key in STEADY}}
    tall = {}
    for key in STEADY:
        view = widget(pages[page_of(key)], key).locator(".cnn-view")
        if view.count():
            tall[key] = round(view.bounding_box()["height"])
    assert "explorer" in tall
    assert {key: height for key, height in tall.items() if height > 664 - 60} == {}
