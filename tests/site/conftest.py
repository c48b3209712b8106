"""A browser and the built site for the tests, with every other origin blocked.

Each test's page fails the test on a console error, a page error, a failed request, or a request
to any other origin; the ears are open before the page is.
"""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
IN_CI = bool(os.environ.get("CI"))


def find_browser() -> str | None:
    """Return the path of any Chrome or Chromium of this machine."""
    named = os.environ.get("CNNLIB_BROWSER")
    found = [shutil.which(named)] if named else [shutil.which(name) for name in BROWSERS]
    found += [place for place in PLACES if not named and Path(place).exists()]
    return next((path for path in found if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    if find_browser() or IN_CI:  # in CI a missing browser is a failure: see `browser`
        return
    skip = pytest.mark.skip(reason="no Chrome or Chromium found: the site is not tested")
    for item in items:
        if here in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.fail("no Chrome or Chromium found, and in CI the site must be tested")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Return the address of the built site, served on this machine."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"the book is not built: {SITE} has no index.html. Run: make book")
    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Visit:
    """Opens pages of the site and remembers what went wrong on them."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.problems: list[str] = []
        self.contexts: list = []

    def open(self, path: str, width: int = 1280, **options) -> Page:
        """Open a page of the site; `options` are those of a Playwright context."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.site, **options
        )
        self.contexts.append(context)
        context.route("**/*", self._only_own_origin)
        page = context.new_page()
        page.on("console", self._on_console)
        page.on(
            "pageerror", lambda error: self.problems.append(f"page error: {error.stack or error}")
        )
        page.on("requestfailed", functools.partial(self._on_failed, options))
        page.on("response", self._on_response)
        page.goto(f"{self.site}/{path}")
        return page

    def _only_own_origin(self, route) -> None:
        if route.request.url.startswith((self.site + "/", "blob:", "data:")):
            route.continue_()
        else:
            self.problems.append(f"request to another origin: {route.request.url}")
            route.abort()

    def _on_failed(self, options: dict, request) -> None:
        scripts_are_off = options.get("java_script_enabled") is False
        if not (scripts_are_off and request.resource_type == "script"):
            self.problems.append(f"failed: {request.url}")

    def _on_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _on_response(self, response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} for {response.url}")

    def check(self) -> None:
        """Fail if anything went wrong so far."""
        assert not self.problems, "\n".join(self.problems)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    visit = Visit(browser, site)
    yield visit
    try:
        visit.check()
    finally:
        for context in visit.contexts:
            context.close()  # what is still on its way fails now, and tells nothing


#: True when every formula of the page is set; a page may have none.
FORMULAS_DRAWN = """() => !document.querySelector("script[src*='formulas.js']")
  || document.documentElement.dataset.formulas === "drawn" """


def settled(page: Page) -> None:
    """Wait until all that the page fetches by itself is there, and its formulas are drawn."""
    page.wait_for_function(FORMULAS_DRAWN)
    page.wait_for_load_state("networkidle")


def pages() -> list[str]:
    """Return every page of the built book, as a path from its root."""
    return sorted(
        str(path.relative_to(SITE).as_posix())
        for path in SITE.rglob("*.html")
        if not {"_static", "_sources", "lite"} & set(path.relative_to(SITE).parts)
    )
