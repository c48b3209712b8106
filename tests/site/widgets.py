"""Reading and driving the widgets of the gallery page: what the tests of each of them share."""

import base64
import functools
import json
import random
import re
from collections.abc import Iterable, Iterator

import numpy as np
from playwright.sync_api import expect

from .conftest import SITE

PAGE = "book/widgets.html"
#: The gallery has three pages; the widgets that are not on `PAGE` are on one of the others.
OTHER_PAGES = ["book/widgets-networks.html", "book/widgets-training.html"]


@functools.cache
def page_of(key: str) -> str:
    """Return the page of the gallery on which a widget stands."""
    for page in OTHER_PAGES:
        if f'"key": "{key}"' in (SITE / page).read_text(encoding="utf-8"):
            return page
    return PAGE


#: Everything that a widget made of grids shows. First it points at the drawing, for the layer of
#: cells follows the painting only then, or when the slider rests.
READ = """root => {
  root.querySelector(".cnn-drawing")?.dispatchEvent(new Event("pointerenter"));
  const grids = {};
  for (const grid of root.querySelectorAll("[data-grid]")) {
    if (grid.hidden) continue;
    grids[grid.dataset.grid] = [...grid.querySelectorAll("[role=row]")].map((row) =>
      [...row.children].map((cell) => ({
        text: cell.dataset.text, // what grid.js hands to the painter
        marks: cell.dataset.marks.split(" "),
        label: cell.getAttribute("aria-label"),
      })));
  }
  const text = (selector) => root.querySelector(selector)?.textContent ?? "";
  const all = (selector) => [...root.querySelectorAll(selector)].map((one) => one.textContent);
  const settings = (value) => Object.fromEntries(
    [...root.querySelectorAll(".cnn-controls input[type=range]")].map((input) =>
      [input.name, value(input)]));
  const bars = Object.fromEntries([...root.querySelectorAll("tr[data-variant]")].map((row) =>
    [row.dataset.variant, [...row.querySelectorAll(".cnn-bar-number")].map((n) => n.textContent)]));
  return { grids, bars, note: text(".cnn-note"), readout: text(".cnn-readout"),
    words: text(".cnn-words"),
    sum: text(".cnn-sum"), rules: all(".cnn-size-rule"), titles: all(".cnn-title"),
    sliders: settings((input) => input.valueAsNumber),
    shown: settings((input) => Number(input.nextElementSibling.textContent)) };
}"""

#: The lines of a drawing that lead from or to the active cell, each as it stands in its path.
LINES = """root => {
  const paths = [...root.querySelectorAll(".cnn-overlay .cnn-line:not(.faint, .border)")];
  return paths.flatMap((path) => path.getAttribute("d").match(/M[^M]+/g) ?? []);
}"""

#: Set controls as a person does, who leaves alone what is right, and wait until all is drawn.
SET = """async (root, state) => {
  for (const [name, value] of Object.entries(state)) {
    // how far the play bar goes follows from the rest
    if (name === "position") await new Promise((done) => setTimeout(done, 0));
    const control = root.querySelector(`[name="${name}"]`);
    const property = control.type === "checkbox" ? "checked" : "value";
    if (String(control[property]) === String(value)) continue;
    control[property] = value;
    const kind = control.type === "range" ? "input" : "change";
    control.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  return new Promise((done) => setTimeout(done, 0));
}"""

#: Go through many states and read each: all in one call, for a call takes longer than a state.
DRIVE = """async (root, states) => {
  const [set, read] = [SET, READ];
  const seen = [];
  for (const state of states) {
    await set(root, state);
    seen.push(read(root));
  }
  return seen;
}""".replace("SET", SET).replace("READ", READ)


def observe(root, code: str, given=None):
    """Return what `code`, a function of the widget and of what is given, finds there.

    It comes as one text: Playwright takes thousands of small values one by one, and needs longer
    for it than the page for drawing them.
    """
    text = f"async (root, given) => JSON.stringify(await ({code})(root, given))"
    return json.loads(root.evaluate(text, given))


def drive(root, states: Iterable[dict], at_once: int = 50) -> Iterator[tuple[dict, dict]]:
    """Yield each state and what the widget shows in it."""
    states = list(states)
    for first in range(0, len(states), at_once):
        some = states[first : first + at_once]
        yield from zip(some, observe(root, DRIVE, some), strict=True)


def widget(page, key: str):
    root = page.locator(f"[data-cnn-ready] .cnn-widget[data-key={key}]")
    root.wait_for()
    return root


