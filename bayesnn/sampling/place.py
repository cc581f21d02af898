"""Where a file is to be, as a person names it."""

import os
from pathlib import Path

from bayesnn.errors import FileError, SettingError


def place(path: str | Path, what: str) -> Path:
    """The file itself: ~ is home, and a link stands for what it points to.

    Raises
    ------
    SettingError : no name at all.
    FileError : the name of a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise SettingError(f'{what}: expected the name of a file, got {path!r}; pass "run.h5", say')
    named = Path(os.path.expanduser(path))
    found = Path(os.path.realpath(named)) if os.path.islink(named) else named
    if os.path.isdir(found):
        raise FileError(f"{what} {path}: expected the name of a file, got a folder; add a name such as run.h5")
    return found


def reason(error: OSError) -> str:
    """What the system says, without the files of our own that it names."""
    if isinstance(error, FileExistsError):  # of a folder to be made
        return "a file in place of its folder"
    return error.strerror or str(error)
