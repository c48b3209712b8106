"""A network on its way into `LivingNetwork`: what has room, what is refused, what comes back."""

import numpy as np
import pytest
import traitlets

from cnnlib import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnlib.nn.digit_reader import load_digit_reader
from cnnlib.widgets import LivingNetwork
from cnnlib.widgets._networks import packed


def network(*layers, features: int) -> Sequential:
    return Sequential(*layers, Flatten(), Linear(features, 10, rng=9))


def test_strides_normalisation_and_deep_networks_have_room():
    strided = network(Conv2d(1, 16, 5, stride=2, padding=2, rng=1), ReLU(), features=16 * 16)
    triple = network(
        *(Conv2d(1, 4, 3, padding=1, rng=1), BatchNorm2d(4), ReLU(), MaxPool2d(2)),
        *(Conv2d(4, 4, 3, padding=1, rng=2), MaxPool2d(2)),
        *(Conv2d(4, 16, 3, padding=1, rng=3), ReLU(), MaxPool2d(2)),
        features=16,
    )
    for model, count in ((strided, 3), (triple, 8), (network(features=64), 2)):
        model.eval()
        widget = LivingNetwork(model, digit=5, layer=6)
        assert len(widget.volumes) == count
        scores = widget.volumes[-1][:, 0, 0]
        np.testing.assert_allclose(scores, model.predict(widget.image[None])[0], atol=2e-3)


REFUSED = [
    (load_digit_reader(28), "images of 8×8, it takes 28×28: give it to DrawDigit"),
    (network(Flatten(), Linear(64, 16), ReLU(), features=16), "one Linear layer, the last, it has"),
    (network(Conv2d(1, 17, 1), features=17 * 64), "at most 7 layers with 16 maps each.*up to 17"),
    (network(*[Conv2d(1, 1, 1) for _ in range(7)], features=64), "at most 7 layers.* it has 8"),
    (network(Conv2d(1, 1, 3, dilation=2), features=16), "layer 0 is Conv2d"),
]


@pytest.mark.parametrize(("model", "reason"), REFUSED)
def test_what_has_no_room_is_refused_by_name(model, reason):
    with pytest.raises(traitlets.TraitError, match=reason):
        LivingNetwork(model)


def test_what_the_page_puts_in_its_place_is_the_model():
    widget = LivingNetwork(digit=2)
    other = network(Conv2d(1, 3, 3, rng=4), ReLU(), features=3 * 36)
    widget.network = packed(other)[1]
    np.testing.assert_allclose(
        widget.probabilities, LivingNetwork(other, digit=2).probabilities, atol=1e-6
    )
    assert widget.picture().alt
