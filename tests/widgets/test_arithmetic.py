"""Every exported function of `js/arithmetic` gives what `cnnlib` or NumPy gives."""

import pytest

from .arithmetic import Case, agrees, cases, comparisons, run


@pytest.fixture(scope="module")
def made() -> tuple[list[str], list[tuple[Case, dict]]]:
    """What the modules export, and every case with what Node answers; one process for all."""
    asked = cases()
    exports, results = run(asked)
    return exports, list(zip(asked, results, strict=True))


def test_every_exported_function_has_a_comparison(made):
    assert sorted(made[0]) == sorted(comparisons())


@pytest.mark.parametrize("name", comparisons())
def test_function_gives_what_it_must(name, made):
    for case, result in made[1]:
        if case.name == name:
            assert agrees(result.get("value"), case.expected), (case, result)
