"""Measure the experiments of the chapters on features, learned kernels, flattening and design.

Five seeds each, trained until the training digits are learned. Takes about twenty minutes and
writes `cnnlib/data/experiments.json`, which `cnnlib.data.load_experiment` reads.

    python tools/record_experiments.py [name …]       all of them without arguments
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cnnlib import Linear, Sequential, get_kernel, orientation_histograms, pattern_share, sobel_bank
from cnnlib.data import chequered, load_digits, pad_to, random_shift, shift, shuffle_pixels
from cnnlib.nn.digit_reader import digit_reader
from cnnlib.nn.evaluation import evaluate
from cnnlib.nn.experiments import accuracy_over_seeds, over_seeds
from cnnlib.nn.layers import Conv2d
from cnnlib.nn.small_networks import (
    deep_cnn,
    kernel_features,
    small_cnn,
    small_fnn,
    strided_reader,
    train_classifier,
)

TARGET = Path(__file__).parent.parent / "cnnlib" / "data" / "experiments.json"
IMAGES, LABELS = load_digits("train")
TEST, TEST_LABELS = load_digits("test")
CHEQUER = np.array([[1.0, -1, 1], [-1, 1, -1], [1, -1, 1]])

Runs = dict[str, dict[str, np.ndarray]]


def with_chequer() -> np.ndarray:
    """Return six turned Sobels and the chequer kernel with both signs, as an engineer adds it."""
    return np.concatenate([sobel_bank(6), CHEQUER[None, None], -CHEQUER[None, None]])


def random_kernels(seed: int) -> np.ndarray:
    """Draw eight kernels at random, each as strong as a Sobel kernel."""
    drawn = np.random.default_rng(seed).normal(size=(8, 1, 3, 3))
    strength = np.sqrt((drawn**2).sum(axis=(2, 3), keepdims=True))
    return drawn / strength * np.linalg.norm(get_kernel("Sobel x"))


def scores(model: Sequential, images: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """Measure what a model reads of both sets of digits."""
    return {
        "test": evaluate(model, test, TEST_LABELS).accuracy,
        "training": evaluate(model, images, LABELS).accuracy,
    }


def classify(features: np.ndarray, test: np.ndarray, seed: int) -> dict[str, float]:
    """Train a linear classifier on fixed features."""
    x, t = (each.reshape(len(each), -1) for each in (features, test))
    model = train_classifier(
        Sequential(Linear(x.shape[1], 10, rng=seed)), x, LABELS, 200, 0.02, 64, seed
    )
    return scores(model, x, t)


def learn(images: np.ndarray, test: np.ndarray, cell_size: int, seed: int) -> dict[str, float]:
    """Train kernels and classifier together; measure the kernels before and after as well."""
    features = kernel_features(None, cell_size, seed)
    layer = features.layers[0]
    assert isinstance(layer, Conv2d)
    patterns = {"Sobel": [get_kernel("Sobel x"), get_kernel("Sobel y")], "chequer": [CHEQUER]}
    model = Sequential(*features.layers, Linear(128, 10, rng=seed))
    measured = {
        f"{name} before": float(pattern_share(kernels, layer.weight.value).mean())
        for name, kernels in patterns.items()
    }
    train_classifier(model, images, LABELS, 120, 0.02, 64, seed)
    for name, kernels in patterns.items():
        measured[f"{name} after"] = float(pattern_share(kernels, layer.weight.value).mean())
    assert layer.bias is not None
    measured["bias"] = float(np.abs(layer.bias.value).mean())
    return {**scores(model, images, test), **measured}


def race(images: np.ndarray, test: np.ndarray, cell_size: int) -> Runs:
    """Measure every kind of feature on one set of digits."""

    def by_kernels(kernels: np.ndarray, seed: int) -> dict[str, float]:
        features = kernel_features(kernels, cell_size)
        return classify(features.predict(images), features.predict(test), seed)

    histograms = [orientation_histograms(x, cell_size) for x in (images, test)]
    return {
        "pixels": over_seeds(lambda seed: classify(images, test, seed)),
        "histograms": over_seeds(lambda seed: classify(*histograms, seed)),
        "turned Sobels": over_seeds(lambda seed: by_kernels(sobel_bank(8), seed)),
        "random kernels": over_seeds(lambda seed: by_kernels(random_kernels(seed), seed)),
        "Sobels and chequer": over_seeds(lambda seed: by_kernels(with_chequer(), seed)),
        "learned kernels": over_seeds(lambda seed: learn(images, test, cell_size, seed)),
    }


def some(seed: int, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Draw training digits."""
    chosen = np.random.default_rng(seed).permutation(len(IMAGES))[:count]
    return IMAGES[chosen], LABELS[chosen]


def shuffled() -> Runs:
    """Train on 300 digits as they are, and on the same with their pixels shuffled."""

    def run(build: Callable[[int, int], Sequential], seed: int) -> dict[str, float]:
        x, y = some(seed)
        measured = {}
        for name, move in (
            ("as they are", lambda a: a),
            ("shuffled", lambda a: shuffle_pixels(a, 7)),
        ):
            model = train_classifier(build(8, seed), move(x), y, 100, seed=seed)
            measured[name] = evaluate(model, move(TEST), TEST_LABELS).accuracy
            measured[f"{name}, training"] = evaluate(model, move(x), y).accuracy
        return measured

    return {
        "FNN": over_seeds(lambda seed: run(small_fnn, seed)),
        "CNN": over_seeds(lambda seed: run(small_cnn, seed)),
    }


