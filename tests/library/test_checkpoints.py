"""Files of a training run keep everything; broken, crafted and foreign ones are refused."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
from small_run import bits, build

from cnnlib import (
    SGD,
    Adam,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    Residual,
    Sequential,
    fit,
    load,
    save,
)


def test_a_file_keeps_everything(data, validation, tmp_path):
    model = build()
    optimizer = Adam(model.parameters())
    history = fit(
        model, data, 2, 32, optimizer, validation=validation, patience=2, keep_weights=True
    )
    save(tmp_path / "run.npz", model, optimizer, history)
    other = build(seed=4)
    theirs = Adam(other.parameters())
    read = load(str(tmp_path / "run.npz"), other, theirs)
    assert bits(other, read) == bits(model, history)
    assert read.seconds == history.seconds
    assert read.settings == history.settings
    for one, two in zip(read.weights, history.weights, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert sorted(theirs.state()) == sorted(optimizer.state())
    with np.load(tmp_path / "run.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind != "O" for name in file.files)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_a_file_says_what_its_layers_are(tmp_path):
    save(tmp_path / "model.npz", Sequential(build(), Residual(BatchNorm2d(3, eps=0.1))))
    with np.load(tmp_path / "model.npz") as file:
        layers = json.loads(str(file["layers"]))
    names = [type(layer).__name__ for layer in build()]
    assert [layer["name"] for layer in layers] == [*names, "Residual"]
    first = next(layer for layer in layers if layer["name"] == "Conv2d")
    assert (first["channels"], first["kernel_size"], first["groups"]) == (3, [3, 3], 1)
    save(tmp_path / "norm.npz", Sequential(BatchNorm2d(3, eps=0.1)))
    with np.load(tmp_path / "norm.npz") as file:
        assert json.loads(str(file["layers"]))[0]["eps"] == 0.1


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Sequential(Linear(3, 2)), "holds 4 parameters, but the model has 2"),
        (
            Sequential(Conv2d(1, 5, 3), Flatten(), Linear(48, 10)),
            r"parameter 0 has shape \(3, 1, 3, 3\)",
        ),
        (Sequential(Conv2d(1, 3, 3), Linear(48, 10, dtype=np.float64)), "dtype float64"),
        (Sequential(Conv2d(1, 3, 3), Linear(48, 10)), "1 Dropout layers, the model has 0"),
    ],
)
def test_another_network_is_refused_and_left_alone(tmp_path, other, message):
    save(tmp_path / "model.npz", build())
    before = [p.value.copy() for p in other.parameters()]
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "model.npz", other)
    after = [p.value for p in other.parameters()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_another_optimizer_is_refused(data, tmp_path):
    model = build()
    optimizer = SGD(model.parameters(), momentum=0.9)
    history = fit(model, data, 1, optimizer=optimizer)
    path = tmp_path / "run.npz"
    save(path, model, optimizer, history)
    with pytest.raises(ValueError, match="optimizer SGD, but optimizer is an Adam"):
        load(path, model, Adam(model.parameters()))
    with pytest.raises(ValueError, match="over 2 parameters"):
        load(path, model, SGD(model.parameters()[:2], momentum=0.9))
    save(path, model)
    with pytest.raises(ValueError, match="optimizer none"):
        load(path, model, optimizer)


def test_broken_files_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    save(path, build())
    whole = path.read_bytes()
    for broken in (b"", b"hello", whole[:-100], whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"model\.npz is no "):
            load(path, build())
    path.write_bytes(whole)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz", build())
    np.savez(path, weight=np.ones(3))
    with pytest.raises(ValueError, match="format"):
        load(path, build())
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(ValueError, match="format"):
        load(tmp_path / "one.npy", build())


class Boom:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_a_pickle_is_not_executed(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, format=np.array([Boom()], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        load(path, build())


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save(path, build())
    before = path.read_bytes()
    monkeypatch.setattr(np, "savez", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(path, build(seed=3))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model.npz"]


def test_load_gives_the_learning_rate_back(tmp_path):
    model = build()
    optimizer = SGD(model.parameters(), lr=0.25)
    save(tmp_path / "run.npz", model, optimizer)
    other = SGD(model.parameters(), lr=0.1)
    load(tmp_path / "run.npz", model, other)
    assert other.lr == 0.25


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask, and links need rights")
def test_a_file_follows_the_umask_and_a_link_stays_one(tmp_path):
    before = os.umask(0o027)
    try:
        save(tmp_path / "real.npz", build())
    finally:
        os.umask(before)
    assert (tmp_path / "real.npz").stat().st_mode & 0o777 == 0o640
    (tmp_path / "link.npz").symlink_to(tmp_path / "real.npz")
    save(tmp_path / "link.npz", build(seed=5))
    assert (tmp_path / "link.npz").is_symlink()
    other = build()
    load(tmp_path / "real.npz", other)
    assert np.array_equal(other.layers[0].weight.value, build(seed=5).layers[0].weight.value)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*missing"):
        save(tmp_path / "missing" / "model.npz", build())


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save(path, build())
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        save(path, build(seed=3))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model.npz"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory, data):
    """A file with all that `save` can put into one, and what it takes to load it."""
    model = Sequential(Flatten(), Dropout(0.2, rng=0), Linear(64, 10, bias=False, rng=0))
    optimizer = Adam(model.parameters())
    history = fit(model, data, 1, 100, optimizer, validation=data)
    path = tmp_path_factory.mktemp("saved") / "run.npz"
    save(path, model, optimizer, history)
    return path.read_bytes(), model, optimizer


def test_three_thousand_damaged_files_are_refused_or_read(saved, tmp_path):
    whole, model, optimizer = saved
    path, rng, refused = tmp_path / "run.npz", np.random.default_rng(0), 0
    for number in range(3000):
        broken = bytearray(whole)
        kind = number % 3
        tail = len(whole) // 4 if number % 2 else len(whole)  # the directory is at the end
        for place in len(whole) - 1 - rng.integers(0, tail, 1 + number % 5):
            if kind == 0:
                broken[place] = rng.integers(256)
            elif kind == 1:
                broken[place : place + 8] = bytes(8)
            else:
                del broken[place:]
        path.write_bytes(broken)
        try:
            load(path, model, optimizer)
        except ValueError:
            refused += 1
    assert refused > 2500


@pytest.mark.parametrize(
    "crafted",
    [
        {"history.more": '{"snapshots": 1000000000000000000}'},
        {"history.more": "[" * 100_000},
        {"history.loss": np.array(["a", "b"])},
        {"history.loss": np.array(1.0)},
        {"optimizer.steps.0": np.array([1, 2])},
        {"optimizer.steps.0": np.array("x")},
        {"optimizer.x": np.array(1)},
        {"dropout.0": np.array('{"bit_generator": "PCG64", "state": 3}')},
        {"lr": np.array([1.0, 2.0])},
        {"lr": np.array(np.nan)},
        {"parameter.0": np.array("hello")},
    ],
    ids=[*map(str, range(11))],
)
def test_crafted_files_are_refused(saved, tmp_path, crafted):
    whole, model, optimizer = saved
    with np.load(io.BytesIO(whole)) as content:
        stored = dict(content)
    if "snapshots" in str(crafted):
        more = json.loads(str(stored["history.more"])) | {"snapshots": 10**18}
        crafted = {"history.more": json.dumps(more)}
    np.savez(tmp_path / "run.npz", **(stored | crafted))
    before = [p.value.copy() for p in model.parameters()]
    with pytest.raises(ValueError, match=r"run\.npz"):
        load(tmp_path / "run.npz", model, optimizer)
    after = [p.value for p in model.parameters()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_headers_that_promise_too_much_and_compressed_files_are_refused(saved, tmp_path):
    _, model, optimizer = saved
    path = tmp_path / "run.npz"
    header = io.BytesIO()
    promise = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, promise)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("format.npy", header.getvalue())
    with pytest.raises(ValueError, match="no complete file"):
        load(path, model, optimizer)
    np.savez_compressed(path, format=np.array("cnnlib 1"))
    with pytest.raises(ValueError, match="compressed"):
        load(path, model)
