"""The Python under a widget is run, and gives what it was made of: `js/parts/python-code.js`."""

from typing import Any

import numpy as np

from . import compares
from ._random import table, whole


def _numbers(rng: np.random.Generator) -> np.ndarray:
    rows = table(rng, whole(rng, 1, 4), whole(rng, 1, 4))
    return np.stack([rows] * whole(rng, 1, 3)) if rng.random() < 0.5 else rows


def _run(code: str, **names: Any) -> dict[str, Any]:
    exec(code, names)
    return names


@compares("python-code.pythonRows")
def _(rng):
    rows = table(rng, whole(rng, 1, 4), whole(rng, 1, 4))
    lines = len(rows) + 2  # a row a line

    def right(got: str) -> bool:
        return np.array_equal(_run(f"x = {got}")["x"], rows) and len(got.splitlines()) == lines

    return [rows], right


@compares("python-code.pythonArray")
def _(rng):
    x = _numbers(rng)
    return ["x", x], lambda got: np.array_equal(_run(got, np=np)["x"], x)


class _Torch:
    """Stands for PyTorch, which not everybody has: it tells what it was asked for."""

    float64 = "float64"

    @staticmethod
    def tensor(values: list, **more: Any) -> tuple[np.ndarray, dict]:
        return np.array(values), more


@compares("python-code.torchTensor")
def _(rng):
    x, wants = _numbers(rng), bool(rng.integers(2))
    more = {"dtype": "float64", **({"requires_grad": True} if wants else {})}

    def right(got: str) -> bool:
        values, said = _run(got, torch=_Torch)["x"]
        return np.array_equal(values, x) and said == more

    return ["x", x, *([", requires_grad=True"] if wants else [])], right


@compares("python-code.cnnlibCode")
def _(rng):
    line = str(rng.choice(["y = np.arange(3).sum()", "y = 3"]))

    def right(got: list[str]) -> bool:
        made = _run(got[1])
        needed = {"np"} if "np." in line else set()
        return got[0] == "cnnlib" and made["y"] == 3 and made.keys() & {"np"} == needed

    return ["import math", line], right


@compares("python-code.torchCode")
def _(rng):
    lines = [f"x{at} = {at}" for at in range(whole(rng, 1, 3))]
    head = ["import torch", "import torch.nn.functional as F", ""]
    return lines, ["PyTorch", "\n".join(head + lines)]
