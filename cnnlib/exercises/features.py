"""The exercises of the chapter on hand-made features."""

import math

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.kernels import get_kernel

_X, _Y = get_kernel("Sobel x"), get_kernel("Sobel y")
_DX = np.array([[3.0, 0.0, -2.0], [1.0, 4.0, 0.0]])
_DY = np.array([[4.0, 5.0, 0.0], [-1.0, 4.0, -2.0]])
# no angle of these lies half way between two directions: either would be right
_UNEVEN_X = np.array([[2.5, -1.0, 0.5], [-3.0, -0.4, 1.0]])
_UNEVEN_Y = np.array([[0.3, 2.0, -4.0], [-1.0, -2.2, 0.8]])


def _histogram(dx: np.ndarray, dy: np.ndarray, directions: int, votes: np.ndarray) -> np.ndarray:
    """Add `votes` up by the nearest of the directions."""
    nearest = np.rint(np.arctan2(dy, dx) * directions / (2 * math.pi)).astype(int) % directions
    return np.bincount(nearest.ravel(), votes.ravel(), directions)


def _histogram_down(dx: np.ndarray, dy: np.ndarray, directions: int) -> np.ndarray:
    """Round the direction down."""
    lower = np.floor(np.arctan2(dy, dx) * directions / (2 * math.pi)).astype(int) % directions
    return np.bincount(lower.ravel(), np.hypot(dx, dy).ravel(), directions)


#: Row and column of the eight neighbours, clockwise from the top left.
_AROUND = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def _pattern(block: np.ndarray, order: tuple[tuple[int, int], ...] = _AROUND) -> int:
    return sum(2**bit for bit, place in enumerate(order) if block[place] >= block[1, 1])


