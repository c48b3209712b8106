"""Sphinx extension: the pictures of the notebooks, a third of the bytes, and no jump of the text.

A figure is published as WebP: without loss, or where that is still large, as a photo is, nearly
so. Its size stands in the page, so the text keeps its place while it loads. The pictures that
sliders choose from (`cnnlib.widgets.Frames`) stay in the page, always without loss. A figure of the
course has a second picture for the dark theme (`dark_figures`); a browser asks for one of the two.
"""

import base64
import hashlib
import io
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

from dark_figures import PAGE, WIDGET, dark_figure
from PIL import Image
from sphinx.application import Sphinx

#: Larger than this (bytes) without loss, a picture is a photo.
PHOTO = 60_000
PHOTO_QUALITY = 70
#: A picture in the state of the widgets of a page.
STATE_PICTURE = re.compile(r'"image/png": "([A-Za-z0-9+/=\\n]{200,})"')
#: A picture that a slider chooses.
FRAME = re.compile(r'"png": "([A-Za-z0-9+/=]+)"')
TAG = re.compile(r'<img ([^>]*?)src="([^"]*_images/([^"/]+)\.png)"([^>]*)>')
DRAWING = re.compile(r'<img ([^>]*?)src="([^"]*_images/([^"/]+\.svg))"([^>]*)>')
VIEW_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def smaller(png: Path) -> Path:
    """Write a picture as WebP beside its PNG, unless it is there, and return its path."""
    webp = png.with_suffix(".webp")
    if not webp.exists():  # the name is a digest of what it shows
        with Image.open(png) as image:
            image.save(webp, lossless=True, method=4)
            if webp.stat().st_size > PHOTO:
                image.convert("RGB").save(webp, quality=PHOTO_QUALITY, method=6)
    return webp


def for_the_dark(image: Image.Image, path: Path, ground: tuple[int, ...]) -> bool:
    """Write a figure of the course for the dark theme, unless it is there; say if it is one."""
    if path.exists():
        return True
    dark = dark_figure(image, ground)
    if dark is not None:
        dark.save(path, lossless=True, method=4)
        if path.stat().st_size > PHOTO:
            dark.save(path, quality=PHOTO_QUALITY, method=6)
    return dark is not None


def taken_out(found: re.Match[str], folder: Path, root: str) -> str:
    """Write a picture of the widgets' state as a file, and return its address and size."""
    data = base64.b64decode(found[1].replace("\\n", ""))
    folder.mkdir(exist_ok=True)
    png = folder / f"{hashlib.sha256(data).hexdigest()}.png"
    png.write_bytes(data)
    with Image.open(png) as image:
        width, height = image.size
    picture = {"src": f"{root}_images/{smaller(png).name}", "width": width, "height": height}
    return f'"course/picture": {json.dumps(picture)}'


def shrunk_frame(found: re.Match[str], folder: Path, root: str) -> str:
    """Return a frame in the state of a widget as WebP, of the same pixels.

    Its picture for the dark theme is a file: who reads in the light does not load it.
    """
    webp = io.BytesIO()
    data = base64.b64decode(found[1])
    name = f"{hashlib.sha256(data).hexdigest()}-dark.webp"
    with Image.open(io.BytesIO(data)) as image:
        image.save(webp, "WEBP", lossless=True, method=4)
        folder.mkdir(exist_ok=True)
        dark = for_the_dark(image, folder / name, WIDGET)
    more = f', "dark": "{root}_images/{name}"' if dark else ""
    return f'"webp": "{base64.b64encode(webp.getvalue()).decode()}"{more}'


def sized_drawing(found: re.Match[str], folder: Path) -> str:
    """Return the tag of an SVG with the size that the drawing has."""
    before, address, name, after = found.groups()
    if "width=" in before + after:  # of an earlier build
        return found[0]
    box = VIEW_BOX.search((folder / name).read_text(encoding="utf-8"))
    size = f'width="{float(box[1]):.0f}" height="{float(box[2]):.0f}"' if box else ""
    return f'<img {before}src="{address}"{after.rstrip("/ ")} {size} loading="lazy" />'


def shrink_pictures(app: Sphinx, error: Exception | None) -> None:
    """Let every page ask for the smaller pictures, and say their sizes."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    folder = site / "_images"

    def rewrite(found: re.Match[str]) -> str:
        before, address, name, after = found.groups()
        png = folder / f"{name}.png"
        if not png.exists():
            return found[0]
        dark = f"{name}-dark.webp"
        with Image.open(png) as image:
            width, height = image.size
            is_figure = for_the_dark(image, folder / dark, PAGE)
        size = "" if "width=" in before + after else f' width="{width}" height="{height}"'
        rest = f'{after.rstrip("/ ")}{size} loading="lazy" decoding="async"'

        def tag(file: str, look: str = "") -> str:
            return f'<img {look}{before}src="{address.replace(f"{name}.png", file)}"{rest} />'

        light = smaller(png).name
        if not is_figure:
            return tag(light)
        return tag(light, 'class="only-light" ') + tag(dark, 'class="only-dark" ')

    for page in site.rglob("*.html"):
        if "_static" not in page.parts:
            text = page.read_text(encoding="utf-8")
            lean = TAG.sub(rewrite, text)
            lean = DRAWING.sub(partial(sized_drawing, folder=folder), lean)
            root = "../" * (len(page.relative_to(site).parts) - 1)
            lean = FRAME.sub(partial(shrunk_frame, folder=folder, root=root), lean)
            lean = STATE_PICTURE.sub(partial(taken_out, folder=folder, root=root), lean)
            if lean != text:
                page.write_text(lean, encoding="utf-8")
    for webp in folder.glob("*.webp"):
        webp.with_suffix(".png").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", shrink_pictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
