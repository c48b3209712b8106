"""Train the network of the widget `DrawDigit` on the embedded digits and store its weights.

The digits are varied as a reader's drawings vary: thicker, turned, moved, larger or smaller, with
noise. The test digits are not touched. Takes about two minutes.

    python tools/train_digits.py
"""

from pathlib import Path

import numpy as np

from cnnlib import Adam, avg_pool2d, max_pool2d
from cnnlib.data import load_digits, random_affine
from cnnlib.nn.checkpoints import save
from cnnlib.nn.digit_reader import digit_reader
from cnnlib.nn.evaluation import evaluate
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import fit

TARGET = Path(__file__).parent.parent / "cnnlib" / "data" / "digit_reader.npz"
EPOCHS = 150


def vary(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return digits as if they had been written again, on the sheet of 32×32 of the widget."""
    sheets = np.kron(images, np.ones((4, 4), np.float32))
    thick = rng.random(len(sheets)) < 0.2
    sheets[thick] = max_pool2d(sheets[thick], 3, stride=1, padding=1)
    sheets = random_affine(sheets, degrees=20, scale=(0.8, 1.15), most=4, rng=rng)
    digits = avg_pool2d(sheets, 4)
    noise = rng.uniform(-0.1, 0.1, digits.shape).astype(np.float32)
    return np.clip(digits + noise, 0, 1)


if __name__ == "__main__":
    model = digit_reader(rng=0)
    optimizer = Adam(model.parameters(), lr=0.004)
    schedule = cosine(0.004, EPOCHS)
    data = load_digits("train")
    fit(model, data, EPOCHS, 32, optimizer, schedule, seed=0, augment=vary, progress=True)
    save(TARGET, model)
    accuracy = evaluate(model, *load_digits("test")).accuracy
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {accuracy:.2%} of the test digits right")
