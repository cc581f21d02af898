"""Targets that are taken as they were written: labels of classes, and counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesnn.errors import DataError, SettingError
from bayesnn.likelihoods.scales import refuse_errors
from bayesnn.protocols import Array, FloatArray, Table


def as_written(who: str, table: Table) -> Array:
    """y, if it has no error bars and the units in which it was written; else a DataError."""
    refuse_errors(who, table)
    if table.has_scaled_target:
        raise DataError(f"{who}: expected labels or counts, got a standardized target; use standardize(target=False)")
    return table.y


def checked_classes(who: str, classes: Sequence[Any] | None) -> None:
    """A sequence of distinct labels, or none; else a SettingError."""
    if classes is not None and (np.ndim(classes) != 1 or not 1 < len(np.unique(classes)) == len(classes)):
        raise SettingError(f"{who}: expected classes as two or more distinct labels, got {classes!r}")


def classes_of(who: str, table: Table, classes: Sequence[Any] | None) -> Array:
    """The labels of the classes (C,), in order: those given, else the distinct ones of the table, sorted."""
    found = np.unique(_labels(who, table))
    if classes is not None:
        return np.asarray(classes)
    if len(found) == 1:
        raise DataError(f"{who}: expected labels of two classes or more, got {found[0]!s} only; pass classes=(...)")
    return found


def encoded(who: str, table: Table, classes: Array) -> FloatArray:
    """The index of each row's class, (N, 1)."""
    index = {label: i for i, label in enumerate(classes.tolist())}
    labels = _labels(who, table).tolist()
    unseen = next((label for label in labels if label not in index), None)
    if unseen is not None:
        raise DataError(f"{who}: expected labels among {classes.tolist()}, got {unseen!r}; add it to classes")
    return np.array([[index[label]] for label in labels], dtype=np.float64)


def _labels(who: str, table: Table) -> Array:
    """One label a row (N,): text, booleans or whole numbers."""
    y = as_written(who, table)
    if y.size != len(y):
        raise DataError(f"{who}: expected one label a row, got shape {y.shape}; give labels, not one-hot rows")
    labels = np.array(y.ravel().tolist())
    if not np.issubdtype(labels.dtype, np.floating):
        return labels
    if np.any(labels != np.round(labels)):
        first = labels[labels != np.round(labels)][0]
        raise DataError(f"{who}: expected labels or whole numbers, got {first:g}; a measured target needs Gaussian")
    return labels.astype(np.int64)
