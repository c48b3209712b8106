"""The clip of a moving square: where the square is, and that it stays inside."""

import numpy as np
import pytest

from cnnlib.data import make_clip


def test_square_moves_over_a_picture_that_stays():
    background = np.arange(20.0).reshape(4, 5)
    clip = make_clip(background, frames=3, start=(2, 3), step=(-1, -1), size=2, value=99)
    assert clip.shape == (3, 4, 5)
    assert clip.dtype == background.dtype
    for number, frame in enumerate(clip):
        row, column = 2 - number, 3 - number
        assert (frame[row : row + 2, column : column + 2] == 99).all()
        assert (frame == background).sum() == 16
    assert background.max() == 19  # the picture itself is left alone


@pytest.mark.parametrize(
    "wrong", [{"start": (0, 4)}, {"start": (-1, 0)}, {"step": (2, 0), "frames": 3}, {"size": 5}]
)
def test_square_that_leaves_the_picture_is_told(wrong):
    with pytest.raises(ValueError, match="must stay inside the 4×5 picture"):
        make_clip(np.zeros((4, 5)), **{"frames": 2, "start": (0, 0), **wrong})
