"""The image kernels: every pixel of the filtered picture and the sum under it are the library's."""

import base64
import random
import struct
import zlib

import numpy as np
import pytest

from cnnlib.operations.kernels import KERNELS, get_kernel
from cnnlib.widgets import ImageKernels
from cnnlib.widgets.image_kernels import LIMITS
from tools.chromium import find_browser

from .widgets import PAGE, READ, SET, all_numbers, drive, number, numbers, widget

#: The pixels of a canvas of the widget, row by row.
PIXELS = """(root, which) => {
  const canvas = root.querySelectorAll("canvas.cnn-picture")[which];
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ink = copy.getContext("2d", { willReadFrequently: true });
  ink.drawImage(canvas, 0, 0);
  const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(data[at]);
  return [canvas.height, canvas.width, btoa(text)];
}"""


@pytest.fixture
def kernels(visit):
    return widget(visit.open(PAGE), "image-kernels")


def pixels(root, which: int) -> np.ndarray:
    rows, columns, text = root.evaluate(PIXELS, which)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(rows, columns)


def random_state(rng: random.Random) -> dict:
    return {name: rng.randint(*LIMITS[name]) for name in LIMITS if name != "value"} | {
        "mode": rng.choice(["correlation", "convolution"]),
        "padding": rng.choice(["zero", "edge", "valid"]),
    }


def test_random_states(kernels):
    rng = random.Random(9)
    for state, seen in drive(kernels, [random_state(rng) for _ in range(500)]):
        own = ImageKernels(**state)
        output = own.output
        assert all_numbers(seen["note"])[:2] == list(output.shape)
        at = tuple(
            min(state[n], size - 1) for n, size in zip(("row", "column"), output.shape, strict=True)
        )
        shown = number(seen["grids"]["output"][0][0]["text"])
        assert shown == pytest.approx(output[at], abs=6e-5)
        np.testing.assert_array_equal(numbers(seen["grids"]["kernel"]), own.kernel)
    for _ in range(50):
        state = random_state(rng)
        kernels.evaluate(SET, state)
        cut = np.clip(ImageKernels(**state).output, 0, 255)
        assert np.abs(pixels(kernels, 1) - cut).max() <= 0.5 + 1e-3


def test_presets_and_typed_weights(kernels):
    for name in ("identity", "Gaussian blur", "2×2 mean", "Sobel y"):
        kernels.locator("select[name=preset]").select_option(name)
        seen = kernels.evaluate(READ)
        divisor = int(kernels.locator("input[name=divisor]").input_value())
        if name in KERNELS:
            np.testing.assert_allclose(numbers(seen["grids"]["kernel"]) / divisor, get_kernel(name))
        own = ImageKernels(kernel=numbers(seen["grids"]["kernel"]), divisor=divisor)
        cut = np.clip(own.output, 0, 255)
        assert np.abs(pixels(kernels, 1) - cut).max() <= 0.5 + 1e-3
    kernels.locator("[data-grid=kernel] [data-row='0'][data-column='0']").focus()
    kernels.page.keyboard.type("5")
    kernels.page.keyboard.press("Enter")
    assert numbers(kernels.evaluate(READ)["grids"]["kernel"])[0, 0] == 5


def test_signed_map_and_clip_are_told(kernels):
    legend = kernels.locator(".cnn-pictures + .cnn-hint")
    assert "are cut" in legend.inner_text()
    kernels.evaluate(SET, {"range": "signed"})
    assert "blue is negative" in legend.inner_text()


def png_of(rows: int, columns: int) -> bytes:
    """Return a grey PNG, black on the left and white on the right, written chunk by chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    line = bytes([0]) + bytes(columns // 2) + bytes([255]) * (columns - columns // 2)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    body = zlib.compress(line * rows, 1)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_picture_of_50_megapixels_is_scaled_and_a_bad_file_refused(kernels):
    upload = kernels.locator("input[type=file]")
    large = {"name": "a.png", "mimeType": "image/png", "buffer": png_of(6200, 8266)}
    upload.set_input_files(large)
    kernels.page.wait_for_function(
        "root => root.querySelector('canvas.cnn-picture').height === 192",
        arg=kernels.element_handle(),
    )
    shown = pixels(kernels, 0)
    assert shown.shape == (192, 256)
    assert (shown[:, :120] == 0).all()
    assert (shown[:, 136:] == 255).all()
    upload.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": b"<script>"})
    kernels.locator(".cnn-words:has-text('no picture')").wait_for()
    np.testing.assert_array_equal(pixels(kernels, 0), shown)


def test_drawing_by_keyboard(kernels):
    kernels.locator("button[name=sheet]").click()
    canvas = kernels.locator("canvas.cnn-picture").first
    canvas.focus()
    for key in ("ArrowDown", "Shift+ArrowRight", "Space", "Shift+ArrowRight", "Space"):
        kernels.page.keyboard.press(key)
    # the first dot is at row 101, column 110; each has a radius of three pixels
    dark = np.argwhere(pixels(kernels, 0) == 0)
    assert {tuple(place) for place in dark} == {
        (101 + r, column + c)
        for column in (110, 120)
        for r in range(-3, 4)
        for c in range(-3, 4)
        if r * r + c * c <= 9
    }
    assert kernels.locator("input[name=column]").input_value() == "120"


def test_a_photo_from_the_camera(browser, site):
    """Chromium's own fake camera shows a picture with more than one colour."""
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with_camera = browser.browser_type.launch(executable_path=find_browser(), args=flags)
    page = with_camera.new_page()
    page.goto(f"{site}/{PAGE}")
    kernels = widget(page, "image-kernels")
    kernels.locator("button[name=camera]").click()
    page.wait_for_function(
        "root => root.querySelector('canvas.cnn-picture').height < 256",
        arg=kernels.element_handle(),
    )
    shown = pixels(kernels, 0)
    assert shown.shape[1] == 256
    assert len(np.unique(shown)) > 3
    assert kernels.locator(".cnn-words").inner_text() == ""
    with_camera.close()


def test_drawing_and_no_camera(kernels):
    kernels.locator("button[name=sheet]").click()
    assert (pixels(kernels, 0) == 255).all()
    box = kernels.locator("canvas.cnn-picture").first.bounding_box()
    page = kernels.page
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert 20 < (pixels(kernels, 0) == 0).sum() < 2000
    kernels.locator("button[name=camera]").click()
    kernels.locator(".cnn-words:has-text('camera')").wait_for()
