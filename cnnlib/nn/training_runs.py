"""What the chapter on training measured: every run, recorded by ``tools/measure_training.py``."""

import json
from importlib.resources import files
from typing import Any

import numpy as np


def training_runs(part: str) -> dict[str, Any]:
    """Return the recorded runs of one part, all lists as arrays with a number for each seed.

    Parameters
    ----------
    part : ``"tests"`` (test → network → "train" and "test" accuracies), ``"rates"`` (the FNN on
        digits anywhere, by learning rate), ``"few"`` (network → images of each digit), ``"edges"``
        (how many of 8 kernels are edge detectors, before and after training, ten seeds).

    >>> training_runs("tests")["anywhere"]["CNN"]["test"].round(2)
    array([0.73, 0.71, 0.74, 0.8 , 0.74])
    """
    stored = json.loads((files("cnnlib") / "data" / "training_runs.json").read_text("utf-8"))
    if part not in stored:
        raise ValueError(f"part must be one of {', '.join(stored)}, got {part!r}")
    return _arrays(stored[part])


def _arrays(value: Any) -> Any:
    """Turn the lists within dicts into arrays."""
    if isinstance(value, dict):
        return {name: _arrays(each) for name, each in value.items()}
    return np.array(value)


def accuracy_table(rows: dict[str, dict[str, dict[str, np.ndarray]]]) -> str:
    """Write mean accuracies as a table: training / test, in per cent, a column for each network.

    >>> runs = {"train": np.array([1.0, 0.5]), "test": np.array([0.5, 0.25])}
    >>> print(accuracy_table({"centred": {"FNN": runs}}))
    training / test, %                               FNN
    centred                                  75.0 / 37.5
    """
    names = list(next(iter(rows.values())))
    lines = [f"{'training / test, %':33}" + "".join(f"  {name:>17}" for name in names)]
    for what, networks in rows.items():
        cells = (
            " / ".join(f"{100 * runs[kind].mean():.1f}" for kind in ("train", "test"))
            for runs in networks.values()
        )
        lines.append(f"{what:33}" + "".join(f"  {cell:>17}" for cell in cells))
    return "\n".join(lines)
