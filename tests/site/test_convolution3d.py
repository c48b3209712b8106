"""The 3D convolution: each frame, slice and sum is the library's; detectors see their motion."""

import itertools

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnlib.widgets import Convolution3d
from cnnlib.widgets.convolution3d import CLIPS, KERNELS, LIMITS

from .widgets import (
    READ,
    SET,
    SWEEP,
    all_numbers,
    focus_cell,
    in_gallery,
    marked,
    numbers,
    observe,
    open_code,
    values,
    widget,
)


@pytest.fixture
def conv3d(visit):
    return in_gallery(visit, "conv3d")


def stack(grids: dict, name: str) -> np.ndarray:
    """Return the grids name0, name1, … as one array."""
    count = sum(key.startswith(name) for key in grids)
    return np.array([values(grids[f"{name}{t}"]) for t in range(count)])


def assert_shows(seen: dict, own: Convolution3d) -> None:
    clip = np.pad(own.input, own.padding)
    np.testing.assert_array_equal(stack(seen["grids"], "frame"), clip)
    np.testing.assert_array_equal(stack(seen["grids"], "kernel"), own.weight)
    output = own.output
    np.testing.assert_array_equal(stack(seen["grids"], "output"), output)
    assert [all_numbers(rule)[-1] for rule in seen["rules"]] == list(output.shape[:2])
    assert all_numbers(seen["note"]) == [output.max(), output.min()]


def test_the_whole_range(conv3d):
    names = ("kernel_depth", "kernel_size", "stride", "padding")
    ranges = [range(LIMITS[name][0], LIMITS[name][1] + 1) for name in names]
    states = [
        {"motion": motion, **dict(zip(names, sizes, strict=True))}
        for motion in CLIPS
        for sizes in itertools.product(*ranges)
    ]
    assert len(states) == 180
    for state in states:  # every state at another place of the window
        state["position"] = (7 * len(state["motion"]) + sum(state[n] for n in names)) % 8
        state["position"] %= Convolution3d(**state).output.size
    for state, seen in zip(states, observe(conv3d, SWEEP, states), strict=True):
        own = Convolution3d(**state)
        assert_shows(seen, own)
        at = np.unravel_index(state["position"], own.output.shape)
        name = ", ".join(str(place) for place in at)
        assert seen["readout"].startswith(f"Y[{name}] = ")
        assert all_numbers(seen["lines"][-1]) == [own.output[at]]
        assert len(seen["lines"]) == own.kernel_depth + 1
        for u, line in enumerate(seen["lines"][:-1]):
            terms = line.split(": ")[1].replace("(−", "−").replace(")", "").split(" + ")
            partial = sum(
                np.prod([float(x.replace("−", "-")) for x in t.split("·")]) for t in terms
            )
            s = own.stride
            window = np.pad(own.input, own.padding)[tuple(slice(i * s, i * s + 3) for i in at)]
            k = own.kernel_size
            assert partial == (window[u, :k, :k] * own.weight[u]).sum()
        hits = [len(seen["windows"][f"kernel{u}"]) for u in range(own.kernel_depth)]
        assert hits == [own.kernel_size**2] * own.kernel_depth


def test_every_preset_with_every_motion(conv3d):
    states = [{"preset": k, "motion": m} for k in KERNELS for m in CLIPS]
    for state, seen in zip(states, observe(conv3d, SWEEP, states), strict=True):
        assert_shows(seen, Convolution3d(state["preset"], motion=state["motion"]))


def test_a_detector_answers_most_to_its_own_motion(conv3d):
    motions = ("right", "left", "down", "up")
    for kernel, own in zip(list(KERNELS)[:4], motions, strict=True):
        states = [{"preset": kernel, "motion": motion} for motion in CLIPS]
        seen = observe(conv3d, SWEEP, states)
        largest = {
            s["motion"]: all_numbers(r["note"])[0] for s, r in zip(states, seen, strict=True)
        }
        assert largest.pop(own) == 2
        assert max(largest.values()) == 1
        assert largest["still"] == 0


