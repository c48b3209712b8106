"""Training that is stopped by Ctrl-C gives the same when it goes on."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from small_run import OPTIMIZERS, bits, build

from cnnlib import (
    SGD,
    Flatten,
    Linear,
    Sequential,
    fit,
    load,
    save,
)
from cnnlib.nn.schedules import cosine


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A test run in the background of a shell ignores Ctrl-C, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
