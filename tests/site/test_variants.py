"""Variants of a convolution: every count and every weight is the library's."""

import random

import numpy as np

from cnnlib.operations.cost import VARIANTS
from cnnlib.widgets import Variants
from cnnlib.widgets.variants import LIMITS

from .widgets import (
    READ,
    SET,
    all_numbers,
    drive,
    focus_cell,
    in_gallery,
    marked,
    number,
    observe,
    page_of,
    widget,
)

#: What the sliders of channels and groups stop at, and how much of a step is drawn.
STEPS = {
    "in_channels": [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512],
    "groups": [1, 2, 3, 4, 6, 8, 16, 32],
}
STEPS["out_channels"] = STEPS["in_channels"]
#: Cells along an axis of the dense kernel that are drawn.
CELLS = 24


def test_variants_cost_what_the_library_counts(visit):
    root = in_gallery(visit, "variants")
    rng = random.Random(10)
    states = [
        {
            name: rng.randrange(len(STEPS[name])) if name in STEPS else rng.randint(*limits)
            for name, limits in LIMITS.items()
        }
        | {"variant": rng.choice(list(VARIANTS))}
        for _ in range(500)
    ]
    for moved, seen in drive(root, states):
        state = {n: STEPS[n][value] if n in STEPS else value for n, value in moved.items()}
        costs, variant = Variants(**state).costs, state["variant"]
        for name, told in seen["bars"].items():
            if costs[name] is None:
                assert told == ["impossible", ""]
            else:
                assert [number(text) for text in told] == list(costs[name])
        if costs[variant] is None:
            assert "do not divide" in seen["note"]
            assert "Choose" in seen["note"]
            assert seen["grids"] == {}
            continue
        steps = VARIANTS[variant](
            state["in_channels"],
            state["out_channels"],
            (state["kernel_size"],) * 2,
            state["groups"],
        )
        assert len(seen["grids"]) == 1 + len(steps)
        f = state["kernel_size"]
        drawn = max(1, CELLS // f)
        blocks = paths_between(steps)[:drawn, :drawn]
        block = np.ones((f, f))
        if all(step.kernel_size == (1, 1) for step in steps):
            block[:] = 0
            block[(f - 1) // 2, (f - 1) // 2] = 1
        shown = np.kron(blocks, block)
        assert np.shape(seen["grids"]["dense"]) == shown.shape
        assert marked(seen["grids"]["dense"], "padding") == set(
            zip(*np.nonzero(shown == 0), strict=True)
        )
        for at, step in enumerate(steps):
            rows, columns = step.kernel_size
            inputs = step.in_channels // step.groups
            assert np.shape(seen["grids"][f"step{at}"]) == (
                min(step.out_channels, drawn) * rows,
                min(inputs, drawn) * columns,
            )
        cut = any(max(step.out_channels, step.in_channels) > drawn for step in steps)
        assert (f"first {drawn} channel" in seen["note"]) == cut


def paths_between(steps) -> np.ndarray:
    """Return by how many ways through the steps each output, in rows, reads each input."""
    paths = np.eye(steps[0].in_channels)
    for step in steps:
        shape = step.out_channels // step.groups, step.in_channels // step.groups
        paths = np.kron(np.eye(step.groups), np.ones(shape)) @ paths
    return paths


def random_weights(steps) -> list[np.ndarray]:
    """Return positive weights of each step, as PyTorch stores them: the inputs of a group."""
    rng = np.random.default_rng(0)
    return [
        rng.uniform(1, 2, (step.out_channels, step.in_channels // step.groups, *step.kernel_size))
        for step in steps
    ]


def dense_kernel(steps, stored: list[np.ndarray], size: int) -> np.ndarray:
    """Return the one kernel of size×size that does the same as the steps one after the other."""
    joined = np.eye(steps[0].in_channels)[:, :, None, None]
    for step, weights in zip(steps, stored, strict=True):
        own = np.zeros((step.out_channels, step.in_channels, *step.kernel_size))
        for g, (outputs, inputs) in enumerate(
            zip(
                np.split(np.arange(step.out_channels), step.groups),
                np.split(np.arange(step.in_channels), step.groups),
                strict=True,
            )
        ):
            own[np.ix_(outputs, inputs)] = np.split(weights, step.groups)[g]
        larger = np.zeros(
            (
                step.out_channels,
                steps[0].in_channels,
                joined.shape[2] + step.kernel_size[0] - 1,
                joined.shape[3] + step.kernel_size[1] - 1,
            )
        )
        for u, v in np.ndindex(*step.kernel_size):
            rows, columns = joined.shape[2:]
            part = np.einsum("km,mcuv->kcuv", own[:, :, u, v], joined)
            larger[:, :, u : u + rows, v : v + columns] += part
        joined = larger
    rest = size - joined.shape[2]
    return np.pad(joined, [(0, 0), (0, 0), *[(rest // 2, rest - rest // 2)] * 2])


def test_a_stored_weight_lights_the_cells_that_it_makes(visit):
    """Take a stored weight away: the cells of the dense kernel that change are those lit."""
    root = in_gallery(visit, "variants")
    rng = random.Random(11)
    for variant in VARIANTS:
        root.evaluate(SET, {"variant": variant})
        for channels, kernel in ((STEPS["in_channels"].index(4), 3), (2, 2)):
            count = STEPS["in_channels"][channels]
            root.evaluate(
                SET,
                {
                    "in_channels": channels,
                    "out_channels": channels,
                    "kernel_size": kernel,
                    "groups": STEPS["groups"].index(count // 2 if count == 4 else 1),
                },
            )
            steps = VARIANTS[variant](count, count, (kernel,) * 2, 2 if count == 4 else 1)
            stored = random_weights(steps)
            before = dense_kernel(steps, stored, kernel)
            at = rng.randrange(len(steps))
            k, c, u, v = (rng.randrange(size) for size in stored[at].shape)
            f = steps[at].kernel_size
            seen = focus_cell(root, f"step{at}", k * f[0] + u, c * f[1] + v)
            stored[at][k, c, u, v] *= 2
            changed = dense_kernel(steps, stored, kernel) != before
            changed = changed.transpose(0, 2, 1, 3).reshape(count * kernel, -1)
            expected = set(zip(*np.nonzero(changed), strict=True))
            assert marked(seen["grids"]["dense"], "window") == expected
            assert all_numbers(seen["readout"].rsplit("makes", 1)[1])[0] == len(expected)
            row, column = rng.choice(sorted(expected))
            seen = focus_cell(root, "dense", row, column)
            assert (k * f[0] + u, c * f[1] + v) in marked(seen["grids"][f"step{at}"], "window")


def test_a_number_of_channels_between_the_stops_is_kept(visit):
    root = widget(
        visit.open(f"{page_of('variants')}#variants?in_channels=5&out_channels=500"), "variants"
    )
    assert root.locator("input[name=in_channels]").get_attribute("aria-valuetext") == "5"
    parameters = Variants(in_channels=5, out_channels=500).costs["standard"][0]
    assert number(observe(root, READ)["bars"]["standard"][0]) == parameters
