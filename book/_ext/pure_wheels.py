"""The Python of installed packages, for a browser: as files, and as wheels that this site serves.

A compiled package such as psygnal has the same Python beside its machine code, and runs without.
"""

import base64
import hashlib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

#: What widgets and progress bars need, and Pyodide may lack; the same everywhere.
PACKAGES = (
    "anywidget",
    "comm",
    "ipywidgets",
    "psygnal",
    "threadpoolctl",
    "tqdm",
    "traitlets",
    "typing_extensions",
)
WHEEL = "Wheel-Version: 1.0\nGenerator: pure_wheels\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def python_files(name: str) -> dict[str, Path]:
    """Return the Python files of an installed package and its metadata, each by its place."""
    found = distribution(name)
    files = {}
    for file in found.files or []:
        # packages ask for their own version; whoever gives them on must give the licence, too
        told = file.match("*.dist-info/METADATA") or file.match("*.dist-info/licenses/*")
        python = file.suffix == ".py" and "test" not in str(file.parent)
        if (told or python) and ".." not in file.parts:
            files[file.as_posix()] = Path(str(found.locate_file(file)))
    return files


def write_wheel(name: str, folder: Path) -> Path:
    """Write a wheel of an installed package that has Python only; the same bytes each time."""
    found = distribution(name)
    stem = f"{name}-{found.version}"
    files = {inside: path.read_bytes() for inside, path in sorted(python_files(name).items())}
    (info,) = {inside.split("/")[0] for inside in files if inside.endswith(".dist-info/METADATA")}
    files[f"{info}/WHEEL"] = WHEEL.encode()
    rows = [f"{inside},{_digest(content)},{len(content)}" for inside, content in files.items()]
    record = f"{info}/RECORD"
    files[record] = "\n".join([*rows, f"{record},,", ""]).encode()
    target = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for inside, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside), content, zipfile.ZIP_DEFLATED)
    return target


def _digest(content: bytes) -> str:
    """Return a digest as the RECORD of a wheel has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}"
