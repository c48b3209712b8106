"""What the chapters on features, kernels, flattening and design measure with, and its records."""

import numpy as np
import pytest
from scipy import signal

from cnnlib import evaluate, get_kernel, sobel_bank
from cnnlib.data import chequered, load_digits, load_experiment
from cnnlib.figures import draw_learning, draw_outputs
from cnnlib.nn.digit_reader import digit_reader
from cnnlib.nn.experiments import accuracy_over_seeds, confidence_interval, means
from cnnlib.nn.recovery import recover_from_pairs, recover_kernel
from cnnlib.nn.small_networks import (
    deep_cnn,
    kernel_features,
    small_cnn,
    small_fnn,
    train_classifier,
)

PICTURE = np.random.default_rng(1).normal(size=(1, 1, 16, 16))
SECRET = np.arange(9.0).reshape(3, 3) - 4
TARGET = signal.correlate2d(PICTURE[0, 0], SECRET, "valid")[None, None]


def test_descent_finds_the_kernel_that_scipy_used():
    kernels = recover_kernel(PICTURE, TARGET, steps=500)
    assert kernels.shape == (501, 3, 3)
    np.testing.assert_allclose(kernels[-1], SECRET, atol=1e-4)
    assert np.abs(kernels[0] - SECRET).max() > 1


@pytest.mark.parametrize(("pairs", "found"), [(8, False), (9, True), (196, True)])
def test_nine_pairs_determine_a_kernel_and_eight_do_not(pairs, found):
    off = np.abs(recover_from_pairs(PICTURE, TARGET, pairs) - SECRET).max()
    assert (off < 1e-8) == found


def test_four_times_the_pairs_halve_the_error_that_noise_makes():
    large = np.random.default_rng(2).normal(size=(1, 1, 60, 60))
    target = signal.correlate2d(large[0, 0], SECRET, "valid")[None, None]
    few, many = (
        np.mean(
            [
                np.abs(recover_from_pairs(large, target, pairs, 0.5, seed) - SECRET).mean()
                for seed in range(40)
            ]
        )
        for pairs in (400, 1600)
    )
    assert few / many == pytest.approx(2, abs=0.3)


def test_kernel_features_are_convolution_relu_and_mean():
    images = load_digits("test")[0][:3]
    bank = sobel_bank(8)
    features = kernel_features(bank)(images)
    for number, image in enumerate(images[:, 0]):
        for k, kernel in enumerate(bank[:, 0]):
            votes = np.maximum(signal.correlate2d(image, kernel, "same"), 0)
            cells = votes.reshape(4, 2, 4, 2).mean(axis=(1, 3))
            np.testing.assert_allclose(
                features[number].reshape(8, 4, 4)[k], cells, rtol=1e-4, atol=1e-5
            )


def test_on_average_chequered_ink_is_as_bright_as_paper():
    images = load_digits("test")[0]
    printed = chequered(images, 3)
    assert printed.shape == (len(images), 1, 16, 16)
    cells = printed.reshape(len(images), 8, 2, 8, 2)
    np.testing.assert_allclose(cells.mean(axis=(2, 4)), 0, atol=1e-6)
    np.testing.assert_allclose(np.abs(cells).max(axis=(2, 4)), images[:, 0])
    assert set(np.sign(printed[:, 0, 8, 8])) == {-1, 0, 1}  # some begin black, some white


@pytest.mark.parametrize("build", [small_fnn, small_cnn])
def test_training_learns_the_training_digits(build):
    images, labels = load_digits("train")
    model = train_classifier(build(8, seed=1), images[:60], labels[:60], epochs=40)
    assert evaluate(model, images[:60], labels[:60]).accuracy > 0.9


def test_a_record_is_asked_by_name_and_by_what_was_measured():
    runs = load_experiment("shuffled pixels", "shuffled", "as they are")
    assert list(runs) == ["FNN", "CNN"]
    assert list(runs["FNN"]) == ["shuffled", "as they are"]
    with pytest.raises(ValueError, match="name must be one of"):
        load_experiment("nothing")
    with pytest.raises(ValueError, match="measurements must be among"):
        load_experiment("shuffled pixels", "nothing")