def moved() -> Runs:
    """Train on 300 centred or moved digits in a frame of 12×12, and test on both."""
    framed = pad_to(TEST, 12)
    tests = {"centred": framed, "moved": random_shift(framed, 2, rng=1)}

    def run(build: Callable[[int, int], Sequential], seed: int) -> dict[str, float]:
        x, y = some(seed)
        x = pad_to(x, 12)
        measured = {}
        for name, images in (("centred", x), ("moved", random_shift(x, 2, rng=seed))):
            model = train_classifier(build(12, seed), images, y, 100, seed=seed)
            for test, shown in tests.items():
                key = f"trained {name}, tested {test}"
                measured[key] = evaluate(model, shown, TEST_LABELS).accuracy
            measured[f"trained {name}, training"] = evaluate(model, images, y).accuracy
        return measured

    return {
        "FNN": over_seeds(lambda seed: run(small_fnn, seed)),
        "CNN": over_seeds(lambda seed: run(small_cnn, seed)),
    }


def dragged() -> Runs:
    """Train on 300 centred digits in a frame of 20×20, and test with all digits moved alike."""
    framed = pad_to(TEST, 20)

    def run(build: Callable[[int, int], Sequential], seed: int) -> dict[str, float]:
        x, y = some(seed)
        model = train_classifier(build(20, seed), pad_to(x, 20), y, 60, seed=seed)
        steps = (0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (3, 3), (4, 4), (6, 6)
        return {
            f"{rows} down, {columns} right": evaluate(
                model, shift(framed, rows, columns), TEST_LABELS
            ).accuracy
            for rows, columns in steps
        }

    return {
        "FNN": over_seeds(lambda seed: run(small_fnn, seed)),
        "CNN": over_seeds(lambda seed: run(small_cnn, seed)),
    }


def halved() -> Runs:
    """Train the digit reader with its pooling, and with a stride of 2 in its place."""

    def run(build: Callable[[int], Sequential], seed: int) -> dict[str, float]:
        model = train_classifier(build(seed), IMAGES, LABELS, 60, 0.003, 64, seed)
        return scores(model, IMAGES, TEST)

    return {
        "max pooling": over_seeds(partial(run, digit_reader)),
        "stride 2": over_seeds(partial(run, strided_reader)),
    }


def scaled() -> Runs:
    """Train on the pixels as they are, moved up by 10, and normalised: briefly, and for long."""
    mean, std = IMAGES.mean(), IMAGES.std()
    changes: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "0 to 1": lambda x: x,
        "10 to 11": lambda x: x + 10,
        "normalised": lambda x: (x - mean) / std,
    }

    def run(change: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
        data = (change(IMAGES), LABELS), (change(TEST), TEST_LABELS)
        return {
            f"{epochs} epochs": accuracy_over_seeds(digit_reader, *data, epochs=epochs)
            for epochs in (3, 60)
        }

    return {name: run(change) for name, change in changes.items()}


def deep() -> Runs:
    """Train one convolution, and thirteen in three ways: for a moment, and for a long time."""

    def run(seed: int, **how: Any) -> dict[str, float]:
        measured = {}
        for epochs in (2, 60):
            model = train_classifier(
                deep_cnn(seed=seed, **how), IMAGES, LABELS, epochs, 0.003, 64, seed
            )
            measured[f"{epochs} epochs"] = evaluate(model, TEST, TEST_LABELS).accuracy
            measured[f"{epochs} epochs, training"] = evaluate(model, IMAGES, LABELS).accuracy
        return measured

    kinds: dict[str, dict[str, Any]] = {
        "one": {"blocks": 0},
        "thirteen": {"blocks": 6},
        "batch norm": {"blocks": 6, "normalise": True},
        "shortcuts": {"blocks": 6, "shortcut": True},
    }
    return {name: over_seeds(partial(run, **how)) for name, how in kinds.items()}


EXPERIMENTS: dict[str, Callable[[], Runs]] = {
    "shuffled pixels": shuffled,
    "moved digits": moved,
    "plain digits": lambda: race(IMAGES, TEST, 2),
    "chequered digits": lambda: race(chequered(IMAGES, 0), chequered(TEST, 1), 4),
    "dragged digits": dragged,
    "stride or pooling": halved,
    "scale of the input": scaled,
    "deep networks": deep,
}

if __name__ == "__main__":
    stored = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {}
    for name in sys.argv[1:] or EXPERIMENTS:
        stored[name] = {
            model: {what: np.round(runs, 4).tolist() for what, runs in measured.items()}
            for model, measured in EXPERIMENTS[name]().items()
        }
        TARGET.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
        for model, measured in stored[name].items():
            for what, runs in measured.items():
                print(name, "|", model, "|", what, "|", np.mean(runs).round(4), runs, flush=True)
