"""The training playground: its steps are cnnlib's, it learns to read, its code runs."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import cnnlib
from cnnlib.data.datasets import load_digits
from cnnlib.widgets import TrainingPlayground
from cnnlib.widgets.training_playground import random_numbers

from .widgets import in_gallery, open_code, page_of, widget

KEY = "training-playground"
PAUSED = "root => root.querySelector('[name=train]').textContent !== 'Pause'"


def opened(visit, **state):
    """Return the widget as a link with this state opens it."""
    asked = "&".join(f"{name}={value}" for name, value in state.items())
    return widget(visit.open(f"{page_of(KEY)}#{KEY}?{asked}"), KEY)


def order(count: int, seed: int) -> list[int]:
    """Return the order in which an epoch visits the digits."""
    random, places = random_numbers(seed), list(range(count))
    for at in reversed(range(1, count)):
        other = int(next(random) * (at + 1))
        places[at], places[other] = places[other], places[at]
    return places


def wait_until_paused(root) -> None:
    handle = root.element_handle()
    root.page.wait_for_function(PAUSED, arg=handle, timeout=120_000)


def test_its_steps_are_those_of_cnnlib_and_then_it_reads(visit):
    root = opened(visit, seed=7, batch=16, optimizer="momentum", rate="0.03", pace="fast")
    own = TrainingPlayground(seed=7)
    model = own.network()
    model.train()
    images, labels = load_digits("train")
    optimizer = cnnlib.SGD(model.parameters(), lr=0.03, momentum=0.9)
    places = order(len(images), 7000)
    for step in range(15):
        chosen = places[16 * step : 16 * step + 16]
        loss, _ = cnnlib.train_step(model, optimizer, images[chosen], labels[chosen])
        root.locator("[name=one-step]").click()
        told = root.locator(".cnn-readout").inner_text()
        assert f"step {step + 1}. Loss: " in told
        assert float(re.findall(r"Loss: ([\d.]+) of this", told)[0]) == pytest.approx(
            loss, abs=2e-3
        )
    root.locator("[name=train]").click()
    wait_until_paused(root)
    told = root.locator(".cnn-readout").inner_text()
    assert "Epoch 10" in told
    assert float(told.split(" %")[0]) >= 95
    wrong = int(re.findall(r"(\d+) wrong", told)[0])
    assert f"Wrong: {wrong} of 359" in root.locator(".cnn-training-mistakes").inner_text()
    root.locator("[name=next-mistake]").click()
    shown = root.locator(".cnn-training-maps").inner_text()
    written, read = re.findall(r"a (\d): read as (\d)", shown)[0]
    assert written != read
    first = root.locator("[name=digit]").input_value()
    root.locator(".cnn-training-mistakes canvas").click(position={"x": 90, "y": 20})
    assert root.locator("[name=digit]").input_value() != first


def test_an_experiment_asks_and_runs_and_tells(visit):
    root = in_gallery(visit, KEY)
    root.locator("summary:has-text('Experiments')").click()
    root.get_by_role("button", name="Ten images only").click()
    panel = root.locator(".cnn-experiment")
    panel.get_by_role("button", name="Nearly all").click()
    root.page.wait_for_function(
        "root => root.querySelector('.cnn-feedback').textContent.includes('It is: About half')",
        arg=root.element_handle(),
        timeout=120_000,
    )
    right = float(re.findall(r"([\d.]+) % of the held-out", panel.inner_text())[0])
    assert 30 < right < 80
    root.get_by_role("button", name="Reset").click()
    assert root.locator("[name=images]").input_value() == "all"
    assert "step 0" in root.locator(".cnn-readout").inner_text()


def test_what_does_not_fit_says_why(visit):
    rows = ",".join(["8,3,2,0,1,1"] * 3)
    root = opened(visit, depth=3, layers=rows)
    told = root.locator(".cnn-readout").inner_text()
    assert "the pooling of convolution 2 gets maps of 1×1" in told
    assert root.locator("[name=train]").get_attribute("aria-disabled") == "true"


STATES = [
    {},
    {"depth": 0, "hidden": "32", "data": "shuffled", "optimizer": "SGD"},
    {"depth": 1, "start": "equal", "images": "10", "optimizer": "momentum"},
    {"depth": 3, "start": "dead", "data": "moved", "layers": "4,5,2,1,1,0,8,1,1,0,0,1,2,3,1,1,1,0"},
]


@pytest.mark.parametrize("state", STATES)
def test_the_code_makes_and_trains_that_network(visit, torch, state):
    root = opened(visit, **state)
    open_code(root)
    ours, theirs = root.locator(".cnn-more pre").all_inner_texts()
    stack = [int(each) for each in state.get("layers", "").split(",") if each]
    made = {name: value for name, value in state.items() if name != "layers"}
    if stack:
        made["stack"] = np.reshape(stack, (3, 6)).tolist()
    shapes = [each.shape for each in TrainingPlayground(**made).weights]
    room: dict = {"print": lambda *_: None}
    exec(ours.replace("epochs=10", "epochs=1"), room)
    assert [each.value.shape for each in room["model"].parameters()] == shapes
    exec(theirs.replace("range(10)", "range(1)"), room)
    assert [tuple(each.shape) for each in room["model"].parameters()] == shapes


def test_on_a_phone_training_and_what_it_says_share_a_screen(visit):
    root = in_gallery(visit, KEY, width=390, has_touch=True, is_mobile=True)
    parts = (".cnn-training", ".cnn-training-maps")
    top, maps = (root.locator(each).bounding_box() for each in parts)
    assert maps["y"] + maps["height"] - top["y"] <= 664 - 60
    root.locator("[name=train]").click()
    expect(root.locator(".cnn-readout")).to_contain_text(re.compile(r" \d wrong.*Epoch \d"))
    root.locator("[name=train]").click()
    later = [root.locator(each).bounding_box()["y"] for each in parts]
    assert later[1] - later[0] == maps["y"] - top["y"], "what it says takes more room, or less"
