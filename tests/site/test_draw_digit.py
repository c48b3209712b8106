"""The drawn digit: what the network in the page says, and each cell of its maps, is cnnlib's."""

import random
import re

import numpy as np
import pytest

from cnnlib import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    save,
)
from cnnlib.widgets import DrawDigit, TrainingPlayground
from cnnlib.widgets.draw_digit import LIMITS
from tests.drawings import drawings, inked

from .widgets import all_numbers, in_gallery, observe, only, open_code, page_of, widget

#: Set controls one state after the other; return the words, the ten percents and the read-out.
RUN = """async (root, states) => {
  const seen = [];
  for (const state of states) {
    for (const [name, value] of Object.entries(state)) {
      const control = root.querySelector(`[name="${name}"]`);
      const property = control.type === "checkbox" ? "checked" : "value";
      if (String(control[property]) === String(value)) continue;
      control[property] = value;
      control.dispatchEvent(new Event(control.type === "range" ? "input" : "change"));
      // drawn before the next: the layer decides how far the sliders of its cells go
      await new Promise((done) => queueMicrotask(() => queueMicrotask(done)));
    }
    seen.push([
      root.querySelector(".cnn-note").textContent,
      [...root.querySelectorAll("[data-digit]")].map((cell) => cell.textContent),
      root.querySelector(".cnn-readout").innerText,
    ]);
  }
  return seen;
}"""


@pytest.fixture
def digit(visit):
    return in_gallery(visit, "draw-digit")


@pytest.fixture
def inside(digit):
    """The widget with the maps unfolded."""
    digit.locator("summary:has-text('Look inside the network')").click()
    digit.locator(".cnn-maps canvas").first.wait_for()
    return digit


def percents(cells) -> np.ndarray:
    return np.array([float(cell.removesuffix(" %")) / 100 for cell in cells])


def assert_says(words: str, shown: np.ndarray, own: DrawDigit) -> None:
    np.testing.assert_allclose(shown, own.probabilities, atol=1e-3)
    best = np.sort(own.probabilities)
    if best[-1] - best[-2] > 2e-3:  # else the two change places by rounding
        assert shown.argmax() == own.prediction
        assert f"The network says {own.prediction} with" in words


def test_every_test_digit_and_changed_ones(digit):
    rng = random.Random(0)
    count = len(DrawDigit().labels)
    plain = {"right": 0, "down": 0, "turn": 0, "thicken": 0, "noise": 0}
    states = [{**plain, "digit": number} for number in range(count)]
    for _ in range(500 - count):
        changed = {name: rng.randint(*LIMITS[name]) for name in plain}
        how = {"crop": rng.random() < 0.5, "reader": rng.choice(["8", "28"])}
        states.append({**changed, "digit": rng.randrange(count), **how})
    right = 0
    for state, (words, cells, _) in zip(states, observe(digit, RUN, states), strict=True):
        own = DrawDigit(**state)
        assert_says(words, percents(cells), own)
        truth = own.labels[state["digit"]]
        assert f"written as a {truth}." in words
        assert ("The network is wrong" in words) == (own.prediction != truth)
        right += own.prediction == truth
    assert right > 0.9 * count


