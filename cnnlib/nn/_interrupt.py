"""Ctrl-C during training: the first is a wish that waits for the end of the step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupt:
    """Turns the first Ctrl-C into a wish, so that no step is left half done."""

    def __init__(self) -> None:
        self.asked = self.insisted = False

    def obey(self) -> None:
        """Stop here, between two steps, if that was wished."""
        if self.asked:
            raise KeyboardInterrupt

    def __call__(self, signum: int, frame: Any) -> None:
        if self.asked:
            self.insisted = True
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Catch Ctrl-C within; where signals cannot be caught (another thread) leave them alone."""
    wish = Interrupt()
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield wish
        return
    signal.signal(signal.SIGINT, wish)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
