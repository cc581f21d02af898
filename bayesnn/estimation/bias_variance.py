"""Bias and variance of an estimator, over data sets that might have been measured."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import as_numbers
from bayesnn.errors import DataError, SettingError
from bayesnn.estimation.fitted import checked, predicted
from bayesnn.executors import results
from bayesnn.protocols import Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence

Measured = TypeVar("Measured")


@dataclass(frozen=True, eq=False)
class BiasVariance:
    """E[(estimate − truth)²] = bias² + variance, from S simulated data sets; adding noise² gives that of a new y.

    estimates (S, *shape), truth (*shape) and noise, the sd of y about the truth; X (M, D), where `shape` is (M,) or
    (M, K), or None for the estimate of a number or an array. Bias² and variance are without bias in S: bias² is
    (mean − truth)² − variance / S, which scatters about 0 and below where there is none, and the sum is exact.
    """

    estimates: FloatArray
    truth: FloatArray
    X: FloatArray | None
    noise: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Of the estimates (*shape)."""
        return np.asarray(self.estimates.mean(axis=0))

    @property
    def bias(self) -> FloatArray:
        """Mean − truth."""
        return np.asarray(self.mean - self.truth)

    @property
    def variance(self) -> FloatArray:
        """Of the estimates about their mean, with S − 1."""
        return np.asarray(self.estimates.var(axis=0, ddof=1))

    @property
    def squared_bias(self) -> FloatArray:
        """bias² − variance / S, the part of the squared error that more data sets do not change."""
        return np.asarray(self.bias**2 - self.variance / len(self.estimates))

    @property
    def squared_error(self) -> FloatArray:
        """Mean of (estimate − truth)²: squared_bias + variance."""
        return np.asarray(np.mean((self.estimates - self.truth) ** 2, axis=0))

    @property
    def prediction_error(self) -> FloatArray:
        """Expected squared error of a new y: squared_error + noise²."""
        return np.asarray(self.squared_error + self.noise**2)

    @cached_property
    def standard_errors(self) -> dict[str, FloatArray]:
        """Monte Carlo errors of bias, squared_bias, variance and squared_error, each (*shape)."""
        found = _standard_errors((self.estimates - self.truth).reshape(len(self.estimates), -1, 1))
        return {name: error.reshape(self.truth.shape) for name, error in found.items()}

    @property
    def average(self) -> dict[str, float]:
        """squared_bias, variance, squared_error and prediction_error, averaged over inputs or components."""
        parts = {
            "squared_bias": self.squared_bias,
            "variance": self.variance,
            "squared_error": self.squared_error,
            "prediction_error": self.prediction_error,
        }
        return {name: float(np.mean(part)) for name, part in parts.items()}

    @cached_property
    def average_errors(self) -> dict[str, float]:
        """Monte Carlo errors of these averages; inputs share their data sets, and so are not independent."""
        found = _standard_errors((self.estimates - self.truth).reshape(len(self.estimates), 1, -1))
        errors = {name: float(found[name][0]) for name in ("squared_bias", "variance", "squared_error")}
        return {**errors, "prediction_error": errors["squared_error"]}

    def summary(self) -> str:
        """The averages and their errors in text."""
        lines = [f"{len(self.estimates)} data sets, mean over {self.truth.size} values"]
        errors = self.average_errors
        lines += [f"  {name:<17} {value: .5g} ± {errors[name]:.2g}" for name, value in self.average.items()]
        return "\n".join(lines)