#: Follow a link on the page, and wait until the widget has followed, too.
FOLLOW = """hash => new Promise((done) => {
  addEventListener("hashchange", () => setTimeout(done), { once: true });
  location.hash = hash;
})"""


def follow(root, place: str) -> None:
    """Follow a link to another state of a widget: a new page takes a hundred times as long."""
    root.page.evaluate(FOLLOW, place)


def open_code(root) -> None:
    """Open the code for the state: it is written once somebody looks at it."""
    root.locator(".cnn-more summary").click()
    for code in root.locator(".cnn-code code").all():
        expect(code).not_to_be_empty()


def in_gallery(visit, key: str, **options):
    """Open the page of the gallery with a widget, the only one there; return it."""
    return widget(visit.open(page_of(key), instead=only(key), **options), key)


@functools.cache
def only(key: str) -> str:
    """Return the page of the gallery with one widget: ten take ten times as long to draw."""
    text = (SITE / page_of(key)).read_text(encoding="utf-8")
    (state,) = re.findall(r'widget-state\+json"[^>]*>(.*?)</script>', text, re.DOTALL)
    models = json.loads(state.replace("<\\/", "</"))["state"]
    wanted = [name for name, model in models.items() if model["state"].get("key") == key]
    views = re.compile(
        r'<script type="application/vnd.jupyter.widget-view\+json">(.*?)</script><div [^>]*></div>'
    )
    page, left = views.subn(
        lambda view: view[0] if json.loads(view[1])["model_id"] in wanted else "", text
    )
    assert wanted, key
    assert left
    return page


