"""HDF5 files that take their place once they are whole, and otherwise never were."""

import os
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import h5py

_AT_ONCE = 2**23
"""Bytes after which the disk gets them, and the pages of memory that held them are free to hold the next ones: a
virtual machine takes a quarter of a second to find new pages for 100 MB, and others want what the old ones hold."""


def write_whole(path: Path, temporary: Path, fill: Callable[[h5py.File], None]) -> None:
    """What `fill` writes, in the place of `path` once it is on the disk; an OSError leaves what was there.

    HDF5 does not recover from an error in the middle: it hears of none of the disk's until it has ended. Nor would it
    from an interrupt, which the caller holds (`signals.held`).
    """
    try:
        with _PatientFile(temporary, "w+") as disk:
            try:
                with h5py.File(disk, "w", libver=("v110", "v110")) as file:  # the first with checksums of headers
                    fill(file)
            finally:
                if disk.refused is not None:
                    raise disk.refused
            os.fsync(disk.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class _PatientFile(FileIO):
    """What goes wrong is `refused`, and from then on nothing is done, as if all were well."""

    refused: OSError | MemoryError | None = None
    _n_waiting = 0

    def write(self, data: Any) -> int:
        """All of it, which a file by itself does not promise."""
        left = memoryview(data).cast("B")
        n = len(left)
        while left and self.refused is None:
            left = left[self._tried(super().write, left) or 0 :]
        self._n_waiting += n
        if self._n_waiting >= _AT_ONCE:
            self._n_waiting = self._tried(self._to_disk) or 0
        return n

    def _to_disk(self) -> int:
        """And out of the system's memory, where it can be told so."""
        if hasattr(os, "posix_fadvise"):
            os.fsync(self.fileno())
            with suppress(OSError):  # a wish, which not all disks know
                os.posix_fadvise(self.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return 0

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """To where HDF5 wants to be."""
        return self._tried(super().seek, place, whence) or place

    def truncate(self, size: int | None = None) -> int:
        """To the length that HDF5 believes in."""
        return self._tried(super().truncate, size) or size or 0

    def _tried(self, work: Callable[..., int], *arguments: Any) -> int | None:
        if self.refused is None:
            try:
                return work(*arguments)
            except (OSError, MemoryError) as error:
                self.refused = error
        return None
