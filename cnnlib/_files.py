"""How a file is written: whole or not at all."""

import os
import secrets
from pathlib import Path


def write_whole(path: str | os.PathLike, content: bytes | memoryview) -> None:
    """Write `content` to `path`: a crash or a full disk leaves the old file or the new one.

    A symbolic link stays one. A new file has the mode that the umask gives, an old one keeps its.
    """
    target = Path(path).resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{target} cannot be written: there is no folder {target.parent}")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    descriptor = os.open(
        part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
    )
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        if target.exists():
            part.chmod(target.stat().st_mode)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
