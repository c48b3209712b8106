"""The prose checker reads what a reader reads, and finds what is planted there."""

import json

import pytest

from tools import check_prose

FAULTS = {
    "an": "This is an window that slides.",
    "twice": "The window slides over the the image.",
    "its": "Its a window that slides.",
    "spelling": "The window recieves nine numbers.",
    "agreement": "These window are all over the image, should of been.",
}


def test_what_is_for_a_reader_is_read_and_code_is_not(tmp_path):
    cells = [
        {
            "cell_type": "markdown",
            "source": ["A *formula* $x_i$ and `code`.\n", "![An alt.](a.png)"],
        },
        {"cell_type": "code", "source": ["# not read"]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert check_prose.text_of(tmp_path / "a.ipynb").startswith("A *formula* `x` and `code`.\n")
    (tmp_path / "a.py").write_text(
        '"""Say it.\n\n>>> go()\n"""\nraise E(f"No {x} here.")\ny = "key"'
    )
    assert check_prose.text_of(tmp_path / "a.py").split() == ["Say", "it.", "No", "`x`", "here."]
    (tmp_path / "a.js").write_text('const y = `The ${x} is large.`, z = "cnn-box";')
    assert check_prose.text_of(tmp_path / "a.js") == "The `x` is large."


def test_planted_faults_are_found_and_sound_text_is_not():
    if not (check_prose.ROOT / "node_modules" / "harper.js").exists():
        pytest.skip("harper.js is not installed: make js")
    rules = {"off": {"SentenceCapitalization": ""}, "words": {"known": "dtype"}}
    found = check_prose.ask_harper({**FAULTS, "sound": "The dtype of a window is its own."}, rules)
    assert {name for name, *_ in found} == set(FAULTS)
