"""The data of the course: shapes, ranges, the split, and known facts about the data sets."""

import numpy as np
import pytest

from cnnlib.data import load_digits


def test_digits_are_the_published_ones() -> None:
    images, labels = load_digits()
    assert images.shape == (1797, 1, 8, 8)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    assert images.min() == 0
    assert images.max() == 1
    # the class counts that the UCI's documentation prints for its test set
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # the first digit of the UCI's file, a 0, as it prints it
    first = [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]
    assert (images[0, 0, :2] * 16).ravel().tolist() == first
    assert labels[0] == 0


def test_split_is_disjoint_complete_and_stratified() -> None:
    train, train_labels = load_digits("train")
    test, test_labels = load_digits("test")
    everything, labels = load_digits("all")
    assert len(train) + len(test) == len(everything)
    together = np.concatenate([train, test]).reshape(len(everything), -1)
    assert (
        np.unique(together, axis=0).shape
        == np.unique(everything.reshape(len(everything), -1), axis=0).shape
    )
    assert (np.bincount(train_labels) + np.bincount(test_labels)).tolist() == np.bincount(
        labels
    ).tolist()
    share = np.bincount(test_labels) / np.bincount(labels)
    assert np.all(np.abs(share - 0.2) < 0.01)


def test_caller_may_change_what_it_got() -> None:
    images, _ = load_digits("test")
    images[:] = 7
    assert load_digits("test")[0].max() == 1


def test_unknown_split_is_named() -> None:
    with pytest.raises(ValueError, match=r"split must be 'train', 'test' or 'all', got 'valid'"):
        load_digits("valid")  # type: ignore[arg-type]
