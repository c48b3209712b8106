"""Blocks shared between threads: the same bits from any number, in forks and in handlers."""

import multiprocessing
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import cnnlib
from cnnlib.operations import threads
from cnnlib.operations.threads import share

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 8, 14, 14)).astype(np.float32)
W = RNG.normal(size=(16, 8, 3, 3)).astype(np.float32)


def work() -> list[bytes]:
    """A convolution, its gradients and pooling, all of several blocks."""
    y = cnnlib.conv2d(X, W, padding=1)
    grads = cnnlib.conv2d_backward(y, X, W, padding=1)
    best = cnnlib.max_pool2d(y, 2)
    arrays = y, *grads, best, cnnlib.max_pool2d_backward(best, y, 2), cnnlib.avg_pool2d(y, 3)
    return [array.tobytes() for array in arrays]


EXPECTED = work()


class Library:
    """Stands for a BLAS with some threads."""

    def __init__(self, count: int) -> None:
        self.count = count

    def get_num_threads(self) -> int:
        return self.count

    def set_num_threads(self, count: int) -> None:
        self.count = count


@pytest.fixture(params=[1, 2, 5])
def library(request, monkeypatch):
    """A BLAS that would use so many threads, in place of the one that is there."""
    fake = Library(request.param)
    monkeypatch.setattr(threads, "_blas", lambda: [fake])
    return fake


def test_the_bits_are_the_same_whatever_the_number_of_threads(library):
    before = library.count
    assert work() == EXPECTED
    assert library.count == before, "BLAS got its threads back"


def test_blocks_are_done_by_several_threads_and_blas_has_one(library):
    if library.count == 1:
        return
    both, seen = threading.Barrier(2, timeout=60), set()

    def job(number: int) -> int:
        seen.add((threading.get_ident(), library.count))
        if number < 2:
            both.wait()  # nobody comes by here alone
        return number

    assert share(job, range(4)) == [0, 1, 2, 3]
    assert len({who for who, _ in seen}) >= 2
    assert {count for _, count in seen} == {1}


def test_an_error_in_a_block_arrives_and_the_next_call_is_right(library):
    for bad in range(4):
        with pytest.raises(ZeroDivisionError):
            share(lambda job, bad=bad: 1 // (job - bad), range(4))
    assert share(abs, [-1, -2, -3]) == [1, 2, 3]


def test_what_numpy_does_with_errors_holds_in_every_thread(library):
    x = np.full((64, 1, 60, 60), 3e38, np.float32)
    with np.errstate(over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(cnnlib.conv2d(x, np.ones((1, 1, 3, 3), np.float32))).all()


def test_a_call_within_a_call_is_right(library):
    assert share(lambda job: share(lambda n: n * job, [1, 2, 3]), [1, 2, 3]) == [
        [1, 2, 3],
        [2, 4, 6],
        [3, 6, 9],
    ]


def test_two_threads_that_convolve_at_once_are_right(library):
    before, found = library.count, []

    def job() -> None:
        found.append([work() for _ in range(5)])

    workers = [threading.Thread(target=job) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [[EXPECTED] * 5] * 2
    assert library.count == before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals here")
def test_a_signal_handler_that_convolves_is_right(library):
    before, found = library.count, []
    x, w = X[:40], W
    expected = cnnlib.conv2d(x, w).tobytes()
    old = signal.signal(
        signal.SIGALRM, lambda *_: found.append(cnnlib.conv2d(x, w).tobytes() == expected)
    )
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.013)
        end = time.monotonic() + 60
        while len(found) < 20 and time.monotonic() < end:
            assert work() == EXPECTED
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert len(found) >= 20
    assert all(found)
    assert library.count == before


def test_a_handler_between_any_two_lines_leaves_blas_as_it_was(library):
    """What a signal does at random, at every line in turn: each runs a call within the call."""
    before, lines, results = library.count, set(), []
    code = threads._blas_on_one_thread.__wrapped__.__code__

    def at_each_line(frame, event, _):
        if frame.f_code is not code:
            return None
        if event == "line":
            lines.add(frame.f_lineno)
            sys.settrace(None)
            results.append(share(abs, [-1, -2]))
            sys.settrace(at_each_line)
        return at_each_line

    old = sys.gettrace()
    sys.settrace(at_each_line)
    try:
        results.append(share(abs, [-1, -2]))
    finally:
        sys.settrace(old)
    assert len(lines) > 10
    assert all(result == [1, 2] for result in results)
    assert library.count == before


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_process_that_forks_after_use_is_right():
    """In a process of its own: pytest's has threads, of which Python warns at a fork."""
    code = """
import multiprocessing, sys, threading
import numpy as np, cnnlib
from cnnlib.operations import threads
x, w = np.ones((64, 8, 14, 14), np.float32), np.ones((16, 8, 3, 3), np.float32)
expected = cnnlib.conv2d(x, w).tobytes()
before = [library.get_num_threads() for library in threads._blas()]
def child():
    now = [library.get_num_threads() for library in threads._blas()]
    sys.exit(0 if cnnlib.conv2d(x, w).tobytes() == expected and now == before else 1)
def fork():
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start(); process.join(60)
    assert process.exitcode == 0, process.exitcode
fork()
inside = []
def job(number):  # a fork while the threads are at work
    if number == 0: fork(); inside.append(number)
threads.share(job, [0, 1, 2, 3])
assert inside == [0]
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=300)


@pytest.mark.parametrize("missing", ["threadpoolctl", "threads"])
def test_without_threadpoolctl_or_threads_the_results_are_the_same(missing):
    """As in a browser, and where only NumPy is installed."""
    cut = {
        "threadpoolctl": "sys.modules['threadpoolctl'] = None",
        "threads": "threading.Thread.start = lambda self: (_ for _ in ()).throw(RuntimeError())",
    }[missing]
    code = f"""
import sys, threading
{cut}
import numpy as np, cnnlib
x, w = np.arange(64 * 8 * 196).reshape(64, 8, 14, 14), np.arange(1152).reshape(16, 8, 3, 3)
y = cnnlib.conv2d(x.astype(float), w.astype(float))
assert (y == cnnlib.conv2d(x, w)).all()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
