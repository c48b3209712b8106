"""MNIST: the real files if they are there, and every way in which a file can be wrong."""

import gzip
import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from cnnlib.data import load_mnist, mnist
from cnnlib.data.mnist import File, mnist_folder
from cnnlib.nn.evaluation import evaluate
from cnnlib.widgets import DrawDigit

ROOT = Path(__file__).parent.parent.parent
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 28, 28)).astype(np.uint8)
LABELS = (np.arange(30) % 10).astype(np.uint8)


@pytest.fixture(scope="module")
def real() -> Path:
    """The folder with the real files: beside the repository, or where CNNLIB_DATA says."""
    for folder in (ROOT.parent / "shared" / "mnist", mnist_folder()):
        if any(folder.glob("train-images-idx3-ubyte*")):
            return folder
    pytest.skip("the MNIST files are neither in ../shared/mnist nor in CNNLIB_DATA")


def test_the_real_files_are_what_everybody_has(real):
    images, labels = load_mnist(real, split="train")
    assert images.shape == (60_000, 1, 28, 28)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    # the mean and deviation with which everybody normalises MNIST, and the count of each digit
    assert images.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert images.std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-5)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(labels).tolist() == counts
    test_images, test_labels = load_mnist(real, split="test")
    assert test_images.shape == (10_000, 1, 28, 28)
    assert test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert (images.min(), images.max()) == (0, 1)


def test_the_shipped_network_of_28x28_reads_the_test_digits(real):
    """With the weights that the page has: whole numbers of 8 bits. Its goal is 98 %."""
    evaluation = evaluate(DrawDigit(reader="28").model, *load_mnist(real, split="test"))
    assert 100 * evaluation.accuracy == pytest.approx(99.06, abs=0.05)


# --- small files in the place of the real ones ------------------------------------------------


@pytest.fixture
def contents(monkeypatch) -> dict[str, bytes]:
    """Four small IDX files, made the known ones."""
    bytes_of, parts = {}, {}
    for part, short, chosen in (
        ("train", "train", slice(0, 20)),
        ("test", "t10k", slice(20, 30)),
    ):
        images, labels = IMAGES[chosen], LABELS[chosen]
        count = len(labels).to_bytes(4, "big")
        size = (28).to_bytes(4, "big")
        pair = (
            (f"{short}-images-idx3-ubyte", b"\0\0\x08\x03" + count + size * 2 + images.tobytes()),
            (f"{short}-labels-idx1-ubyte", b"\0\0\x08\x01" + count + labels.tobytes()),
        )
        bytes_of |= dict(pair)
        parts[part] = tuple(File(n, len(b), hashlib.sha256(b).hexdigest()) for n, b in pair)
    monkeypatch.setattr(mnist, "PARTS", parts)
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))  # nobody is there
    return bytes_of


@pytest.fixture
def folder(tmp_path, contents) -> Path:
    for name, content in contents.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    return tmp_path


NAME = "train-images-idx3-ubyte"


def test_packed_and_plain_files_give_the_same(folder, contents):
    for plain in (False, True):
        if plain:
            for name, content in contents.items():
                (folder / f"{name}.gz").unlink()
                (folder / name).write_bytes(content)
        images, labels = load_mnist(folder)
        assert np.array_equal(images[:, 0], IMAGES.astype(np.float32) / np.float32(255))
        assert np.array_equal(labels, LABELS)
        for split, chosen in (("train", slice(0, 20)), ("test", slice(20, 30))):
            images, labels = load_mnist(str(folder), split=split)
            assert images.shape == (len(LABELS[chosen]), 1, 28, 28)
            assert np.array_equal(labels, LABELS[chosen])