def test_all_records_hold_five_runs_that_are_shares():
    for name in (
        "shuffled pixels",
        "moved digits",
        "plain digits",
        "chequered digits",
        "stride or pooling",
        "scale of the input",
        "deep networks",
    ):
        for measured in load_experiment(name).values():
            for what, runs in measured.items():
                assert runs.shape == (5,), (name, what)
                assert ((runs >= 0) & (runs <= 1)).all(), (name, what)


@pytest.mark.parametrize(
    ("name", "left", "right", "what", "interval"),
    [
        ("plain digits", "turned Sobels", "random kernels", "test", (0.6, 0.0, 1.1)),
        ("plain digits", "turned Sobels", "learned kernels", "test", (1.0, 0.4, 1.6)),
        ("moved digits", "FNN", "CNN", "trained centred, tested centred", (1.5, -0.6, 3.6)),
        ("stride or pooling", "max pooling", "stride 2", "test", (0.9, 0.7, 1.1)),
    ],
)
def test_the_intervals_that_the_chapters_name(name, left, right, what, interval):
    runs = load_experiment(name, what)
    found = confidence_interval(100 * (runs[left][what] - runs[right][what]))
    assert np.round(found, 1) == pytest.approx(interval)


def test_the_record_agrees_with_a_run_of_today():
    """One seed of one experiment, anew: at most three of 359 test digits differ."""
    images, labels = load_digits("train")
    chosen = np.random.default_rng(0).permutation(len(images))[:300]
    model = train_classifier(small_fnn(8), images[chosen], labels[chosen], 100)
    right = evaluate(model, *load_digits("test")).accuracy
    recorded = load_experiment("shuffled pixels")["FNN"]["as they are"][0]
    assert right == pytest.approx(recorded, abs=3.5 / 359)


def test_deep_networks_as_the_chapter_tells_of_them():
    """Thirteen plain layers guess at first and stay behind; either idea keeps up with one layer."""
    runs = load_experiment("deep networks")
    assert runs["thirteen"]["2 epochs"].max() < 0.11
    assert min(runs[kind]["2 epochs"].min() for kind in runs if kind != "thirteen") > 0.5
    assert runs["thirteen"]["60 epochs"].max() < runs["one"]["60 epochs"].min()
    for kind in ("batch norm", "shortcuts"):
        assert runs[kind]["60 epochs"].mean() == pytest.approx(
            runs["one"]["60 epochs"].mean(), abs=0.01
        )
    one = train_classifier(deep_cnn(0), *load_digits("train"), 2, 0.003, 64)
    right = evaluate(one, *load_digits("test")).accuracy
    assert right == pytest.approx(runs["one"]["2 epochs"][0], abs=3.5 / 359)


def test_the_scale_of_the_input_as_the_chapter_tells_of_it():
    """Pixels near 10 need sixty epochs for what normalised ones reach in three."""
    runs = load_experiment("scale of the input")
    plain, moved, normalised = (runs[kind] for kind in runs)
    assert plain["60 epochs"].mean() == pytest.approx(normalised["60 epochs"].mean(), abs=0.01)
    assert moved["60 epochs"].mean() == pytest.approx(normalised["3 epochs"].mean(), abs=0.01)
    train, test = ((x + 10, labels) for x, labels in map(load_digits, ("train", "test")))
    right = accuracy_over_seeds(digit_reader, train, test, [1], epochs=3)
    assert right == pytest.approx(moved["3 epochs"][1], abs=3.5 / 359)


def test_a_table_of_means_has_a_row_for_each_measurement():
    assert means({"": {"a": [0.5, 0.5], "long": [1, 0.5]}}) == "a      50.0 %\nlong   75.0 %"


def test_figures_say_what_they_show():
    kernel = get_kernel("Sobel x")
    assert draw_learning(kernel, TARGET[0, 0], TARGET[0, 0], "The same.").alt == "The same."
    said = draw_outputs(np.eye(4), {"FNN": [0.7, 0.3], "CNN": [0.1, 0.9]}, 0).alt
    assert "FNN: 70 % for 0, and 70 % for the most likely class, 0." in said
    assert "CNN: 10 % for 0, and 90 % for the most likely class, 1." in said
