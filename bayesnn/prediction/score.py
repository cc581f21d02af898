"""How good a prediction was, once the truth is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError
from bayesnn.posterior.rows import DataRows
from bayesnn.prediction.calibration import reliability, transforms, unevenness
from bayesnn.prediction.predictive import Predictive
from bayesnn.prediction.targets import log_density, replicates, rows_of
from bayesnn.protocols import FloatArray

_DRAWS = 2000
"""Draws of y by which CRPS and calibration are found: CRPS to about 1 % a row."""


@dataclass(frozen=True)
class NumberScore:
    """Of targets that are numbers, in the units of the table; means over M rows, and over targets where these are many.

    lppd: ln of the predictive density, larger is better. rmse: of the predictive mean. crps: E|Y − y| − ½ E|Y − Y'|,
    Y and Y' drawn from the prediction; |Y − y| where nothing scatters. coverage: how often central intervals of each
    level held y. calibration_error: mean distance of the distribution of P(Y ≤ y) from the uniform one.
    warning: that of the prediction, empty once what is behind it has converged.
    """

    lppd: float
    rmse: float
    crps: float
    coverage: Mapping[float, float]
    calibration_error: float
    warning: str = ""


@dataclass(frozen=True)
class ClassScore:
    """Of classes; means over M rows.

    accuracy: of the most probable class. brier: Σ_k (p_k − [k is the class])², half of it for two classes, as usual.
    log_loss: −ln p of the class. calibration_error: expected calibration error of the most probable class, in ten bins.
    warning: that of the prediction, empty once what is behind it has converged.
    """

    accuracy: float
    brier: float
    log_loss: float
    calibration_error: float
    warning: str = ""

    @property
    def lppd(self) -> float:
        """ln of the predictive probability, larger is better."""
        return -self.log_loss


def score(
    prediction: Predictive, y: ArrayLike, *, yerr: ArrayLike | None = None, levels: Sequence[float] = (0.5, 0.9, 0.95)
) -> NumberScore | ClassScore:
    """How well a prediction foretold the targets y at its inputs.

    Parameters
    ----------
    prediction : from `predict`.
    y : (M,) or (M, T) numbers, in the units of the table, or labels (M,).
    yerr : standard deviations of y, where the likelihood takes them from the data.
    levels : of the central intervals whose coverage is counted.

    Raises
    ------
    DataError : targets of another length or kind, labels that are none of the classes, NaN, errors that the likelihood
        needs or does not know.
    SettingError : levels outside (0, 1).

    References
    ----------
    Gneiting & Raftery, Strictly proper scoring rules, prediction, and estimation, JASA 102, 359 (2007); Guo et al., On
    calibration of modern neural networks, ICML (2017).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0, 3.0], ["a", "a", "b", "b"])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Bernoulli(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> prediction = bnn.predict(post, bnn.maximum_a_posteriori(post), [0.0, 3.0])
    >>> found = bnn.score(prediction, ["a", "b"])
    >>> found.accuracy, round(found.brier, 2)
    (1.0, 0.09)
    """
    if not all(0 < level < 1 for level in levels):
        raise SettingError(f"levels: expected numbers between 0 and 1, got {levels!r}; (0.5, 0.9), say")
    rows = rows_of(prediction, y, yerr)
    return _of_numbers(prediction, rows, levels) if prediction.classes is None else _of_classes(prediction, rows)


def _of_numbers(prediction: Predictive, rows: DataRows, levels: Sequence[float]) -> NumberScore:
    y, draws = prediction.scaling.restore(rows.y), replicates(prediction, rows, _DRAWS)
    pit = transforms(y, draws)
    return NumberScore(
        lppd=float(np.mean(log_density(prediction, rows))),
        rmse=float(np.sqrt(np.mean((prediction.functions.mean(axis=0) - y) ** 2))),
        crps=float(np.mean(crps(y, draws))),
        coverage={float(level): float(np.mean(np.abs(2 * pit - 1) <= level)) for level in levels},
        calibration_error=unevenness(pit),
        warning=prediction.warning,
    )


def _of_classes(prediction: Predictive, rows: DataRows) -> ClassScore:
    p, classes = prediction.probabilities, rows.y[:, 0].astype(int)
    hit = p.argmax(axis=1) == classes
    distance = np.sum((p - np.eye(p.shape[1])[classes]) ** 2, axis=1)
    return ClassScore(
        accuracy=float(np.mean(hit)),
        brier=float(np.mean(distance)) / (2 if p.shape[1] == 2 else 1),
        log_loss=-float(np.mean(log_density(prediction, rows))),
        calibration_error=reliability(p.max(axis=1), hit).error,
        warning=prediction.warning,
    )


def crps(y: FloatArray, draws: FloatArray) -> FloatArray:
    """E|Y − y| − ½ E|Y − Y'| from n draws (n, ...) of Y, two different ones in the second term, for y (...).

    In the order of the draws, ½ E|Y − Y'| = Σ_i (2 i − n − 1) Y_(i) / (n (n − 1)).
    """
    n = len(draws)
    ranks = 2 * np.arange(1, n + 1) - n - 1
    spread = np.tensordot(ranks, np.sort(draws, axis=0), axes=1) / (n * (n - 1))
    return np.asarray(np.mean(np.abs(draws - y), axis=0) - spread)
