"""What holds for the Python side of every widget: nonsense is refused with the reason, repr."""

import pytest
import traitlets

from cnnlib import widgets
from cnnlib.widgets import Frames, Question
from cnnlib.widgets._base import CourseWidget

MAKE = {
    name: getattr(widgets, name)
    for name in widgets.__all__
    if isinstance(getattr(widgets, name), type)
    and issubclass(getattr(widgets, name), CourseWidget)
    and getattr(widgets, name) not in (CourseWidget, Frames, Question)
}
MAKE["Question"] = lambda: Question("convolution size")
NUMBERS = [
    (name, trait)
    for name, make in MAKE.items()
    for trait in getattr(make(), "_limits", {})
    if isinstance(make().traits().get(trait), traitlets.Int)
]


def test_all_widgets_are_here():
    assert len(MAKE) >= 13


@pytest.mark.parametrize(("name", "trait"), NUMBERS, ids=lambda part: part)
def test_nonsense_is_refused_with_the_reason(name, trait):
    widget = MAKE[name]()
    low, high = widget._limits[trait]
    before = getattr(widget, trait)
    for nonsense in (low - 1, high + 1, 10**30, -(10**30), 1.5, float("nan"), "7", None, [3]):
        with pytest.raises(traitlets.TraitError, match=trait):
            setattr(widget, trait, nonsense)
        assert getattr(widget, trait) == before


@pytest.mark.parametrize("name", MAKE)
def test_a_choice_that_is_none_is_refused(name):
    widget = MAKE[name]()
    for trait, kind in widget.traits(sync=True).items():
        if isinstance(kind, traitlets.Enum) and not trait.startswith("_"):
            with pytest.raises(traitlets.TraitError, match=trait):
                setattr(widget, trait, "<img src=x>")
    with pytest.raises(traitlets.TraitError, match="letters, digits and -"):
        widget.key = "a b"


@pytest.mark.parametrize("name", MAKE)
def test_the_repr_has_no_address_and_never_changes(name):
    first, second = MAKE[name](), MAKE[name]()
    assert repr(first) == repr(second)
    assert "0x" not in repr(first)
    assert repr(first).startswith(type(first).__name__ + "(")


@pytest.mark.parametrize("name", MAKE)
def test_the_picture_has_words(name):
    picture = MAKE[name]().picture()
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.alt.split()) > 5
