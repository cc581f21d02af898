"""Predictions of several models, averaged by their probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.prediction.predictive import Predictive
from bayesnn.protocols import Array, FloatArray

_N_DRAWS = 20_000


@dataclass(frozen=True, eq=False)
class AveragedPredictive:
    """The mixture Σ_k weight_k p_k(y) of predictions at the same M inputs, in the units of the table.

    X (M, D); summaries have the shapes of those of a `Predictive`.
    """

    X: FloatArray
    parts: Mapping[str, Predictive]
    weights: Mapping[str, float]

    @property
    def classes(self) -> Array | None:
        """The labels where y is one of several classes, else None."""
        return next(iter(self.parts.values())).classes

    @property
    def warning(self) -> str:
        """Those of the parts that have any weight, by name."""
        found = {name: part.warning for name, part in self.parts.items() if self.weights[name]}
        return " ".join(f"{name}: {warning}" for name, warning in found.items() if warning)

    @cached_property
    def mean(self) -> FloatArray:
        """E[y] = Σ weight_k mean_k."""
        return self._weighted({name: part.mean for name, part in self.parts.items()})

    @cached_property
    def model_sd(self) -> FloatArray:
        """The spread of the models' means about it, √Σ weight_k (mean_k − mean)²."""
        return np.sqrt(self._weighted({name: (part.mean - self.mean) ** 2 for name, part in self.parts.items()}))

    @cached_property
    def epistemic_sd(self) -> FloatArray:
        """Standard deviation of E[y | θ, model] over parameters and models (law of total variance)."""
        within = self._weighted({name: part.epistemic_sd**2 for name, part in self.parts.items()})
        return np.sqrt(within + self.model_sd**2)

    @cached_property
    def aleatoric_sd(self) -> FloatArray:
        """Root mean square of the scatter of y about it."""
        return np.sqrt(self._weighted({name: part.aleatoric_sd**2 for name, part in self.parts.items()}))

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of y, √(epistemic² + aleatoric²)."""
        return np.sqrt(self.epistemic_sd**2 + self.aleatoric_sd**2)

    @property
    def probabilities(self) -> FloatArray:
        """P(y = class), (M, C), in the order of `classes`; a SettingError for targets that are numbers."""
        return self._weighted({name: part.probabilities for name, part in self.parts.items()})

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """n draws of y (n, M, T), from each model as often as its weight says, in random order."""
        counts = rng.multinomial(n, list(self.weights.values()))
        drawn = [self.parts[name].sample(rng, k) for name, k in zip(self.weights, counts, strict=True) if k]
        return np.asarray(rng.permutation(np.concatenate(drawn)))

    def quantile(self, q: float | FloatArray) -> FloatArray:
        """Quantiles of y, from draws with a fixed seed; of f where there is no scatter about it.

        Raises
        ------
        SettingError : a target of classes, which have no order.
        """
        if self.classes is not None:
            raise SettingError("quantile: expected a target of numbers, got classes; use probabilities")
        values = np.quantile(self.sample(np.random.default_rng(0), _N_DRAWS), q, axis=0)
        return np.asarray(values[..., 0] if values.shape[-1] == 1 else values)

    def interval(self, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Equal-tailed interval of y that holds `level` of its probability."""
        if not 0 < level < 1:
            raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.9, say")
        return self.quantile(0.5 - level / 2), self.quantile(0.5 + level / 2)

    def _weighted(self, values: Mapping[str, FloatArray]) -> FloatArray:
        return np.asarray(sum(self.weights[name] * value for name, value in values.items() if self.weights[name]))


def average(predictions: Mapping[str, Predictive], *, weights: Mapping[str, float]) -> AveragedPredictive:
    """Bayesian model averaging: p(y) = Σ_k p(model_k | data) p(y | model_k, data).

    Parameters
    ----------
    predictions : by model, at the same inputs.
    weights : by model, adding up to one: the `probabilities` of a comparison. Their own errors are not carried over.

    Raises
    ------
    SettingError : other models in one than in the other, weights that are no probabilities, predictions at other inputs
        or of other targets.

    References
    ----------
    Hoeting et al., Bayesian model averaging: a tutorial, Statistical Science 14, 382 (1999).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> models = {
    ...     f"degree {d}": bnn.Posterior(
    ...         bnn.LinearModel(bnn.polynomial(d)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    ...     for d in (1, 2)
    ... }
    >>> each = {name: bnn.predict(post, bnn.laplace_posterior(post), [1.0, 3.0]) for name, post in models.items()}
    >>> both = bnn.average(each, weights=bnn.compare(models).probabilities)
    >>> both.mean.round(-1), both.model_sd.round()                          # km/s/Mpc, apart beyond the data
    (array([120., 270.]), array([ 1., 35.]))
    """
    _check(predictions, weights)
    total, X = sum(weights.values()), next(iter(predictions.values())).X
    return AveragedPredictive(X, dict(predictions), {name: weights[name] / total for name in predictions})


def _check(predictions: Mapping[str, Predictive], weights: Mapping[str, float]) -> None:
    if not predictions or predictions.keys() != weights.keys():
        raise SettingError(
            f"average: expected a weight for each prediction, got {', '.join(weights) or 'none'} for "
            f"{', '.join(predictions) or 'none'}; use one set of names"
        )
    values = np.array(list(weights.values()), dtype=np.float64)
    if not np.all(values >= 0) or not np.isclose(values.sum(), 1, rtol=0, atol=1e-6):
        raise SettingError(
            f"average: expected weights that are probabilities and add up to one, got {values.tolist()}; NaN is that "
            "of a comparison in which a model has no evidence"
        )
    first, *others = predictions.values()
    for other in others:
        if not np.array_equal(first.X, other.X) or first.mean.shape != other.mean.shape:
            raise SettingError(
                "average: expected predictions of one target at the same inputs X, got others; match them"
            )
        if not np.array_equal(np.asarray(first.classes), np.asarray(other.classes)):
            raise SettingError("average: expected the same classes in all predictions, got others; pass classes=")
