"""What `compare.py` measures: the rows of the table, and the sizes that grow."""

from typing import NamedTuple

#: What is done in a turn → how the table calls it.
PASSES = {"forward": "forward", "both": "forward + backward"}


class Case(NamedTuple):
    """One row of the table, float32."""

    name: str
    kind: str  # conv, pool, transposed, conv3d or train
    x: tuple[int, ...]
    w: tuple[int, ...] = ()  # of the filters; of a pooling window
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    passes: tuple[str, ...] = ("forward", "both")
    mean: bool = False  # counts in the geometric mean


def _conv(name: str, x: tuple[int, ...], w: tuple[int, ...], mean: bool = True, **more) -> Case:
    return Case(name, "conv", x, w, mean=mean, **more)


#: Where memory is measured.
LARGE = _conv("conv 64→64 3×3, N=8, 56×56", (8, 64, 56, 56), (64, 64, 3, 3), padding=1)

#: The geometric mean is over the nine convolutions that course and textbooks are made of.
CASES = [
    _conv("conv 1→8 3×3, N=64, 28×28", (64, 1, 28, 28), (8, 1, 3, 3), padding=1),
    _conv("conv 8→16 3×3, N=64, 14×14", (64, 8, 14, 14), (16, 8, 3, 3), padding=1),
    _conv("conv 8→32 5×5, N=64, 28×28", (64, 8, 28, 28), (32, 8, 5, 5), padding=2),
    LARGE,
    _conv("AlexNet conv1, N=4, 227×227", (4, 3, 227, 227), (96, 3, 11, 11), stride=4),
    _conv("stride 2, 32→64 3×3, N=8, 56×56", (8, 32, 56, 56), (64, 32, 3, 3), stride=2, padding=1),
    _conv(
        "dilated 2, 32→32 3×3, N=8, 64×64", (8, 32, 64, 64), (32, 32, 3, 3), padding=2, dilation=2
    ),
    _conv("groups 4, 64→64 3×3, N=8, 56×56", (8, 64, 56, 56), (64, 16, 3, 3), padding=1, groups=4),
    _conv("1×1 64→128, N=8, 56×56", (8, 64, 56, 56), (128, 64, 1, 1)),
    _conv(
        "depthwise 64 3×3, N=8, 56×56", (8, 64, 56, 56), (64, 1, 3, 3), False, padding=1, groups=64
    ),
    *(
        _conv(f"one 512×512 image, {k}×{k}", (1, 1, 512, 512), (1, 1, k, k), False, padding=k // 2)
        for k in (3, 7)
    ),
    Case("max pool 2×2, N=64, 16×28×28", "pool", (64, 16, 28, 28), (2, 2), 2),
    Case("max pool 3×3/2, N=64, 16×28×28", "pool", (64, 16, 28, 28), (3, 3), 2),
    Case(
        "transposed 32→16 4×4/2, N=8, 28×28",
        "transposed",
        (8, 32, 28, 28),
        (32, 16, 4, 4),
        2,
        1,
        passes=("forward",),
    ),
    Case(
        "3D 8→16 3×3×3, N=2, 8×16×16",
        "conv3d",
        (2, 8, 8, 16, 16),
        (16, 8, 3, 3, 3),
        1,
        1,
        passes=("forward",),
    ),
    Case("training step, batch 64, 28×28", "train", (64, 1, 28, 28), passes=("both",)),
]

#: What grows → sizes of a 3×3 convolution, each several times more work than the one before. The
#: last of each reads and writes about 1 GB.
GROWTH = {
    "N, at 8→8, 56×56": {str(n): ((n, 8, 56, 56), (8, 8, 3, 3)) for n in (40, 200, 1000, 5000)},
    "H·W, at N=1, 8→8": {
        f"{side}×{side}": ((1, 8, side, side), (8, 8, 3, 3)) for side in (354, 791, 1768, 3953)
    },
    "C·K, at N=1, 1024×1024": {
        f"{c}→{c}": ((1, c, 1024, 1024), (c, c, 3, 3)) for c in (16, 32, 64, 128)
    },
}


def find(row: int | list) -> Case:
    """Return a row of the table by its number, or one of `GROWTH` by what grows and a number."""
    if isinstance(row, int):
        return CASES[row]
    what, number = row
    x, w = list(GROWTH[what].values())[number]
    return Case(what, "conv", x, w, padding=1)
