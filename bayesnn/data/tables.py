"""Reading a table from a file: text, or what `binary_tables` reads."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bayesnn.data.binary_tables import READERS
from bayesnn.data.dataset import Dataset
from bayesnn.errors import DataError, FileError
from bayesnn.protocols import Array

_WITH_COMMAS = re.compile(r"[+-]?(\d{1,3}([.,]\d{3})+|\d*),\d+([eE][+-]?\d+)?|\d{1,3}(,\d{3})+(\.\d*)?")


def read_table(
    path: str | Path,
    *,
    target: str,
    yerr: str | None = None,
    features: Sequence[str] | None = None,
) -> Dataset:
    """A Dataset from a table with named columns.

    Parameters
    ----------
    path : a text file with a header line, in which commas, semicolons, tabs or blanks separate, lines that start with
        ``#`` are comments and blank lines are passed over; a NumPy archive (.npz) of named arrays; or a Parquet file
        (.parquet), if pyarrow is there.
    target : name of the column to predict.
    yerr : name of the column with the standard deviations of the target.
    features : names of the input columns; left out, every other column that holds numbers.

    Raises
    ------
    FileError : the file is not there, is not text, or not what its name says.
    DataError : a column that is missing, text in a numeric column, a NaN, a ragged or empty table, one row.

    Examples
    --------
    >>> import bayesnn as bnn, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "fall.csv"
    >>> _ = path.write_text("t,x,sx\\n0,0.1,0.2\\n1,4.8,0.2\\n2,19.7,0.2\\n")
    >>> data = bnn.read_table(path, target="x", yerr="sx")
    >>> data.names, data.target, data.n_rows
    (('t',), 'x', 3)
    """
    columns = _read_columns(Path(path))
    wanted = [target, *([yerr] if yerr else []), *(features or [])]
    for name in wanted:
        if name not in columns:
            raise DataError(f"column {name!r}: expected one of {', '.join(columns)}, got no such column in {path}")
    chosen = list(features) if features is not None else _numeric(columns, exclude=(target, yerr))
    if not chosen:
        raise DataError(f"{path}: expected at least one numeric input column beside {target!r}, got none")
    return Dataset(
        np.column_stack([_numbers(columns[name], name) for name in chosen]),
        _labels_or_numbers(columns[target], target),
        yerr=_numbers(columns[yerr], yerr) if yerr else None,
        names=[*chosen, target],
    )


def column_names(path: str | Path) -> tuple[str, ...]:
    """The names of the columns of a table, of whatever they hold."""
    return tuple(_read_columns(Path(path)))


def read_inputs(path: str | Path, *, features: Sequence[str]) -> Array:
    """Columns of numbers (M, D) by name, from a table that need not have a target."""
    columns = _read_columns(Path(path))
    for name in features:
        if name not in columns:
            raise DataError(f"column {name!r}: expected one of {', '.join(columns)}, got no such column in {path}")
    return np.column_stack([_numbers(columns[name], name) for name in features])


def _read_columns(path: Path) -> dict[str, list[str]]:
    try:
        if path.suffix in READERS:
            return READERS[path.suffix](path)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"table {path}: expected a file, got nothing of that name; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"table {path}: expected a readable text file, got {error}") from None
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise DataError(f"table {path}: expected a header line and rows, got an empty table")
    separator = next((s for s in ",;\t" if s in lines[0][1]), None)
    cells = [(i, _split(line, separator)) for i, line in lines]
    header = cells[0][1]
    for number, row in cells[1:]:
        if len(row) != len(header):
            raise DataError(f"{path}, line {number}: expected {len(header)} columns, got {len(row)}; mend that line")
    if len(set(header)) != len(header):
        raise DataError(f"{path}: expected distinct column names, got {', '.join(header)}; rename one")
    return {name: [row[j] for _, row in cells[1:]] for j, name in enumerate(header)}


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _numeric(columns: dict[str, list[str]], *, exclude: tuple[str | None, ...]) -> list[str]:
    """Columns that hold numbers; one of numbers with commas was meant to, and one without a name is nobody's input."""
    inputs = {name: cells for name, cells in columns.items() if name not in exclude}
    for name, cells in inputs.items():
        _require_points(cells, name)
    found = [name for name, cells in inputs.items() if any(_is_number(c) for c in cells)]
    if "" in found:
        raise DataError("column '': expected a name, got none, perhaps of row numbers; name it, or pass features=")
    return found


def _require_points(cells: list[str], name: str) -> None:
    """Raise a DataError for numbers with commas, where all of the column are numbers."""
    with_commas = [(row, cell) for row, cell in enumerate(cells, 1) if _WITH_COMMAS.fullmatch(cell)]
    if with_commas and all(_is_number(cell) or _WITH_COMMAS.fullmatch(cell) for cell in cells):
        row, cell = with_commas[0]
        raise DataError(
            f"column {name!r}, data row {row}: expected a number, got {cell!r} with a comma; write decimals with a "
            "point, and thousands without anything"
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(cells: list[str], name: str) -> Array:
    for row, cell in enumerate(cells, 1):
        if not _is_number(cell):
            got = f"the text {cell!r}" if cell else "an empty cell"
            raise DataError(f"column {name!r}, data row {row}: expected a number, got {got}; mend or drop that row")
        if not np.isfinite(float(cell)):
            raise DataError(f"column {name!r}, data row {row}: expected a finite number, got {cell}; drop that row")
    return np.array([float(cell) for cell in cells])


def _labels_or_numbers(cells: list[str], name: str) -> Array:
    _require_points(cells, name)
    if cells and not any(_is_number(cell) for cell in cells):
        return np.array(cells)
    return _numbers(cells, name)
