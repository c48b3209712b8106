"""Every exported function that computes gives what `cnnlib`, NumPy or SciPy gives."""

import pytest

from .arithmetic import NEEDS_A_PAGE, PURE, Case, agrees, cases, comparisons, notice, run


@pytest.fixture(scope="module")
def made() -> tuple[list[str], list[tuple[Case, dict]]]:
    """What the modules export, and every case with what Node answers; one process for all."""
    asked = cases()
    exports, results = run(asked)
    return exports, list(zip(asked, results, strict=True))


def test_every_exported_function_has_a_comparison(made):
    assert set(made[0]) - NEEDS_A_PAGE == set(comparisons())
    assert set(made[0]) >= NEEDS_A_PAGE


@pytest.mark.parametrize("name", comparisons())
def test_function_gives_what_it_must(name, made):
    for case, result in made[1]:
        if case.name == name:
            assert agrees(result.get("value"), case.expected), (case, result)


BELOW, ABOVE = "const below = unit * stride + k * dilation", "has(unit * stride + k * dilation"


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        ("stacks.unitsBelow", BELOW, BELOW.replace("stride", "1")),
        ("stacks.unitsBelow", BELOW, BELOW.replace("dilation", "1")),
        ("stacks.unitsAbove", ABOVE, ABOVE.replace("stride", "1")),
        ("stacks.unitsAbove", ABOVE, ABOVE.replace("dilation", "1")),
        ("transposed.overlapInTurn", "(u * dilation) % stride", "u % stride"),
        ("images.coloursOfValues", "value < 0 ?", "value > 0 ?"),
    ],
)
def test_a_mistake_that_once_went_unnoticed_is_noticed(function, right, wrong, made):
    module = function.split(".")[0]
    text = next(path for path in PURE if path.stem == module).read_text(encoding="utf-8")
    assert text.count(right) == 1
    own = [case for case, _ in made[1] if case.name == function]
    assert notice(module, text.replace(right, wrong), own) == function
