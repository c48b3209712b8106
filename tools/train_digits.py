"""Train the two networks of the widget `DrawDigit`, and store their weights.

They learn from MNIST's training digits drawn anew on the widget's sheet, from digits made of lines
and arcs (``tools/written_digits.py``), each cropped and centred as the widget does it, and from the
digits as they are: the embedded ones at 8×8, MNIST's at 28×28. What the tool prints after each
epoch is measured on digits made in the same way of 5,000 others of MNIST's training digits. No test
digit is looked at before the end. Needs MNIST (`cnnlib.data.load_mnist`) and some 20 minutes.

    python tools/train_digits.py
"""

from pathlib import Path

import numpy as np

from cnnlib import Adam
from cnnlib.data import load_digits, load_mnist
from cnnlib.data.ink import read_sheet
from cnnlib.nn.checkpoints import save
from cnnlib.nn.digit_reader import SIDES, digit_reader
from cnnlib.nn.evaluation import evaluate
from cnnlib.nn.history import History
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import fit
from tools.written_digits import drawn_over, written

DATA = Path(__file__).parent.parent / "cnnlib" / "data"
#: Of each side of the images: how often each is seen, and the first learning rate.
EPOCHS = {8: 20, 28: 8}
RATE = {8: 0.004, 28: 0.003}
Digits = tuple[np.ndarray, np.ndarray]


def sheets_to_learn_from(mnist: Digits, made: int, seed: int) -> Digits:
    """Return drawings (N, 1, 32, 32) of zeros and ones: MNIST's drawn over, and `made` new ones."""
    rng = np.random.default_rng(seed)
    images, labels = mnist
    parts = [drawn_over(images[at : at + 500], rng) for at in range(0, len(images), 500)]
    more, digits = written(made, rng)
    sheets = np.concatenate([*parts, more]).astype(np.uint8)
    return sheets, np.concatenate([labels, digits])


def prepared(sheets: np.ndarray, side: int) -> np.ndarray:
    """Return what a network for images of `side` gets of drawings."""
    parts = [sheets[at : at + 500].astype(np.float32) for at in range(0, len(sheets), 500)]
    return np.concatenate([read_sheet(part, side) for part in parts])


def noisy(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return digits with a little noise, so that a speck decides nothing."""
    return np.clip(images + rng.uniform(-0.1, 0.1, images.shape).astype(np.float32), 0, 1)


def train(side: int, drawn: Digits, plain: Digits, validation: Digits) -> None:
    """Train one network, store it, and say how good it is on digits as they are."""
    sheets, labels = drawn
    images = np.concatenate([prepared(sheets, side), plain[0]])
    model = digit_reader(0, side)
    optimizer = Adam(model.parameters())
    fit(
        model,
        (images, np.concatenate([labels, plain[1]])),
        EPOCHS[side],
        64,
        optimizer,
        cosine(RATE[side], EPOCHS[side], warmup=0.2),
        validation=(prepared(validation[0], side), validation[1]),
        augment=noisy if side == 8 else None,
        on_epoch=tell,
    )
    target = DATA / f"digit_reader_{side}.npz"
    save(target, model)
    test = load_digits("test") if side == 8 else load_mnist(split="test")
    print(f"{target}: {evaluate(model, *test).accuracy:.2%} of the plain test digits right")


def tell(history: History) -> None:
    """Print how far training is."""
    print(history.epochs, f"validation {history.validation_accuracy[-1]:.2%}", flush=True)


if __name__ == "__main__":
    images, labels = load_mnist(split="train")
    learned, held_out = (images[:-5000], labels[:-5000]), (images[-5000:], labels[-5000:])
    drawn = sheets_to_learn_from(learned, made=12_000, seed=0)
    validation = sheets_to_learn_from(held_out, made=1_000, seed=1)
    small, small_labels = load_digits("train")
    plain = {8: (np.tile(small, (8, 1, 1, 1)), np.tile(small_labels, 8)), 28: learned}
    for side in SIDES:
        train(side, drawn, plain[side], validation)
