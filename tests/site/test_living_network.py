"""The living network: every number of each layer is cnnlib's, outside and in; a click goes in."""

import random

import numpy as np
import pytest

from cnnlib.nn.layers import Conv2d, Linear
from cnnlib.widgets import LivingNetwork
from cnnlib.widgets._networks import unpacked

from .widgets import READ, SET, all_numbers, drive, in_gallery, observe, open_code, widget

#: Decimals that a label or a sentence has.
CLOSE = {"atol": 6e-4, "rtol": 0}


@pytest.fixture
def living(visit):
    return in_gallery(visit, "living-network")


def told(grid) -> np.ndarray:
    """Return the numbers at the end of the cells' labels."""
    return np.array(
        [[all_numbers(cell["label"].split(": ")[-1])[0] for cell in row] for row in grid]
    )


def layers_of(own: LivingNetwork) -> list[Conv2d | Linear]:
    return [layer for layer in own.model if isinstance(layer, (Conv2d, Linear))]


def test_every_number_of_the_whole_network(living):
    states = [{"digit": number} for number in range(0, len(LivingNetwork().labels), 12)]
    for state, seen in drive(living, states):
        own = LivingNetwork(**state)
        for volume, maps in enumerate(own.volumes):
            for number, values in enumerate(maps):
                shown = told(seen["grids"][f"m{volume}_{number}"])
                wanted = values if volume < 4 else maps[:, 0]
                np.testing.assert_allclose(shown, wanted, **CLOSE)
                if volume == 4:
                    break
        chances = told(seen["grids"]["chances"])[:, 1] / 100
        np.testing.assert_allclose(chances, own.probabilities, atol=6e-5)
        assert f"The network says {own.prediction} with" in seen["note"]
        assert f"written as a {own.labels[own.digit]}." in seen["note"]


def test_a_convolution_from_inside(living):
    """Of random cells: the window, the kernel, the bias, what each map adds, and the sum."""
    rng = random.Random(0)
    own = LivingNetwork()
    first, second, _ = layers_of(own)
    for layer, module in ((0, first), (2, second)):
        before, after = own.volumes[layer], own.volumes[layer + 1]
        states = [{"digit": 1, "zoom": True, "layer": layer}]
        for _ in range(25):
            place = {"map": rng.randrange(len(after)), "channel": rng.randrange(len(before))}
            states.append({**place, "position": rng.randrange(after[0].size)})
        for state, seen in list(drive(living, states))[1:]:
            number, channel = state["map"], state["channel"]
            row, column = divmod(state["position"], after.shape[2])
            names = ("m0_0", f"k0_{number}") if layer == 0 else ("channel", "kernel")
            grids = seen["grids"]
            padded = np.pad(before, ((0, 0), (1, 1), (1, 1)))
            np.testing.assert_allclose(told(grids[names[0]]), padded[channel], **CLOSE)
            weights = module.weight.value[number]
            np.testing.assert_allclose(told(grids[names[1]]), weights[channel], **CLOSE)
            window = padded[:, row : row + 3, column : column + 3]
            adds = (window * weights).sum(axis=(1, 2))
            bias = float(module.bias.value[number])
            assert told(grids["bias"])[0, 0] == pytest.approx(bias, abs=6e-4)
            if layer:
                shown = [told(grids[f"part{each}"])[0, 0] for each in range(len(before))]
                np.testing.assert_allclose(shown, adds, **CLOSE)
            output = told(grids[f"m{layer + 1}_{number}"])
            np.testing.assert_allclose(output, after[number], **CLOSE)
            total = bias + adds.sum()
            end = seen["readout"].split("bias = ")[1]
            assert all_numbers(end)[0] == pytest.approx(total, abs=6e-4)
            assert ("ReLU makes it 0" in end) == (total < 0)


def test_pooling_and_scores_from_inside(living):
    rng = random.Random(1)
    own = LivingNetwork()
    dense = layers_of(own)[2]
    states = [{"digit": 1, "zoom": True, "layer": 1}]
    states += [{"map": rng.randrange(8), "position": rng.randrange(16)} for _ in range(12)]
    for state, seen in list(drive(living, states))[1:]:
        before, after = (own.volumes[volume][state["map"]] for volume in (1, 2))
        np.testing.assert_allclose(told(seen["grids"][f"m1_{state['map']}"]), before, **CLOSE)
        np.testing.assert_allclose(told(seen["grids"][f"m2_{state['map']}"]), after, **CLOSE)
        value = after.ravel()[state["position"]]
        assert all_numbers(seen["readout"].split(" = ")[1])[0] == pytest.approx(value, abs=6e-4)
    states = [{"layer": 3}]
    states += [{"channel": rng.randrange(16), "position": score} for score in range(10)]
    maps = own.volumes[3]
    for state, seen in list(drive(living, states))[1:]:
        weights = dense.weight.value[state["position"]].reshape(maps.shape)
        grids = seen["grids"]
        for each in range(16):
            np.testing.assert_allclose(told(grids[f"w{each}"]), weights[each], **CLOSE)
            products = (weights * maps)[each]
            np.testing.assert_allclose(told(grids[f"p{each}"]), products, **CLOSE)
        np.testing.assert_allclose(told(grids["kernel"]), weights[state["channel"]], **CLOSE)
        score = own.volumes[4][state["position"], 0, 0]
        assert all_numbers(seen["readout"].split("bias = ")[1])[0] == pytest.approx(score, abs=6e-4)


