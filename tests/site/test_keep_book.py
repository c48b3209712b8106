"""The book on a device: kept only when asked, whole without a network, renewed with a word."""

import io
import re

import pytest

from tools.chromium import Quiet, served

from .conftest import PATIENCE, SITE, pages

PAGE = "book/how-to-use.html"
CHAPTER = "notebooks/03_sizes.html"
LIST = "_static/book-files.js"
REGISTERED = "async () => (await navigator.serviceWorker.getRegistrations()).length"
#: Ask for every page and every file of the list, as a link or a script would; return what fails.
FETCH_ALL = """async (paths) => {
  const failed = [];
  for (const path of paths) {
    const answer = await fetch(`/${path}`).catch((error) => ({ ok: false, error }));
    if (!answer.ok) failed.push(path);
  }
  return failed;
}"""


class Server(Quiet):
    """Serves the site until it is cut; as a newer one, other words stand in a page."""

    cut = False
    newer = False

    def send_head(self):
        """Answer, but not when cut."""
        name = self.path.split("?")[0].lstrip("/")
        if self.cut:
            return None
        if not self.newer or name not in (LIST, PAGE):
            return super().send_head()
        text = (SITE / name).read_text(encoding="utf-8").replace("<h1>How", "<h1>Newer: how")
        body = re.sub(rf'("{PAGE}":)"\w+"', r'\1"newer"', text).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(name))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


@pytest.fixture
def kept(browser, monkeypatch):
    """Open the page that offers to keep the book, on a server that can be cut."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    with served(SITE, Server) as address:
        page.goto(f"{address}/{PAGE}")
        yield page, address, monkeypatch
    context.close()
    assert problems == []


def test_kept_when_asked_whole_without_a_network_renewed_and_forgotten(kept):
    page, address, monkeypatch = kept
    place = page.locator("#keep-book")
    place.get_by_role("button", name="Keep this book").wait_for()
    assert page.evaluate(REGISTERED) == 0  # nothing before the press
    megabytes = int(re.search(r"\((\d+) MB\)", place.inner_text())[1])
    bytes_kept = page.evaluate("bookFiles.bytes")
    assert 1e6 * (megabytes - 1) < bytes_kept <= 1e6 * megabytes
    files = page.evaluate("Object.keys(bookFiles.files)")
    assert set(pages()) <= set(files)
    assert sum((SITE / name).stat().st_size for name in files) == bytes_kept

    place.get_by_role("button").click()
    place.get_by_text("Done: every page").wait_for()
    page.evaluate("navigator.serviceWorker.ready")
    monkeypatch.setattr(Server, "cut", True)
    assert page.evaluate(FETCH_ALL, files) == []
    page.goto(f"{address}/{CHAPTER}")
    root = page.locator("[data-cnn-ready] .cnn-widget").first
    root.wait_for()
    before = root.inner_text()
    root.locator("input[name=stride]").press("End")
    assert root.inner_text() != before
    page.locator("mjx-container").first.wait_for()
    page.goto(f"{address}/search.html?q=dilation")
    page.locator("#search-results a[href*='03_sizes']").first.wait_for()
    page.goto(f"{address}/")
    page.wait_for_url("**/book/index.html")

    monkeypatch.setattr(Server, "cut", False)
    monkeypatch.setattr(Server, "newer", True)
    page.goto(f"{address}/{PAGE}")
    assert page.locator("h1").inner_text().startswith("How to use")  # still the kept one
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    page.get_by_role("button", name="Read the newer one").click()
    page.locator("h1", has_text="Newer").wait_for()
    place.get_by_role("button", name="Forget").click()
    place.get_by_text("has forgotten the book").wait_for()
    assert page.evaluate(REGISTERED) == 0
    assert page.evaluate("caches.keys()") == []


def test_a_browser_can_install_it(visit):
    page = visit.open(CHAPTER)
    address = page.locator("link[rel=manifest]").evaluate("link => link.href")
    told = page.request.get(address).json()
    for name in [told["start_url"], *(icon["src"] for icon in told["icons"])]:
        assert (SITE / name).is_file(), name
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getAppManifest")["errors"] == []
    assert page.evaluate(REGISTERED) == 0
