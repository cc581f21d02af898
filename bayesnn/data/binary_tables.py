"""Columns of binary tables, as cells of text: the shortest that read back as the same numbers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bayesnn.errors import DataError, FileError
from bayesnn.protocols import Array

Columns = dict[str, list[str]]


def read_npz(path: Path) -> Columns:
    """The arrays (N,) of a NumPy archive by name; one that is (N, D) gives D columns, name1 ... nameD."""
    try:
        with np.load(path) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, BadZipFile, EOFError) as error:
        raise FileError(f"table {path}: expected a NumPy archive of plain arrays, got: {error}") from None
    columns: dict[str, Array] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            columns[name] = array
        elif array.ndim == 2:
            columns |= {f"{name}{j}": array[:, j - 1] for j in range(1, array.shape[1] + 1)}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise DataError(f"table {path}: expected arrays (N,) or (N, D) of one length, got lengths {sorted(lengths)}")
    return {name: [str(cell) for cell in column.tolist()] for name, column in columns.items()}


def read_parquet(path: Path) -> Columns:
    """The columns of a Parquet file, by pyarrow."""
    path.stat()  # what is not there is said first
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        raise FileError(f"table {path}: expected pyarrow, to read Parquet, got none; pip install pyarrow") from None
    try:
        table = parquet.read_table(path)
    except ArrowInvalid as error:
        raise FileError(f"table {path}: expected a Parquet file, got: {error}") from None
    if table.num_rows == 0:
        raise DataError(f"table {path}: expected rows, got an empty table")
    return {
        name: ["" if cell is None else str(cell) for cell in table[name].to_pylist()] for name in table.column_names
    }


READERS: Mapping[str, Callable[[Path], Columns]] = {".npz": read_npz, ".parquet": read_parquet}
"""By the end of the name; all other files are text."""
