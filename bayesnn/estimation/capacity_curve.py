"""The U-curve of capacity: polynomials of rising degree, with and without weight decay."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.estimation.cross_validation import Score, Splitter
from bayesnn.estimation.validation_curve import ValidationCurve, validation_curve
from bayesnn.linear.polynomial import polynomial
from bayesnn.protocols import Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence


@dataclass(frozen=True, eq=False)
class CapacityCurve:
    """Error against degree for each weight decay, on the same folds."""

    curves: Mapping[float, ValidationCurve]


def capacity_curve(
    data: Dataset,
    *,
    degrees: Iterable[int],
    decays: Iterable[float] = (0.0, 0.1),
    cv: int | Splitter = 5,
    score: Score = "mse",
    rng: Seed = 0,
    executor: Executor | None = None,
) -> CapacityCurve:
    """Training and validation error of polynomials against their degree, for each weight decay.

    Each fit standardizes its training rows and minimizes J = MSE + decay · Σ_m w_m², the constant free of decay. With
    no decay and more coefficients than rows it is the interpolation of least norm.

    Parameters
    ----------
    data : in the units of the table; error bars are not used.
    degrees : rising.
    decays : weight decays >= 0; 0 is least squares.
    cv, score, rng, executor : as in `cross_validate`; give a splitter a seed, so that all decays see the same folds.

    Raises
    ------
    SettingError : no degrees, no decays, a decay below 0. ModelError : a negative degree. Others as in
        `cross_validate`.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 1.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> result = bnn.capacity_curve(bnn.load_dataset("hz"), degrees=range(9))
    >>> {decay: (curve.best, curve.simplest) for decay, curve in result.curves.items()}
    {0.0: (4, 1), 0.1: (1, 1)}
    """
    chosen, rising = [float(decay) for decay in decays], tuple(degrees)
    if not chosen or not all(0 <= decay < np.inf for decay in chosen):
        raise SettingError(f"decays: expected numbers >= 0, got {chosen}; (0.0, 0.1), say")
    seed = seed_sequence(rng)
    curve = partial(validation_curve, data=data, values=rising, cv=cv, score=score, rng=seed, executor=executor)
    return CapacityCurve({decay: curve(partial(_ridge, decay=decay)) for decay in chosen})


def _ridge(data: Dataset, degree: int, *, decay: float) -> Callable[[FloatArray], FloatArray]:
    features, table = polynomial(degree, n_inputs=data.n_inputs), data.standardize()
    y = table.y.reshape(table.n_rows, -1)
    pull = np.sqrt(decay * table.n_rows) * np.eye(features.n_features)[1:]
    design, targets = np.vstack([features(table.X), pull]), np.vstack([y, np.zeros((len(pull), y.shape[1]))])
    w = np.linalg.lstsq(design, targets)[0].reshape(features.n_features, *table.y.shape[1:])
    return lambda X: table.scaling.restore(features(table.scaling.inputs(X)) @ w)
