"""What the playground learned, in Python: the network, its weights, and a file of it."""

import base64

import numpy as np
import pytest
import traitlets

import cnnlib
from cnnlib.data.datasets import load_digits
from cnnlib.widgets import TrainingPlayground

STACK = [[4, 3, 1, 1, 1, 1], [8, 3, 2, 0, 1, 0], [8, 3, 1, 0, 1, 0]]


def test_python_takes_what_the_page_learned(tmp_path):
    widget = TrainingPlayground(depth=2, stack=STACK)
    model = widget.network()
    cnnlib.fit(model, load_digits("train"), epochs=1)
    learned = np.concatenate([each.value.ravel() for each in model.state()]).astype("<f4")
    widget._learned = base64.b64encode(learned.tobytes()).decode()
    images = load_digits("test")[0]
    taken = widget.network()
    assert np.array_equal(taken.predict(images), model.predict(images))
    assert [each.shape for each in widget.weights] == [p.value.shape for p in model.parameters()]
    cnnlib.save(tmp_path / "mine.npz", taken)
    other = widget._first_network()
    assert not np.array_equal(other.predict(images), model.predict(images))
    cnnlib.load(tmp_path / "mine.npz", other)
    assert np.array_equal(other.predict(images), model.predict(images))


def test_what_was_learned_by_another_network_is_not_taken():
    widget = TrainingPlayground(depth=0)
    widget._learned = base64.b64encode(np.ones(650, "<f4").tobytes()).decode()
    assert all((each == 1).all() for each in widget.weights)
    widget.depth = 1
    assert not (widget.weights[0] == 1).all()


def test_the_digits_travel_as_they_are():
    widget = TrainingPlayground()
    images, labels = (
        np.concatenate([load_digits("train")[k], load_digits("test")[k]]) for k in (0, 1)
    )
    pixels = np.frombuffer(widget._digits.encode(), np.uint8).reshape(images.shape) - ord("a")
    assert np.array_equal(pixels / np.float32(16), images)
    assert widget._labels == "".join(map(str, labels))


@pytest.mark.parametrize(
    ("trait", "value"),
    [("depth", 4), ("rate", "2"), ("stack", [[8, 3, 1]]), ("images", "all of them")],
)
def test_nonsense_is_refused(trait, value):
    with pytest.raises(traitlets.TraitError):
        TrainingPlayground(**{trait: value})
