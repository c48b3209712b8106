"""Training: the path that PyTorch takes; what happens when it is stopped, resumed or diverges."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pytest

from cnnlib import (
    SGD,
    Adam,
    Conv2d,
    DivergedError,
    Dropout,
    Flatten,
    History,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    confusion_matrix,
    evaluate,
    fit,
    load,
    save,
)
from cnnlib.data import load_digits
from cnnlib.nn.schedules import cosine
from cnnlib.nn.training import shuffled_batches


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A test run in the background of a shell ignores Ctrl-C, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def build(dtype=np.float32, seed=0, drop=0.0):
    return Sequential(
        Conv2d(1, 3, 3, padding=1, rng=seed, dtype=dtype),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Dropout(drop, rng=seed),
        Linear(3 * 4 * 4, 10, rng=seed + 1, dtype=dtype),
    )


@pytest.fixture(scope="module")
def data():
    images, labels = load_digits("train")
    return images[:200], labels[:200]


@pytest.fixture(scope="module")
def validation():
    images, labels = load_digits("test")
    return images[:90], labels[:90]


def bits(model, history):
    """All that a run leaves behind, but for the time that it took."""
    numbers = [history.loss, history.accuracy, history.validation_loss, history.lr]
    arrays = [p.value for p in model.parameters()] + history.kernels
    return [np.array(n).tobytes() for n in numbers] + [a.tobytes() for a in arrays]


OPTIMIZERS = [
    (SGD, {"lr": 0.2, "momentum": 0.9, "weight_decay": 1e-3}),
    (Adam, {"lr": 0.01, "weight_decay": 1e-3}),
]


@pytest.mark.parametrize(("kind", "keywords"), OPTIMIZERS, ids=["SGD", "Adam"])
def test_losses_are_those_of_the_same_run_in_pytorch(torch, data, kind, keywords):
    images, labels = data[0].astype(np.float64), data[1]
    model = build(np.float64)
    nn = torch.nn
    twin = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(48, 10)
    ).double()
    with torch.no_grad():
        for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(ours.value))
    theirs = getattr(torch.optim, kind.__name__)(twin.parameters(), **keywords)
    decay = torch.optim.lr_scheduler.StepLR(theirs, step_size=2, gamma=0.5)
    expected, right = [], []
    for epoch in range(4):
        total = correct = 0
        for chosen in shuffled_batches(len(images), 48, seed=5, epoch=epoch):
            x, t = torch.from_numpy(images[chosen]), torch.from_numpy(labels[chosen])
            logits = twin(x)
            loss = nn.functional.cross_entropy(logits, t)
            theirs.zero_grad()
            loss.backward()
            theirs.step()
            total += loss.item() * len(chosen)
            correct += (logits.argmax(1) == t).sum().item()
        decay.step()
        expected.append(total / len(images))
        right.append(correct / len(images))
    history = fit(
        model,
        (images, labels),
        epochs=4,
        batch_size=48,
        optimizer=kind(model.parameters(), **keywords),
        schedule=lambda epochs: keywords["lr"] * 0.5 ** (epochs // 2),
        seed=5,
    )
    np.testing.assert_allclose(history.loss, expected, rtol=1e-9)
    assert history.accuracy == right
    assert history.lr == pytest.approx([keywords["lr"] * f for f in (1, 1, 0.5, 0.5)])
    for ours, parameter in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(ours.value, parameter.detach().numpy(), rtol=1e-7, atol=1e-9)


def test_every_sample_comes_once_an_epoch_and_the_order_changes():
    first = list(shuffled_batches(10, 4, seed=3, epoch=0))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert sorted(np.concatenate(first)) == list(range(10))
    orders = {
        tuple(np.concatenate(list(shuffled_batches(10, 4, seed, epoch))))
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(orders) == 9


def test_cosine_is_that_of_pytorch(torch):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    ours = cosine(0.3, epochs=6)
    for epoch in range(7):
        assert ours(epoch) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        optimizer.step()
        theirs.step()
    assert ours(9) == 0, "after the last epoch it stays at 0"
    warm = cosine(0.3, epochs=6, warmup=2)
    assert [warm(e) for e in (0, 1, 2, 4, 6)] == pytest.approx([0, 0.15, 0.3, 0.15, 0])


def test_the_same_seed_gives_the_same_bits(data, validation):
    def run(seed):
        model = build(drop=0.2)
        return bits(model, fit(model, data, epochs=2, validation=validation, seed=seed))

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_history_says_what_happened(data, validation):
    model = build()
    before = model.layers[0].weight.value.copy()
    history = fit(model, data, epochs=3, validation=validation, keep_weights=True)
    assert history.epochs == 3
    lists = (history.loss, history.accuracy, history.validation_loss, history.seconds, history.lr)
    assert [len(each) for each in lists] == [3] * 5
    assert history.loss[-1] < history.loss[0]
    assert all(seconds > 0 for seconds in history.seconds)
    assert len(history.kernels) == len(history.weights) == 4
    assert np.array_equal(history.kernels[0], before)
    assert np.array_equal(history.kernels[-1], model.layers[0].weight.value)
    measured = evaluate(model, *validation)
    assert history.validation_loss[-1] == measured.loss
    assert history.validation_accuracy[-1] == measured.accuracy
    history.restore(model, 1)
    assert np.array_equal(history.kernels[1], model.layers[0].weight.value)
    assert evaluate(model, *validation).loss == history.validation_loss[0]
    assert not any(layer.training for layer in model), "ready for use"
    assert "3 epochs" in repr(history)
    with pytest.raises(ValueError, match="epochs 0 to 3"):
        history.restore(model, 4)


def test_evaluation_does_not_depend_on_the_block_size(data):
    model = build(np.float64, drop=0.5)
    images = data[0].astype(np.float64)
    results = [evaluate(model, images, data[1], size) for size in (1, 7, 200, 10_000)]
    for result in results[1:]:
        assert result == pytest.approx(results[0])


def test_augment_is_given_each_batch_and_a_seeded_generator(data):
    seen = []

    def noisy(images, rng):
        seen.append(rng.random())
        return images + rng.normal(0, 0.1, images.shape).astype(images.dtype)

    def run():
        model = build()
        return bits(model, fit(model, data, epochs=2, batch_size=64, augment=noisy))

    assert run() == run()
    assert len(seen) == 16
    assert len(set(seen[:8])) == 8
    assert seen[:8] == seen[8:]


# --- stopping early ---------------------------------------------------------------------------


def test_patience_stops_and_gives_back_the_best_weights(data):
    images, rng = data[0], np.random.default_rng(0)
    noise = rng.integers(0, 10, 60)  # labels without sense: sooner or later the loss must rise
    model = build()
    history = fit(
        model,
        data,
        epochs=60,
        optimizer=Adam(model.parameters(), lr=0.01),
        validation=(images[:60], noise),
        patience=3,
    )
    assert 3 < history.epochs < 60
    assert history.epochs == history.best_epoch + 3
    assert evaluate(model, images[:60], noise).loss == min(history.validation_loss)
    assert history.stopped.startswith("no smaller validation loss for 3 epochs")
    optimizer = Adam(model.parameters(), lr=0.01)
    with pytest.raises(ValueError, match="complete"):
        fit(model, data, epochs=90, optimizer=optimizer, history=history)


# --- Ctrl-C and going on ----------------------------------------------------------------------


def whole_run(data, validation, kind, keywords):
    model = build(drop=0.2)
    optimizer = kind(model.parameters(), **keywords)
    history = fit(
        model,
        data,
        epochs=4,
        optimizer=optimizer,
        schedule=cosine(0.02, 4),
        validation=validation,
        patience=4,
    )
    return bits(model, history)


@pytest.mark.parametrize(("kind", "keywords"), OPTIMIZERS, ids=["SGD", "Adam"])
@pytest.mark.parametrize("stop_at", [0, 3, 7, 10, 13])
@pytest.mark.parametrize("through_file", [False, True], ids=["same objects", "through a file"])
def test_going_on_gives_the_result_of_not_stopping(
    data, validation, tmp_path, kind, keywords, stop_at, through_file
):
    """200 samples in batches of 32 are 7 steps an epoch: within, at the end, in the first."""
    steps = 0

    def press_ctrl_c(images, rng):
        nonlocal steps
        if steps == stop_at:
            signal.raise_signal(signal.SIGINT)
        steps += 1
        return images

    settings = {"epochs": 4, "schedule": cosine(0.02, 4), "validation": validation, "patience": 4}
    model = build(drop=0.2)
    optimizer = kind(model.parameters(), **keywords)
    history = fit(model, data, optimizer=optimizer, augment=press_ctrl_c, **settings)
    assert steps == stop_at + 1, "the step under way is ended, no other is begun"
    assert history.epochs == (stop_at + 1) // 7
    assert history.stopped == f"interrupted in epoch {history.epochs + 1}"
    if through_file:
        save(tmp_path / "run.npz", model, optimizer, history)
        model = build(seed=8, drop=0.2)
        optimizer = kind(model.parameters(), **keywords)
        history = load(tmp_path / "run.npz", model, optimizer)
        assert history.stopped.startswith("interrupted")
    again = fit(model, data, optimizer=optimizer, history=history, **settings)
    assert again is history
    assert history.stopped == ""
    assert bits(model, history) == whole_run(data, validation, kind, keywords)


def test_fewer_epochs_first_and_the_rest_later(data):
    model = build()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = fit(model, data, epochs=2, optimizer=optimizer)
    fit(model, data, epochs=5, optimizer=optimizer, history=history)
    whole = build()
    optimizer = SGD(whole.parameters(), lr=0.1, momentum=0.9)
    assert bits(model, history) == bits(whole, fit(whole, data, epochs=5, optimizer=optimizer))


def test_an_interrupt_from_anywhere_keeps_model_and_history(data):
    """Not every KeyboardInterrupt is a signal: a notebook program may raise it where it likes."""
    model = build()

    def stop(history):
        if history.epochs == 2:
            raise KeyboardInterrupt

    history = fit(model, data, epochs=5, on_epoch=stop)
    assert history.epochs == 2
    assert np.array_equal(history.kernels[2], model.layers[0].weight.value)


def test_a_second_ctrl_c_insists(data):
    def press_twice(images, rng):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return images

    with pytest.raises(KeyboardInterrupt):
        fit(build(), data, augment=press_twice)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_training_in_a_thread_leaves_signals_alone(data):
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(build(), data, epochs=1)))
    thread.start()
    thread.join()
    assert results[0].epochs == 1


@pytest.mark.skipif(sys.platform == "win32", reason="one process cannot send another a Ctrl-C")
def test_ctrl_c_in_a_terminal_saves_what_was_learned(tmp_path):
    """A real process, a real signal."""
    code = (
        "import sys; from cnnlib import *; from cnnlib.data import load_digits\n"
        "model = Sequential(Flatten(), Linear(64, 10, rng=0))\n"
        "def told(history): print('epoch', flush=True)\n"
        "history = fit(model, load_digits('train'), epochs=10**6, on_epoch=told)\n"
        "save(sys.argv[1], model, history=history)\n"
        "print(history.stopped)\n"
    )
    path = tmp_path / "model.npz"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "epoch\n"
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "interrupted in epoch" in output
    assert load(path, Sequential(Flatten(), Linear(64, 10))).epochs >= 1


# --- what cannot go on ------------------------------------------------------------------------


def test_steps_that_are_too_long_stop_with_an_explanation(data):
    model = build()
    with pytest.raises(DivergedError, match=r"learning rate 1e\+30.*too long") as caught:
        fit(model, data, epochs=50, optimizer=SGD(model.parameters(), lr=1e30))
    assert isinstance(caught.value.history, History)
    assert not any(layer.training for layer in model)


def test_nan_in_an_image_stops_before_it_reaches_the_weights(data):
    images = data[0].copy()
    images[17, 0, 3, 3] = np.nan
    model = build()
    with pytest.raises(DivergedError, match="images hold NaN"):
        fit(model, (images, data[1]))
    assert all(np.isfinite(p.value).all() for p in model.parameters())


def test_infinite_weights_after_the_last_step_are_seen(data):
    """The loss is measured before a step, so the last one needs a look of its own."""
    model = build()
    optimizer = SGD(model.parameters(), lr=1e39)
    with pytest.raises(DivergedError, match="became inf"):
        fit(model, data, epochs=1, batch_size=200, optimizer=optimizer)


# --- files ------------------------------------------------------------------------------------


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


# --- the bar, the matrix, the wrong calls -----------------------------------------------------


def test_progress_is_told_on_the_terminal(data, validation, capsys):
    pytest.importorskip("tqdm")
    fit(build(), data, epochs=2, validation=validation, progress=True)
    told = capsys.readouterr().err
    assert "14/14" in told
    assert "validation accuracy" in told


def test_without_tqdm_nothing_else_fails(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    fit(build(), data, epochs=1)
    with pytest.raises(ImportError, match="needs tqdm"):
        fit(build(), data, epochs=1, progress=True)


def test_confusion_matrix_against_a_loop():
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    expected = [[sum((labels == a) & (predictions == b)) for b in range(7)] for a in range(7)]
    assert confusion_matrix(labels, predictions, classes=7).tolist() == expected
    assert confusion_matrix([], []).shape == (0, 0)


def wrong(match, error=ValueError, **keywords):
    return pytest.param(match, error, keywords, id=match)


IMAGES, LABELS = np.zeros((4, 1, 8, 8), np.float32), np.zeros(4, np.int64)


@pytest.mark.parametrize(
    ("match", "error", "keywords"),
    [
        wrong("must be a pair", TypeError, data=IMAGES),
        wrong("label for each of 4 images, got 3", data=(IMAGES, LABELS[:3])),
        wrong("got dtype uint8; divide bytes", TypeError, data=(IMAGES.astype(np.uint8), LABELS)),
        wrong("labels must hold integers", TypeError, data=(IMAGES, LABELS * 0.5)),
        wrong("N at least 1", data=(IMAGES[:0], LABELS[:0])),
        wrong("target must lie between 0 and 9", data=(IMAGES, LABELS + 10)),
        wrong("model must be a Sequential", TypeError, model=Linear(3, 2)),
        wrong("epochs must be at least 0", epochs=-1),
        wrong("epochs must be an int", TypeError, epochs=1.5),
        wrong("batch_size must be at least 1", batch_size=0),
        wrong("patience needs validation", patience=3),
        wrong("patience must be at least 1", patience=0, validation=(IMAGES, LABELS)),
        wrong("optimizer must be an SGD or Adam", TypeError, optimizer="adam"),
        wrong("another model's", optimizer=Adam(Linear(3, 2).parameters())),
        wrong("got nan at epoch 0.00", schedule=lambda epoch: np.nan),
        wrong("progress must be True or False", TypeError, progress=1),
    ],
)
def test_wrong_calls_are_refused(match, error, keywords):
    arguments = {"model": build(), "data": (IMAGES, LABELS)} | keywords
    with pytest.raises(error, match=match):
        fit(**arguments)


def test_a_history_of_another_run_is_refused(data):
    model = build()
    optimizer = SGD(model.parameters())
    history = fit(model, data, 1, optimizer=optimizer)
    with pytest.raises(ValueError, match="needs the optimizer"):
        fit(model, data, 2, history=history)
    for keywords in ({"batch_size": 16}, {"seed": 1}):
        with pytest.raises(ValueError, match="history was made with"):
            fit(model, data, 2, optimizer=optimizer, history=history, **keywords)


def test_confusion_matrix_refuses_what_is_no_class():
    for arguments, match in (
        (([0.5], [1]), "integers"),
        (([0, -1], [0, 1]), "at least 0"),
        (([0], [0, 1]), "predictions must have shape"),
        (([3], [0], 3), "below 3, got 3"),
    ):
        with pytest.raises((ValueError, TypeError), match=match):
            confusion_matrix(*arguments)


# --- a validation loss that is NaN; what goes through a pool; files ------------------------------


def test_a_nan_is_not_better_and_stops_nothing_early(data, monkeypatch):
    from cnnlib.nn import training
    from cnnlib.nn.evaluation import Evaluation

    def run(losses, patience=3):
        left = iter(losses)
        monkeypatch.setattr(training, "evaluate", lambda *_: Evaluation(next(left), 0.5))
        model = build()
        return fit(model, data, len(losses), 200, validation=data, patience=patience), model

    history, _ = run([1, np.nan, 0.5, 0.4])
    assert (history.best_epoch, history.epochs, history.stopped) == (4, 4, "")
    history, model = run([1, np.nan, np.nan, np.nan, 0.1])
    assert (history.best_epoch, history.epochs) == (1, 4)
    assert np.array_equal(history.kernels[1], model.layers[0].weight.value)
    history, _ = run([np.nan] * 4)
    assert (history.best_epoch, history.epochs) == (0, 3)
    assert "none that is a number" in history.stopped
    assert History().best_epoch == 0


def test_errors_and_schedules_can_be_pickled():
    error = DivergedError("too long", History(loss=[1.0]))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.history.loss) == ("too long", [1.0])
    schedule = cosine(0.1, 10, warmup=2)
    again = pickle.loads(pickle.dumps(schedule))
    assert [again(e) for e in range(11)] == [schedule(e) for e in range(11)]


def test_numpy_numbers_are_numbers_and_bools_are_no_labels(data):
    assert Dropout(np.float32(0.5)).p == 0.5
    assert SGD(build().parameters(), lr=np.int64(1)).lr == 1
    with pytest.raises(TypeError, match=r"data labels must hold integers, a class each.*bool"):
        fit(build(), (data[0], data[1] > 4))


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
