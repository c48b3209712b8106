"""Cells of a page run as in a notebook: the same texts, figures with words, short errors."""

import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from dark_figures import PAGE
from PIL import Image

from cnnlib.exercises import EXERCISES

from .stand_in import ROOT, StandIn


@pytest.fixture(scope="module")
def process():
    """Python that many tests share; a cell's number tells theirs apart."""
    started = StandIn()
    yield started
    started.end()


@pytest.fixture
def run(process, request):
    """Run a cell after some others, which no other test has."""
    mark = f"# {request.node.name}\n"

    def run(*cells: str) -> tuple[list[dict], dict]:
        return process.run([mark + cell for cell in cells], len(cells) - 1)

    return run


def shown(outputs: list[dict]) -> list[str]:
    return [each.get("text") or each["data"]["text/plain"] for each in outputs]


def test_text_and_last_value(run):
    outputs, done = run("print('a', 1)\nprint('b')\n[1, 2]")
    assert [each["output_type"] for each in outputs] == ["stream", "execute_result"]
    assert shown(outputs) == ["a 1\nb\n", "[1, 2]"]
    assert done["ok"]
    assert done["above"] == 0
    assert 0 <= done["seconds"] < 60


def test_no_value_no_output(run):
    assert run("x = 1")[0] == []
    assert run("1;")[0] == []
    assert run("None")[0] == []
    assert run("")[0] == []
    assert run("# only words")[0] == []


def test_errors_go_to_stderr_and_in_their_order(run):
    outputs, _ = run("import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')")
    assert [(each["name"], each["text"]) for each in outputs] == [
        ("stdout", "one\n"),
        ("stderr", "two\n"),
        ("stdout", "three\n"),
    ]


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("a = 1\nb = a / 0", 3, "ZeroDivisionError: division by zero"),
        ("def f():\n    return nothing\nf()", 3, "NameError: name 'nothing' is not defined"),
        ("a = (", 2, "SyntaxError: '(' was never closed"),
        ("import no_such_thing", 2, "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("import cnnlib\ncnnlib.get_kernel(5)", 3, "get_kernel"),
        ("raise SystemExit(2)", 2, "The cell ended itself (SystemExit)."),
        ("raise MemoryError", 2, "ask for a smaller array"),
    ],
)
def test_an_error_is_short_and_says_the_line_of_the_reader(run, code, line, words):
    outputs, done = run(code)
    assert not done["ok"]
    assert outputs[-1]["output_type"] == "error"
    assert outputs[-1]["line"] == line
    if words != "get_kernel":
        assert words in outputs[-1]["words"]
    assert "\n" not in outputs[-1]["words"]
    assert "cell" not in outputs[-1]


def test_what_was_printed_before_an_error_stays(run):
    outputs, _ = run("print('so far')\n1 / 0")
    assert outputs[0]["text"] == "so far\n"


def test_cells_above_run_once_unseen_and_again_when_they_change(run):
    first, second = "print('above')\nn = 1\nseen = []", "seen.append(n)\nseen"
    outputs, done = run(first, second)
    assert shown(outputs) == ["[1]"]
    assert done["above"] == 1
    outputs, done = run(first, second)
    assert shown(outputs) == ["[1, 1]"]
    assert done["above"] == 0
    outputs, done = run(first.replace("1", "5"), second)
    assert shown(outputs) == ["[5]"]
    assert done["above"] == 1


def test_an_error_above_is_told_with_its_cell(run):
    outputs, done = run("n = 1 / 0", "n")
    assert (outputs[0]["cell"], outputs[0]["line"], done["ok"]) == (0, 2, False)


def test_a_cell_prints_so_much_and_no_more(run):
    outputs, done = run("for i in range(100_000):\n    print('many words', i)")
    text = "".join(each["text"] for each in outputs)
    assert len(text) < 101_000
    assert text.endswith("… and more: a cell on a page shows 100,000 characters.\n")
    assert done["ok"]


