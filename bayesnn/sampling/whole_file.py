"""HDF5 files that take their place once they are whole, and otherwise never were."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any

import h5py


def write_whole(path: Path, temporary: Path, fill: Callable[[h5py.File], None]) -> None:
    """What `fill` writes, in the place of `path` once it is on the disk; an OSError leaves what was there.

    HDF5 does not recover from an error in the middle. So the disk's are kept from it until it has ended, and it works
    in a thread of its own, where Ctrl-C, which goes to the main one, waits until it has.
    """
    with ThreadPoolExecutor(1) as alone:
        alone.submit(_write, path, temporary, fill).result()


def _write(path: Path, temporary: Path, fill: Callable[[h5py.File], None]) -> None:
    try:
        with _PatientFile(temporary, "w+") as disk:
            with h5py.File(disk, "w", libver=("v110", "v110")) as file:  # the first with checksums of headers
                fill(file)
            if disk.refused is not None:
                raise disk.refused
            os.fsync(disk.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class _PatientFile(FileIO):
    """What the disk refuses is `refused`, and seems to be written."""

    refused: OSError | None = None

    def write(self, data: Any) -> int:
        """All of it, which a file by itself does not promise."""
        left = memoryview(data).cast("B")
        n = len(left)
        try:
            while left and self.refused is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.refused = error
        return n

    def truncate(self, size: int | None = None) -> int:
        """To the length that HDF5 believes in."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.refused = self.refused or error
            return size or 0
