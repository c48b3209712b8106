"""The exercises of the chapter on filters."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.convolution import conv1d, conv2d, convolve2d
from cnnlib.operations.kernels import get_kernel

_IMAGE = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]])
_KERNEL = np.array([[1, 2, 0], [0, -1, 3], [4, 0, 1]])


def _slide(x: np.ndarray, w: np.ndarray, padding: str | int = 0) -> np.ndarray:
    return conv1d(x[None, None], w[None, None], padding=padding)[0, 0]


def _same(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return conv2d(image[None, None], kernel[None, None], padding="same")[0, 0]


EXERCISES = {
    "by-hand": Exercise(
        solution=lambda: (12, 7),
        needs="a tuple of two numbers, one for each position of the window.",
        why="1·2 + 2·5 + 0·1 = 12, and one cell further on 1·5 + 2·1 + 0·3 = 7.",
        mistakes=(
            Mistake(
                "You flipped the kernel. A CNN's filter is used as it is.",
                lambda: (11, 5),
            ),
            Mistake(
                "You took the mean of the products. A filter adds them up.",
                lambda: (4, 7 / 3),
            ),
            Mistake(
                "Multiply first, then add: each number has its own weight.",
                lambda: (24, 27),
            ),
            Mistake(
                "Those are the sums of the windows. Multiply each number by its weight first.",
                lambda: (8, 9),
            ),
            Mistake(
                "At your first and last positions the window hangs over an end. Keep it inside.",
                lambda: (4, 12, 7, 7),
            ),
        ),
    ),
    "slide-1d": Exercise(
        solution=lambda x, w: _slide(x, w),
        needs="a function of (x, w) that returns the sums as an array.",
        why="At each position the numbers meet the weights as they are, and the products are added "
        "up.",
        cases=(
            (np.array([1, 4, 2, 8, 5, 7]), np.array([1, 0, -2])),
            (np.array([3, 1, 4, 1, 5]), np.array([2, 7])),
            (np.array([2, 7, 1]), np.array([3, 1, 4])),
            (np.array([0.5, -1.5, 0, 2.25]), np.array([-1.0, 0.5])),
            (np.array([3, 0, -2]), np.array([4])),
            (np.array([-1.5]), np.array([2])),
        ),
        mistakes=(
            Mistake(
                "Your kernel is flipped. That is what np.convolve does, and what mathematics "
                "calls convolution. A CNN's filter is not flipped.",
                lambda x, w: _slide(x, w[::-1]),
            ),
            Mistake(
                "The last position is missing: the window also fits where it ends with the row. "
                "There are len(x) - len(w) + 1 positions.",
                lambda x, w: _slide(x, w)[:-1],
            ),
            Mistake(
                "At some of your positions the window hangs over an end. Keep it inside the row.",
                lambda x, w: _slide(x, w, "full"),
            ),
            Mistake(
                "You took the mean of the products. A filter adds them up.",
                lambda x, w: _slide(x, w) / len(w),
            ),
        ),
    ),
    "shift": Exercise(
        solution=lambda: np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]]),
        needs="a 3×3 array or list of lists.",
        why="Each output pixel takes the value of its left neighbour, so the picture moves to the "
        "right.",
        mistakes=(
            Mistake(
                "That moves the image to the left. The 1 says where the new pixel comes from.",
                lambda: np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
            ),
            Mistake(
                "That keeps the image where it is: each pixel is taken from its own place.",
                lambda: np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
            ),
            Mistake(
                "That moves the image down. Rows come first; the middle row is the pixel's own.",
                lambda: np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]]),
            ),
            Mistake(
                "That adds the shifted image to the image itself.",
                lambda: np.array([[0, 0, 0], [1, 1, 0], [0, 0, 0]]),
            ),
            Mistake(
                "That moves the image up: each pixel is taken from the one below it.",
                lambda: np.array([[0, 0, 0], [0, 0, 0], [0, 1, 0]]),
            ),
            Mistake(
                "The weight of −1 also turns bright into dark. Moving needs a 1.",
                lambda: np.array([[0, 0, 0], [-1, 0, 0], [0, 0, 0]]),
            ),
        ),
    ),
    "convolve": Exercise(
        solution=lambda image, kernel: convolve2d(image, kernel, mode="same"),
        needs="a function of (image, kernel) that returns an array of the image's size.",
        why="Convolution is correlation with the kernel turned by 180°, along both axes.",
        cases=(
            (_IMAGE, _KERNEL),
            (_IMAGE.T, np.arange(25).reshape(5, 5)),
            (_IMAGE / 4, np.array([[0.5, -1, 0], [2, 0, 0.25], [0, 0, -3]])),
            (_IMAGE, np.array([[1, 2, 4]])),
            (_IMAGE[:1], np.array([[3]])),
        ),
        mistakes=(
            Mistake(
                "That is correlation: the kernel is not flipped yet.",
                _same,
            ),
            Mistake(
                "You reversed the rows only. Reverse both axes: kernel[::-1, ::-1].",
                lambda image, kernel: _same(image, kernel[::-1]),
            ),
            Mistake(
                "You reversed the columns only. Reverse both axes: kernel[::-1, ::-1].",
                lambda image, kernel: _same(image, kernel[:, ::-1]),
            ),
            Mistake(
                "You transposed the kernel. A turn by 180° keeps rows as rows: kernel[::-1, ::-1].",
                lambda image, kernel: _same(image, kernel.T),
            ),
        ),
    ),
    "brightness": Exercise(
        solution=lambda kernel: np.asarray(kernel).sum(),
        needs="a function of the kernel that returns a number.",
        why="Every pixel is 1, so each product is a weight, and the filter adds them up.",
        cases=(
            (get_kernel("Gaussian blur"),),
            (get_kernel("Sobel x"),),
            (get_kernel("sharpen"),),
            (_KERNEL.astype(float),),
            (np.arange(25.0).reshape(5, 5) - 13.5,),
            (np.zeros((3, 3)),),
        ),
        mistakes=(
            Mistake(
                "Signs count: a negative weight takes brightness away.",
                lambda kernel: np.abs(kernel).sum(),
            ),
            Mistake(
                "That is the mean of the weights. A filter adds its products up.",
                lambda kernel: kernel.mean(),
            ),
            Mistake(
                "That is the middle weight alone. All pixels under the kernel have the value 1 "
                "here.",
                lambda kernel: kernel[len(kernel) // 2, len(kernel) // 2],
            ),
            Mistake(
                "Weights that add up to 0 give 0. Only a kernel that you divide by its sum "
                "keeps the brightness.",
                lambda kernel: 1,
            ),
            Mistake(
                "Python's sum() adds up the rows, which leaves one number for each column. Add "
                "these up, too: kernel.sum().",
                lambda kernel: sum(kernel),
            ),
        ),
    ),
    "weights": Exercise(
        solution=lambda k: (2 * k + 1) ** 2,
        needs="a function of k that returns a whole number.",
        why="From −k to k there are 2k + 1 numbers, along each of the two axes.",
        cases=((0,), (1,), (2,), (5,)),
        mistakes=(
            Mistake(
                "That is what the lecture says. Count the terms from −k to k: there are more.",
                lambda k: k * k,
            ),
            Mistake(
                "From −k to k there are 2k steps, and one number more than steps.",
                lambda k: (2 * k) ** 2,
            ),
            Mistake(
                "That is one axis. The double sum runs over rows and columns.",
                lambda k: 2 * k + 1,
            ),
            Mistake(
                "The two sums multiply; they do not add.",
                lambda k: 2 * (2 * k + 1),
            ),
            Mistake(
                "From 0 to k there are k + 1 numbers. The sum starts at −k.",
                lambda k: (k + 1) ** 2,
            ),
        ),
    ),
}
