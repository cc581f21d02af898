"""What came to be, beside what was predicted, as the likelihood takes it."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from bayesnn.data.dataset import Dataset, replace_fields
from bayesnn.errors import DataError
from bayesnn.likelihoods.labels import encoded
from bayesnn.posterior.rows import DataRows
from bayesnn.prediction.predictive import Predictive
from bayesnn.protocols import FloatArray


def rows_of(prediction: Predictive, y: ArrayLike, yerr: ArrayLike | None) -> DataRows:
    """Targets y, and errors known row by row, at the inputs of a prediction.

    Raises
    ------
    DataError : targets or errors that do not fit the prediction or its likelihood, errors that the likelihood knows
        row by row, of its own table, and labels that are none of its classes.
    """
    data, here = Dataset(prediction.X, y, yerr=yerr), prediction.scaling
    if prediction.classes is not None:
        return DataRows(data.X, encoded("score", data, prediction.classes))
    if np.issubdtype(data.y.dtype, np.number):
        if data.y.size != prediction.functions[0].size:
            raise DataError(
                f"y: expected targets {prediction.functions[0].shape}, got {data.y.shape}; one a prediction"
            )
        known = None if data.yerr is None else here.errors(data.yerr)
        data = replace_fields(data, y=here.targets(data.y), yerr=known, scaling=here)
    targets, errors = prediction.likelihood.targets(data)
    if errors is not None and data.yerr is None and np.any(np.ptp(errors, axis=0)):
        raise DataError(
            "errors of y: expected one a row of these, got those of the likelihood, one a row of its own table; leave "
            "them out there, give the table yerr= instead, and pass yerr= here"
        )
    return DataRows(data.X, targets, errors)


def log_density(prediction: Predictive, rows: DataRows) -> FloatArray:
    """ln of the mean over draws of p(y | θ), each row's (M,), in the units of the table."""
    each = prediction.likelihood.pointwise(prediction.outputs, rows, prediction.noise)
    units = np.sum(np.log(np.broadcast_to(prediction.scaling.y_scale, rows.y.shape[1:])))
    return np.asarray(logsumexp(each, axis=0) - np.log(len(each)) - units)


def replicates(prediction: Predictive, rows: DataRows, n: int) -> FloatArray:
    """n draws (n, M, T) of the targets with the errors of these rows, in the units of the table; always the same."""
    rng = np.random.default_rng(0)
    chosen = rng.integers(len(prediction.outputs), size=n)
    noise = {name: values[chosen] for name, values in prediction.noise.items()}
    y = prediction.likelihood.sample(prediction.outputs[chosen], noise, rng, rows=rows)
    return np.asarray(prediction.scaling.restore(y), dtype=np.float64)
