"""Two classes: one output, the log odds of the second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_expit

from bayesnn.errors import DataError, SettingError
from bayesnn.likelihoods.labels import checked_classes, classes_of, encoded
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table


@dataclass(frozen=True, eq=False)
class Bernoulli:
    """y ∈ {0, 1} with P(y = 1) = 1 / (1 + e^−f), the likelihood behind logistic regression.

    ln p(y | f) = Σ y f − ln(1 + e^f)

    Parameters
    ----------
    classes : the two labels, that of y = 0 first; left out, the two labels of the table, sorted: 0 and 1, False
        and True, or text. Give them where a table may hold one of them only.

    Raises
    ------
    SettingError : classes that are not two distinct labels.
    DataError : labels of one class, of three, or unknown ones; several targets; error bars; a standardized target.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], ["no", "yes", "yes"])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Bernoulli(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> round(float(post.log_likelihood([0.0, 0.0])), 6)                         # three fair coins: −3 ln 2
    -2.079442
    >>> prediction = bnn.predict(post, bnn.maximum_a_posteriori(post), [1.0])
    >>> prediction.classes, prediction.probabilities.round(2)
    (array(['no', 'yes'], dtype='<U3'), array([[0.33, 0.67]]))
    """

    classes: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        checked_classes("Bernoulli", self.classes)
        if self.classes is not None and len(self.classes) != 2:
            raise SettingError(f"Bernoulli: expected two classes, got {len(self.classes)}; use Categorical")

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """No unknowns of its own."""
        return {}

    def targets(self, table: Table) -> tuple[FloatArray, None]:
        """0 or 1 for each row, (N, 1)."""
        return encoded("Bernoulli", table, self.labels(table)), None

    def labels(self, table: Table) -> Array:
        """The labels of y = 0 and y = 1."""
        labels = classes_of("Bernoulli", table, self.classes)
        if len(labels) > 2:
            raise DataError(f"Bernoulli: expected two classes, got {len(labels)}; use Categorical")
        return labels

    def n_outputs(self, y: FloatArray) -> int:
        """One."""
        return 1

    def log_prob(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p(y | outputs), summed over rows: (..., N, 1) → (...)."""
        return np.asarray(self.pointwise(outputs, rows, noise).sum(axis=-1))

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N)."""
        return np.asarray(log_expit(_sign(outputs, rows) * outputs)[..., 0])

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...) and its derivative by the outputs (..., N, 1), y − P(y = 1)."""
        sign = _sign(outputs, rows)
        return log_expit(sign * outputs).sum(axis=(-2, -1)), sign * expit(-sign * outputs), {}

    def mean(self, outputs: Array) -> Array:
        """P(y = 1)."""
        return np.asarray(expit(outputs))

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """p (1 − p)."""
        return np.asarray(expit(outputs) * expit(-outputs))

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """New targets (..., N, 1), 0 or 1."""
        return np.asarray(rng.random(outputs.shape) < expit(outputs)).astype(np.int64)

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """p (1 − p), (..., N, 1, 1)."""
        return self.variance(outputs, noise)[..., None]


def _sign(outputs: Array, rows: Rows) -> Array:
    """+1 where y = 1, −1 where y = 0."""
    return 2 * rows.y.astype(outputs.dtype, copy=False) - 1