def test_stepping_moves_in_space_and_then_in_time(conv3d):
    conv3d.evaluate(SET, {"position": 0})
    places = []
    for _ in range(10):
        grids = observe(conv3d, READ)["grids"]
        found = [(t, *cell) for t in range(3) for cell in marked(grids[f"output{t}"], "active")]
        places += found
        conv3d.locator("button[name=step]").click()
    assert places == [tuple(map(int, np.unravel_index(n, (3, 3, 3)))) for n in range(10)]
    seen = observe(conv3d, READ)["grids"]
    frames = {t for t in range(5) if marked(seen[f"frame{t}"], "window")}
    assert frames == {1, 2, 3}
    assert conv3d.locator(".cnn-overlay rect").count() == 3


def test_keyboard_edits_a_weight_and_pixels_tell_their_readers(conv3d):
    keyboard = conv3d.page.keyboard
    focus_cell(conv3d, "kernel1", 0, 0)
    for key in ("ArrowDown", "ArrowRight"):
        keyboard.press(key)
    keyboard.type("5")
    keyboard.press("Enter")
    keyboard.press("Escape")
    weight = np.array(KERNELS["motion to the right"])
    weight[1, 1, 1] = 5
    own = Convolution3d(weight)
    seen = observe(conv3d, READ)
    shown = [numbers(seen["grids"][f"output{t}"]) for t in range(3)]
    np.testing.assert_array_equal(shown, own.output)
    assert "27 outputs read it, in frames 0, 1, 2" in focus_cell(conv3d, "frame2", 2, 2)["readout"]
    assert "1 output reads it, in frames 0" in focus_cell(conv3d, "frame0", 0, 0)["readout"]
    assert "All 27 outputs share" in focus_cell(conv3d, "kernel2", 0, 0)["readout"]
    conv3d.evaluate(SET, {"padding": 1})
    assert "is padding" in focus_cell(conv3d, "frame0", 0, 0)["readout"]


def test_code_for_this_state_gives_what_is_shown(conv3d):
    conv3d.evaluate(SET, {"motion": "up", "kernel_depth": 2, "padding": 1, "stride": 2})
    open_code(conv3d)
    own = Convolution3d(motion="up", kernel_depth=2, padding=1, stride=2)
    assert_shows(observe(conv3d, SWEEP, [{}])[0], own)
    blocks = [block.text_content() for block in conv3d.locator(".cnn-code code").all()]
    names: dict = {"print": lambda *_: None}
    exec(blocks[0], names)
    np.testing.assert_array_equal(names["output"], own.output)
    exec(blocks[2].replace("\n\nC", "\n\nmade = C"), names)
    np.testing.assert_array_equal(names["made"].output, own.output)
    pytest.importorskip("torch")
    exec(blocks[1], names)
    np.testing.assert_array_equal(names["output"].numpy(), own.output)


def test_link_and_words(conv3d, visit):
    conv3d.evaluate(SET, {"motion": "left", "preset": "motion to the left", "padding": 1})
    expect(conv3d.locator("[role=status]")).to_have_text(
        "Output 5 frames of 5 by 5. The largest number is 2, the smallest −1."
    )
    conv3d.locator("button[name=link]").click()
    address = conv3d.locator(".cnn-address").input_value().split("/", 3)[3]
    again = observe(widget(visit.open(address), "conv3d"), SWEEP, [{}])[0]
    assert_shows(again, Convolution3d("motion to the left", motion="left", padding=1))


def test_the_list_of_kernels_says_which_one_is_in_use(conv3d):
    preset = conv3d.locator("select[name=preset]")
    expect(preset).to_have_value("motion to the right")
    conv3d.evaluate(SET, {"preset": "motion up"})
    expect(preset).to_have_value("motion up")
    conv3d.evaluate(SET, {"kernel_depth": 2})
    expect(preset).to_have_value("")
    conv3d.locator("button[name=reset]").click()
    expect(preset).to_have_value("motion to the right")


def test_padding_never_changes_the_height(visit):
    for width in (1280, 390):
        root = in_gallery(visit, "conv3d", width=width)
        heights = set()
        for padding in (0, 1):
            root.evaluate(SET, {"padding": padding})
            heights.add(root.locator(".cnn-drawing").bounding_box()["height"])
        assert len(heights) == 1
