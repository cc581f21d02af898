"""HDF5 files that take their place once they are whole, and otherwise never were."""

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import h5py


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

    def write(self, data: Any) -> int:
        """All of it, which a file by itself does not promise."""
        left = memoryview(data).cast("B")
        n = len(left)
        while left and self.refused is None:
            left = left[self._tried(super().write, left) or 0 :]
        return n

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
