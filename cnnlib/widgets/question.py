"""A question that is checked on the page; the feedback names the mistake."""

import random
from collections.abc import Sequence
from typing import Any

import traitlets

from cnnlib import figures
from cnnlib.widgets._base import CourseWidget, bundle, key_trait
from cnnlib.widgets._topics import TOPICS, Asking, clear_asking, make_asking


class Question(CourseWidget):
    """A question that is checked on the page, with feedback that names the mistake.

    Parameters
    ----------
    topic : one of `TOPICS`, whose numbers come from `seed`; or a text of your own, with `answer`.
    answer : the right answer to your own text: a number, or one of `choices`.
    choices : the answers to choose from. Without them the answer is typed.
    mistakes : wrong answers, each with what it comes from.
    hint, worked : words to ask for, and the worked answer.
    seed, askings_count : trait-like arguments of a topic: where its numbers come from, and how
        many sets of numbers *Other numbers* leads through. Defaults 0 and 5.
    asking : trait, which set of numbers is asked.
    key : trait, the name under which this browser remembers the answers.

    >>> Question("convolution size").current["answer"]
    '8'
    >>> Question("Is 3 odd?", answer="yes", choices=["yes", "no"], key="odd")
    Question('Is 3 odd?', key='odd')
    >>> Question("depth", seed=2)
    Question('depth', seed=2, key='question')
    """

    _esm = bundle("question.js")

    key = key_trait("question")
    askings: Any = traitlets.List().tag(sync=True)
    asking = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        topic: str,
        answer: Any = None,
        choices: Sequence[Any] | None = None,
        mistakes: dict[Any, str] | None = None,
        hint: str = "",
        worked: str = "",
        seed: int = 0,
        askings_count: int = 5,
        **traits: Any,
    ) -> None:
        self.topic = topic
        self.seed = seed
        if answer is None:
            if topic not in TOPICS:
                raise traitlets.TraitError(
                    f"topic must be one of {', '.join(TOPICS)}, or a text with an answer, got "
                    f"{topic!r}"
                )
            rngs = [random.Random(f"{seed}-{topic}-{n}") for n in range(max(1, askings_count))]
            askings = [clear_asking(topic, rng) for rng in rngs]
        else:
            more = {} if choices is None else {"choices": [str(choice) for choice in choices]}
            if choices is not None and str(answer) not in more["choices"]:
                raise traitlets.TraitError(f"answer must be one of choices, got {answer!r}")
            askings = [
                make_asking(topic, answer, [*(mistakes or {}).items()], hint, worked, **more)
            ]
        super().__init__(askings=askings, **traits)

    @traitlets.validate("asking")
    def _check_asking(self, proposal: Any) -> int:
        if proposal["value"] >= max(1, len(self.askings)):
            raise traitlets.TraitError(
                f"asking must be below {len(self.askings)}, got {proposal['value']}"
            )
        return proposal["value"]

    @property
    def current(self) -> Asking:
        """The asking that is shown."""
        return self.askings[self.asking]

    def __repr__(self) -> str:
        """Return the call that makes this widget; of the seed only what is not the default."""
        seed = f"seed={self.seed!r}, " if self.seed else ""
        return f"Question({self.topic!r}, {seed}key={self.key!r})"

    def picture(self) -> figures.Picture:
        """Draw the question as text."""
        return figures.draw_text(self.current["text"])
