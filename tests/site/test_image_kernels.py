"""The image kernels: every pixel of the filtered picture and the sum under it are the library's."""

import random
import re
import struct
import zlib

import numpy as np
import pytest

from cnnlib.operations.kernels import KERNELS, get_kernel
from cnnlib.widgets import ImageKernels
from cnnlib.widgets.image_kernels import LIMITS
from tools.chromium import find_browser

from .widgets import (
    PAGE,
    READ,
    SET,
    all_numbers,
    drive,
    in_gallery,
    number,
    numbers,
    observe,
    pixels,
    widget,
)


@pytest.fixture
def kernels(visit):
    return in_gallery(visit, "image-kernels")


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
        # the kernel that is drawn is the one in the products: a convolution turns it
        laid = own.kernel[::-1, ::-1] if own.mode == "convolution" else own.kernel
        np.testing.assert_array_equal(numbers(seen["grids"]["kernel"]), laid)
        factors = re.findall(r"([-\d.]+)·\(?([-\d.]+)", seen["sum"].replace("−", "-"))
        window = numbers(seen["grids"]["window"])
        pairs = np.stack([window.ravel(), laid.ravel()], axis=1)
        np.testing.assert_array_equal(np.array(factors, dtype=float), pairs)
    for _ in range(50):
        state = random_state(rng)
        kernels.evaluate(SET, state)
        cut = np.clip(ImageKernels(**state).output, 0, 255)
        assert np.abs(pixels(kernels, 1) - cut).max() <= 0.5 + 1e-3


def test_presets_and_typed_weights(kernels):
    for name in ("identity", "Gaussian blur", "2×2 mean", "Sobel y"):
        kernels.locator("select[name=preset]").select_option(name)
        seen = observe(kernels, READ)
        divisor = int(kernels.locator("input[name=divisor]").input_value())
        if name in KERNELS:
            np.testing.assert_allclose(numbers(seen["grids"]["kernel"]) / divisor, get_kernel(name))
        own = ImageKernels(kernel=numbers(seen["grids"]["kernel"]), divisor=divisor)
        cut = np.clip(own.output, 0, 255)
        assert np.abs(pixels(kernels, 1) - cut).max() <= 0.5 + 1e-3
    kernels.locator("[data-grid=kernel] [data-row='0'][data-column='0']").focus()
    kernels.page.keyboard.type("5")
    kernels.page.keyboard.press("Enter")
    assert numbers(observe(kernels, READ)["grids"]["kernel"])[0, 0] == 5


def test_signed_map_and_clip_are_told(kernels):
    note = kernels.locator(".cnn-note")
    output = ImageKernels().output
    cut = ((output < 0) | (output > 255)).sum()
    assert f"{cut:,} pixels lie outside 0 to 255 and are cut" in note.inner_text()
    kernels.evaluate(SET, {"range": "signed"})
    assert "blue is negative" in note.inner_text()


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


def chosen(root, name: str, rows: int, columns: int) -> None:
    """Choose a picture file."""
    picture = {"name": name, "mimeType": "image/png", "buffer": png_of(rows, columns)}
    root.locator("input[type=file]").set_input_files(picture)


def wait_for_rows(root, rows: int) -> None:
    root.page.wait_for_function(
        "([root, rows]) => root.querySelector('canvas.cnn-picture').height === rows",
        arg=[root.element_handle(), rows],
    )


def test_a_picture_that_comes_late_replaces_nothing(kernels):
    kernels.page.evaluate("""() => {
      const read = window.createImageBitmap;
      window.createImageBitmap = async (file) => {
        if (file.name === "slow.png") await new Promise((done) => (window.letGo = done));
        const bitmap = await read(file);
        window.lastRead = file.name;
        return bitmap;
      };
    }""")
    chosen(kernels, "slow.png", 32, 64)
    kernels.page.wait_for_function("() => window.letGo")
    assert "Reading the picture" in kernels.locator(".cnn-note").inner_text()
    chosen(kernels, "quick.png", 48, 64)
    wait_for_rows(kernels, 48)
    kernels.page.evaluate("letGo()")
    kernels.page.wait_for_function("() => window.lastRead === 'slow.png'")
    kernels.page.evaluate("() => new Promise((done) => setTimeout(done))")
    assert pixels(kernels, 0).shape == (48, 64)
    assert "Output 48×64" in kernels.locator(".cnn-note").inner_text()


