"""Exercises that check themselves and name the mistake.

A chapter calls ``check("sizes/output-size", answer)``. The answer, a value or a function, is
compared with the library. If it is wrong in a known way, the verdict names that mistake.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cnnlib.exercises import (
    backpropagation,
    designing,
    dilated,
    features,
    filters,
    homework,
    learned_kernels,
    pooling,
    receptive_fields,
    sizes,
    training,
    transposed,
    variants,
    volumes,
    weight_sharing,
    why_not_flat,
)
from cnnlib.exercises._checking import Exercise, Mistake, Verdict, check_function
from cnnlib.exercises._values import check_value, for_page

#: Every exercise by its name, "chapter/exercise".
#:
#: :meta hide-value:
EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        f"{module.__name__.rsplit('.', 1)[1]}/{name}": exercise
        for module in (
            filters,
            volumes,
            sizes,
            features,
            learned_kernels,
            why_not_flat,
            weight_sharing,
            receptive_fields,
            pooling,
            dilated,
            transposed,
            variants,
            backpropagation,
            designing,
            training,
            homework,
        )
        for name, exercise in module.EXERCISES.items()
    }
)


def check(name: str, answer: object) -> Verdict:
    """Check `answer` for the exercise `name` and say what is right or wrong about it.

    Parameters
    ----------
    name : the exercise, as the chapter gives it.
    answer : a value, or the function that the exercise asks for.

    >>> check("sizes/alexnet", (55, 55, 96))
    ✓ Right. (227 − 11) / 4 + 1 = 55 along both axes, and 96 filters give 96 maps.
    >>> check("sizes/alexnet", (54, 54, 96))
    ✗ Not yet. You have (54, 54, 96). It looks as if the + 1 is missing: the first position of \
the window counts too.
    """
    if name not in EXERCISES:
        raise ValueError(f"name must be one of {sorted(EXERCISES)}, got {name!r}")
    exercise = EXERCISES[name]
    return (check_value if exercise.is_value else check_function)(exercise, answer)


__all__ = ["EXERCISES", "Exercise", "Mistake", "Verdict", "check", "for_page"]
