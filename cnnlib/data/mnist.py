"""MNIST: read from the four files that everybody has, or downloaded when asked, always checked.

A file is used only if its unpacked bytes have the published digest. So a file that is truncated,
half written or another one gives an error that says which file and what to do, never an array.
"""

import gzip
import hashlib
import os
import sys
import time
import zlib
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import IO, Literal, NamedTuple
from urllib.request import urlopen

import numpy as np

from cnnlib._checks import check_flag
from cnnlib._files import write_whole
from cnnlib._progress import NoBar, bar

#: Where the files are published since their first home is closed; torchvision uses the first.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

#: Seconds that one file may take to arrive from one mirror: the largest has 10 MB.
DEADLINE = 600


class OtherDataError(ValueError):
    """A sound file that is not MNIST's: it is never replaced."""


class File(NamedTuple):
    """One of the four files: its name, and size and digest of its unpacked bytes."""

    name: str
    size: int
    sha256: str


#: Images and labels of each part. The IDX header has 16 bytes in a file of images, 8 in one of
#: labels.
PARTS = {
    "train": (
        File(
            "train-images-idx3-ubyte",
            16 + 60_000 * 28 * 28,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        File(
            "train-labels-idx1-ubyte",
            8 + 60_000,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    ),
    "test": (
        File(
            "t10k-images-idx3-ubyte",
            16 + 10_000 * 28 * 28,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        File(
            "t10k-labels-idx1-ubyte",
            8 + 10_000,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
}


def load_mnist(
    root: str | os.PathLike | None = None,
    download: bool = False,
    split: Literal["train", "test", "all"] = "all",
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 70,000 handwritten digits of MNIST as images and labels.

    Images have the shape (N, 1, 28, 28), float32 in [0, 1]; labels have the shape (N,), int64.

    Parameters
    ----------
    root : folder with the four IDX files, gzipped (``….gz``) or not, also with a dot in their names
        (``train-images.idx3-ubyte``) or each in a folder of its name. Default the folder that the
        environment variable ``CNNLIB_DATA`` names, or its folder ``mnist``; without the variable a
        folder in the user's cache.
    download : fetch the files that are missing or broken (11 MB), into that folder. Default False:
        the network is never used.
    split : ``"train"`` (60,000), ``"test"`` (10,000) or ``"all"``, the default.

    Raises ``FileNotFoundError`` where a file is missing, ``ValueError`` where one is truncated or
    not the published one, ``OSError`` where no mirror could deliver or the folder is none.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits", 1998.

    >>> load_mnist("nowhere")
    Traceback (most recent call last):
    FileNotFoundError: train-images-idx3-ubyte or train-images-idx3-ubyte.gz is not in nowhere:
    call load_mnist(download=True), or name the folder that has it by root or CNNLIB_DATA
    """
    check_flag(download, "download")
    if split not in ("train", "test", "all"):
        raise ValueError(f"split must be 'train', 'test' or 'all', got {split!r}")
    folder = mnist_folder(root)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"root must be a folder, got the file {folder}")
    images, labels = [], []
    for part in PARTS if split == "all" else (split,):
        image_file, label_file = PARTS[part]
        images.append(_read_or_download(folder, image_file, download, header=16))
        labels.append(_read_or_download(folder, label_file, download, header=8))
    pixels = np.concatenate(images).reshape(-1, 1, 28, 28)
    return pixels.astype(np.float32) / np.float32(255), np.concatenate(labels).astype(np.int64)


def mnist_folder(root: str | os.PathLike | None = None) -> Path:
    """Return the folder in which `load_mnist` looks.

    >>> mnist_folder("digits").name
    'digits'
    """
    if root is not None:
        return Path(root).expanduser()
    if "CNNLIB_DATA" in os.environ:
        named = Path(os.environ["CNNLIB_DATA"]).expanduser()
        return named / "mnist" if (named / "mnist").is_dir() else named
    if "XDG_CACHE_HOME" in os.environ:
        cache = Path(os.environ["XDG_CACHE_HOME"])
    elif sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path.home() / ".cache"
    return cache / "cnnlib" / "mnist"


def _read_or_download(folder: Path, file: File, download: bool, header: int) -> np.ndarray:
    """Return the bytes after the header."""
    try:
        content = _read(folder, file)
    except OtherDataError:
        raise
    except (FileNotFoundError, ValueError):
        if not download:
            raise
        _download(folder, file)
        content = _read(folder, file)
    return np.frombuffer(content, np.uint8, offset=header)


def _read(folder: Path, file: File) -> bytes:
    """Return the unpacked bytes of a file, checked."""
    dotted = file.name.replace("-idx", ".idx")  # as in some collections
    for name in (file.name, dotted, f"{file.name}/{file.name}", f"{dotted}/{dotted}"):
        packed, plain = folder / f"{name}.gz", folder / name
        if packed.is_file():
            with packed.open("rb") as stream:
                return _unpack(packed, stream, file)
        if plain.is_file():
            with plain.open("rb") as stream:
                return _check(plain, stream.read(file.size + 1), file)
    raise FileNotFoundError(
        f"{file.name} or {file.name}.gz is not in {folder}: call load_mnist(download=True), or "
        "name the folder that has it by root or CNNLIB_DATA"
    )


def _unpack(path: Path | str, packed: IO[bytes], file: File) -> bytes:
    """Return the unpacked bytes of a gzipped file; what is beyond its size is never unpacked."""
    try:
        with gzip.open(packed) as stream:
            content = stream.read(file.size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(_broken(path, f"it is truncated or no gzip file ({error})")) from None
    return _check(path, content, file)


def _check(path: Path | str, content: bytes, file: File) -> bytes:
    """Return `content` if it is that of `file`."""
    if len(content) < file.size:
        found = f"it is truncated: {len(content):,} of {file.size:,} bytes"
        raise ValueError(_broken(path, found))
    if len(content) > file.size:
        raise ValueError(_broken(path, f"it holds more than the {file.size:,} bytes it should"))
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        found = f"its bytes are not the published ones (SHA-256 {digest[:12]}…)"
        if content[:4] in (b"\0\0\x08\x01", b"\0\0\x08\x03"):
            raise OtherDataError(
                f"{path} cannot be used: {found}. It may be of another data set with the same file "
                "names, such as Fashion-MNIST: name a folder of its own for MNIST by root. If not, "
                "delete it, then call load_mnist(download=True)"
            )
        raise ValueError(_broken(path, found))
    return content


def _broken(path: Path | str, found: str) -> str:
    return f"{path} cannot be used: {found}. Delete it, then call load_mnist(download=True)"


def _download(folder: Path, file: File) -> None:
    """Fetch one file from the first mirror that delivers it whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError("it is read-only")
    except OSError as error:
        raise OSError(
            f"{folder} cannot take the files: {error}. Name another folder by root or CNNLIB_DATA"
        ) from None
    failures = []
    for mirror in MIRRORS:
        url = f"{mirror}{file.name}.gz"
        try:
            packed = _fetch(url, limit=file.size + 65_536)  # a gzip never grows more than that
            _unpack(url, BytesIO(packed), file)
        except (OSError, HTTPException, ValueError) as error:
            failures.append(f"{url}: {error}")
            continue
        write_whole(folder / f"{file.name}.gz", packed)
        return
    told = "\n".join(failures)
    raise OSError(
        f"{file.name}.gz could not be downloaded:\n{told}\nPut the four files into {folder} by "
        "hand, or name the folder that has them by root or CNNLIB_DATA"
    )


def _fetch(url: str, limit: int) -> bytes:
    """Return what `url` answers, at most `limit` bytes, with a progress bar.

    It stays in memory until it is checked: a process that is ended leaves no half file.
    """
    end = time.monotonic() + DEADLINE
    blocks = []
    with urlopen(url, timeout=30) as answer:
        total = int(answer.headers.get("Content-Length", 0))
        told = _bar(url.rpartition("/")[2], total)
        try:
            received = 0
            while block := answer.read1(1 << 16):  # what has come; `read` would wait for all of it
                received += len(block)
                if received > limit:
                    raise ValueError(f"the answer is longer than {limit:,} bytes")
                if time.monotonic() > end:
                    raise TimeoutError(f"only {received:,} bytes came in {DEADLINE} s")
                blocks.append(block)
                told.update(len(block))
        finally:
            told.close()
    if received < total:
        raise OSError(f"the connection ended after {received:,} of {total:,} bytes")
    return b"".join(blocks)


def _bar(name: str, total: int) -> NoBar:
    """Return a progress bar; without tqdm, none: a download is no reason to fail."""
    try:
        return bar(desc=name, total=total or None, unit="B", unit_scale=True)
    except ImportError:
        print(f"downloading {name}", file=sys.stderr)
        return NoBar()
