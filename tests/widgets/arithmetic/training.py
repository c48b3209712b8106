"""Twenty steps of random networks, and what they read: `js/arithmetic/training.js`."""

import base64

import numpy as np

import cnnlib
from cnnlib import SGD, Adam, BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnlib.widgets.training_playground import COLUMNS, TrainingPlayground

from . import compares, float64
from ._random import whole
from .layers import given_layer, sent

STEPS = 20
NUMBERS = {"weight", "bias", "mean", "variance"}
RULES = {
    "SGD": lambda parameters, lr: SGD(parameters, lr),
    "momentum": lambda parameters, lr: SGD(parameters, lr, momentum=0.9),
    "Adam": Adam,
}


def random_network(rng: np.random.Generator) -> tuple[Sequential, list[int]]:
    """Return a network for digits as a learner can build it, and the side before each layer."""
    layers, sides, channels, side = [], [], 1, 8

    def add(layer: cnnlib.Module) -> None:
        layers.append(layer)
        sides.append(side)

    wide = rng.random() < 0.3  # then a convolution takes long, and its samples come in parts
    for _ in range(whole(rng, 2 * wide, 3)):
        filters, kernel = whole(rng, 1, 3) + 9 * wide, 2 * whole(rng, 0, 2) + 1
        conv = Conv2d(
            channels, filters, kernel, whole(rng, 1, 2), kernel // 2, rng=rng, dtype=float
        )
        add(conv)
        channels, side = filters, (side - 1) // conv.stride + 1
        if rng.integers(2):
            norm = BatchNorm2d(channels, dtype=float)
            # a shift of 0 would leave what does not vary at the edge of the ReLU, where a last
            # digit decides
            norm.bias.value = rng.normal(size=channels)
            add(norm)
        if rng.integers(3):
            add(ReLU())
        if rng.integers(2) and side > 1:
            add(MaxPool2d(2, (2, 2)))
            side //= 2
    layers.append(Flatten())
    sides.append(side)
    features = channels * side**2
    if rng.integers(2):
        add(Linear(features, whole(rng, 2, 8), rng=rng, dtype=float))
        features = layers[-1].out_features
        add(ReLU())
    add(Linear(features, 10, rng=rng, dtype=float))
    return Sequential(*layers), sides


def plain(model: Sequential, sides: list[int]) -> list[dict]:
    """Return the layers as JavaScript has them: flattening is nothing to do there."""
    return [
        given_layer(layer, side)
        for layer, side in zip(model, sides, strict=True)
        if not isinstance(layer, Flatten)
    ]


def random_digits(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.integers(0, 17, (count, 1, 8, 8)) / 16, rng.integers(0, 10, count)


@compares("training.trainOn")
def _(rng):
    model, sides = random_network(rng)
    name = str(rng.choice(list(RULES)))
    lr = 0.003 if name == "Adam" else 0.01
    optimizer = RULES[name](model.parameters(), lr)
    before = [sent(layer) for layer in plain(model, sides)]
    batches = [random_digits(rng, whole(rng, 2, 6)) for _ in range(STEPS)]
    for images, labels in batches:
        cnnlib.train_step(model, optimizer, images, labels)
    given = [{"images": float64(images), "labels": labels} for images, labels in batches]
    return [before, given, {"optimizer": name, "rate": lr}], plain(model, sides)


@compares("training.readDigits")
def _(rng):
    model, sides = random_network(rng)
    images, labels = random_digits(rng, whole(rng, 1, 70))
    scores = model.predict(images)
    guesses = scores.argmax(axis=1)
    layers = [sent(layer) for layer in plain(model, sides)]
    return [layers, float64(images), labels], {
        "loss": cnnlib.cross_entropy(scores, labels),
        "accuracy": (guesses == labels).mean(),
        "guesses": guesses,
    }


@compares("training.networkPlan")
def _(rng):
    while True:
        stack = [[int(rng.choice(each)) for each in COLUMNS.values()] for _ in range(3)]
        depth, hidden = whole(rng, 0, 3), int(rng.choice([0, 16]))
        widget = TrainingPlayground(depth=depth, stack=stack, hidden=str(hidden))
        try:
            model = widget.network()
        except ValueError:
            continue  # tests/site/test_training_playground.py sees what is said then
        break
    layers, side = [], 8
    for layer in model:
        if isinstance(layer, Flatten):
            continue
        made = given_layer(layer, side)
        side = made.get("out", side)
        layers.append({name: made[name] for name in made if name not in NUMBERS})
    return [stack[:depth], hidden], {"layers": layers, "misfit": ""}


@compares("training.learnedAsText")
def _(rng):
    model, sides = random_network(rng)
    numbers = np.concatenate([each.value.ravel() for each in model.state()])
    text = base64.b64encode(numbers.astype("<f4").tobytes()).decode()
    return [[sent(layer) for layer in plain(model, sides)]], text
