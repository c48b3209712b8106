"""Threads: the blocks of an operation shared between the cores of the processor.

NumPy lets go of the interpreter while it copies, adds and multiplies, so that Python's threads run
side by side. That beats the threads of BLAS, which help with matrix products only and wait for
each other, spinning, whenever something else runs on the machine. So BLAS is held to one thread
meanwhile, by threadpoolctl. Without it, or without threads as in a browser, the blocks are done one
after the other. Who does a block changes nothing: the results are the same to the bit.
"""

import contextvars
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import numpy as np

Job = TypeVar("Job")
Result = TypeVar("Result")


def share(work: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    """Return ``[work(job) for job in jobs]``, done by as many threads as BLAS would have used.

    A call within a call, from a second thread or from a signal handler finds the threads taken,
    and does its jobs itself. NaN from ∞ − ∞ or ∞ · 0 raises no warning here: BLAS warns of it even
    where there is none.

    >>> share(lambda job: job**2, [1, 2, 3])
    [1, 4, 9]
    """
    with _blas_on_one_thread() as threads, np.errstate(invalid="ignore"):
        if threads > 1 and len(jobs) > 1 and _state.idle.acquire(blocking=False):
            try:
                return _together(work, jobs, min(threads, len(jobs)))
            finally:
                _state.idle.release()
        return [work(job) for job in jobs]


def _together(work: Callable[[Job], Result], jobs: Sequence[Job], threads: int) -> list[Result]:
    """Do the jobs with `threads` threads, this one among them."""
    results: list[Any] = [None] * len(jobs)
    left = iter(range(len(jobs)))  # whoever is free takes the next

    def run() -> None:
        for number in left:
            results[number] = work(jobs[number])

    helpers = []
    try:
        for _ in range(threads - 1):  # each with a copy of the context: np.errstate lives there
            helpers.append(_state.pool.submit(contextvars.copy_context().run, run))
    except RuntimeError:
        pass  # no thread can be started: not here, or not any more
    try:
        run()
    finally:
        for _ in left:  # after an error nobody begins another job
            pass
        errors = [helper.exception() for helper in helpers if not helper.cancel()]
    for error in filter(None, errors):
        raise error
    return results


class _State:
    """What the process has one of, made anew in a process that forks: threads do not survive it."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(os.cpu_count(), "cnnlib")
        self.idle = threading.Lock()  # whether the pool is free
        self.lock = threading.RLock()  # of the two below; a signal handler may take it again
        self.calls = 0  # how many hold BLAS to one thread
        self.before: list[int] = []  # the threads of BLAS otherwise


_state = _State()


def _after_fork() -> None:
    global _state
    held, _state = _state, _State()
    if held.calls:  # by a thread that is not here
        for library, threads in zip(_blas(), held.before, strict=True):
            library.set_num_threads(threads)


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_after_fork)


@cache
def _blas() -> list[Any]:
    """Return what threadpoolctl knows of NumPy's BLAS, nothing if it is not installed."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return []
    return ThreadpoolController().select(user_api="blas").lib_controllers


@contextmanager
def _blas_on_one_thread() -> Iterator[int]:
    """Hold BLAS to one thread; the value is how many it would have used.

    The order matters: a signal handler that comes in between leaves all as it was.
    """
    with _state.lock:
        if _state.calls == 0:
            _state.before = [library.get_num_threads() for library in _blas()]
        _state.calls += 1
        for library in _blas():
            library.set_num_threads(1)
    try:
        yield max(_state.before, default=1)
    finally:
        with _state.lock:
            before = _state.before  # a handler that comes once `calls` is 0 notes its own
            _state.calls -= 1
            if _state.calls == 0:
                for library, threads in zip(_blas(), before, strict=True):
                    library.set_num_threads(threads)