def cell(root, grid: str, row: int, column: int):
    return root.locator(f"[data-grid={grid}] [data-row='{row}'][data-column='{column}']")


def test_the_window_lights_up_and_a_click_goes_in_and_out(living):
    page = living.page
    cell(living, "m3_5", 1, 2).focus()
    seen = observe(living, READ)
    assert "conv 2, map 5 [1, 2]" in seen["readout"]
    assert living.locator(".cnn-frame.fine").count() == 8  # the window on each pooled map
    assert living.locator(".cnn-frame.block").count() == 1
    signs = (".cnn-line.for", ".cnn-line.against")
    assert all(living.locator(sign).count() == 1 for sign in signs)
    page.keyboard.press("Space")
    living.locator("[data-grid=channel]").wait_for()
    own = LivingNetwork(digit=1)
    assert (
        f"= {own.volumes[3][5, 1, 2]:.3f}".rstrip("0")
        in living.locator(".cnn-readout").inner_text()
    )
    cell(living, "part6", 0, 0).click()
    assert living.locator("input[name=channel]").input_value() == "6"
    page.keyboard.press("Escape")  # lets go of what is pinned
    assert living.locator("[data-grid=channel]").is_visible()
    page.keyboard.press("Escape")
    living.locator("[data-grid=m1_0]").wait_for()
    cell(living, "chances", 7, 1).click()
    assert "7 gets" in living.locator(".cnn-readout").inner_text()
    assert living.locator("input[name=layer]").input_value() == "3"
    living.locator("button[name=out]").click()
    assert not living.locator("input[name=zoom]").is_checked()


def test_arrow_keys_lead_from_map_to_map(living):
    page = living.page
    focused = "document.activeElement.parentElement.parentElement.dataset.grid"
    cell(living, "m0_0", 0, 7).focus()
    for name in ("k0_0", "k0_0", "k0_0", "m1_0"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focused) == name
    cell(living, "m1_0", 7, 7).focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "m1_1"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "m2_1"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "m2_0"
    stops = living.locator(".cnn-grid [tabindex='0']").count()
    assert stops <= 8  # not one for each of fifty grids


def draw_stroke(root) -> None:
    box = root.locator("canvas.cnn-sheet").bounding_box()
    mouse = root.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.2 * box["height"])
    mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.9 * box["height"])
    mouse.up()


def test_a_drawing_its_code_and_its_link(living, visit):
    pytest.importorskip("torch")
    living.locator("canvas.cnn-sheet").scroll_into_view_if_needed()
    draw_stroke(living)
    living.evaluate(SET, {"layer": 2, "map": 3, "position": 6})
    assert "Your drawing. The network says" in living.locator(".cnn-note").inner_text()
    open_code(living)
    blocks = [block.text_content() for block in living.locator(".cnn-code code").all()]
    printed: list[str] = []
    names: dict = {"print": lambda *words: printed.append(" ".join(map(str, words)))}
    exec(blocks[2].replace("\n\nL", "\n\nmade = L"), names)
    own = names["made"]
    assert own.source == "drawing"
    assert 0 < np.sum(own.ink) < 400
    value = own.volumes[3][3].ravel()[6]
    for block in blocks[:2]:
        printed.clear()
        exec(block, names)
        assert float(printed[0]) == pytest.approx(value, abs=2e-3)
    living.locator("button[name=link]").click()
    link = living.locator(".cnn-address").input_value()
    again = widget(visit.open(link.removeprefix(visit.site).lstrip("/")), "living-network")
    before, after = (observe(root, READ) for root in (living, again))
    assert before["grids"] == after["grids"]
    assert before["readout"] == after["readout"]


