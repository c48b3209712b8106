"""Pictures of a trained network: what their words say, and that they leave the network alone."""

import numpy as np
import pytest

from cnnlib import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, figures, fit, softmax
from cnnlib.data import load_digits
from cnnlib.figures import (
    LiveCurves,
    draw_confusion,
    draw_epoch,
    draw_heat,
    draw_history,
    draw_kernels,
    draw_mistakes,
    draw_network,
)

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    model = Sequential(
        Conv2d(1, 4, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(64, 10, rng=rng),
    )
    images, labels = load_digits("train")
    history = fit(model, (images[:300], labels[:300]), epochs=3, keep_weights=True)
    return model, history


def test_an_epoch_is_drawn_with_its_own_weights(trained):
    model, history = trained
    images, labels = load_digits("test")
    before = [p.value for p in model.parameters()]
    pictures = [draw_epoch(history, model, epoch, images, labels) for epoch in range(4)]
    assert all(a is b.value for a, b in zip(before, model.parameters(), strict=True))
    assert pictures[0].alt.startswith("before training: ")
    counts = []
    for epoch, picture in enumerate(pictures):
        assert picture.png.startswith(PNG)
        history.restore(model, epoch)
        wrong = int((model.predict(images).argmax(axis=1) != labels).sum())
        assert f"{wrong} of 359 wrong" in picture.alt
        counts.append(wrong)
    assert counts[3] < counts[0]
    assert len({picture.plain for picture in pictures}) == 1, "no number that nbval would compare"
    for parameter, value in zip(model.parameters(), before, strict=True):
        parameter.value = value


def test_the_words_say_what_the_network_reads(trained):
    model, _ = trained
    images, _labels = load_digits("test")
    probability = softmax(model.predict(images[:1]))[0]
    read = int(probability.argmax())
    alt = draw_network(model, images[0], 7, "a title").alt
    assert alt.startswith("a title: a 7 that the network reads as ")
    assert f"reads as {read}, with probability {probability[read]:.0%}" in alt
    with pytest.raises(ValueError, match="must have a Conv2d"):
        draw_network(Sequential(Flatten(), Linear(64, 10)), images[0], 7)


def test_confusions_and_mistakes_are_told():
    matrix = np.diag([5, 4, 3])
    assert draw_confusion(matrix).alt.endswith("12 images. No mistake.")
    matrix[2, 0], matrix[1, 2] = 3, 1
    assert "3 times 2 read as 0; 1 times 1 read as 2" in draw_confusion(matrix).alt
    picture = draw_mistakes(np.zeros((8, 1, 8, 8)), [1] * 8, range(8))
    assert "1 read as 0; 1 read as 1" in picture.alt
    assert picture.plain.endswith("8.")


def test_the_other_pictures_are_there(trained):
    _, history = trained
    kernels = {"before": history.kernels[0][:, 0], "after": history.kernels[-1][:, 0]}
    assert draw_kernels(kernels).alt == "2 rows of kernels: before, after."
    assert "3 epochs" in draw_history(history).alt
    heat = draw_heat(np.zeros((2, 1, 8, 8)), [np.zeros((8, 8))] * 2, ["one", "two"])
    assert "one, two" in heat.alt


def test_live_curves_draw_once_and_then_in_the_same_place(trained, monkeypatch):
    _, history = trained
    shown, updated = [], []

    class Handle:
        def update(self, picture):
            updated.append(picture)

    def display(picture, display_id):
        assert display_id is True
        shown.append(picture)
        return Handle()

    monkeypatch.setattr(figures.networks, "_notebook_display", lambda: display)
    live = LiveCurves()
    for _ in range(3):
        live(history)
    assert len(shown) == 1
    assert len(updated) == 2
    assert shown[0].plain == updated[-1].plain, "nbval sees the first, the notebook keeps the last"


def test_without_a_notebook_nothing_is_shown(trained):
    live = LiveCurves()
    live(trained[1])
    assert live.picture is not None
