"""Twenty conceptual choices, taken before and after the course, scored in this browser."""

from typing import Any

import traitlets

from cnnlib import figures
from cnnlib.widgets._base import CourseWidget, bundle, key_trait
from cnnlib.widgets._concepts import CONCEPTS


class ConceptTest(CourseWidget):
    """The concept test: a score before the course, score and reasons after it.

    The first time it gives the score alone, so that the second time still measures something. What
    was answered is kept in this browser only, and can be forgotten.

    Parameters
    ----------
    key : trait, the name under which this browser remembers the answers.

    >>> len(ConceptTest().questions)
    20
    """

    _esm = bundle("concept-test.js")
    shown = ("key",)

    key = key_trait("concepts")
    questions: Any = traitlets.List(CONCEPTS, read_only=True).tag(sync=True)

    def picture(self) -> figures.Picture:
        """Draw the first question as text."""
        return figures.draw_text(f"{len(self.questions)} questions. {self.questions[0]['text']}")