EXERCISES = {
    "gradient": Exercise(
        solution=lambda: (3, 3, 45),
        needs="a tuple of three numbers: across, down, and the angle in degrees.",
        why="Across: 2·1 + 1 on the right, 0 on the left. Down: the same. Equal sides make 45°.",
        parts=("across", "down", "degrees"),
        mistakes=(
            Mistake(
                "The middle of a Sobel kernel counts twice. Your weights are all 1.",
                lambda: (2, 2, 45),
            ),
            Mistake(
                "Rows count downwards: brighter downwards is positive here.",
                lambda: (3, -3, -45),
            ),
            Mistake(
                "Your signs are reversed. Subtract the left side from the right side, and the "
                "top from the bottom.",
                lambda: (-3, -3, -135),
            ),
            Mistake(
                "That is the length of the gradient. The third number is its angle.",
                lambda: (3, 3, math.sqrt(18)),
            ),
            Mistake(
                "The angle is in radians. In degrees π/4 is 45.",
                lambda: (3, 3, math.pi / 4),
            ),
        ),
    ),
    "diagonal": Exercise(
        solution=lambda: _X + _Y,
        needs="a 3×3 array or list of lists.",
        why="Filters add up: where it gets brighter to the right and downwards, both kernels "
        "respond.",
        scaled=True,
        mistakes=(
            Mistake(
                "That responds where it gets brighter to the right and UPWARDS.",
                lambda: _X - _Y,
            ),
            Mistake(
                "That responds to the opposite direction: its numbers have the other sign.",
                lambda: -_X - _Y,
            ),
            Mistake(
                "You multiplied the kernels. Filters add up, so add their weights.",
                lambda: _X * _Y,
            ),
            Mistake(
                "That is Sobel y alone, which responds to brighter downwards. Add Sobel x.",
                lambda: _Y,
            ),
            Mistake(
                "That is Sobel x alone, which responds to brighter to the right. Add Sobel y.",
                lambda: _X,
            ),
            Mistake(
                "That responds where it gets brighter to the LEFT and downwards.",
                lambda: _Y - _X,
            ),
        ),
    ),
    "histogram": Exercise(
        solution=lambda dx, dy, directions: _histogram(dx, dy, directions, np.hypot(dx, dy)),
        needs="a function of (dx, dy, directions) that returns an array with one number for each "
        "direction.",
        why="Each pixel adds the length of its gradient to the direction nearest its angle.",
        cases=(
            (_DX, _DY, 8),
            (_UNEVEN_X, _UNEVEN_Y, 4),
            (_UNEVEN_Y.T, _UNEVEN_X.T, 6),
            (_DX[:1], 0 * _DX[:1], 3),
        ),
        mistakes=(
            Mistake(
                "You counted the pixels. Each vote is the length of the gradient.",
                lambda dx, dy, directions: _histogram(dx, dy, directions, np.ones_like(dx)),
            ),
            Mistake(
                "Your angles are those of (dx, dy): np.arctan2 takes dy first.",
                lambda dx, dy, directions: _histogram(dy, dx, directions, np.hypot(dx, dy)),
            ),
            Mistake(
                "You squared the length. Take the square root of dx² + dy².",
                lambda dx, dy, directions: _histogram(dx, dy, directions, dx**2 + dy**2),
            ),
            Mistake(
                "You divided by the number of pixels. Add the votes up.",
                lambda dx, dy, directions: (
                    _histogram(dx, dy, directions, np.hypot(dx, dy)) / dx.size
                ),
            ),
            Mistake(
                "You rounded down. A direction takes the angles nearest to it, on both sides: "
                "np.rint.",
                lambda dx, dy, directions: _histogram_down(dx, dy, directions),
            ),
        ),
    ),
    "binary-pattern": Exercise(
        solution=lambda block: _pattern(block),
        needs="a function of a 3×3 array that returns a whole number from 0 to 255.",
        why="Each neighbour that is at least as bright adds its own power of two, so no two "
        "patterns share a code.",
        cases=(
            (np.array([[6, 5, 2], [7, 6, 1], [9, 8, 7]]),),
            (np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]),),
            (np.array([[9, 0, 0], [0, 3, 0], [0, 4, 0]]),),
            (np.full((3, 3), 7),),
            (np.array([[-0.5, 0.25, -1], [-0.75, -0.5, 2], [0, -3, -0.25]]),),
        ),
        mistakes=(
            Mistake(
                "A neighbour that is as bright as the middle counts, too: ≥, not >.",
                lambda block: sum(
                    2**bit for bit, place in enumerate(_AROUND) if block[place] > block[1, 1]
                ),
            ),
            Mistake(
                "You went round the other way. Clockwise: from the top left to the right.",
                lambda block: _pattern(block, (_AROUND[0], *_AROUND[:0:-1])),
            ),
            Mistake(
                "You read row by row. Go round the middle, clockwise.",
                lambda block: _pattern(block, tuple(sorted(_AROUND))),
            ),
            Mistake(
                "Your first neighbour has the value 128. It should have 1, the next one 2, then 4.",
                lambda block: _pattern(block, _AROUND[::-1]),
            ),
            Mistake(
                "You counted the brighter neighbours. Each has a value of its own: 1, 2, 4, …",
                lambda block: sum(int(block[place] >= block[1, 1]) for place in _AROUND),
            ),
            Mistake(
                "You count the neighbours that are darker. Take those at least as bright as the "
                "middle.",
                lambda block: 255 - _pattern(block),
            ),
        ),
    ),
    "hog-length": Exercise(
        solution=lambda: 7 * 15 * 4 * 9,
        needs="a whole number.",
        why="7 · 15 blocks fit among 8 × 16 cells, and each writes down 4 cells of 9 numbers: "
        "3,780.",
        mistakes=(
            Mistake(
                "Either of two slips gives 1,152: the cells alone, or blocks side by side. Blocks "
                "overlap, and each writes down its four cells again.",
                lambda: 8 * 16 * 9,
            ),
            Mistake(
                "No block starts in the last row or column of cells: 7 × 15 places, not 8 × 16.",
                lambda: 8 * 16 * 4 * 9,
            ),
            Mistake(
                "A block has four cells, and each has nine numbers.",
                lambda: 7 * 15 * 9,
            ),
            Mistake(
                "The directions are missing: a cell is a histogram of nine numbers.",
                lambda: 7 * 15 * 4,
            ),
            Mistake(
                "The + 1 is missing: along 8 cells a block of 2 fits 8 − 2 + 1 = 7 times.",
                lambda: 6 * 14 * 4 * 9,
            ),
        ),
    ),
}
