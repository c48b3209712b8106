"""Random arguments that several comparisons share."""

import numpy as np

import cnnlib


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def table(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return numbers as a learner types them: with one decimal, from −9 to 9."""
    return rng.integers(-90, 91, (rows, columns)) / 10


def sizes(rng: np.random.Generator, fits: bool = True) -> dict[str, int]:
    """Return what `windowAxis` takes; with `fits` the kernel does."""
    while True:
        made = {
            "input": whole(rng, 1, 9),
            "kernel": whole(rng, 1, 4),
            "stride": whole(rng, 1, 3),
            "padding": whole(rng, 0, 3),
            "dilation": whole(rng, 1, 3),
        }
        reached = cnnlib.effective_kernel_size(made["kernel"], made["dilation"])
        if not fits or reached <= made["input"] + 2 * made["padding"]:
            return made


def window_axis(made: dict[str, int]) -> dict:
    """Return the axis of these sizes as `cnnlib` counts."""
    numbers = {
        "input_size": made["input"],
        "kernel_size": made["kernel"],
        "stride": made["stride"],
        "padding": made["padding"],
        "dilation": made["dilation"],
    }
    reached = cnnlib.effective_kernel_size(made["kernel"], made["dilation"])
    fits = reached <= made["input"] + 2 * made["padding"]
    return {
        **made,
        "padded": len(np.pad(np.zeros(made["input"]), made["padding"])),
        "effective": reached,
        "fits": fits,
        "output": cnnlib.conv_output_size(**numbers) if fits else 0,
        "dropped": cnnlib.dropped_cells(**numbers) if fits else 0,
    }


def window_axes(rng: np.random.Generator) -> tuple[dict, dict]:
    """Return a vertical and a horizontal axis on which the kernel fits."""
    return window_axis(sizes(rng)), window_axis(sizes(rng))


def settings(axes: tuple[dict, dict], *names: str) -> dict[str, tuple[int, int]]:
    """Return these numbers of both axes as `cnnlib` takes them."""
    return {name: (axes[0][name], axes[1][name]) for name in names}