def broken_files(content: bytes, packed: bytes) -> dict[str, tuple[bytes, str]]:
    other = bytearray(content)
    other[100] ^= 1
    swapped = bytearray(packed)
    swapped[len(packed) // 2] ^= 0xFF
    return {
        "empty": (b"", "truncated: 0 of 15,696 bytes"),
        "cut in the middle": (packed[: len(packed) // 2], "truncated or no gzip file"),
        "cut in the header": (packed[:5], "truncated or no gzip file"),
        "without its last bytes": (packed[:-3], "truncated or no gzip file"),
        "half written, then zeros": (
            packed[: len(packed) // 2] + bytes(len(packed) // 2),
            "truncated or no gzip file",
        ),
        "one byte damaged": (bytes(swapped), "cannot be used"),
        "an error page": (b"<html>404 Not Found</html>", "truncated or no gzip file"),
        "plain bytes in a .gz": (content, "truncated or no gzip file"),
        "shorter data": (gzip.compress(content[:-1]), "truncated: 15,695 of 15,696 bytes"),
        "another file of that size": (gzip.compress(bytes(other)), "not the published ones"),
        "longer data": (gzip.compress(content + b"\0"), "more than the 15,696 bytes it should"),
        "rubbish behind it": (packed + b"rubbish", "truncated or no gzip file"),
    }


@pytest.mark.parametrize("case", broken_files(b"0" * 200, b"1" * 200))
def test_a_broken_file_is_named_and_never_read(folder, contents, case):
    path = folder / f"{NAME}.gz"
    content, message = broken_files(contents[NAME], path.read_bytes())[case]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_mnist(folder)
    assert str(path) in str(caught.value)
    assert "elete it, then call load_mnist(download=True)" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b[:-7], "truncated: 15,689 of 15,696 bytes"),
        (lambda b: b + b"\0", "more than"),
        (lambda b: bytes(len(b)), "not the published ones"),
    ],
)
def test_a_broken_plain_file_is_named_too(folder, contents, change, message):
    (folder / f"{NAME}.gz").unlink()
    (folder / NAME).write_bytes(change(contents[NAME]))
    with pytest.raises(ValueError, match=message):
        load_mnist(folder)


def test_a_gzip_bomb_is_cut_off(folder):
    """200 MB of zeros in 200 KB: only as much is unpacked as the file should hold."""
    import tracemalloc

    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    (folder / f"{NAME}.gz").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than"):
        load_mnist(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_missing_file_says_what_to_do(folder):
    (folder / f"{NAME}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"is not in .*load_mnist\(download=True\)"):
        load_mnist(folder)


def test_where_it_looks(folder, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("CNNLIB_DATA", str(folder))
    assert load_mnist(split="test")[0].shape == (10, 1, 28, 28)
    other = tmp_path_factory.mktemp("data")
    (other / "mnist").symlink_to(folder)
    monkeypatch.setenv("CNNLIB_DATA", str(other))
    assert load_mnist(split="test")[0].shape == (10, 1, 28, 28)
    monkeypatch.delenv("CNNLIB_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(other))
    assert mnist_folder() == other / "cnnlib" / "mnist"
    monkeypatch.delenv("XDG_CACHE_HOME")
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr("sys.platform", platform)
        assert mnist_folder().parts[-2:] == ("cnnlib", "mnist")


# --- downloads --------------------------------------------------------------------------------


class Mirror:
    """A server on this machine that answers as it is told."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.promised: int | None = None  # a Content-Length that is not kept
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/")
                outer.asked.append(name)
                content = outer.answers.get(name)
                self.send_response(404 if content is None else 200)
                length = len(content or b"") if outer.promised is None else outer.promised
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *arguments) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def mirrors(contents, monkeypatch):
    pair = Mirror(), Mirror()
    for mirror in pair:
        mirror.answers = {f"{n}.gz": gzip.compress(b) for n, b in contents.items()}
    monkeypatch.setattr(mnist, "MIRRORS", tuple(mirror.url for mirror in pair))
    yield pair
    for mirror in pair:
        mirror.server.shutdown()
        mirror.server.server_close()


def test_download_only_when_asked_and_only_what_is_missing(tmp_path, mirrors, capsys):
    target = tmp_path / "new" / "folder"
    with pytest.raises(FileNotFoundError):
        load_mnist(target)
    assert mirrors[0].asked == []
    assert not target.exists()
    images, labels = load_mnist(target, download=True)
    assert np.array_equal(labels, LABELS)
    assert len(images) == 30
    assert len(mirrors[0].asked) == 4
    assert mirrors[1].asked == []
    assert "train-images-idx3-ubyte.gz" in capsys.readouterr().err
    load_mnist(target, download=True)
    assert len(mirrors[0].asked) == 4, "what is there is not fetched again"
    (target / f"{NAME}.gz").write_bytes(b"broken")
    load_mnist(target, download=True)
    assert mirrors[0].asked[4:] == [f"{NAME}.gz"]
    assert sorted(path.suffix for path in target.iterdir()) == [".gz"] * 4


BAD_ANSWERS = {
    "nothing there": (None, None),
    "another file": (gzip.compress(bytes(15_696)), None),
    "truncated": (gzip.compress(bytes(15_696))[:20], None),
    "a connection that ends early": (b"half of it", 10_000),
    "an endless answer": (bytes(1_000_000), None),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_the_second_mirror_helps_out(tmp_path, mirrors, case):
    content, mirrors[0].promised = BAD_ANSWERS[case]
    for name in mirrors[0].answers:
        mirrors[0].answers[name] = content
    assert np.array_equal(load_mnist(tmp_path, download=True)[1], LABELS)
    assert len(mirrors[1].asked) == 4
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gz"] * 4


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_if_no_mirror_delivers_nothing_is_left_behind(tmp_path, mirrors, case):
    (tmp_path / f"{NAME}.gz").write_bytes(b"old and broken")
    for mirror in mirrors:
        content, mirror.promised = BAD_ANSWERS[case]
        mirror.answers = dict.fromkeys(mirror.answers, content)
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        load_mnist(tmp_path, download=True)
    assert all(mirror.url in str(caught.value) for mirror in mirrors)
    if case == "a connection that ends early":
        assert "ended after 10 of 10,000 bytes" in str(caught.value)
    assert os.listdir(tmp_path) == [f"{NAME}.gz"]  # noqa: PTH208
    assert (tmp_path / f"{NAME}.gz").read_bytes() == b"old and broken"


def test_no_mirror_at_all(tmp_path, contents):
    with pytest.raises(OSError, match="by hand"):
        load_mnist(tmp_path, download=True)


def test_download_needs_no_tqdm(tmp_path, mirrors, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    load_mnist(tmp_path, download=True)
    assert "downloading train-images" in capsys.readouterr().err


def test_wrong_calls_are_refused():
    with pytest.raises(ValueError, match="split must be"):
        load_mnist(split="validation")
    with pytest.raises(TypeError, match="download must be True or False"):
        load_mnist(download="yes")


# --- where people have them, and where a download must not wait or write ----------------------


@pytest.mark.parametrize("place", ["{dotted}", "{name}/{name}", "{dotted}/{dotted}", "{dotted}.gz"])
def test_the_names_of_other_collections_are_found(tmp_path, contents, place):
    for name, content in contents.items():
        path = tmp_path / place.format(name=name, dotted=name.replace("-idx", ".idx"))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    assert np.array_equal(load_mnist(tmp_path)[1], LABELS)


def test_another_data_set_of_these_names_is_named_and_never_replaced(folder, contents, mirrors):
    path = folder / f"{NAME}.gz"
    fashion = gzip.compress(contents[NAME][:16] + bytes(len(contents[NAME]) - 16))
    path.write_bytes(fashion)
    with pytest.raises(ValueError, match="Fashion-MNIST: name a folder of its own"):
        load_mnist(folder, download=True)
    assert path.read_bytes() == fashion


def test_a_mirror_that_drips_meets_a_deadline(tmp_path, mirrors, monkeypatch):
    monkeypatch.setattr(mnist, "DEADLINE", 0)
    with pytest.raises(OSError, match="bytes came in 0 s"):
        load_mnist(tmp_path, download=True)
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_is_a_file_or_read_only_is_named(tmp_path, contents, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="root must be a folder, got the file"):
        load_mnist(tmp_path / "file", download=True)
    with pytest.raises(OSError, match=r"cannot take the files.*Name another folder"):
        load_mnist(tmp_path / "file" / "below", download=True)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(OSError, match=r"read-only. Name another folder"):
        load_mnist(tmp_path, download=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_downloaded_files_follow_the_umask(tmp_path, mirrors):
    before = os.umask(0o022)
    try:
        load_mnist(tmp_path, download=True)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}
