"""How much JavaScript a page of ours carries, and that each shared module stands in it once."""

import base64
import functools
import gzip
import io
import json
import re

import numpy as np
import pytest
import shrink_pictures
from PIL import Image

from cnnlib.widgets._base import JS, bundle

from .conftest import ROOT, SITE, pages

#: Bytes of JavaScript, gzipped, that a page may have: our scripts and the views of its widgets.
BUDGET = 70_000
STATE = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL
)
OURS = {path.name for path in (ROOT / "book" / "_static").glob("*.js")}


def contents_of(path: str) -> list[dict]:
    """Return the widget state that a page holds."""
    html = (SITE / path).read_text(encoding="utf-8")
    return [json.loads(body) for body in STATE.findall(html)]


def scripts_of(path: str) -> list[str]:
    """Return the JavaScript of ours that a page loads: its script files, then its modules."""
    html = (SITE / path).read_text(encoding="utf-8")
    named = re.findall(r'<script[^>]* src="([^"?]+)', html)
    files = [(SITE / path).parent / name for name in named]
    scripts = [file.read_text(encoding="utf-8") for file in files if file.name in OURS]
    parts = [
        text
        for content in contents_of(path)
        for name, text in content["parts"].items()
        if name.endswith(".js")
    ]
    return [*scripts, "\n".join(parts)]


@pytest.mark.parametrize("path", pages())
def test_a_page_has_at_most_70_kb_of_javascript(path):
    weight = sum(len(gzip.compress(script.encode())) for script in scripts_of(path))
    assert weight <= BUDGET, f"{path} has {weight:,} bytes of JavaScript"


def test_the_scale_sees_host_and_modules():
    scripts = scripts_of("book/index.html")
    for word in ("showLive", "createBench", "Convolution explorer"):
        assert any(word in script for script in scripts)


@pytest.mark.parametrize("path", [path for path in pages() if contents_of(path)])
def test_each_module_stands_once_and_joins_to_what_the_widget_has(path):
    for content in contents_of(path):
        parts = content["parts"]
        assert list(parts) == sorted(parts, key=lambda name: (-len(parts[name]), name))
        used = set()
        for model in content["state"].values():
            names = model["state"].get("_esm")
            if names is None:
                continue  # a plain ipywidget
            assert all((JS / name).exists() for name in names)
            heads = [f"// ==== {name} ====\n{parts[name]}" for name in names]
            assert "".join(heads) == bundle(names[-1])
            assert model["state"]["_css"] == [name for name in parts if name.endswith(".css")]
            assert len(model["state"]["_css"]) == 1
            used |= set(names)
        assert used == {name for name in parts if name.endswith(".js")}


def frames_of(path: str) -> list[dict]:
    models = [model for content in contents_of(path) for model in content["state"].values()]
    return [frame for model in models for frame in model["state"].get("frames", [])]


@pytest.mark.parametrize("path", [path for path in pages() if frames_of(path)])
def test_frames_are_published_as_webp(path):
    for frame in frames_of(path):
        assert set(frame) == {"webp", "dark", "alt"}
        assert (SITE / path).parent.joinpath(frame["dark"]).stat().st_size > 500


def test_a_smaller_frame_has_the_same_pixels(tmp_path):
    from cnnlib.figures import draw_text

    png = draw_text("three words here").png
    state = json.dumps({"png": base64.b64encode(png).decode(), "alt": "three words here"})
    shrunk = functools.partial(shrink_pictures.shrunk_frame, folder=tmp_path, root="")
    smaller = json.loads(shrink_pictures.FRAME.sub(shrunk, state))
    webp = base64.b64decode(smaller["webp"])
    assert len(webp) < len(png)
    before, after = (Image.open(io.BytesIO(each)).convert("RGBA") for each in (png, webp))
    assert np.array_equal(np.asarray(before), np.asarray(after))


def test_widgets_live_on_a_page_that_is_opened_as_a_file(browser):
    """No server: the scripts and modules must load from file://, too."""
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((SITE / "book" / "index.html").as_uri())
    root = page.locator("[data-cnn-ready] .cnn-widget")
    root.wait_for()
    before = root.locator(".cnn-title").nth(2).inner_text()
    root.locator("input[name=stride]").press("End")
    assert root.locator(".cnn-title").nth(2).inner_text() != before
    assert problems == []
    context.close()
