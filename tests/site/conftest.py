"""A browser and the built site for the tests; no other origin can be reached.

Each test's page fails the test on a console error, a page error, a failed request, or a request
to any other origin; the ears are open before the page is. Pages of equal settings share a context
of the browser, and so what it has loaded; a test leaves nothing in its storage.
"""

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tools.chromium import Quiet, find_browser, launch, served

from ..required import required

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "_build" / "html"
#: No name of another host leads anywhere.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"

#: Milliseconds after which what a test waits for counts as missing: a loaded machine is slow.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    if find_browser() or required("browser"):  # a missing one is a failure then: see `browser`
        return
    skip = pytest.mark.skip(reason="no Chrome or Chromium found: the site is not tested")
    for item in items:
        if here in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if find_browser() is None:
        pytest.fail("no Chrome or Chromium found, and CNNLIB_REQUIRE asks for a browser")
    alone = [] if os.environ.get("CNNLIB_PYODIDE") == "network" else [ALONE]
    with sync_playwright() as playwright:
        browser = launch(playwright, *alone)
        yield browser
        browser.close()


class Pages(Quiet):
    """Serves the site, which stays as it is, and pages of the tests' own, each by a query."""

    protocol_version = "HTTP/1.1"  # one connection for many files
    own: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:  # noqa: N802
        page = self.own.get(self.path)
        if page is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Return the address of the built site, served on this machine."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"the book is not built: {SITE} has no index.html. Run: make book")
    with served(SITE, Pages) as address:
        yield address


class Visits:
    """The contexts of the browser, one for each set of settings."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.contexts: dict[str, BrowserContext] = {}

    def context(self, settings: dict) -> BrowserContext:
        name = repr(sorted(settings.items()))
        if name not in self.contexts:
            self.contexts[name] = self.browser.new_context(**settings)
            self.contexts[name].set_default_timeout(PATIENCE)
        return self.contexts[name]


class Visit:
    """Opens pages of the site and remembers what went wrong on them."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self.site = visits.site
        self.problems: list[str] = []
        self.pages: list[Page] = []

    def open(self, path: str, width: int = 1280, instead: str | None = None, **options) -> Page:
        """Open a page of the site; `options` are those of a Playwright context.

        Nothing moves by itself, so that what is read is at rest; ``reduced_motion`` changes that.
        With `instead`, that text comes instead of the page's own. (Not by Playwright's `route`:
        where one is, the browser keeps no file that it has loaded.)
        """
        settings = {
            "viewport": {"width": width, "height": 900},
            "reduced_motion": "reduce",
            **options,
        }
        page = self.visits.context(settings).new_page()
        self.pages.append(page)
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on(
            "pageerror", lambda error: self.problems.append(f"page error: {error.stack or error}")
        )
        page.on("requestfailed", functools.partial(self._on_failed, options))
        page.on("response", self._on_response)
        if instead:
            path, *place = path.split("#")
            path += f"?{hash(instead)}"
            Pages.own[f"/{path}"] = instead.encode()
            path = "#".join([path, *place])
        page.goto(f"{self.site}/{path}")
        return page

    def _on_request(self, request) -> None:
        if not request.url.startswith((self.site + "/", "blob:", "data:")):
            self.problems.append(f"request to another origin: {request.url}")

    def _on_failed(self, options: dict, request) -> None:
        scripts_are_off = options.get("java_script_enabled") is False
        is_left = request.failure == "net::ERR_ABORTED"  # a reload came while it was on its way
        if not is_left and not (scripts_are_off and request.resource_type == "script"):
            self.problems.append(f"failed: {request.url}")

    def _on_console(self, message) -> None:
        # the browser asks for this one by itself, where a page names no icon
        own = message.location.get("url", "").endswith("/favicon.ico")
        if message.type in ("error", "warning") and not own:
            self.problems.append(f"console {message.type}: {message.text}")

    def _on_response(self, response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} for {response.url}")

    def check(self) -> None:
        """Fail if anything went wrong so far."""
        assert not self.problems, "\n".join(self.problems)

    def close(self) -> None:
        """Close the pages; what is still on its way fails now, and tells nothing."""
        for page in self.pages:
            if page.url.startswith(self.site):
                page.evaluate("localStorage.clear()")
            page.close()


@pytest.fixture(scope="session")
def visits(browser: Browser, site: str) -> Visits:
    return Visits(browser, site)


def _visit(visits: Visits) -> Iterator[Visit]:
    visit = Visit(visits)
    yield visit
    try:
        visit.check()
    finally:
        visit.close()


visit = pytest.fixture(_visit)
#: For tests that can share a page: to open one takes a second of the processor.
long_visit = pytest.fixture(_visit, scope="module")


@pytest.fixture
def explorer(visit: Visit):
    """Return the convolution explorer on the page of its chapter."""
    from . import explorer  # which needs this file

    return explorer.ready(visit.open(explorer.PAGE))


#: True when every formula of the page is set; a page may have none.
FORMULAS_DRAWN = """() => !document.querySelector("script[src*='load-mathjax.js']")
  || document.documentElement.dataset.formulas === "drawn" """


#: No colour is on its way to another: what moves, other than without end, is at its end.
STILL = """() => {
  for (const moving of document.getAnimations()) {
    if (moving.effect.getComputedTiming().endTime !== Infinity) moving.finish();
  }
}"""
#: A page without a choice of theme follows the system at once.
IN_SCHEME = "scheme => (document.documentElement.dataset.theme ?? scheme) === scheme"


#: What the page shows has come: its files, its fonts, its pictures but those far below.
COME = """() => document.readyState === "complete" && document.fonts.status === "loaded"
  && [...document.images].every((image) => image.complete || image.loading === "lazy")"""


def settled(page: Page) -> None:
    """Wait until what the page fetches by itself is there, and its formulas are drawn."""
    page.wait_for_function(COME)
    page.wait_for_function(FORMULAS_DRAWN)


def pages() -> list[str]:
    """Return every page of the built book, as a path from its root."""
    return sorted(
        str(path.relative_to(SITE).as_posix())
        for path in SITE.rglob("*.html")
        if not {"_static", "_sources", "lite", "slides"} & set(path.relative_to(SITE).parts)
    )
