"""A checked table of inputs, targets and error bars."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.scaling import Scaling
from bayesnn.errors import DataError
from bayesnn.protocols import Array, FloatArray

_MISSING = {"None", "nan", "NaN", "<NA>", "NaT"}


@dataclass(frozen=True, init=False, eq=False)
class Dataset:
    """Inputs X, targets y and what is known of the errors of y.

    Parameters
    ----------
    X : (N,) or (N, D), real numbers.
    y : (N,), (N, K) real numbers, or (N,) class labels of any type.
    yerr : scalar, (N,) or (N, K), standard deviations of y in the units of y, positive.
    cov : (N, N), covariance matrix of y, symmetric positive definite; instead of `yerr`.
    names : the D names of the inputs, and, if one more is given, the name of the target; units go in
        brackets: ``"H [km/s/Mpc]"``. Left out, those that a data frame brings.

    Raises
    ------
    DataError : empty or one-row tables, shapes that disagree, NaN or infinite entries, text in a numeric
        column, an error bar that is zero or negative, a covariance that is not positive definite.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [1.0, 2.9, 5.1], yerr=0.1, names=["t [s]", "x [m]"])
    >>> data.n_rows, data.n_inputs, data.names, data.target
    (3, 1, ('t [s]',), 'x [m]')
    >>> data.standardize().y.round(3)
    array([-1.194, -0.06 ,  1.253])
    """

    X: FloatArray
    y: Array
    yerr: FloatArray | None
    cov: FloatArray | None
    names: tuple[str, ...]
    target: str
    scaling: Scaling = field(repr=False)

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        yerr: ArrayLike | None = None,
        cov: ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        inputs = _inputs(X)
        targets = _targets(y, len(inputs))
        inputs_names, target = _names(_own_names(X, y) if names is None else names, inputs.shape[1])
        if yerr is not None and cov is not None:
            raise DataError("errors of y: expected yerr or cov, got both; put yerr**2 on the diagonal of cov")
        for name, value in {
            "X": inputs,
            "y": targets,
            "yerr": None if yerr is None else _errors(yerr, targets),
            "cov": None if cov is None else _covariance(cov, targets),
            "names": inputs_names,
            "target": target,
            "scaling": Scaling.identity(inputs.shape[1]),
        }.items():
            object.__setattr__(self, name, value)

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.X)

    @property
    def n_inputs(self) -> int:
        """D."""
        return int(self.X.shape[1])

    @property
    def has_scaled_target(self) -> bool:
        """Is y in other units than those of the table?"""
        return bool(np.any(self.scaling.y_mean != 0) or np.any(self.scaling.y_scale != 1))

    def standardize(self, *, target: bool = True) -> "Dataset":
        """The same rows with each input, and each numeric target, brought to mean 0 and sd 1.

        The factors are kept in `scaling`, so that predictions come back in the units of the table. A constant
        column is centered and otherwise left as it is. Text and boolean labels stay as they are; `target=False` leaves
        numbers that are labels or counts alone.
        """
        is_real = target and np.issubdtype(self.y.dtype, np.floating)
        scaling = Scaling.of(self.X, self.y if is_real else None)
        return replace_fields(
            self,
            X=scaling.inputs(self.X),
            y=scaling.targets(self.y) if is_real else self.y,
            yerr=None if self.yerr is None else scaling.errors(self.yerr),
            cov=None if self.cov is None else scaling.covariance(self.cov),
            scaling=self.scaling.then(scaling),
        )

    def take(self, rows: Array | slice) -> "Dataset":
        """Those rows only, by index (n,), mask (N,) or slice.

        Raises
        ------
        DataError : rows that are not there, or none.
        """
        try:
            chosen = np.arange(self.n_rows)[rows]
        except IndexError as error:
            raise DataError(f"take: expected rows of {self.n_rows}, got {error}") from None
        if chosen.ndim != 1 or len(chosen) == 0:
            raise DataError("take: expected an array of rows, got none or a single number; use a slice or a list")
        rows = chosen
        return replace_fields(
            self,
            X=self.X[rows],
            y=self.y[rows],
            yerr=None if self.yerr is None else self.yerr[rows],
            cov=None if self.cov is None else self.cov[rows][:, rows],
        )


def replace_fields(data: Dataset, **changes: object) -> Dataset:
    """A copy with other fields, unchecked: for values that were derived from checked ones."""
    copy = object.__new__(Dataset)
    for name in Dataset.__dataclass_fields__:
        object.__setattr__(copy, name, changes.get(name, getattr(data, name)))
    return copy


def as_numbers(values: ArrayLike, what: str) -> FloatArray:
    """A float64 copy of `values`, finite, or a DataError that names the first offender."""
    _require_unmasked(values, what)
    raw = np.asarray(values)
    try:
        if np.iscomplexobj(raw):
            raise TypeError("complex")
        if raw.dtype.kind in "mM":
            raise TypeError("dates, in no unit")
        numbers = np.array(raw, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what}: expected real numbers, got {error}; convert or drop that column") from None
    if not np.all(np.isfinite(numbers)):
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(numbers))[0])
        count = int(np.sum(~np.isfinite(numbers)))
        raise DataError(
            f"{what}: expected finite numbers, got {numbers[first]} at index {first} "
            f"({count} such {'entry' if count == 1 else 'entries'}); drop or fill those rows"
        )
    return numbers


def _inputs(X: ArrayLike) -> FloatArray:
    inputs = as_numbers(X, "X")
    if inputs.ndim == 1:
        inputs = inputs[:, None]
    if inputs.ndim != 2 or inputs.shape[1] == 0:
        raise DataError(f"X: expected (N,) or (N, D), got shape {inputs.shape}; reshape it")
    if len(inputs) == 0:
        raise DataError("table: expected at least two rows, got an empty one; check the file or the selection")
    if len(inputs) == 1:
        raise DataError("table: expected at least two rows, got one; a curve needs more than one point")
    return inputs


def _require_unmasked(values: ArrayLike, what: str) -> None:
    if np.ma.is_masked(values):
        raise DataError(f"{what}: expected values, got a masked array, with some missing; drop or fill those rows")


def _targets(y: ArrayLike, n_rows: int) -> Array:
    _require_unmasked(y, "y")
    raw = np.asarray(y)
    labels = raw.ndim == 1 and (raw.dtype.kind in "bUS" or (raw.dtype.kind == "O" and _all_text(raw)))
    if not labels and raw.ndim == 1 and raw.dtype.kind == "O":
        _require_known_labels(raw)
    targets: Array = np.array(raw) if labels else as_numbers(raw, "y")
    if targets.ndim not in (1, 2) or len(targets) != n_rows:
        raise DataError(f"y: expected ({n_rows},) or ({n_rows}, K) beside X, got shape {targets.shape}; align the rows")
    return targets


def _all_text(raw: Array) -> bool:
    return all(isinstance(value, str) for value in raw)


def _require_known_labels(raw: Array) -> None:
    others = {row: str(value) for row, value in enumerate(raw) if not isinstance(value, str)}
    if 0 < len(others) < len(raw) and _MISSING.issuperset(others.values()):
        raise DataError(f"y: expected a label in each row, got none in row {min(others)}; drop or fill those rows")


def _errors(yerr: ArrayLike, y: Array) -> FloatArray:
    errors = as_numbers(yerr, "yerr")
    if errors.ndim == 1 and y.ndim == 2 and len(errors) == len(y):
        errors = errors[:, None]
    if y.ndim == 1 and errors.shape == (len(y), 1):
        errors = errors[:, 0]
    if errors.shape not in ((), (len(y),), (len(y), 1), y.shape):
        raise DataError(f"yerr: expected a scalar or shape {y.shape}, got {errors.shape}; give one error a row")
    if np.any(errors <= 0):
        first = int(np.argmin(errors))
        raise DataError(
            f"yerr: expected positive standard deviations, got {errors.flat[first]:g} in row {first}; "
            "leave out rows without a known error, or let sigma be unknown"
        )
    return np.broadcast_to(errors, y.shape).copy()


def _covariance(cov: ArrayLike, y: Array) -> FloatArray:
    matrix, n_rows = as_numbers(cov, "cov"), len(y)
    if y.size != n_rows:
        raise DataError(f"cov: expected one target, (N,), got y of shape {y.shape}; one data set a target")
    if matrix.shape != (n_rows, n_rows):
        raise DataError(f"cov: expected ({n_rows}, {n_rows}), got {matrix.shape}; one row and column for each row of y")
    if not np.allclose(matrix, matrix.T, rtol=1e-8, atol=0.0):
        raise DataError("cov: expected a symmetric matrix, got an asymmetric one; use (cov + cov.T) / 2")
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest <= 0:
        raise DataError(
            f"cov: expected a positive definite matrix, got smallest eigenvalue {smallest:.3g}; add the statistical "
            "variances to its diagonal"
        )
    return matrix


def _own_names(X: object, y: object) -> Sequence[str] | None:
    """Those of a data frame's columns, and of the series beside it."""
    columns, name = getattr(X, "columns", ()), getattr(y, "name", "y")
    are_names = len(columns) > 0 and all(isinstance(column, str) for column in columns)
    return [*columns, name if isinstance(name, str) else "y"] if are_names else None


def _names(names: Sequence[str] | None, n_inputs: int) -> tuple[tuple[str, ...], str]:
    default = ("x",) if n_inputs == 1 else tuple(f"x{i + 1}" for i in range(n_inputs))
    given = default if names is None else tuple(str(name) for name in names)
    if len(given) not in (n_inputs, n_inputs + 1):
        raise DataError(f"names: expected {n_inputs} input names (and one for the target), got {len(given)}")
    return given[:n_inputs], given[n_inputs] if len(given) > n_inputs else "y"