def backwards(value):
    """Return a state with all its names in the order from Z to A."""
    if isinstance(value, list):
        return [backwards(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: backwards(value[name]) for name in sorted(value, reverse=True)}


def with_names_backwards(page: str) -> str:
    """Return a page whose widgets' state has its names in another order, as a cache stores it."""
    head, rest = re.split(r'(?<=widget-state\+json">)', page, maxsplit=1)
    state, end = rest.split("</script>", 1)
    turned = json.dumps(backwards(json.loads(state))).replace("</", "<\\/")
    return f"{head}{turned}</script>{end}"


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def numbers(grid) -> np.ndarray:
    return np.array([[number(cell["text"]) for cell in row] for row in grid])


def marked(grid, mark: str) -> set[tuple[int, int]]:
    return {
        (r, c) for r, row in enumerate(grid) for c, cell in enumerate(row) if mark in cell["marks"]
    }


def focus_cell(root, grid: str, row: int, column: int) -> dict:
    root.locator(f"[data-grid={grid}] [data-row='{row}'][data-column='{column}']").focus()
    return observe(root, READ)


def all_numbers(text: str) -> list[float]:
    return [number(found) for found in re.findall(r"[−-]?\d[\d,]*(?:\.\d+)?", text)]


#: Move any control of a widget to any value, by two random numbers.
SHUFFLE = """(root, r) => {
  const controls = [...root.querySelectorAll(".cnn-controls :is(input, select)")];
  const control = controls[Math.floor(r[0] * controls.length)];
  if (!control) return;
  if (control.type === "checkbox") control.checked = r[1] < 0.5;
  else if (control.options) control.selectedIndex = Math.floor(r[1] * control.options.length);
  else if (control.type === "range") {
    control.value = Number(control.min) + r[1] * (control.max - control.min);
  } else return;
  for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind));
}"""
#: Several of these and of keys, with no time to draw between them.
BURST = """(root, events) => {
  for (const event of events) {
    if (Array.isArray(event)) (SHUFFLE)(root, event);
    else for (const kind of ["keydown", "keyup"]) {
      document.activeElement.dispatchEvent(
        new KeyboardEvent(kind, { key: event, bubbles: true, cancelable: true }));
    }
  }
}""".replace("SHUFFLE", SHUFFLE)
KEYS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", " ", "Escape", "Tab"]
KEYS += ["Home", "End", "PageUp", "PageDown", "7", "-", ".", "x"]
#: The focus comes back into the widget when it leaves, and nothing else is clicked: what lies over
#: it, as the page's bar and its menus do, would print the page or leave it.
STAY = """root => {
  const enter = () => {
    if (root.contains(document.activeElement)) return;
    const all = [...root.querySelectorAll('input, select, button, [tabindex="0"]')];
    all.find((one) => one.checkVisibility()).focus(); // one that is hidden takes no focus
  };
  enter();
  addEventListener("focusin", enter);
  addEventListener("keydown", enter, true); // what has the focus may be gone
  addEventListener("click", (event) => {
    if (root.contains(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}"""
AREA = """root => {
  const { x, y, width, height } = root.getBoundingClientRect();
  return [x, y, width, height];
}"""


def random_events(root, seed, count: int) -> None:
    """Do what a cat on the keyboard does: keys, clicks and moved controls, all inside `root`.

    A key or a click of the browser's own, which a frame follows, then a burst without one.
    """
    rng = random.Random(seed)
    page = root.page
    element = root.element_handle()  # asked through the locator, each event would look for it first
    element.evaluate(STAY)
    home = page.url.split("#")[0]
    while count > 0:
        if rng.random() < 0.75:
            page.keyboard.press(rng.choice(KEYS))
        else:
            x, y, width, height = element.evaluate(AREA)
            page.mouse.click(x + rng.random() * width, y + rng.random() * height)
        burst: list[str | list[float]] = [
            rng.choice(KEYS) if rng.random() < 0.4 else [rng.random(), rng.random()]
            for _ in range(min(count - 1, rng.randrange(16)))
        ]
        element.evaluate(BURST, burst)
        count -= 1 + len(burst)
        assert page.url.startswith(home), f"left the page for {page.url}"


#: Go through many states in one call and tell of each what is shown: texts of the grids, rules,
#: note and read-out, and the cells in the window. Quicker than a round trip for each state.
SWEEP = """async (root, states) => {
  const channel = new MessageChannel();
  const drawn = () => new Promise((done) => {
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  const seen = [];
  for (const state of states) {
    for (const [name, value] of Object.entries(state)) {
      if (name === "position") await drawn(); // how far the play bar goes follows from the rest
      const control = root.querySelector(`[name="${name}"]`);
      if (control.value === String(value)) continue;
      control.value = value;
      const kind = control.type === "range" ? "input" : "change";
      control.dispatchEvent(new Event(kind, { bubbles: true }));
      if (control.value !== String(value)) throw Error(`${name} does not take ${value}`);
    }
    await drawn();
    root.querySelector(".cnn-drawing").dispatchEvent(new Event("pointerenter"));
    const grids = {};
    const windows = {};
    for (const grid of root.querySelectorAll("[data-grid]")) {
      if (grid.hidden) continue;
      const rows = [...grid.querySelectorAll("[role=row]")].map((row) => [...row.children]);
      grids[grid.dataset.grid] = rows.map((row) => row.map((cell) => cell.dataset.text));
      windows[grid.dataset.grid] = rows.flatMap((row, r) => row.flatMap((cell, c) =>
        (cell.dataset.marks.split(" ").includes("window") ? [[r, c]] : [])));
    }
    const text = (selector) => root.querySelector(selector)?.textContent ?? "";
    seen.push({ grids, windows, note: text(".cnn-note"), readout: text(".cnn-readout"),
      lines: [...root.querySelectorAll(".cnn-sum > div")].map((line) => line.textContent),
      rules: [...root.querySelectorAll(".cnn-size-rule")].map((rule) => rule.textContent) });
  }
  return seen;
}"""


def values(grid) -> np.ndarray:
    """Return the numbers of a grid that `SWEEP` has read; nothing counts as 0."""
    return np.array([[number(text) if text else 0 for text in row] for row in grid])


#: The pixels of a canvas of the widget, row by row.
PIXELS = """(root, which) => {
  const canvas = root.querySelectorAll("canvas.cnn-picture")[which];
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ink = copy.getContext("2d", { willReadFrequently: true });
  ink.drawImage(canvas, 0, 0);
  const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(data[at]);
  return [canvas.height, canvas.width, btoa(text)];
}"""


def pixels(root, which: int) -> np.ndarray:
    """Return the grey values that a picture of a widget shows."""
    rows, columns, text = root.evaluate(PIXELS, which)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(rows, columns)


def outlines(root) -> list[list[tuple[float, float, float]]]:
    """Return for each picture the squares on it: row, column and size in pixels."""
    found = observe(
        root,
        """(root) => [...root.querySelectorAll(".cnn-figure")].map((figure) => {
          const { width, height } = figure.querySelector("canvas");
          const share = (text, size) => Math.round(parseFloat(text) * size) / 100;
          return [...figure.querySelectorAll(".cnn-picture-mark:not([hidden])")].map(
            ({ style }) =>
              [share(style.top, height), share(style.left, width), share(style.width, width)]);
        })""",
    )
    return [[tuple(square) for square in squares] for squares in found]