def test_a_hundred_drawings_by_mouse_and_their_code(digit):
    rng = random.Random(1)
    page = digit.page
    open_code(digit)
    sheet = digit.locator("canvas.cnn-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    for number in range(100):
        digit.locator("button[name=clear]").click()
        for _ in range(rng.randint(1, 3)):
            stroke = [
                (box["x"] + rng.random() * box["width"], box["y"] + rng.random() * box["height"])
                for _ in range(rng.randint(2, 4))
            ]
            page.mouse.move(*stroke[0])
            page.mouse.down()
            for point in stroke[1:]:
                page.mouse.move(*point)
            page.mouse.up()
        state = {"pen": rng.randint(1, 4), "turn": rng.randint(-40, 40) if number % 3 == 0 else 0}
        ((words, cells, _),) = observe(digit, RUN, [state])
        scope: dict = {"print": lambda *_: None}
        exec(
            digit.locator(".cnn-code code:has-text('DrawDigit(')").inner_text(), scope
        )  # the widget's own code
        own = scope["widget"]
        assert own.source == "drawing"
        assert np.sum(own.ink) > 0
        assert_says(words, percents(cells), own)


@pytest.mark.parametrize("reader", ["8", "28"])
def test_the_sum_behind_any_cell(inside, reader):
    rng = random.Random(2)
    own = DrawDigit(digit=7, reader=reader)
    volumes, x = [], own.image[None]
    for layer in own.model:
        x = layer(x)
        if type(layer).__name__ in ("Conv2d", "MaxPool2d", "Linear"):
            volumes.append(x[0])
        elif type(layer).__name__ == "ReLU":
            volumes[-1] = x[0]
    volumes = [v if v.ndim == 3 else v[None, None] for v in volumes]
    states = [{"digit": 7, "reader": reader}]
    for layer, volume in enumerate(volumes):
        for _ in range(60):
            place = zip(("map", "row", "column"), map(rng.randrange, volume.shape), strict=True)
            states.append({"layer": layer, **dict(place)})
    for state, (_, _, readout) in list(zip(states, observe(inside, RUN, states), strict=True))[1:]:
        head, *lines = [line for line in readout.splitlines() if line.strip()]
        value = volumes[state["layer"]][state["map"], state["row"], state["column"]]
        assert all_numbers(head.split(" = ")[-1])[0] == pytest.approx(value, abs=6e-4)
        text = " ".join(lines)
        if "largest of" in text:
            assert max(all_numbers(text)) == pytest.approx(value, abs=6e-4)
            continue
        terms, result = text.split("= ")
        total = all_numbers(result)[0]
        assert max(0, total) == pytest.approx(max(0, value), abs=6e-4)
        if "·" in terms:
            factors = re.findall(r"([-\d.]+)·\(?([-\d.]+)", terms.replace("−", "-"))
            parts = [float(x) * float(w) for x, w in factors]
            parts.append(all_numbers(terms.split("+")[-1])[0])
        else:
            parts = [all_numbers(line.split(" from")[0])[0] for line in lines[:-1]]
        assert sum(parts) == pytest.approx(total, abs=0.01)


#: Follow links to drawings one after the other; return the ten percents of each.
FOLLOW = """async (root, inks) => {
  const seen = [];
  for (const ink of inks) {
    const followed = new Promise((done) => addEventListener("hashchange", done, { once: true }));
    location.hash = `#draw-digit?source=drawing&ink=${ink}`;
    await followed;
    await new Promise((done) => setTimeout(done, 0));
    seen.push([...root.querySelectorAll("[data-digit]")].map((cell) => cell.textContent));
  }
  return seen;
}"""


@pytest.mark.parametrize("reader", ["8", "28"])
def test_drawings_that_no_network_has_seen_are_read_as_python_reads_them(digit, reader):
    some = list(drawings())[::37]
    sheets = [inked(drawing).astype(int) for drawing in some]
    observe(digit, RUN, [{"reader": reader}])
    inks = [",".join(map(str, sheet.ravel())) for sheet in sheets]
    right = 0
    for drawing, sheet, cells in zip(some, sheets, observe(digit, FOLLOW, inks), strict=True):
        own = DrawDigit(ink=sheet, reader=reader)
        np.testing.assert_allclose(percents(cells), own.probabilities, atol=1e-3)
        right += percents(cells).argmax() == drawing.digit
    assert len(some) > 100
    assert right / len(some) >= 0.95


def test_without_the_crop_a_digit_in_a_corner_is_not_read(digit):
    small = next(d for d in drawings() if d.digit == 7 and d.pen == 2 and d.strokes[0].min() > 17)
    ink = inked(small).astype(int)
    observe(digit, FOLLOW, [",".join(map(str, ink.ravel()))])
    seen = observe(digit, RUN, [{}, {"crop": False}])
    assert "Your drawing. The network says 7" in seen[0][0]
    assert "Your drawing. The network says 7" not in seen[1][0]
    assert digit.locator(".cnn-digit-found .cnn-title").inner_text() == "No crop"
    label = digit.locator(".cnn-digit-found canvas")
    assert "centre of mass" not in label.get_attribute("aria-label")
    observe(digit, RUN, [{"crop": True}])
    rows, columns = np.nonzero(ink)
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    where = (
        f"the ink is {tall} cells high and {wide} wide, its centre of mass in "
        f"row {rows.mean():.1f}, column {columns.mean():.1f}"
    )
    assert where in label.get_attribute("aria-label")


def test_a_saved_network_reads_and_a_foreign_one_is_refused_by_name(inside, tmp_path):
    digit = inside
    model = Sequential(
        *(Conv2d(1, 4, 3, stride=2, rng=1), BatchNorm2d(4), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(4 * 6 * 6, 10, rng=2)),
    )
    model.layers[1].running_mean.value += np.float32(0.2)
    save(tmp_path / "mine.npz", model)
    foreign = Sequential(Conv2d(1, 4, 3, rng=1), AvgPool2d(2), Flatten(), Linear(36, 10, rng=2))
    save(tmp_path / "other.npz", foreign)
    field = digit.locator("input[type=file]")
    assert observe(digit, RUN, [{"reader": "own"}])[0][0].endswith("that cnnlib.save wrote.")
    field.set_input_files(tmp_path / "mine.npz")
    note = digit.locator(".cnn-note:has-text('Your network (from mine.npz) says')")
    note.wait_for()
    assert digit.locator(".cnn-digit-seen .cnn-title").inner_text() == "Input 28×28"
    ((_, cells, readout),) = observe(digit, RUN, [{"layer": 0, "map": 2, "row": 6, "column": 7}])
    own = DrawDigit(model=model)
    np.testing.assert_allclose(percents(cells), own.probabilities, atol=2e-3)
    maps = own.model.layers[1](own.model.layers[0](own.image[None]))[
        0
    ]  # the ReLU: the norm is folded in
    assert all_numbers(readout.split(" = ")[1])[0] == pytest.approx(maps[2, 6, 7], abs=1e-3)
    field.set_input_files(tmp_path / "other.npz")
    refusal = digit.locator(".cnn-words:has-text('other.npz: Layer 2 is AvgPool2d')")
    refusal.wait_for()
    assert "known are Conv2d" in refusal.inner_text()
    note.wait_for()  # the one before still reads


def test_the_network_of_the_playground_reads_the_drawing(visit):
    page = visit.open("book/widgets-training.html")
    sheet, playground = (widget(page, key) for key in ("draw-digit", "training-playground"))
    playground.locator("button[name=offer]").click()
    sheet.locator(".cnn-note:has-text('(from the training playground)')").wait_for()
    ((_, cells, _),) = observe(sheet, RUN, [{"digit": 4}])
    own = DrawDigit(model=TrainingPlayground().network(), digit=4)
    np.testing.assert_allclose(percents(cells), own.probabilities, atol=2e-3)
    playground.locator("button[name=one-step]").click()
    playground.locator("button[name=offer]").click()
    sheet.locator("canvas.cnn-sheet").scroll_into_view_if_needed()
    ((_, after, _),) = observe(sheet, RUN, [{}])
    assert after != cells


def test_a_playground_without_a_sheet_says_so(visit):
    page = visit.open(page_of("training-playground"), instead=only("training-playground"))
    playground = widget(page, "training-playground")
    playground.locator("button[name=offer]").click()
    assert "There is no sheet" in playground.locator(".cnn-words").inner_text()


def test_maps_are_painted_as_strong_as_they_are(inside):
    digit = inside
    own = DrawDigit(digit=0)
    convolution, relu = list(own.model)[:2]
    maps = relu(convolution(own.image[None]))[0]
    observe(digit, RUN, [{"digit": 0, "layer": 3}])  # the outlines go elsewhere
    ground, full = digit.evaluate("""root => ["ground", "output"].map((name) =>
      getComputedStyle(root).getPropertyValue(`--cnn-${name}`).trim())""")
    channels = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (ground, full)]
    low, high = np.array(channels, dtype=float)
    painted = digit.evaluate("""root => [...root.querySelectorAll(".cnn-maps canvas")].slice(0, 8)
      .map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const cell = canvas.width / 8;
        return Array.from({ length: 64 }, (_, at) => {
          const [y, x] = [Math.floor(at / 8) * cell + 3, (at % 8) * cell + 3];
          return [...data.slice(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3)];
        });
      })""")
    share = maps.reshape(8, 64, 1) / maps.max()
    np.testing.assert_allclose(painted, low + share * (high - low), atol=3)


