"""Measure what the chapter on training says of its three networks, and store every single run.

    python tools/measure_training.py [part …]

Five seeds of each training. Parts: tests (centred, shuffled, shifted, anywhere), rates (the FNN
on digits anywhere, at four learning rates), few (few images), edges (kernels before and after).
Some minutes in all; a part that is not named keeps its stored runs.
"""

import json
import sys
from pathlib import Path

import numpy as np

from cnnlib.data import load_digits, pad_to, random_shift, shuffle_pixels
from cnnlib.nn.digit_networks import NETWORKS, cnn, fnn, train_on
from cnnlib.nn.evaluation import evaluate
from cnnlib.operations.features import pattern_share
from cnnlib.operations.kernels import get_kernel

TARGET = Path(__file__).parent.parent / "cnnlib" / "data" / "training_runs.json"
SEEDS = range(5)
EPOCHS, RATE = 40, 3e-3
(IMAGES, LABELS), (TEST, TEST_LABELS) = load_digits("train"), load_digits("test")
SIDE = IMAGES.shape[-1]


def accuracies(build, images, test, rate=RATE, epochs=EPOCHS, labels=LABELS):
    """Return the training and the test accuracy of every seed."""
    runs = {"train": [], "test": []}
    for seed in SEEDS:
        model = build(seed, images.shape[-1])
        train_on(model, (images, labels), seed, epochs, rate)
        runs["train"].append(round(evaluate(model, images, labels).accuracy, 4))
        runs["test"].append(round(evaluate(model, test, TEST_LABELS).accuracy, 4))
    return runs


def anywhere():
    """Return digits for training and for the test, each somewhere in a frame twice as large."""
    wide, wide_test = (pad_to(x, 2 * SIDE) for x in (IMAGES, TEST))
    return random_shift(wide, SIDE // 2, rng=2), random_shift(wide_test, SIDE // 2, rng=3)


def tests():
    """Train every network in the four tests."""
    room = SIDE // 4
    framed, framed_test = (pad_to(x, SIDE + 2 * room) for x in (IMAGES, TEST))
    data = {
        "centred": (IMAGES, TEST),
        "pixels shuffled": (shuffle_pixels(IMAGES), shuffle_pixels(TEST)),
        "trained centred, tested shifted": (framed, random_shift(framed_test, room, rng=1)),
        "anywhere": anywhere(),
    }
    return {
        name: {kind: accuracies(build, *pair) for kind, build in NETWORKS.items()}
        for name, pair in data.items()
    }


def rates():
    """Train the FNN on digits anywhere at four learning rates."""
    return {str(rate): accuracies(fnn, *anywhere(), rate) for rate in (3e-4, 1e-3, 3e-3, 1e-2)}


def few():
    """Train on 10, 20, 40 and 80 images of each digit, with about as many steps each."""
    result = {"FNN": {}, "CNN": {}}
    for kind, runs in result.items():
        for count in (10, 20, 40, 80):
            chosen = np.concatenate([np.flatnonzero(d == LABELS)[:count] for d in range(10)])
            part = IMAGES[chosen], TEST, RATE, 1600 // count, LABELS[chosen]
            runs[str(count)] = accuracies(NETWORKS[kind], *part)
    return result


def edges():
    """Count the kernels of the first layer, of eight, that are mostly a turned Sobel kernel."""
    sobel = [get_kernel("Sobel x"), get_kernel("Sobel y")]
    counts = {"before": [], "after": []}
    for seed in range(10):
        model = cnn(seed, SIDE)
        for when in counts:
            if when == "after":
                train_on(model, (IMAGES, LABELS), seed)
            shares = pattern_share(sobel, model.parameters()[0].value)
            counts[when].append(int((shares > 0.6).sum()))
    return counts


if __name__ == "__main__":
    stored = json.loads(TARGET.read_text()) if TARGET.exists() else {}
    for part in sys.argv[1:] or ("tests", "rates", "few", "edges"):
        stored[part] = globals()[part]()
        TARGET.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        print(part, json.dumps(stored[part]))
