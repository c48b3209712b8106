"""Any Chrome or Chromium of this machine, and a server of a folder for it.

Tests, tools and benchmarks use it. CNNLIB_BROWSER names another browser than the first one found.
"""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

#: First the one without a desktop's windows, which Debian has: a third less work.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # in a container that place is small, and a full one ends the page
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def find_browser() -> str | None:
    """Return the path of the browser, or None where there is none."""
    named = os.environ.get("CNNLIB_BROWSER")
    if named:
        return shutil.which(named)
    places = (place for place in PLACES if Path(place).exists())
    return next((path for path in map(shutil.which, NAMES) if path), next(places, None))


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start the browser, with `more` of its command line's arguments."""
    path = find_browser()
    if path is None:
        raise SystemExit("no Chrome or Chromium found; CNNLIB_BROWSER can name one")
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, handler: type[Quiet] = Quiet) -> Iterator[str]:
    """Serve a folder on this machine; give its address, without a slash at its end."""
    made = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), made) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
