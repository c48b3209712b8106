"""The words of read-outs that have numbers: `js/parts/readout.js`."""

import numpy as np

import cnnlib

from . import compares
from ._random import sizes, whole, window_axis


@compares("readout.inBrackets")
def _(rng):
    value = whole(rng, -9, 9)
    return [value], f"(−{-value})" if value < 0 else str(value)


@compares("readout.grouped")
def _(rng):
    count = int(10 ** rng.uniform(0, 9))
    return [count], f"{count:,}"


@compares("readout.counted")
def _(rng):
    count = int(rng.choice([0, 1, 2, 30, 1234567]))
    more = ["matrices"] if rng.random() < 0.3 else []
    words = f"{count:,} {'matrix' if count == 1 else (more or ['matrixs'])[0]}"
    return [count, "matrix", *more], words


@compares("readout.listed")
def _(rng):
    words = list("abcd")[: whole(rng, 0, 4)]
    head = ", ".join(words[:-1])
    return [words], " and ".join(filter(None, [head, *words[-1:]]))


def _misfit(rng: np.random.Generator) -> dict:
    while True:
        axis = window_axis(sizes(rng, fits=False) | {"kernel": whole(rng, 1, 7)})
        if not axis["fits"]:
            return axis


def _fixes(axis: dict, most: int) -> list[str]:
    """Return the gentlest change of each size by itself that lets the kernel fit: by trying."""

    def fits(**change: int) -> bool:
        now = {name: axis[name] for name in ("input", "kernel", "padding", "dilation")} | change
        reached = cnnlib.effective_kernel_size(now["kernel"], now["dilation"])
        return reached <= now["input"] + 2 * now["padding"]

    paddings = [p for p in range(most + 1) if fits(padding=p)]
    dilations = [d for d in range(1, axis["dilation"]) if fits(dilation=d)]
    kernels = [k for k in range(1, axis["kernel"]) if fits(kernel=k)]
    return [
        *(f"padding {p}" for p in paddings[:1]),
        *(f"dilation {d}" for d in dilations[-1:]),
        *(f"a kernel of {k}" for k in kernels[-1:]),
    ]


@compares("readout.fixesFor")
def _(rng):
    axis, most = _misfit(rng), whole(rng, 0, 6)
    return [axis, most], _fixes(axis, most)


@compares("readout.whyNoOutput")
def _(rng):
    axis, most = _misfit(rng), whole(rng, 0, 6)
    cells = "1 cell" if axis["effective"] == 1 else f"{axis['effective']} cells"
    has = f"{axis['padded']} ({axis['input']} + 2·{axis['padding']})"
    return [axis, most], (
        f"No output: the kernel reaches {cells}, the padded input has {has}. "
        f"It would fit with {', or with '.join(_fixes(axis, most))}."
    )