def test_drawing_by_keyboard(digit):
    page = digit.page
    sheet = digit.locator("canvas.cnn-sheet")
    sheet.focus()
    page.keyboard.press("Delete")
    assert "The sheet is empty" in digit.locator(".cnn-note").inner_text()
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    open_code(digit)
    code = digit.locator(".cnn-code code:has-text('DrawDigit(')").inner_text()
    rows = re.findall(r'"([.#]+)"', code)
    inked = [at for at, row in enumerate(rows) if "#" in row]
    assert len(rows) == 32
    assert inked == list(range(inked[0], inked[0] + len(inked)))
    assert len(inked) >= 9
    assert "Your drawing" in digit.locator(".cnn-note").inner_text()
    page.keyboard.press("Escape")


def test_link_brings_the_drawing_back(digit, visit):
    page = digit.page
    digit.locator("button[name=clear]").click()
    box = digit.locator("canvas.cnn-sheet").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 150)
    page.mouse.up()
    before = observe(digit, RUN, [{"turn": 5}])
    digit.locator("button[name=link]").click()
    link = digit.locator(".cnn-address").input_value()
    again = widget(visit.open(link.removeprefix(visit.site).lstrip("/")), "draw-digit")
    assert observe(again, RUN, [{}])[0][:2] == before[0][:2]