def test_the_same_file_twice_and_reset_brings_the_photo_back(kernels):
    photo = pixels(kernels, 0)
    chosen(kernels, "a.png", 40, 64)
    wait_for_rows(kernels, 40)
    kernels.locator("button[name=reset]").click()
    np.testing.assert_array_equal(pixels(kernels, 0), photo)
    assert kernels.locator("input[type=file]").input_value() == ""
    chosen(kernels, "a.png", 40, 64)
    wait_for_rows(kernels, 40)


def test_a_complaint_goes_with_the_next_picture_and_400_megapixels_are_refused(kernels):
    huge = png_of(2, 2).replace(struct.pack(">II", 2, 2), struct.pack(">II", 20000, 20000), 1)
    at = huge.index(b"IHDR")
    huge = huge[: at + 17] + struct.pack(">I", zlib.crc32(huge[at : at + 17])) + huge[at + 21 :]
    upload = kernels.locator("input[type=file]")
    upload.set_input_files({"name": "c.png", "mimeType": "image/png", "buffer": huge})
    kernels.locator(".cnn-words:has-text('400 megapixels')").wait_for()
    kernels.locator("button[name=photo]").click()
    assert kernels.locator(".cnn-words").inner_text() == ""


def test_a_tall_picture_moves_nothing(kernels):
    below = kernels.locator(".cnn-view")
    before = below.bounding_box()["y"]
    chosen(kernels, "tall.png", 256, 16)
    wait_for_rows(kernels, 256)
    assert below.bounding_box()["y"] == before
    box = kernels.locator("canvas.cnn-picture").first.bounding_box()
    assert box["height"] <= box["width"] * 256 / 16 + 4
    assert box["height"] < 280


def test_a_kernel_that_does_not_fit_names_the_fix(kernels):
    chosen(kernels, "small.png", 3, 4)
    wait_for_rows(kernels, 3)
    seen = kernels.evaluate(SET, {"padding": "valid", "kernel_size": 5}) or observe(kernels, READ)
    assert "Pad the border, or take a smaller kernel" in seen["note"]
    assert seen["grids"] == {}
    assert seen["readout"] == ""
    assert not kernels.locator("canvas.cnn-picture").nth(1).is_visible()
    kernels.evaluate(SET, {"padding": "zero"})
    assert "Output 3×4" in kernels.locator(".cnn-note").inner_text()


def test_the_name_of_the_kernel_is_the_first_control(kernels):
    preset = kernels.locator("select[name=preset]")
    assert kernels.locator("input, select").first.get_attribute("name") == "preset"
    assert preset.input_value() == "Sobel x"
    kernels.evaluate(SET, {"divisor": 2})
    assert preset.locator("option:checked").inner_text() == "your own"
    kernels.evaluate(SET, {"divisor": 1})
    assert preset.input_value() == "Sobel x"


def test_a_number_of_the_turned_kernel_is_changed_where_it_stands(kernels):
    kernels.evaluate(SET, {"mode": "convolution"})
    kernels.locator("[data-grid=kernel] [data-row='0'][data-column='1']").focus()
    kernels.page.keyboard.type("7")
    kernels.page.keyboard.press("Enter")
    turned = numbers(observe(kernels, READ)["grids"]["kernel"])
    assert turned[0].tolist() == [1, 7, -1]
    kernels.evaluate(SET, {"mode": "correlation"})
    np.testing.assert_array_equal(
        numbers(observe(kernels, READ)["grids"]["kernel"]), turned[::-1, ::-1]
    )


#: From now on frames come when the test says so, 100 milliseconds after the last one.
SLOW_CLOCK = """() => {
    let [now, waiting] = [performance.now(), []];
    performance.now = () => now;
    window.requestAnimationFrame = (tick) => waiting.push(tick);
    window.nextFrame = () => {
        now += 100;
        for (const tick of waiting.splice(0)) tick(now);
        return new Promise((done) => setTimeout(done));
    };
}"""
#: The box of what flies, in shares of the drawing's width.
FLYING = """sky => {
    if (sky.hidden) return null;
    const copy = new OffscreenCanvas(sky.width, sky.height).getContext("2d");
    copy.drawImage(sky, 0, 0);
    const { data, width } = copy.getImageData(0, 0, sky.width, sky.height);
    const columns = [...data.keys()].filter((at) => at % 4 === 3 && data[at] > 200)
        .map((at) => ((at - 3) / 4) % width / width);
    return !columns.length ? null : [Math.min(...columns), Math.max(...columns)];
}"""


