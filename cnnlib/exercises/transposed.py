"""The exercises of the chapter on transposed convolution."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.geometry import output_padding_for
from cnnlib.operations.transposed import conv_transpose1d

_X = np.array([2.0, -1.0, 3.0, 4.0])
_W = np.array([1.0, 2.0, 4.0])


def _stamp(x: np.ndarray, w: np.ndarray, stride: int, padding: int) -> np.ndarray:
    return conv_transpose1d(x[None], w[None, None], None, stride, padding)[0]


def _overwrite(x: np.ndarray, w: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Let a later stamp replace an earlier one."""
    sheet = np.zeros((len(x) - 1) * stride + len(w))
    for i, value in enumerate(x):
        sheet[i * stride : i * stride + len(w)] = value * w
    return sheet[padding : len(sheet) - padding]


def _counts(i: int, k: int, s: int) -> np.ndarray:
    return _stamp(np.ones(i), np.ones(k), s, 0)


EXERCISES = {
    "by-hand": Exercise(
        solution=lambda: [2, 4, 9, 2, 7, 6, 12],
        needs="a list of seven numbers.",
        why="The stamps 2 4 8, 1 2 4 and 3 6 12 start two cells apart and add up where they "
        "overlap.",
        mistakes=(
            Mistake(
                "Where stamps overlap they add up. You let the later one replace the earlier.",
                lambda: [2, 4, 1, 2, 3, 6, 12],
            ),
            Mistake(
                "You flipped the kernel. A stamp is the kernel as it is; only the sliding window "
                "over inserted zeros needs the flip.",
                lambda: [8, 4, 6, 2, 13, 6, 3],
            ),
            Mistake(
                "That is stride 1. With stride 2 the stamps start two cells apart.",
                lambda: [2, 5, 13, 10, 12],
            ),
            Mistake(
                "You put the stamps side by side. They start two cells apart and are three wide.",
                lambda: [2, 4, 8, 1, 2, 4, 3, 6, 12],
            ),
            Mistake(
                "That is the ordinary convolution, which shrinks. Here every input number stamps "
                "the whole kernel.",
                lambda: [16],
            ),
            Mistake(
                "Those are the inputs with zeros in between. Stamp the kernel at each of them.",
                lambda: [2, 0, 1, 0, 3],
            ),
        ),
    ),
    "transpose": Exercise(
        solution=_stamp,
        needs="a function of (x, w, stride, padding) that returns an array.",
        why="Each input stamps the kernel, overlaps add up, and padding cuts both ends off.",
        cases=(
            (_X, _W, 1, 0),
            (_X, _W, 2, 0),
            (_X, _W, 2, 1),
            (_X[:3], _W[:2], 3, 1),
            (_X / 4, _W - 0.5, 2, 2),
            (_X[:1], -_W, 3, 0),
            (_X, _W[:1] / 8, 4, 1),
        ),
        mistakes=(
            Mistake(
                "Where stamps overlap they add up: use +=. You let the later one replace the "
                "earlier.",
                _overwrite,
            ),
            Mistake(
                "The padding is missing: it cuts cells off both ends.",
                lambda x, w, stride, padding: _stamp(x, w, stride, 0),
            ),
            Mistake(
                "Here padding makes the output smaller. You added zeros instead of cutting.",
                lambda x, w, stride, padding: np.pad(_stamp(x, w, stride, 0), padding),
            ),
            Mistake(
                "You cut one end only. Padding counts on both sides.",
                lambda x, w, stride, padding: _stamp(x, w, stride, 0)[padding:],
            ),
            Mistake(
                "Your kernel is flipped. A stamp is the kernel as it is.",
                lambda x, w, stride, padding: _stamp(x, w[::-1], stride, padding),
            ),
            Mistake(
                "The stride is missing: your stamps start one cell apart.",
                lambda x, w, stride, padding: _stamp(x, w, 1, padding),
            ),
            Mistake(
                "At padding 0 the slice [padding:-padding] is empty, since −0 is 0. End it at "
                "len(sheet) - padding.",
                lambda x, w, stride, padding: _stamp(x, w, stride, 0)[padding:-padding],
            ),
            Mistake(
                "You put the stamps side by side. They start stride cells apart, and may overlap.",
                lambda x, w, stride, padding: _stamp(x, w, len(w), padding),
            ),
        ),
    ),
    "output-padding": Exercise(
        solution=output_padding_for,
        needs="a function of (o, F, S, P) that returns a whole number.",
        why="It is what the stride dropped: the remainder of o + 2P − F.",
        cases=(
            (16, 5, 3, 2),
            (17, 5, 3, 2),
            (18, 5, 3, 2),
            (8, 3, 2, 0),
            (56, 4, 2, 1),
            (7, 2, 4, 1),
            (5, 5, 4, 0),
            (9, 1, 5, 0),
            (11, 2, 4, 3),
        ),
        mistakes=(
            Mistake(
                "Padding is added on both sides of the convolution's input, so it counts twice.",
                lambda o, f, s, p: (o + p - f) % s,
            ),
            Mistake("The padding is missing.", lambda o, f, s, p: (o - f) % s),
            Mistake(
                "That is how often the window moves on. What it drops is the remainder: %, not //.",
                lambda o, f, s, p: (o + 2 * p - f) // s,
            ),
            Mistake(
                "The first window already takes F cells: what is left for the stride is o + 2P − "
                "F.",
                lambda o, f, s, p: (o + 2 * p) % s,
            ),
            Mistake(
                "That is right only where the stride divides o + 2P − F.", lambda o, f, s, p: 0
            ),
            Mistake(
                "That is how many cells are missing for one more position. Count those left over.",
                lambda o, f, s, p: -(o + 2 * p - f) % s,
            ),
        ),
    ),
    "overlap": Exercise(
        solution=_counts,
        needs="a function of (i, F, S) that returns a list of whole numbers.",
        why="Each of the i stamps adds 1 to the F cells that it covers.",
        cases=(
            (3, 3, 2),
            (4, 4, 2),
            (3, 2, 3),
            (5, 5, 2),
            (1, 3, 1),
            (4, 1, 1),
            (2, 1, 3),
            (6, 3, 3),
        ),
        mistakes=(
            Mistake(
                "You write 1 where you should add 1.",
                lambda i, f, s: np.minimum(_counts(i, f, s), 1),
            ),
            Mistake(
                "The stride is missing: your stamps start one cell apart.",
                lambda i, f, s: _counts(i, f, 1),
            ),
            Mistake(
                "That is the mean overlap. The pattern is the point: count cell by cell.",
                lambda i, f, s: np.full((i - 1) * s + f, i * f / ((i - 1) * s + f)),
            ),
            Mistake(
                "Input and kernel are swapped: there are i stamps, and each is F cells wide.",
                lambda i, f, s: _counts(f, i, s),
            ),
            Mistake(
                "That is how many stamps can reach one cell. Fewer do near the ends, and where the "
                "stride does not divide F, cells differ: count cell by cell.",
                lambda i, f, s: np.full((i - 1) * s + f, -(-f // s)),
            ),
        ),
    ),
}
