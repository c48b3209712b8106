"""The exercises of the chapter on why an image is not flattened."""

import numpy as np

from cnnlib.data.augment import shift
from cnnlib.exercises._checking import Exercise, Mistake

_IMAGE = np.array([[5, 1, 4, 0], [2, 7, 3, 6], [8, 9, 1, 2]])
_WEIGHT = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 8.0, 7.0]])
_ORDERS = (np.array([2, 0, 3, 1]), np.array([1, 2, 3, 0]))


def _shift_from_the_end(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Count the slices from the end, which fails at 0."""
    moved = np.zeros_like(image)
    moved[rows:, columns:] = image[:-rows, :-columns]
    return moved


EXERCISES = {
    "place": Exercise(
        solution=lambda row, column, width: row * width + column,
        needs="a function of (row, column, width) that returns a whole number.",
        why="The rows before it hold row · width pixels, and column more come before it in its own "
        "row.",
        cases=(
            (0, 0, 28),
            (0, 5, 28),
            (1, 0, 28),
            (10, 14, 28),
            (3, 2, 8),
            (4, 0, 1),
            (2, 2, 3),
        ),
        mistakes=(
            Mistake(
                "You went down the columns. A flattened image is read row by row.",
                lambda row, column, width: column * width + row,
            ),
            Mistake(
                "Places count from 0: exactly `width` pixels come before row 1.",
                lambda row, column, width: row * width + column + 1,
            ),
            Mistake(
                "A row has `width` pixels, and the last one has the number width − 1. But the next "
                "row starts `width` places further on.",
                lambda row, column, width: row * (width - 1) + column,
            ),
            Mistake(
                "Each row before this one has `width` pixels, not one.",
                lambda row, column, width: row + column,
            ),
            Mistake(
                "Rows count from 0, so `row` of them come before this one, not row − 1.",
                lambda row, column, width: (row - 1) * width + column,
            ),
        ),
    ),
    "megabytes": Exercise(
        solution=lambda side, channels, neurons: side * side * channels * neurons * 4 / 1e6,
        needs="a function of (side, channels, neurons) that returns a number of megabytes.",
        why="One weight for each pixel, channel and neuron, 4 bytes each, and a million bytes make "
        "a megabyte.",
        cases=(
            (1000, 3, 20),
            (28, 1, 128),
            (2000, 3, 20),
            (5, 1, 1),
            (640, 4, 7),
        ),
        mistakes=(
            Mistake(
                "That is how many million weights there are. Each takes 4 bytes.",
                lambda side, channels, neurons: side * side * channels * neurons / 1e6,
            ),
            Mistake(
                "The depth is missing: every channel has its own weights.",
                lambda side, channels, neurons: side * side * neurons * 4 / 1e6,
            ),
            Mistake(
                "The image is as high as it is wide: side · side pixels.",
                lambda side, channels, neurons: side * channels * neurons * 4 / 1e6,
            ),
            Mistake(
                "A float32 has 32 bits, and a byte has 8 of them: 4 bytes, not 32.",
                lambda side, channels, neurons: side * side * channels * neurons * 32 / 1e6,
            ),
            Mistake(
                "Those are bytes. A megabyte is a million of them.",
                lambda side, channels, neurons: side * side * channels * neurons * 4,
            ),
            Mistake(
                "You divided by 1,048,576: those are mebibytes (MiB). A megabyte is a million "
                "bytes.",
                lambda side, channels, neurons: side * side * channels * neurons * 4 / 2**20,
            ),
            Mistake(
                "A float64 takes 8 bytes; a float32 takes 4.",
                lambda side, channels, neurons: side * side * channels * neurons * 8 / 1e6,
            ),
            Mistake(
                "The biases do not count here.",
                lambda side, channels, neurons: (side * side * channels + 1) * neurons * 4 / 1e6,
            ),
        ),
    ),
    "connections": Exercise(
        solution=lambda: (576, 144, 9),
        needs="a tuple of three whole numbers: dense, local, shared.",
        why="The kernel has 4 · 4 = 16 positions: 16 neurons read 36 inputs each, or 9 each, or "
        "share 9 weights.",
        parts=("dense", "local", "shared"),
        mistakes=(
            Mistake(
                "A dense layer links every input with every neuron. There are 4×4 neurons, one for "
                "each position of the kernel, and 36 inputs.",
                lambda: (1296, 144, 9),
            ),
            Mistake(
                "Shared weights are counted once, whatever the number of neurons.",
                lambda: (576, 144, 144),
            ),
            Mistake(
                "A local neuron reads 9 inputs, and each of the neurons has its own 9 weights.",
                lambda: (576, 9, 9),
            ),
            Mistake(
                "These are the numbers for a 5×5 image. Set the rows to another value first.",
                lambda: (225, 81, 9),
            ),
            Mistake(
                "The shared kernel has 9 weights. 10 is with its bias, and the task asks for "
                "weights.",
                lambda: (576, 144, 10),
            ),
            Mistake(
                "You counted the biases, too. The task asks for weights.",
                lambda: (592, 160, 10),
            ),
            Mistake(
                "The + 1 is missing: the kernel has 6 − 3 + 1 = 4 positions along each axis.",
                lambda: (324, 81, 9),
            ),
        ),
    ),
    "shuffle-weights": Exercise(
        solution=lambda weight, order: weight[:, order],
        needs="a function of (weight, order) that returns an array of the shape of weight.",
        why="Each weight follows its pixel, so every neuron computes the same sum in another "
        "order.",
        cases=(
            *((_WEIGHT, order) for order in _ORDERS),
            (np.array([[0.5, -1, 0, 2.5, 3]]), np.array([3, 0, 4, 1, 2])),
            (np.array([[2.0], [-1.0]]), np.array([0])),
        ),
        mistakes=(
            Mistake(
                "That undoes the order. Pixel order[k] has moved to place k, so its column moves "
                "to place k, too.",
                lambda weight, order: weight[:, np.argsort(order)],
            ),
            Mistake(
                "The weights must move with their pixels. Yours stay put.",
                lambda weight, order: weight,
            ),
            Mistake(
                "You reversed the columns. Take them in the order that the pixels have.",
                lambda weight, order: weight[:, ::-1],
            ),
            Mistake(
                "Each row has its own weights for the same pixels. All rows take the same order; "
                "do not sort the weights.",
                lambda weight, order: np.sort(weight, axis=1),
            ),
            Mistake(
                "You reorder the rows. A row is a neuron; its weights for the pixels are in the "
                "columns: weight[:, order].",
                lambda weight, order: weight[order],
            ),
        ),
    ),
    "shift": Exercise(
        solution=lambda image, rows, columns: shift(image, rows, columns),
        needs="a function of (image, rows, columns) that returns an array of the image's shape.",
        why="What stays in the frame moves down and to the right, and zeros fill the gap.",
        cases=(
            (_IMAGE, 1, 2),
            (_IMAGE, 2, 1),
            (_IMAGE.T, 1, 1),
            (_IMAGE, 1, 0),
            (_IMAGE, 0, 2),
            (_IMAGE / 4, 0, 0),
            (-_IMAGE, 2, 3),
            (_IMAGE[:1, :1], 0, 0),
        ),
        mistakes=(
            Mistake(
                "What leaves on one side comes in on the other: that is np.roll. The paper is "
                "blank there: fill with zeros.",
                lambda image, rows, columns: np.roll(image, (rows, columns), (0, 1)),
            ),
            Mistake(
                "You moved the image up and to the left. Positive numbers move it down and right.",
                lambda image, rows, columns: shift(image, -rows, -columns),
            ),
            Mistake(
                "You mixed up rows and columns: the first number moves the image down.",
                lambda image, rows, columns: shift(image, columns, rows),
            ),
            Mistake(
                "The image has grown. It keeps its size, and what leaves the frame is lost.",
                lambda image, rows, columns: np.pad(image, ((rows, 0), (columns, 0))),
            ),
            Mistake(
                "At 0 a slice such as [:-rows] is empty, since −0 is 0. Count from the front: "
                "[: height - rows].",
                _shift_from_the_end,
            ),
        ),
    ),
}
