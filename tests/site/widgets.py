"""Reading and driving the widgets of the gallery page: what the tests of each of them share."""

import re

import numpy as np

PAGE = "notebooks/90_widgets.html"

#: Everything that a widget made of grids shows.
READ = """root => {
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
  return { grids, note: text(".cnn-note"), readout: text(".cnn-readout"), words: text(".cnn-words"),
    rules: [...root.querySelectorAll(".cnn-size-rule")].map((rule) => rule.textContent),
    titles: [...root.querySelectorAll(".cnn-title")].map((title) => title.textContent) };
}"""

#: Set controls as a person does, and wait until the drawing is done.
SET = """(root, state) => {
  for (const [name, value] of Object.entries(state)) {
    const control = root.querySelector(`[name="${name}"]`);
    if (control.type === "checkbox") control.checked = value;
    else control.value = value;
    const kind = control.type === "range" ? "input" : "change";
    control.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  return new Promise((done) => setTimeout(done, 0));
}"""


def widget(page, key: str):
    root = page.locator(f"[data-cnn-ready] .cnn-widget[data-key={key}]")
    root.wait_for()
    return root


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
    return root.evaluate(READ)


def all_numbers(text: str) -> list[float]:
    return [number(found) for found in re.findall(r"[−-]?\d[\d,]*(?:\.\d+)?", text)]


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
      control.value = value;
      const kind = control.type === "range" ? "input" : "change";
      control.dispatchEvent(new Event(kind, { bubbles: true }));
      if (control.value !== String(value)) throw Error(`${name} does not take ${value}`);
    }
    await drawn();
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