def test_a_link_to_a_cell_looks_inside_and_other_links_do_not(digit):
    maps = digit.locator(".cnn-maps").first
    observe(digit, FOLLOW, [",".join("1" * 1024)])
    assert not maps.is_visible()
    digit.evaluate("() => { location.hash = '#draw-digit?layer=2&map=5' }")
    maps.wait_for()
    assert "map 5" in digit.locator(".cnn-readout").inner_text()


PHONE = {"viewport": {"width": 390, "height": 664}, "has_touch": True, "is_mobile": True}


def test_on_a_phone_sheet_and_all_bars_are_on_one_screen_and_maps_folded(visit):
    root = in_gallery(visit, "draw-digit", **PHONE)
    top = root.locator("canvas.cnn-sheet").bounding_box()
    bars = [bar.bounding_box() for bar in root.locator(".cnn-scores tr").all()]
    assert len(bars) == 10
    assert all(bar["y"] >= top["y"] - 1 for bar in bars)
    assert bars[-1]["y"] + bars[-1]["height"] <= top["y"] + top["height"] + 1
    assert bars[0]["x"] >= top["x"] + top["width"]
    box = root.bounding_box()
    assert bars[0]["x"] + bars[0]["width"] <= box["x"] + box["width"]
    first, last = (root.locator(part).bounding_box() for part in (".cnn-digit", "[name=noise]"))
    assert last["y"] + last["height"] - first["y"] <= 664
    maps = root.locator(".cnn-maps").first
    assert not maps.is_visible()
    root.locator("summary:has-text('Look inside the network')").tap()
    maps.wait_for()
    assert maps.locator("canvas").count() == 8


#: Where some parts of a widget are, seen from its corner.
PLACES = """root => [...root.querySelectorAll("input[type=range], .cnn-maps, .cnn-readout")]
  .map((part) => {
    const [box, corner] = [part.getBoundingClientRect(), root.getBoundingClientRect()];
    return [box.x - corner.x, box.y - corner.y, box.width];
  })"""


def test_no_setting_moves_anything(visit):
    for options in ({}, PHONE):
        root = in_gallery(visit, "draw-digit", **options)
        root.evaluate(
            "root => root.querySelectorAll('details').forEach((one) => (one.open = true))"
        )
        observe(root, RUN, [{}])
        before = root.evaluate(PLACES)
        assert len(before) > 12
        for state in ({"noise": 50}, {"turn": -90}, {"digit": 300, "noise": 50, "right": -12}):
            observe(root, RUN, [state])
            np.testing.assert_allclose(root.evaluate(PLACES), before, atol=0.1)
        for cell in root.locator("[data-digit], .cnn-slider-value").all():
            assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
        root.locator("button[name=clear]").click()
        np.testing.assert_allclose(root.evaluate(PLACES), before, atol=0.1)


def test_a_finger_draws_on_the_sheet_and_scrolls_elsewhere(visit):
    root = in_gallery(visit, "draw-digit", **PHONE)
    touch = "part => getComputedStyle(part).touchAction"
    assert root.locator("canvas.cnn-sheet").evaluate(touch) == "none"
    root.locator("summary:has-text('Look inside the network')").tap()
    keeps_the_page = """root => [...root.querySelectorAll("*")].filter((part) =>
      getComputedStyle(part).touchAction === "none").map((part) => part.className)"""
    assert root.evaluate(keeps_the_page) == ["cnn-sheet"]
    canvas = root.locator(".cnn-maps canvas").nth(3)
    canvas.tap()
    assert "map 3" in root.locator(".cnn-readout").inner_text()


def test_a_fast_stroke_is_one_line(digit):
    digit.locator("button[name=clear]").click()
    box = digit.locator("canvas.cnn-sheet").bounding_box()
    mouse = digit.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + 230, box["y"] + 200)
    mouse.up()
    open_code(digit)
    rows = re.findall(
        r'"([.#]+)"', digit.locator(".cnn-code code:has-text('DrawDigit(')").inner_text()
    )
    inked = [at for at, column in enumerate(zip(*rows, strict=True)) if "#" in column]
    assert len(inked) > 25
    assert inked == list(range(inked[0], inked[0] + len(inked)))
