"""Make the embedded digits from scikit-learn's copy of the UCI data set: pack, split, store.

The split is drawn here once and stored, so that it never depends on a random generator again: of
each digit one fifth goes to the test part.

    pip install scikit-learn
    python tools/make_digits.py
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits  # type: ignore[import-not-found]

TARGET = Path(__file__).parent.parent / "cnnlib" / "data" / "digits.npz"


def stratified_test_mask(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return True for the test part: the same share of every label, drawn by `seed`."""
    generator = np.random.default_rng(seed)
    mask = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        mask[generator.choice(members, round(share * len(members)), replace=False)] = True
    return mask


if __name__ == "__main__":
    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    np.savez_compressed(
        TARGET,
        images=digits.images.astype(np.uint8),  # whole numbers 0 to 16
        labels=labels,
        test=stratified_test_mask(labels, share=0.2, seed=0),
    )
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
