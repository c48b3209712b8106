"""How the convolution explorer moves: by itself, by Play, by steps, moment by moment."""

import re

import pytest
from playwright.sync_api import expect

from cnnlib.widgets import ConvolutionExplorer

from .explorer import PAGE, ready
from .widgets import READ, SET, in_gallery, observe

#: Play one step and note every moment that the slider shows, and whether anything flew.
WATCH = """root => new Promise((done) => {
  const [fine, sky] = [root.querySelector("[name=moment]"), root.querySelector(".cnn-sky")];
  const seen = new Set();
  let flew = false;
  const play = root.querySelector("[name=play]");
  const watch = () => {
    seen.add(fine.valueAsNumber);
    flew ||= !sky.hidden;
    if (play.textContent === "Pause") requestAnimationFrame(watch);
    else done({ moments: [...seen], flew });
  };
  play.click();
  watch();
})"""


#: Come into sight; return the positions that the play bar shows from then on, until it rests.
BY_ITSELF = """(root, rest) => new Promise((done) => {
  const [position, moment] = ["position", "moment"].map((n) => root.querySelector(`[name=${n}]`));
  const seen = new Set();
  const watch = () => {
    seen.add(position.valueAsNumber);
    if (moment.valueAsNumber === 20 && position.valueAsNumber === rest) done([...seen]);
    else requestAnimationFrame(watch);
  };
  new IntersectionObserver(([{ isIntersecting }], eye) => {
    if (!isIntersecting) return;
    eye.disconnect();
    setTimeout(watch); // the widget's own eye was there before
  }, { threshold: 0.6 }).observe(root.querySelector(".cnn-drawing"));
  root.scrollIntoView();
})"""


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_less_motion_for_who_wants_less(visit, wish):
    """Without motion every moment is the last one, and nothing flies."""
    root = ready(visit.open(PAGE, reduced_motion=wish))
    if wish == "reduce":
        rest = ConvolutionExplorer(stride=2, padding=1).position
        assert root.evaluate(BY_ITSELF, rest) == [rest]
    root.locator("select[name=speed]").select_option("200")
    root.evaluate(SET, {"position": 13})
    seen = root.evaluate(WATCH)
    moves = wish == "no-preference"
    assert seen["flew"] == moves
    assert (len(seen["moments"]) > 3) == moves
    assert moves or seen["moments"] == [20]


#: What is painted over the grids, as a number of opaque pixels.
IN_THE_SKY = """root => {
  const sky = root.querySelector(".cnn-sky");
  if (sky.hidden) return 0;
  const copy = new OffscreenCanvas(sky.width, sky.height).getContext("2d");
  copy.drawImage(sky, 0, 0);
  const { data } = copy.getImageData(0, 0, sky.width, sky.height);
  return data.filter((value, at) => at % 4 === 3 && value > 200).length;
}"""


def test_every_moment_can_be_scrubbed(explorer):
    """The window glides, products lift off and fall, and only then is the output there."""
    explorer.locator("button[name=play]").focus()  # from now on it does not play by itself
    explorer.evaluate(SET, {"stride": 2, "padding": 1, "position": 5})
    frame = explorer.locator(".cnn-frame")
    own = ConvolutionExplorer(stride=2, padding=1)
    places, flying, shown = [], [], []
    for moment in range(21):
        explorer.evaluate(SET, {"moment": moment})
        place = frame.get_attribute("style")
        places.append(float(re.search(r"matrix\(1, 0, 0, 1, ([\d.]+),", place)[1]))
        flying.append(explorer.evaluate(IN_THE_SKY))
        shown.append(observe(explorer, READ)["grids"]["output"][1][1]["text"])
    assert places == sorted(places)
    assert places[0] < places[1] < places[4] == places[20]
    assert flying[0] == flying[3] == flying[20] == 0
    assert all(flying[5:19])
    assert shown == [""] * 20 + [str(own.output[1, 1])]
    explorer.locator("input[name=moment]").press("ArrowLeft")
    assert observe(explorer, READ)["grids"]["output"][1][1]["text"] == ""


