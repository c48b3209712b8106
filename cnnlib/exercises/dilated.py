"""The exercises of the chapter on dilated convolution."""

import numpy as np

from cnnlib.exercises._checking import Exercise, Mistake
from cnnlib.operations.geometry import effective_kernel_size
from cnnlib.operations.receptive_fields import LayerSpec, receptive_field


def _field(k: int, dilations: list[int]) -> object:
    return receptive_field([LayerSpec("conv", k, dilation=d) for d in dilations]).size


def _missed(dilations: list[int], weights: int) -> int:
    """Count the cells of the view that no path reads; with 2 weights the middle one is left out."""
    steps = (-1, 0, 1) if weights == 3 else (-1, 1)
    read = {0}
    for d in dilations:
        read = {cell + u * d for cell in read for u in steps}
    return 1 + 2 * sum(dilations) - len(read)


EXERCISES = {
    "reach": Exercise(
        solution=effective_kernel_size,
        needs="a function of (F, D) that returns a whole number.",
        why="F weights, and F − 1 gaps of D − 1 cells between them.",
        cases=(
            (3, 1),
            (3, 2),
            (5, 2),
            (5, 3),
            (1, 4),
            (7, 4),
            (1, 1),
            (2, 9),
        ),
        mistakes=(
            Mistake(
                "There are F − 1 gaps of D − 1 cells, and none after the last weight.",
                lambda f, d: f * d,
            ),
            Mistake(
                "That puts D cells into each gap. With D = 1, the ordinary convolution, there must "
                "be none: D − 1.",
                lambda f, d: f + (f - 1) * d,
            ),
            Mistake(
                "Those are the cells in the gaps. The F weights themselves take up room, too.",
                lambda f, d: (f - 1) * (d - 1),
            ),
            Mistake(
                "That is one gap of D − 1 cells. There is one between any two neighbouring "
                "weights.",
                lambda f, d: f + d - 1,
            ),
            Mistake(
                "Those are the steps from the first to the last cell. Count the first one, too.",
                lambda f, d: (f - 1) * d,
            ),
            Mistake(
                "That has two gaps, which is right for three weights only. F weights have F − 1.",
                lambda f, d: f + 2 * (d - 1),
            ),
        ),
    ),
    "stack": Exercise(
        solution=_field,
        needs="a function of (F, dilations) that returns a whole number.",
        why="The view starts with one cell, and each layer adds (F − 1) · D.",
        cases=(
            (3, [1]),
            (3, [1, 2]),
            (3, [1, 2, 4]),
            (5, [1, 1]),
            (2, [1, 2, 4, 8]),
            (1, [3, 5]),
            (4, [3]),
            (3, [4, 2, 1]),
        ),
        mistakes=(
            Mistake(
                "Neighbouring views overlap, so effective kernel sizes do not add up. Each layer "
                "adds (F − 1)·D.",
                lambda f, dilations: sum(f + (f - 1) * (d - 1) for d in dilations),
            ),
            Mistake(
                "The cell in the middle is missing: start with 1.",
                lambda f, dilations: sum((f - 1) * d for d in dilations),
            ),
            Mistake(
                "The dilations are missing: that is a stack of ordinary convolutions.",
                lambda f, dilations: 1 + len(dilations) * (f - 1),
            ),
            Mistake(
                "A dilation spreads only its own layer. A stride would spread all that follow.",
                lambda f, dilations: 1 + sum((f - 1) * int(d) for d in np.cumprod(dilations)),
            ),
            Mistake(
                "You start with F. Start with 1, the one cell that is seen without any layer.",
                lambda f, dilations: f + sum((f - 1) * d for d in dilations),
            ),
            Mistake(
                "You read the dilation as zeros between weights. It is the distance: 1 is the "
                "ordinary kernel.",
                lambda f, dilations: 1 + sum((f - 1) * (d + 1) for d in dilations),
            ),
        ),
    ),
    "predict": Exercise(
        solution=lambda: (4, 3),
        needs="a tuple (rows with dilation 3, rows with stride 3) of two whole numbers.",
        why="With dilation 3 the kernel covers 7 cells: 10 − 7 + 1 = 4. With stride 3: ⌊(10 − 3) "
        "/ 3⌋ + 1 = 3.",
        parts=("dilation 3", "stride 3"),
        mistakes=(
            Mistake("The other way round: the dilated output comes first.", lambda: (3, 4)),
            Mistake("The dilation is missing: the kernel covers 7 cells.", lambda: (8, 3)),
            Mistake(
                "A kernel of 3 with dilation 3 covers 7 cells, not 9: no gap follows the last.",
                lambda: (2, 3),
            ),
            Mistake("The + 1 is missing: the first position counts too.", lambda: (3, 2)),
            Mistake("The stride is missing: the window moves by 3 cells.", lambda: (4, 8)),
            Mistake(
                "With stride 3 you rounded up. A window that does not fit completely gives "
                "nothing.",
                lambda: (4, 4),
            ),
        ),
    ),
    "missed": Exercise(
        solution=lambda dilations: _missed(dilations, 3),
        needs="a function of a list of dilations that returns a whole number.",
        why="Each layer adds −D, 0 or D, and the sums are the cells that are read; the view has 1 "
        "+ 2·ΣD cells.",
        cases=(
            ([2, 2],),
            ([1, 2],),
            ([2, 3],),
            ([1, 1, 1],),
            ([3],),
            ([1, 3, 9],),
            ([4, 4, 4],),
            ([5, 1, 2],),
        ),
        mistakes=(
            Mistake(
                "That is the size of the view. Subtract the cells that are read.",
                lambda dilations: 1 + 2 * sum(dilations),
            ),
            Mistake(
                "Those are the cells that are read. The question asks for those that are missed.",
                lambda dilations: 1 + 2 * sum(dilations) - _missed(dilations, 3),
            ),
            Mistake(
                "Two paths may lead to the same cell. Count it once: use a set.",
                lambda dilations: 1 + 2 * sum(dilations) - 3 ** len(dilations),
            ),
            Mistake(
                "Those are the gaps of the layers one by one. A later layer can fill a gap.",
                lambda dilations: sum(2 * (d - 1) for d in dilations),
            ),
            Mistake(
                "The middle weight is missing: each layer reads −D, 0 and D.",
                lambda dilations: _missed(dilations, 2),
            ),
            Mistake(
                "A common factor is one way to miss cells, not the only one: rates 2 and 3 miss "
                "−4 and 4.",
                lambda dilations: _missed(dilations, 3) if np.gcd.reduce(dilations) > 1 else 0,
            ),
        ),
    ),
}