def test_the_kernel_turns_in_its_place_and_lands_on_the_window(visit):
    root = in_gallery(visit, "image-kernels", reduced_motion="no-preference")
    root.scroll_into_view_if_needed()
    page, sky = root.page, root.locator(".cnn-sky")
    drawing = root.locator(".cnn-drawing").bounding_box()
    window, kernel = (
        root.locator(f"[data-grid={name}]").bounding_box() for name in ("window", "kernel")
    )
    page.evaluate(SLOW_CLOCK)
    root.evaluate(SET, {"mode": "convolution"})
    centres = []
    for _ in range(20):
        page.evaluate("nextFrame()")
        box = sky.evaluate(FLYING)
        if box:
            centres.append(drawing["x"] + drawing["width"] * sum(box) / 2)
    middle = {name: box["x"] + box["width"] / 2 for name, box in (("w", window), ("k", kernel))}
    assert centres[0] == pytest.approx(middle["k"], abs=12)
    assert centres[4] == pytest.approx(middle["k"], abs=12)
    assert centres[-1] == pytest.approx(middle["w"], abs=12)
    assert sky.evaluate(FLYING) is None


def test_the_kernel_turns_only_where_motion_is_wanted(visit):
    for motion in ("no-preference", "reduce"):
        root = in_gallery(visit, "image-kernels", reduced_motion=motion)
        root.scroll_into_view_if_needed()
        sky = root.locator(".cnn-sky")
        sky.evaluate(
            "sky => new MutationObserver(() => { sky.flew ||= !sky.hidden; })"
            ".observe(sky, { attributes: true })"
        )
        root.evaluate(SET, {"mode": "convolution"})
        root.page.wait_for_function("sky => sky.hidden", arg=sky.element_handle())
        assert bool(sky.evaluate("sky => sky.flew")) == (motion != "reduce")
        kernel = observe(root, READ)["grids"]["kernel"]
        np.testing.assert_array_equal(numbers(kernel), ImageKernels().kernel[::-1, ::-1])


def test_on_a_phone_all_is_on_one_screen_and_only_the_pen_keeps_the_page(visit):
    size = {"viewport": {"width": 390, "height": 664}}
    root = in_gallery(visit, "image-kernels", **size, has_touch=True, is_mobile=True)
    first, readout = (root.locator(part).first for part in ("canvas.cnn-picture", ".cnn-readout"))
    boxes = [part.bounding_box() for part in (first, readout)]
    assert boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"] <= 664
    canvases = root.locator("canvas.cnn-picture").all()
    assert len({canvas.bounding_box()["y"] for canvas in canvases}) == 1
    touch = "canvas => getComputedStyle(canvas).touchAction"
    assert [canvas.evaluate(touch) for canvas in canvases] == ["manipulation"] * 2
    before = pixels(root, 0)
    canvases[0].tap(position={"x": 20, "y": 30})
    np.testing.assert_array_equal(pixels(root, 0), before)
    shown = boxes[0]["width"]
    row = int(root.locator("input[name=row]").input_value())
    assert row == pytest.approx(30 / shown * 256, abs=2)
    root.locator("button[name=pen]").tap()
    assert [canvas.evaluate(touch) for canvas in canvases] == ["none", "manipulation"]
    canvases[0].tap(position={"x": 20, "y": 30})
    assert (pixels(root, 0) != before).any()


def test_a_fast_stroke_is_one_line(kernels):
    kernels.locator("button[name=sheet]").click()
    box = kernels.locator("canvas.cnn-picture").first.bounding_box()
    mouse = kernels.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 220, box["y"] + 130)
    mouse.up()
    dark = pixels(kernels, 0) == 0
    inked = np.flatnonzero(dark.any(axis=0))
    assert len(inked) > 190
    assert (np.diff(inked) == 1).all()


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
