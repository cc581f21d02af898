"""New inputs for a model that knows its table."""

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import Dataset, as_numbers
from bayesnn.errors import DataError
from bayesnn.protocols import FloatArray


def as_inputs(X: ArrayLike, data: Dataset) -> FloatArray:
    """(M,) or (M, D) as (M, D), in the units in which they came.

    Raises
    ------
    DataError : no numbers, of another shape than the table has inputs, or a data frame whose columns are those of the
        table in another order.
    """
    inputs = as_numbers(X, "X")
    inputs = inputs.reshape(-1, 1) if inputs.ndim < 2 else inputs
    if not len(inputs):
        raise DataError("X: expected one row of inputs at least, got none; check the selection")
    if inputs.ndim != 2 or inputs.shape[1] != data.n_inputs:
        raise DataError(f"X: expected shape (M, {data.n_inputs}), as the table has inputs, got {np.shape(X)}")
    columns = tuple(getattr(X, "columns", data.names))
    if columns != data.names and set(columns) == set(data.names):
        raise DataError(
            f"X: expected columns in the order of the table, {', '.join(data.names)}, got {', '.join(columns)}; "
            f"take X[{list(data.names)}]"
        )
    return inputs
