"""The network that a learner builds: `js/arithmetic/network.js` against `cnnlib.summary`."""

import numpy as np

from cnnlib import Sequential, summary
from cnnlib.widgets.network_builder import KINDS, _layer

from . import compares
from ._random import whole


def _random_layer(rng: np.random.Generator) -> dict:
    numbers = {"channels": 5, "kernel": int(rng.choice([3, 6])), "stride": 3, "padding": 2}
    own = {name: whole(rng, int(name != "padding"), most) for name, most in numbers.items()}
    return {"kind": str(rng.choice(KINDS)), **own}


@compares("network.followNetwork")
def _(rng):
    layers = [_random_layer(rng) for _ in range(whole(rng, 1, 6))]
    channels, side = whole(rng, 1, 3), whole(rng, 1, int(rng.choice([3, 12, 12])))
    if rng.random() < 0.4:
        layers[0]["kernel"] = side + 2 * layers[0]["padding"]  # it just fits, if it slides
        if rng.random() < 0.5:
            layers[0] |= {"kind": "conv", "kernel": layers[0]["kernel"] + whole(rng, 1, 3)}
    if rng.random() < 0.1:
        layers[-2:] = [{**layers[0], "kind": "flatten"}] * 2  # a list stays one
    model, expected = Sequential(), []
    shape: tuple[int, ...] = (channels, side, side)
    view, jump = 1, 1
    for layer in layers:
        kind, *numbers = layer.values()
        try:
            model.layers.append(_layer(kind, numbers, shape, 0))
            row = summary(model, (channels, side, side)).rows[-1]
        except ValueError:
            last = expected[-1] if expected else _start(channels, side)
            expected.append({**last, "parameters": 0, "multiplyAdds": 0, "why": _why(layer, last)})
            break
        shape = row.shape
        seen = row.receptive_field
        view, jump = (seen.size, seen.jump) if seen else (0, 0)
        if isinstance(view, tuple):
            view, jump = view[0], jump[0]
        expected.append(
            {
                "channels": shape[0],
                "side": shape[1] if len(shape) == 3 else 0,
                "parameters": row.parameters,
                "multiplyAdds": row.multiply_adds,
                "view": view,
                "jump": jump,
                "why": "",
            }
        )
    return [layers, channels, side], expected


def _start(channels: int, side: int) -> dict:
    return {"channels": channels, "side": side, "view": 1, "jump": 1}


def _why(layer: dict, before: dict) -> str:
    """Say what the widget says, from what is wrong with the sizes."""
    side, kernel = before["side"], layer["kernel"]
    if layer["kind"] == "dense":
        return "a dense layer takes a list of numbers, and gets maps: flatten them first"
    if not side:
        got = f"a list of {before['channels']} numbers"
        return f"it needs maps, and gets {got}: put it before “flatten”"
    room = side + 2 * layer["padding"] if layer["kind"] == "conv" else side
    padding = next(p for p in range(20) if side + 2 * p >= kernel)
    cure = f"or padding {padding}" if layer["kind"] == "conv" else "or none here"
    misfit = f"a window of {kernel}×{kernel} does not fit into {room}×{room}"
    return f"{misfit}: take a smaller one, {cure}"
