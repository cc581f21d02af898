"""HDF5 with checksums: what a disk or a copy has damaged cannot be read."""

from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

_CHUNK = 2**20
"""Bytes under one checksum, or less."""


def write_array(group: h5py.Group, name: str, values: ArrayLike) -> None:
    """With a checksum of each chunk; a single number in the header, which has one of its own."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufcS" or not array.size:  # what a move of a user keeps, say
        group[name] = values
    elif array.ndim:
        group.create_dataset(name, data=array, fletcher32=True, chunks=_chunks(array))
    else:
        in_header = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        in_header.set_layout(h5py.h5d.COMPACT)
        dtype, space = h5py.h5t.py_create(array.dtype, logical=True), h5py.h5s.create(h5py.h5s.SCALAR)
        number = h5py.h5d.create(group.id, name.encode(), dtype, space, in_header)
        number.write(h5py.h5s.ALL, h5py.h5s.ALL, array)


def _chunks(array: np.ndarray[Any, Any]) -> tuple[int, ...]:
    """Of rows as they lie in memory, in parts as equal as can be, since HDF5 pads the last."""
    left, chunks = _CHUNK // array.itemsize, []
    for n in reversed(array.shape):
        chunks.append(-(-n // -(-n // max(left, 1))))
        left //= chunks[-1]
    return tuple(reversed(chunks))


def write_text(group: h5py.Group, name: str, text: str) -> None:
    """Of fixed length, which lies in the header; HDF5 keeps other texts where it checks nothing."""
    encoded = text.encode()
    group.attrs.create(name, encoded, dtype=h5py.string_dtype("utf-8", max(len(encoded), 1)))


def read_text(group: h5py.Group, name: str) -> str:
    """One that `write_text` wrote, or an earlier version of it."""
    text: Any = group.attrs[name]
    return text.decode() if isinstance(text, bytes) else str(text)