def test_a_small_drawing_with_and_without_the_crop(living):
    living.locator("canvas.cnn-sheet").scroll_into_view_if_needed()
    draw_stroke(living)
    open_code(living)
    for crop in (True, False):
        ((_, seen),) = drive(living, [{"crop": crop}])
        code = living.locator(".cnn-code code").all()[2].text_content()
        names: dict = {}
        exec(code.replace("\n\nL", "\n\nmade = L"), names)
        own = names["made"]
        assert own.crop == crop
        np.testing.assert_allclose(told(seen["grids"]["m0_0"]), own.image[0], **CLOSE)
        np.testing.assert_allclose(
            told(seen["grids"]["chances"])[:, 1] / 100, own.probabilities, atol=2e-4
        )


def test_it_fits_the_screen(visit):
    desktop = in_gallery(visit, "living-network", width=1280)
    for state in ({}, *({"zoom": True, "layer": layer} for layer in range(4))):
        desktop.evaluate(SET, state)
        assert desktop.bounding_box()["height"] <= 800
    phone = in_gallery(visit, "living-network", width=390, has_touch=True, is_mobile=True)
    view = phone.locator(".cnn-view")
    assert view.bounding_box()["height"] <= 664 - 60
    sheet = view.locator("canvas.cnn-sheet").bounding_box()
    assert sheet["width"] >= 100  # room for a finger
    assert (
        view.locator("canvas.cnn-sheet").evaluate("c => getComputedStyle(c).touchAction") == "none"
    )


CHAPTER = "notebooks/15_training.html"
#: Keeps what the playground offers.
LISTEN = "addEventListener('cnn-network', (e) => { globalThis.offer = e.detail; }, true)"
#: Networks of the playground, and how many layers they have: shallow and strided, deep, no
#: convolution at all.
OFFERED = [
    ("depth=1&layers=16,7,2,1,1,1,8,3,1,0,1,0,8,3,1,0,1,0", 3),
    ("depth=3&layers=1,5,1,1,1,1,16,3,1,0,0,1,16,3,1,0,1,1", 7),
    ("depth=0", 1),
]


def test_the_network_of_the_playground_comes_in_its_place(visit):
    page = visit.open(CHAPTER)
    living, playground = widget(page, "training-living"), widget(page, "training-live-network")
    offer, words = playground.locator("button[name=offer]"), playground.locator(".cnn-words")
    page.evaluate(LISTEN)
    first = observe(living, READ)
    for state, count in OFFERED:
        page.evaluate("state => { location.hash = state }", f"#training-live-network?{state}")
        playground.locator("button[name=one-step]").click()
        offer.click()
        living.locator(".cnn-note", has_text="Your network says").wait_for()
        assert page.evaluate("document.activeElement.className") == "cnn-sheet"
        own = LivingNetwork(unpacked(page.evaluate("offer.layers")), digit=3)
        volumes = [*own.volumes[:-1], own.volumes[-1][:, 0].T]  # the scores in one column
        assert len(volumes) == count + 1
        states: list[dict] = [{"source": "digit", "digit": 3, "zoom": False}]
        states += [{"zoom": True, "layer": layer} for layer in range(count)]
        whole, *layers = [seen for _, seen in drive(living, states)]
        assert living.locator("input[name=layer]").get_attribute("max") == str(count - 1)
        chances = told(whole["grids"]["chances"])[:, 1] / 100
        np.testing.assert_allclose(chances, own.probabilities, atol=1e-3)
        for volume, seen in enumerate([whole, *layers]):
            shown = {
                int(name.split("_")[1]): told(grid)
                for name, grid in seen["grids"].items()
                if name.startswith(f"m{volume}_")
            }
            assert shown
            for number, grid in shown.items():
                values = volumes[volume][number].reshape(grid.shape)
                np.testing.assert_allclose(grid, values, atol=2e-3)
    page.evaluate("location.hash = '#training-live-network?hidden=16'")
    offer.click()
    assert "has room for one dense layer" in words.inner_text()
    living.locator("button[name=reset]").click()
    again = observe(living, READ)
    assert (again["grids"], again["note"]) == (first["grids"], first["note"])


#: What a cell that runs again does to the page: a new widget stands where the old one stood.
RUN_AGAIN = """async key => {
  const written = document.querySelector("script[type*='widget-state']").textContent;
  const { state } = JSON.parse(written);
  const [id] = Object.entries(state).find(([, model]) => model.state.key === key);
  const place = document.createElement("div");
  document.querySelector(`[data-key="${key}"]`).closest("[data-cnn-page]").replaceWith(place);
  await cnnShowWidget(state, id, place);
}"""


def test_a_widget_that_is_off_the_page_takes_nothing_from_the_one_in_its_place(visit):
    page = visit.open(CHAPTER)
    widget(page, "training-living")
    playground = widget(page, "training-live-network")
    page.evaluate(RUN_AGAIN, "training-living")
    playground.locator("button[name=one-step]").click()
    playground.locator("button[name=offer]").click()
    widget(page, "training-living").locator(".cnn-note", has_text="Your network says").wait_for()
