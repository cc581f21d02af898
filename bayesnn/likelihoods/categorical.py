"""Several classes: one output each, whose softmax is their probability."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesnn.likelihoods.labels import checked_classes, classes_of, encoded
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table


@dataclass(frozen=True, eq=False)
class Categorical:
    """One of K classes, P(class k) = e^f_k / Σ_j e^f_j: multinomial logistic regression.

    ln p(k | f) = Σ f_k − ln Σ_j e^f_j

    A constant added to all outputs changes nothing: only a prior holds it.

    Parameters
    ----------
    classes : the K labels in the order of the outputs; left out, the distinct labels of the table, sorted. Give
        them where a table may lack one.

    Raises
    ------
    SettingError : classes that are not two or more distinct labels.
    DataError : labels of one class, or unknown ones; several targets; error bars; a standardized target.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], ["red", "green", "blue"])
    >>> post = bnn.Posterior(bnn.MLP((1, 3)), bnn.Categorical(), prior={"*": bnn.Normal(0, 1)}, data=data)
    >>> round(float(post.log_likelihood(np.zeros(6))), 6)                         # −3 ln 3
    -3.295837
    >>> bnn.predict(post, bnn.maximum_a_posteriori(post), [1.0]).classes
    array(['blue', 'green', 'red'], dtype='<U5')
    """

    classes: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        checked_classes("Categorical", self.classes)

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """No unknowns of its own."""
        return {}

    def targets(self, table: Table) -> tuple[FloatArray, None]:
        """The index of each row's class, (N, 1)."""
        return encoded("Categorical", table, self.labels(table)), None

    def labels(self, table: Table) -> Array:
        """The labels of the classes (K,)."""
        return classes_of("Categorical", table, self.classes)

    def n_outputs(self, y: FloatArray) -> int:
        """K, one output a class."""
        return int(y.max()) + 1 if self.classes is None else len(self.classes)

    def log_prob(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p(y | outputs), summed over rows: (..., N, K) → (...)."""
        return np.asarray(self.pointwise(outputs, rows, noise).sum(axis=-1))

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N)."""
        return np.asarray(np.sum(_log_softmax(outputs) * _is_class(outputs, rows), axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...) and its derivative by the outputs (..., N, K), [k is the class] − P(class k)."""
        hit, shifted = _is_class(outputs, rows), outputs - outputs.max(axis=-1, keepdims=True)
        p = np.exp(shifted)
        total = p.sum(axis=-1, keepdims=True)
        p /= total
        shifted *= hit
        value = (shifted.sum(axis=-1) - np.log(total)[..., 0]).sum(axis=-1)
        return value, np.subtract(hit, p, out=p), {}

    def mean(self, outputs: Array) -> Array:
        """P(class k), (..., N, K)."""
        return np.asarray(np.exp(_log_softmax(outputs)))

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """p (1 − p) of the indicator of each class, (..., N, K)."""
        p = self.mean(outputs)
        return np.asarray(p * (1 - p))

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """Indices of new classes, (..., N, 1)."""
        edges = np.cumsum(self.mean(outputs), axis=-1)[..., :-1]
        return np.asarray(np.sum(rng.random((*outputs.shape[:-1], 1)) > edges, axis=-1, keepdims=True))

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """diag(p) − p pᵀ, (..., N, K, K)."""
        p = self.mean(outputs)
        return p[..., None] * (np.eye(p.shape[-1]) - p[..., None, :])


def _log_softmax(outputs: Array) -> Array:
    shifted = outputs - np.max(outputs, axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True)))


def _is_class(outputs: Array, rows: Rows) -> Array:
    """1 for the class of each row and 0 for the others, (N, K), laid out as the outputs of networks: rows last."""
    return np.asarray((rows.y.mT == np.arange(outputs.shape[-1])[:, None]).astype(outputs.dtype).mT)
