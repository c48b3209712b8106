"""Costs, views and connections of `js/arithmetic/stacks.js`."""

import numpy as np

import cnnlib
from cnnlib.operations.cost import VARIANTS, variant_multiply_adds, variant_parameters

from . import compares
from ._random import whole


def _chain(variant: str, c: int, k: int, f: int, groups: int) -> list[dict]:
    return [
        dict(zip(("c", "k", "f", "groups"), step, strict=True))
        for step in VARIANTS[variant](c, k, (f, f), groups)
    ]


def _variant(rng: np.random.Generator, divides: bool) -> tuple[str, int, int, int, int]:
    groups = whole(rng, 1, 4)
    step = groups if divides else 1
    variant = str(rng.choice(list(VARIANTS)))
    return variant, step * whole(rng, 1, 4), step * whole(rng, 1, 4), whole(rng, 1, 5), groups


@compares("stacks.chainOf")
def _(rng):
    given = _variant(rng, divides=True)
    return list(given), _chain(*given)


@compares("stacks.costOf")
def _(rng):
    variant, c, k, f, groups = given = _variant(rng, divides=bool(rng.integers(2)))
    size, chain = whole(rng, 1, 9), _chain(*given)
    for step in chain:
        for name, channels in (("input", step["c"]), ("output", step["k"])):
            if channels % step["groups"]:
                why = f"{step['groups']} groups do not divide {channels} {name} channels"
                return [chain, k, size], {"why": why}
    return [chain, k, size], {
        "parameters": variant_parameters(variant, c, k, f, groups),
        "weights": variant_parameters(variant, c, k, f, groups, bias=False),
        "multiplyAdds": variant_multiply_adds(variant, c, k, f, size, groups),
    }


def _feeds(step: dict) -> np.ndarray:
    """Return which output, in rows, reads which input, in columns."""
    shape = step["k"] // step["groups"], step["c"] // step["groups"]
    return np.kron(np.eye(step["groups"], dtype=int), np.ones(shape, dtype=int))


@compares("stacks.channelsBetween")
def _(rng):
    chain = _chain(*_variant_that_fits(rng))
    at = whole(rng, 0, len(chain))
    k, c = whole(rng, 0, chain[-1]["k"] - 1), whole(rng, 0, chain[0]["c"] - 1)
    if rng.random() < 0.5:
        k, c = chain[-1]["k"] - 1, chain[0]["c"] - 1  # of the last group
    on, back = np.arange(chain[0]["c"]) == c, np.arange(chain[-1]["k"]) == k
    for step in chain[:at]:
        on = _feeds(step) @ on > 0
    for step in chain[at:][::-1]:
        back = back @ _feeds(step) > 0
    found = np.flatnonzero(on & back)
    if at == 1:  # as many as there are paths
        paths = np.eye(chain[0]["c"], dtype=int)
        for step in chain:
            paths = _feeds(step) @ paths
        assert len(found) == paths[k, c]
    assert (np.diff(found) == 1).all()
    return [chain, at, k, c], [found[0], found[-1] + 1] if found.size else [0, 0]


def _variant_that_fits(rng: np.random.Generator) -> tuple[str, int, int, int, int]:
    variant, c, k, f, groups = _variant(rng, divides=True)
    return variant, c, c * whole(rng, 1, 3) if variant.startswith("depthwise") else k, f, groups


def _stack(rng: np.random.Generator, fits: bool) -> tuple[list[dict], list[int]]:
    """Return layers and how many units each level has, the input first."""
    while True:
        layers = [
            {
                "kernel": whole(rng, 1, 4),
                "stride": whole(rng, 1, 3),
                "dilation": whole(rng, 1, 3),
                "padding": whole(rng, 0, 2),
            }
            for _ in range(whole(rng, 1, 4))
        ]
        counts = [whole(rng, 4, 20) if fits else whole(rng, 1, 6)]
        for layer in layers:
            counts.append(_units(counts[-1], layer))
        if not fits or counts[-1]:
            return layers, counts


def _units(size: int, layer: dict) -> int:
    try:
        return cnnlib.conv_output_size(
            size, layer["kernel"], layer["stride"], layer["padding"], layer["dilation"]
        )
    except ValueError:
        return 0


@compares("stacks.viewsOf")
def _(rng):
    layers, counts = _stack(rng, fits=False)
    specs = [
        cnnlib.LayerSpec(
            "conv",
            kernel_size=layer["kernel"],
            stride=layer["stride"],
            padding=layer["padding"],
            dilation=layer["dilation"],
        )
        for layer in layers
    ]
    views = [
        {"cells": count, **cnnlib.receptive_field(specs[: depth + 1])._asdict()}
        for depth, count in enumerate(counts[1:])
    ]
    return [layers, counts[0]], views


def _reads(layer: dict, size: int) -> np.ndarray:
    """Return for each unit of a layer and each below whether it reads it: impulses tell."""
    impulses = np.eye(size)[:, None, None, :]
    y = cnnlib.conv2d(
        impulses,
        np.ones((1, 1, 1, layer["kernel"])),
        stride=(1, layer["stride"]),
        padding=(0, layer["padding"]),
        dilation=(1, layer["dilation"]),
    )
    return y[:, 0, 0].T > 0


def _found_below(layers: list[dict], counts: list[int], layer: int, at: int) -> list[np.ndarray]:
    found = [np.arange(counts[layer + 1]) == at]
    for level in range(layer, -1, -1):
        found.insert(0, found[0] @ _reads(layers[level], counts[level]))
    return found


def _units_of(found: list[np.ndarray]) -> list[list[int]]:
    return [np.flatnonzero(level).tolist() for level in found]


@compares("stacks.unitsBelow")
def _(rng):
    layers, counts = _stack(rng, fits=True)
    layer = whole(rng, -1, len(layers) - 1)
    at = whole(rng, 0, counts[layer + 1] - 1)
    return [layers, counts, layer, at], _units_of(_found_below(layers, counts, layer, at))


@compares("stacks.unitsAbove")
def _(rng):
    layers, counts = _stack(rng, fits=True)
    at = whole(rng, 0, counts[0] - 1)
    found = [np.arange(counts[0]) == at]
    for layer, size in zip(layers, counts, strict=False):
        found.append(_reads(layer, size) @ found[-1])
    return [layers, counts, at], _units_of(found)


@compares("stacks.linesBelow")
def _(rng):
    layers, counts = _stack(rng, fits=True)
    level = whole(rng, 1, len(layers))
    first = whole(rng, 0, level - 1)
    found = _found_below(layers, counts, level - 1, whole(rng, 0, counts[level] - 1))
    lines = []
    for layer in range(level - 1, first - 1, -1):
        both = np.outer(found[layer + 1], found[layer]) & _reads(layers[layer], counts[layer])
        lines += [{"layer": layer, "from": a, "to": b} for a, b in np.argwhere(both).tolist()]
    return [layers, {"sets": _units_of(found)}, level, first], lines


@compares("stacks.unitNear")
def _(rng):
    view = {
        "cells": whole(rng, 1, 9),
        "size": whole(rng, 1, 9),
        "jump": whole(rng, 1, 4),
        "start": whole(rng, -4, 0),
    }
    place = whole(rng, -5, 5 + view["cells"] * view["jump"])
    doubled = 2 * view["start"] + view["size"] - 1  # of the middle of the first view
    away = [abs(doubled + 2 * unit * view["jump"] - 2 * place) for unit in range(view["cells"])]
    return [view, place], max(unit for unit, far in enumerate(away) if far == min(away))
