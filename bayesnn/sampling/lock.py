"""One process at a time: a lock that the system lets go of when its holder dies, however that happens."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bayesnn.errors import FileError
from bayesnn.sampling.place import reason

_HELD: set[int] = set()
"""Descriptors of this process."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path`.lock, which is removed in the end.

    Raises
    ------
    FileError : another process holds it, or the folder cannot be written.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _acquired(beside)
    except BlockingIOError:
        raise FileError(
            f"checkpoint {path}: expected to be alone, got another process at work on it; wait for it, or take "
            "another path"
        ) from None
    except OSError as error:
        raise FileError(
            f"checkpoint {path}: expected a folder that can be written, got {reason(error)}; take another path"
        ) from None
    try:
        yield
    finally:
        if handle in _HELD:  # a fork that comes here has nothing to let go of
            with suppress(OSError):  # a folder that has changed meanwhile is nothing that draws are to be lost for
                beside.unlink()
            _close(handle)


def _close(handle: int) -> None:
    _HELD.discard(handle)
    os.close(handle)


def _let_go() -> None:
    """In a fork: what it inherits would keep the lock for as long as it lives, though its parent is dead."""
    for handle in list(_HELD):
        _close(handle)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_let_go)


def _acquired(beside: Path) -> int:
    """A locked descriptor of the file that is there now, not of one that its last holder has just removed."""
    while True:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
        _HELD.add(handle)
        try:
            _lock(handle)
            if beside.exists() and os.path.samestat(os.fstat(handle), os.stat(beside)):
                return handle
        except BaseException:
            _close(handle)
            raise
        _close(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(str(error)) from None
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
