"""A network on its way into `DrawDigit`: packed, unpacked, or refused by name."""

import base64
import gzip
import io
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
import traitlets

from cnnlib import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Residual,
    Sequential,
    save,
)
from cnnlib.nn.digit_reader import load_digit_reader
from cnnlib.widgets import DrawDigit
from cnnlib.widgets._networks import packed, side_of

from .arithmetic import Case, run


def network(*layers, features: int = 10) -> Sequential:
    return Sequential(*layers, Flatten(), Linear(features, 10, rng=9))


def test_the_page_s_model_gives_what_the_model_gives():
    norm = BatchNorm2d(6)
    rng = np.random.default_rng(0)
    for each in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        each.value = np.float32(rng.uniform(0.5, 2, 6))
    model = network(
        *(Conv2d(1, 6, 5, stride=2, padding=2, rng=1), norm, ReLU(), Dropout(0.5)),
        *(Conv2d(6, 4, 3, padding="same", rng=2), MaxPool2d(2), ReLU()),
        features=4 * 7 * 7,
    )
    images = rng.random((20, 1, 28, 28)).astype(np.float32)
    assert side_of(model) == 28
    own = packed(model, 28)[0]
    np.testing.assert_allclose(own.predict(images), model.predict(images), atol=2e-3)
    widget = DrawDigit(model=model)
    assert widget.reader == "own"
    assert widget.image.shape == (1, 28, 28)
    np.testing.assert_array_equal(widget.model.predict(images), own.predict(images))


def test_eight_bits_for_each_filter_change_little():
    model = load_digit_reader(28)
    own, layers, _ = packed(model, 28, bits=8)
    for one, other in zip(own.parameters(), model.parameters(), strict=True):
        weights = other.value.reshape(len(other.value) if other.value.ndim > 1 else 1, -1)
        most = np.abs(weights).max(axis=1, keepdims=True)
        step = most / (127 if other.value.ndim > 1 else 32767)
        assert (np.abs(one.value.reshape(weights.shape) - weights) <= 0.51 * step).all()
    assert {each["weight"]["bits"] for each in layers if "weight" in each} == {8}
    assert len(gzip.compress(json.dumps(layers).encode())) <= 60_000


#: A layer that the page cannot compute, and what Python and the page call it.
FOREIGN = [
    (AvgPool2d(2), "AvgPool2d"),
    (MaxPool2d(3, stride=1), r"MaxPool2d\(kernel_size=.*stride=1"),
    (MaxPool2d(2, padding=1), r"MaxPool2d\(.*padding=1"),
    (Conv2d(2, 2, 3, dilation=2), r"Conv2d\(.*dilation=2"),
    (Conv2d(2, 2, (1, 3)), r"Conv2d\(kernel_size=\(?1, ?3"),
    (Conv2d(2, 2, 3, groups=2), r"Conv2d\(.*groups=2"),
    (Conv2d(2, 2, 3, bias=False), "Conv2d"),
    (Residual(Conv2d(2, 2, 3, padding=1)), "Residual"),
]


def with_foreign(layer: Module) -> Sequential:
    features = layer(np.zeros((1, 2, 8, 8), np.float32)).size
    return network(Conv2d(1, 2, 1), layer, features=features)


@pytest.mark.parametrize(("layer", "name"), FOREIGN)
def test_a_layer_that_the_page_cannot_compute_is_refused_by_name(layer, name):
    with pytest.raises(traitlets.TraitError, match=f"layer 1 is {name}"):
        DrawDigit(model=with_foreign(layer))


def saved(model: Sequential) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save(f"{folder}/own.npz", model)
        return Path(f"{folder}/own.npz").read_bytes()


def test_the_page_refuses_files_that_it_cannot_compute_with_the_reason():
    good = saved(network(features=64))
    late = network(Conv2d(1, 2, 1), ReLU(), BatchNorm2d(2), features=2 * 64)
    without = io.BytesIO()
    np.savez(without, format=np.array("cnnlib 1"))
    compressed = io.BytesIO()
    np.savez_compressed(compressed, format=np.array("cnnlib 1"))
    wrong = [
        *((saved(with_foreign(layer)), f"Layer 2 is {name}.*known are") for layer, name in FOREIGN),
        (saved(late), "Layer 3, BatchNorm2d, stands where it cannot"),
        (saved(network(features=49)), "ten scores for images of 8×8 to 28×28"),
        (good[: len(good) // 2], "no file of cnnlib.save"),
        (b"PK", "no file of cnnlib.save"),
        (without.getvalue(), "save the network again"),
        (compressed.getvalue(), "no file of cnnlib.save"),
    ]
    given = [{"bytes": base64.b64encode(content).decode()} for content, _ in wrong]
    results = run([Case("own-network.readSaved", [each], None) for each in given])[1]
    for result, (_, reason) in zip(results, wrong, strict=True):
        assert re.search(reason, result["error"]), (reason, result)


def test_a_normalisation_elsewhere_and_other_sizes_are_refused():
    late = network(Conv2d(1, 2, 1), ReLU(), BatchNorm2d(2), features=2 * 64)
    with pytest.raises(traitlets.TraitError, match="layer 2 is BatchNorm2d"):
        DrawDigit(model=late)
    for wrong in (network(features=49), Sequential(Flatten(), Linear(64, 9))):
        with pytest.raises(traitlets.TraitError, match="8×8 to 28×28"):
            DrawDigit(model=wrong)


def test_without_a_network_of_your_own_the_small_one_reads():
    assert DrawDigit(reader="own").prediction == DrawDigit().prediction
    assert DrawDigit(reader="28").image.shape == (1, 28, 28)
    moved = {"digit": 3, "right": 9, "down": 6}
    assert not np.allclose(DrawDigit(crop=False, **moved).image, DrawDigit(**moved).image)
