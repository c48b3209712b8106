"""The progress bar of `fit` and of downloads. Only here is tqdm imported, and only when asked."""

from typing import Any


class NoBar:
    """Stands where the progress bar would."""

    def update(self, steps: int = 1) -> None:
        """Show nothing."""

    def set_postfix_str(self, text: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing was opened."""


def bar(**keywords: Any) -> Any:
    """Return a progress bar for a terminal or a notebook; raise ``ImportError`` without tqdm."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("a progress bar needs tqdm: python -m pip install tqdm") from None
    return tqdm(**keywords)