def bias_variance(
    make_dataset: Callable[[np.random.Generator], Measured],
    fit: Callable[[Measured], Any],
    *,
    X: ArrayLike | None = None,
    truth: ArrayLike,
    noise: ArrayLike = 0.0,
    n_sets: int = 200,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> BiasVariance:
    """Bias², variance and expected squared error of an estimator over simulated data sets.

    E[(f̂(x) − f(x))²] = (E f̂(x) − f(x))² + Var f̂(x), and noise² more for a new y = f(x) + noise

    Parameters
    ----------
    make_dataset : generator → a data set drawn from the truth.
    fit : data set → an `Optimum`, or a function X (M, D) → (M,), (M, K) in the units of the table. With no X, data
        set → the estimate itself, a number or an array.
    X : inputs (M,) or (M, D) at which fits are compared; left out where `fit` gives the estimate itself.
    truth : f(X) (M,) or (M, K), or the true value of what is estimated.
    noise : sd of y about the truth, a scalar or as `truth`.
    n_sets : S, at least 2; Monte Carlo errors fall as 1/√S.
    rng : one seed gives one result, whatever the executor: each data set has a stream of its own.
    executor : anything with `map`, to fit data sets in parallel.

    Raises
    ------
    DataError : X, truth or noise that are not finite numbers or do not fit each other.
    ModelError : a fit that is neither an Optimum nor a function, or gives another shape than the truth's.
    SettingError : n_sets below 2.

    References
    ----------
    Geman, Bienenstock & Doursat, Neural networks and the bias/variance dilemma, Neural Computation 4, 1 (1992).

    Examples
    --------
    The variance of five numbers with 1/n is too small by σ²/n:

    >>> import bayesnn as bnn
    >>> def five_numbers(rng):
    ...     return bnn.Dataset(range(5), rng.normal(0, 1, 5))
    >>> result = bnn.bias_variance(five_numbers, lambda data: data.y.var(), truth=1.0, n_sets=4000)
    >>> print(f"{result.bias:.2f} ± {result.standard_errors['bias']:.2f}")
    -0.20 ± 0.01
    """
    if not isinstance(n_sets, int | np.integer) or n_sets < 2:
        raise SettingError(f"n_sets: expected a whole number >= 2, got {n_sets!r}; 200, say")
    true = as_numbers(truth, "truth")
    if true.size == 0:
        raise DataError("truth: expected at least one value, got none; give a number, or one value for each row of X")
    inputs = None if X is None else _inputs(X, true)
    one = partial(_estimate, make_dataset, fit, inputs, true.shape)
    seeds = seed_sequence(rng).spawn(n_sets)
    estimates = list(results(executor, one, seeds))
    return BiasVariance(np.stack(estimates), true, inputs, _noise(noise, true))


def _estimate(
    make_dataset: Callable[[np.random.Generator], Measured],
    fit: Callable[[Measured], Any],
    X: FloatArray | None,
    shape: tuple[int, ...],
    seed: np.random.SeedSequence,
) -> FloatArray:
    fitted = fit(make_dataset(np.random.default_rng(seed)))
    return checked(fitted, shape) if X is None else predicted(fitted, X, shape)


def _standard_errors(errors: FloatArray) -> dict[str, FloatArray]:
    """Of the means over M of errors (S, Q, M) and of their parts, each (Q,).

    The square of the bias has a term that is linear in the deviations and a quadratic one of variance
    2 tr(C²) / (M S)², with C (M, M) the covariance of the estimates, which is all that is left where there is no bias;
    the error is then up to √2 too large, since the bias that enters it is itself found.
    """
    n_sets, bias = len(errors), errors.mean(axis=0)
    deviations = errors - bias
    covariance = np.einsum("sqm,sqk->qmk", deviations, deviations, optimize=True) / (n_sets - 1)
    quadratic = np.sum(covariance**2, axis=(1, 2)) / (n_sets * errors.shape[2]) ** 2
    linear = _error_of_mean(2 * bias * deviations) ** 2 - 4 * quadratic  # bias² as found is too large by that
    return {
        "bias": _error_of_mean(errors),
        "squared_bias": np.sqrt(np.maximum(linear, 0.0) + 2 * quadratic),
        "variance": _error_of_mean(deviations**2),
        "squared_error": _error_of_mean(errors**2),
    }


def _error_of_mean(values: FloatArray) -> FloatArray:
    """Standard error over sets of values (S, Q, M) averaged over M, (Q,)."""
    return np.asarray(values.mean(axis=2).std(axis=0, ddof=1) / np.sqrt(len(values)))


def _inputs(X: ArrayLike, truth: FloatArray) -> FloatArray:
    inputs = as_numbers(X, "X")
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    if inputs.ndim != 2 or truth.ndim not in (1, 2) or len(truth) != len(inputs):
        raise DataError(
            f"truth: expected one value for each row of X, (M,) or (M, K), got {truth.shape} beside X {np.shape(X)}"
        )
    return inputs


def _noise(noise: ArrayLike, truth: FloatArray) -> FloatArray:
    sd = as_numbers(noise, "noise")
    if sd.shape not in ((), truth.shape) or np.any(sd < 0):
        raise DataError(f"noise: expected sd >= 0, a scalar or of the truth's shape {truth.shape}, got {sd.tolist()}")
    return sd