def test_a_figure_of_ours_has_its_words(run):
    outputs, _ = run("from cnnlib import figures\nfigures.draw_text('three words here')")
    (figure,) = outputs
    assert base64.b64decode(figure["data"]["image/png"]).startswith(b"\x89PNG")
    assert figure["metadata"]["image/png"]["alt"] == figure["data"]["text/plain"]
    light, dark = (
        Image.open(io.BytesIO(base64.b64decode(each)))
        for each in (figure["data"]["image/png"], figure["dark"])
    )
    assert light.size == dark.size
    assert light.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert dark.getpixel((0, 0)) == PAGE


def test_figures_of_pyplot_are_shown_and_closed(run):
    outputs, _ = run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert [sorted(each["data"]) for each in outputs] == [["image/png", "text/plain"]]
    assert "dark" not in outputs[0]  # it may be in any colours
    assert run("import matplotlib.pyplot as plt\nplt.get_fignums()")[0][0]["data"] == {
        "text/plain": "[]"
    }


def test_display_and_clear(run):
    outputs, _ = run("display(1)\nfrom IPython.display import clear_output\nclear_output()\n2")
    assert [each["output_type"] for each in outputs] == ["display_data", "clear", "execute_result"]


def test_what_has_a_name_can_change(run):
    """As learning curves that grow."""
    code = "shown = display('a', display_id=True)\nshown.update('b')\nshown.update('c')"
    outputs, _ = run(code)
    first, *later = outputs
    assert first["output_type"] == "display_data"
    assert [each["output_type"] for each in later] == ["update_display_data"] * 2
    assert len({each["transient"]["display_id"] for each in outputs}) == 1
    assert shown(outputs) == ["'a'", "'b'", "'c'"]
    outputs, _ = run(
        "from cnnlib import Flatten, Linear, Sequential, figures, fit\n"
        "from cnnlib.data import load_digits\n"
        "model = Sequential(Flatten(), Linear(64, 10, rng=0))\n"
        "history = fit(model, load_digits('test'), epochs=2, on_epoch=figures.LiveCurves())"
    )
    assert len(outputs) == 2
    assert all("image/png" in each["data"] for each in outputs)
    assert outputs[0]["data"] != outputs[1]["data"]


def test_a_widget_comes_with_its_state_and_without_a_picture(run):
    outputs, _ = run("from cnnlib.widgets import Pooling\nPooling(kernel_size=3)")
    (widget,) = outputs
    (view,) = [each for form, each in widget["data"].items() if "view" in form]
    state = widget["widgets"][view["model_id"]]["state"]
    assert state["kernel_size"] == 3
    assert "export default" in state["_esm"]
    assert "image/png" not in widget["data"]


def test_a_repr_that_fails_is_an_error_of_the_cell(run):
    outputs, _ = run("class A:\n    def __repr__(self):\n        return 1 / 0\nA()")
    assert outputs[0]["words"] == "ZeroDivisionError: division by zero"


def chapters() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_stub_and_solution_of_each_exercise_hear_what_a_notebook_hears(process, path):
    """In a Python that has run nothing of the chapter: what an exercise needs comes by itself."""
    process.forget()
    notebook = nbformat.read(path, as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for place, cell in enumerate(notebook.cells):
        name = re.search(r'^check\("([^"]+)".*', cell.source, re.MULTILINE)
        if cell.cell_type != "code" or not name:
            continue
        at = cells.index(cell.source)
        outputs, done = process.run(cells, at)
        assert shown(outputs) == [cell.outputs[-1]["data"]["text/plain"]]
        assert (done["exercise"], done["verdict"]) == (name[1], "open")
        after = notebook.cells[place + 1].source.split("<summary>Solution</summary>")[1]
        code = re.search(r"```python\n(.*?)```", after, re.DOTALL)[1]
        outputs, done = process.run([*cells[:at], f"{code}\n{name[0]}", *cells[at + 1 :]], at)
        assert done["verdict"] == "right"
        assert EXERCISES[name[1]].why in shown(outputs)[-1]
