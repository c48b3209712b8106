"""The network builder: every number of its table is that of `cnnlib.summary`; its code runs."""

import random

import numpy as np
import pytest

import cnnlib
from cnnlib.widgets import NetworkBuilder
from cnnlib.widgets.network_builder import KINDS, PRESETS

from .widgets import follow, in_gallery, observe, open_code

KEY = "network-builder"
TABLE = """root => [...root.querySelectorAll("tbody tr:not([hidden])")].map((row) =>
  [...row.querySelectorAll("[data-told]")].map((cell) => cell.textContent))"""


def link(layers, channels: int, size: int) -> str:
    """Return the place on its page that is a state."""
    made = NetworkBuilder(layers, channels=str(channels), size=size)
    stack = ",".join(str(number) for row in made.stack[: made.depth] for number in row)
    state = f"channels={channels}&size={size}&depth={made.depth}&stack={stack}"
    return f"{KEY}?{state}"


def told_by_cnnlib(layers, channels: int, size: int) -> list[list[str]]:
    rows = NetworkBuilder(layers, channels=str(channels), size=size).summary.rows
    return [
        [
            "×".join(map(str, row.shape)),
            f"{row.parameters:,}",
            f"{row.multiply_adds:,}",
            "×".join(map(str, np.broadcast_to(row.receptive_field.size, 2)))
            if row.receptive_field
            else "all",
        ]
        for row in rows
    ]


def random_network(rng: random.Random) -> tuple[list, int, int]:
    """Return layers that fit, and the input's channels and size."""
    while True:
        channels, size = rng.choice([1, 3]), rng.randint(4, 64)
        layers = [
            (rng.choice(KINDS), rng.randint(1, 64), rng.randint(1, 5), rng.randint(1, 2), 1)
            for _ in range(rng.randint(1, 12))
        ]
        try:
            NetworkBuilder(layers, channels=str(channels), size=size).model(0)
        except ValueError:
            continue
        return layers, channels, size


def test_the_table_is_that_of_the_summary(visit):
    rng = random.Random(0)
    root = in_gallery(visit, KEY)
    networks = [(layers, c, n) for c, n, layers in PRESETS.values()][:-1]
    for layers, channels, size in networks + [random_network(rng) for _ in range(40)]:
        follow(root, link(layers, channels, size))
        assert root.evaluate(TABLE) == told_by_cnnlib(layers, channels, size)
        total = NetworkBuilder(layers, channels=str(channels), size=size).summary
        assert f"{total.parameters:,} parameter" in root.locator(".cnn-note").inner_text()


def test_picture_bars_and_words_follow_the_layers(visit):
    layers = [("conv", 4, 3, 1, 1), ("max pool", 4, 2, 2), ("flatten",), ("dense", 10)]
    root = in_gallery(visit, KEY)
    follow(root, link(layers, 1, 12))
    rows = NetworkBuilder(layers, channels="1", size=12).summary.rows
    heights, shares = observe(
        root,
        """(root) => [
        [...root.querySelectorAll("rect")].map((block) => +block.getAttribute("height")),
        [...root.querySelectorAll("tbody tr:not([hidden])")].map((row) =>
          [1, 2].map((at) => row.querySelectorAll("[data-told]")[at].style
            .getPropertyValue("--cnn-share")))]""",
    )
    assert heights == [100, 100, 8 + 92 * 6 / 12, 100, 100]  # a list is as tall as the largest map
    for at, name in enumerate(("parameters", "multiply_adds")):
        most = max(getattr(row, name) for row in rows)
        told = [f"{np.floor(100 * getattr(row, name) / most + 0.5):.0f}%" for row in rows]
        assert [share[at] for share in shares] == told
    assert "sees 4×4 of the 12×12 pixels" in root.locator(".cnn-note").inner_text()
    follow(root, link([("conv", 4, 3, 1, 1)] * 8, 1, 8))
    assert "sees 8×8 of the 8×8 pixels" in root.locator(".cnn-note").inner_text()


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([("conv", 8, 9)], "Layer 1 does not fit: a window of 9×9 does not fit into 8×8"),
        ([("ReLU",), ("dense", 10)], "Layer 2 does not fit: a dense layer takes a list"),
        ([("flatten",), ("conv", 8, 3)], "Layer 2 does not fit: it needs maps"),
    ],
)
def test_a_layer_that_does_not_fit_says_why(visit, layers, why):
    root = in_gallery(visit, KEY)
    follow(root, link(layers, 1, 8))
    assert why in root.locator(".cnn-note").inner_text()
    assert root.evaluate(TABLE)[-1][0] == "does not fit"


def test_layers_are_added_moved_changed_and_removed(visit):
    root = in_gallery(visit, KEY)
    kinds = "root => [...root.querySelectorAll('tbody tr:not([hidden]) select')].map(s => s.value)"
    first = root.evaluate(kinds)
    root.get_by_role("button", name="Add a layer after layer 1").click()
    assert root.evaluate(kinds) == [first[0], *first]
    root.get_by_role("button", name="Move layer 3 up").click()
    assert root.evaluate(kinds)[:3] == [first[0], first[1], first[0]]
    root.get_by_role("button", name="Remove layer 1").click()
    assert root.evaluate(kinds)[:2] == [first[1], first[0]]
    root.get_by_role("combobox", name="Kind of layer 1").select_option("max pool")
    field = root.get_by_role("textbox", name="Kernel size of layer 1")
    field.fill("99")
    field.press("Enter")
    assert field.input_value() == "11"
    assert "a window of 11×11 does not fit" in root.locator(".cnn-note").inner_text()
    assert "from 1 to 11: 99 became 11" in root.locator(".cnn-words").inner_text()
    root.get_by_role("button", name="Reset").click()
    assert root.evaluate(kinds) == first
    more = root.get_by_role("button", name="Add a layer after layer 1", exact=True)
    for _ in range(12 - len(first)):
        more.click()
    assert len(root.evaluate(kinds)) == 12
    assert more.is_disabled()


def test_the_code_makes_that_network(visit, torch):
    rng = random.Random(1)
    root = in_gallery(visit, KEY)
    open_code(root)
    for layers, channels, size in [random_network(rng) for _ in range(6)]:
        follow(root, link(layers, channels, size))
        ours, theirs = root.locator(".cnn-more pre").all_inner_texts()
        room: dict = {}
        exec(ours, room)
        table = cnnlib.summary(room["model"], (channels, size, size))
        exec(theirs, room)
        count = sum(p.numel() for p in room["model"].parameters())
        assert count == table.parameters
        room["model"].eval()
        output = room["model"](torch.zeros(2, channels, size, size))
        assert tuple(output.shape[1:]) == table.rows[-1].shape