@pytest.mark.parametrize("screen", [(1280, 900), (390, 600)])
def test_it_plays_itself_once_until_somebody_comes(visit, screen):
    """For less than five seconds, and it ends where it rests; on a phone as well."""
    size = dict(zip(("width", "height"), screen, strict=True))
    page = visit.open(PAGE, reduced_motion="no-preference", viewport=size)
    root = ready(page)
    rest = ConvolutionExplorer(stride=2, padding=1).position
    moment = root.locator("input[name=moment]")
    seen = set(root.evaluate(BY_ITSELF, rest))
    assert {rest} < seen <= {rest - 2, rest - 1, rest}
    root.locator("[data-grid=output] [data-row='0'][data-column='0']").focus()
    assert root.locator("button[name=play]").inner_text() == "Play"
    assert moment.input_value() == "20"
    root.locator("button[name=play]").focus()
    assert root.locator("input[name=position]").input_value() == str(rest)


def test_play_pause_step_and_scrub(explorer):
    page = explorer.page
    explorer.evaluate(SET, {"height": 4, "width": 5, "kernel_size": 3, "stride": 1, "padding": 0})
    explorer.evaluate(SET, {"position": 0})
    position = explorer.locator("input[name=position]")
    assert position.get_attribute("max") == "5"
    explorer.locator("button[name=step]").click()
    assert observe(explorer, READ)["readout"].startswith("Y[0, 1]")
    position.press("End")
    assert observe(explorer, READ)["readout"].startswith("Y[1, 2]")
    explorer.locator("button[name=back]").click()
    assert observe(explorer, READ)["readout"].startswith("Y[1, 1]")
    position.press("Home")
    explorer.locator("select[name=speed]").select_option("200")
    play = explorer.locator("button[name=play]")
    play.click()
    assert play.inner_text() == "Pause"
    blank = observe(explorer, READ)["grids"]["output"][1][2]
    assert blank["text"] == ""
    assert "not computed yet" in blank["label"]
    page.wait_for_function("b => b.textContent === 'Play'", arg=play.element_handle())
    seen = observe(explorer, READ)
    assert seen["readout"].startswith("Y[1, 2]")
    assert all(cell["text"] for row in seen["grids"]["output"] for cell in row)
    explorer.locator("select[name=speed]").select_option("3200")
    play.click()  # at the end: from the start again
    assert int(position.input_value()) < 5
    play.click()


#: Come into sight; return what is told meanwhile, until nothing has moved for long, or ever.
TOLD_BY_ITSELF = """root => new Promise((done) => {
  const readout = root.querySelector(".cnn-readout");
  const seen = [readout.textContent];
  let [last, begun] = [performance.now(), false];
  const watch = (now) => {
    if (readout.textContent !== seen.at(-1)) {
      seen.push(readout.textContent);
      [last, begun] = [now, true];
    }
    if (now - last > (begun ? 1500 : 30_000)) done(seen);
    else requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
  root.scrollIntoView();
})"""

VALUES = "root => [...root.querySelectorAll('input, select')].map((one) => one.value)"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("key", ["shifted-photo", "edge-pooling", "image-kernels"])
def test_a_photo_goes_on_a_tour_and_comes_back_until_somebody_comes(visit, key, width):
    root = in_gallery(visit, key, width=width, reduced_motion="no-preference")
    before = root.evaluate(VALUES)
    seen = root.evaluate(TOLD_BY_ITSELF)
    assert len(set(seen)) > 3
    assert seen[0] == seen[-1]
    assert root.evaluate(VALUES) == before, "the state is not the tour's"


def test_a_tour_ends_when_somebody_comes(visit):
    root = in_gallery(visit, "shifted-photo", reduced_motion="no-preference")
    rest = root.locator(".cnn-readout").inner_text()
    root.evaluate("root => root.scrollIntoView()")
    root.page.wait_for_function(
        "([root, rest]) => root.querySelector('.cnn-readout').innerText !== rest",
        arg=[root.element_handle(), rest],
    )
    root.locator("input[name=down]").focus()
    expect(root.locator(".cnn-readout")).to_have_text(rest, use_inner_text=True)
    assert root.locator("input[name=down]").input_value() == "1"
