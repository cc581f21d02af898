"""Rows that training does not see, by which it is judged."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import Dataset, replace_fields
from bayesnn.errors import DataError, SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array

Validation = float | Dataset | tuple[ArrayLike, ArrayLike]
"""A fraction of the rows, another table, or (rows to train on, rows to hold out)."""


def hold_out(
    posterior: Posterior, validation: Validation | None, rng: np.random.Generator
) -> tuple[Posterior, Posterior | None]:
    """The problem on the rows to train on, and on those held out, if any."""
    if validation is None:
        return posterior, None
    if isinstance(validation, Dataset):
        return posterior, posterior.on(_in_units_of(posterior.data, validation))
    n_rows = posterior.rows.n_rows
    if isinstance(validation, tuple):
        training, held = _pair(validation, n_rows)
    else:
        order, n_held = rng.permutation(n_rows), _count(validation, n_rows)
        training, held = order[n_held:], order[:n_held]
    return posterior.take(training), posterior.take(held)


def _count(part: Any, n_rows: int) -> int:
    if isinstance(part, bool) or not isinstance(part, float | np.floating) or not 0 < part < 1:
        raise SettingError(
            f"validation: expected a fraction in (0, 1), a Dataset or (train rows, validation rows), got {part!r}"
        )
    n_held = round(float(part) * n_rows)
    if not 0 < n_held < n_rows:
        raise SettingError(
            f"validation: expected rows on both sides, got {n_held} of {n_rows} held out by {part}; change the fraction"
        )
    return n_held


def _pair(pair: tuple[ArrayLike, ...], n_rows: int) -> tuple[Array, Array]:
    if len(pair) != 2:
        raise SettingError(f"validation: expected (train rows, validation rows), got {len(pair)} parts")
    training, held = (_rows(rows, n_rows) for rows in pair)
    both = np.intersect1d(training, held)
    if both.size:
        raise DataError(f"validation: expected rows that are not trained on, got {both.size} in both, as row {both[0]}")
    return training, held


def _rows(rows: ArrayLike, n_rows: int) -> Array:
    wanted = np.asarray(rows)
    try:
        chosen = np.arange(n_rows)[wanted if wanted.size else []]
    except IndexError as error:
        raise DataError(
            f"validation: expected numbers of rows out of {n_rows}, got {error}; another table goes in as a Dataset"
        ) from None
    if chosen.ndim != 1 or not chosen.size:
        raise DataError("validation: expected two lists of rows, each with one at least, got an empty or a nested one")
    return chosen


def _in_units_of(data: Dataset, other: Dataset) -> Dataset:
    """Another table as `data` would hold it: each knows its units by its scaling."""
    here, there = data.scaling, other.scaling
    if other.n_inputs != data.n_inputs:
        raise DataError(f"validation: expected {data.n_inputs} inputs, as in the table, got {other.n_inputs}")
    if other.cov is not None:
        raise DataError("validation: expected errors row by row, got a covariance; give yerr instead")
    moved = replace_fields(other, X=here.inputs(there.restore_inputs(other.X)), scaling=here)
    if np.all(here.y_scale == there.y_scale) and np.all(here.y_mean == there.y_mean):
        return moved  # labels and counts among them
    return replace_fields(
        moved,
        y=here.targets(there.restore(other.y)),
        yerr=None if other.yerr is None else here.errors(there.restore_sd(other.yerr)),
    )
