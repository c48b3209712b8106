"""Python for the browser (Pyodide): where the built site gets it, and a copy beside the book.

    python tools/pyodide.py            downloads it from where the site gets it now (make offline)
    python tools/pyodide.py FOLDER     takes it from a folder that holds pyodide.mjs

With a copy the built site in _build/html asks no other host: the cells of the chapters and
JupyterLite use it. Packages are held against the digests of Pyodide's own lock.
"""

import hashlib
import json
import re
import shutil
import sys
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from tools.project import ROOT

SITE = ROOT / "_build" / "html"
ENTRY = "pyodide.mjs"
LOCK = "pyodide-lock.json"
#: What chapters import, and what JupyterLite asks for besides (a folder may lack that).
PACKAGES = ("numpy", "matplotlib")
LITE_PACKAGES = ("micropip", "ipython", "jedi", "traitlets", "tqdm", "threadpoolctl")
#: Of a page's settings and of JupyterLite's, from the root of the site.
SETTINGS = Path("_static") / "python" / "settings.json"
LITE_SETTINGS = Path("lite") / "jupyter-lite.json"
#: Says to readers from where it comes.
RUN_PAGE = Path("book") / "run.html"
LITE_KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
COPY = Path("_static") / "pyodide"


def core_files(entry: str) -> list[str]:
    """Return the files that ``pyodide.mjs``, given as text, starts with."""
    names = set(re.findall(r"\bpyodide\.asm\.m?js\b", entry))
    return [ENTRY, *sorted(names), "pyodide.asm.wasm", "python_stdlib.zip", LOCK]


def package_files(lock: dict[str, Any], wanted: Iterable[str]) -> dict[str, str]:
    """Return file and digest of each package, and of those that it needs."""
    known, found, waiting = lock["packages"], {}, list(wanted)
    while waiting:
        package = known.get(waiting.pop())
        if package and package["file_name"] not in found:
            found[package["file_name"]] = package["sha256"]
            waiting += package["depends"]
    return found


def put(read: Callable[[str], bytes], target: Path) -> int:
    """Write Pyodide and the packages to a folder; return the bytes of what a page starts with."""
    target.mkdir(parents=True, exist_ok=True)
    started = 0
    for name in core_files(read(ENTRY).decode("utf-8")):
        content = read(name)
        (target / name).write_bytes(content)
        started += len(content)
    lock = json.loads((target / LOCK).read_text(encoding="utf-8"))
    needed = package_files(lock, PACKAGES)
    for name, digest in {**needed, **package_files(lock, LITE_PACKAGES)}.items():
        try:
            content = read(name)
        except FileNotFoundError:
            if name in needed:
                raise
            print(f"{name} is not there: JupyterLite takes the site's own wheel, if there is one")
            known = lock["packages"].items()
            lock["packages"] = {key: each for key, each in known if each["file_name"] != name}
            (target / LOCK).write_text(json.dumps(lock), encoding="utf-8")
            continue
        if (got := hashlib.sha256(content).hexdigest()) != digest:
            raise SystemExit(f"{name} has the digest {got}, the lock of Pyodide says {digest}")
        (target / name).write_bytes(content)
        if name == lock["packages"]["numpy"]["file_name"]:
            started += len(content)
    return started


def point(site: Path, address: str, for_lite: str, megabytes: int | None = None) -> None:
    """Name the address of Pyodide to cells and JupyterLite, each as seen from its settings.

    The page on running the code says from where it comes.
    """
    path = site / SETTINGS
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["pyodide"] = address
    settings["megabytes"] = megabytes or settings["megabytes"]
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    page = site / RUN_PAGE
    host = urlsplit(address).netloc or "this site"
    html = re.sub(r'(<span class="pyodide-host">)[^<]*', rf"\g<1>{host}", page.read_text("utf-8"))
    page.write_text(html, encoding="utf-8")
    path = site / LITE_SETTINGS
    settings = json.loads(path.read_text(encoding="utf-8"))
    plugins = settings["jupyter-config-data"].setdefault("litePluginSettings", {})
    kernel = plugins.setdefault(LITE_KERNEL, {})
    kernel["pyodideUrl"] = for_lite
    if "://" not in for_lite:  # what the site has not is not asked of the Python Package Index
        kernel["disablePyPIFallback"] = True
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")


def beside_the_book(site: Path, folder: Path | None = None) -> None:
    """Put a copy into the built site, from a folder or from where the site gets Pyodide now."""
    source = json.loads((site / SETTINGS).read_text(encoding="utf-8"))["pyodide"]
    if folder is None and "://" not in source:
        print("Pyodide is beside the book already")
        return

    def read(name: str) -> bytes:
        if folder is not None:
            return (folder / name).read_bytes()
        with urllib.request.urlopen(urljoin(source, name)) as answer:
            return answer.read()

    target = site / COPY
    shutil.rmtree(target, ignore_errors=True)
    started = put(read, target)
    inside = f"pyodide/{ENTRY}"
    point(site, f"../{inside}", f"./../_static/{inside}", round(started / 1e6))
    total = sum(path.stat().st_size for path in target.iterdir()) / 1e6
    print(f"Pyodide is in {target}: {total:.0f} MB")


if __name__ == "__main__":
    beside_the_book(SITE, Path(sys.argv[1]) if sys.argv[1:] else None)
