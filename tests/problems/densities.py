"""Log densities that carry their exact moments and normalization."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, polygamma


@dataclass(frozen=True, eq=False)
class CorrelatedGaussian:
    """N(mean, covariance) in P dimensions, normalized: log Z = 0."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, n_params: int, *, condition: float, seed: int) -> "CorrelatedGaussian":
        """Random orientation, eigenvalues spread over that condition number."""
        rng = np.random.default_rng(seed)
        axes, _ = np.linalg.qr(rng.standard_normal((n_params, n_params)))
        values = np.geomspace(1 / np.sqrt(condition), np.sqrt(condition), n_params)
        return cls(rng.standard_normal(n_params), (axes * values) @ axes.T)

    log_z = 0.0

    @property
    def n_params(self) -> int:
        return len(self.mean)

    @property
    def variance(self) -> np.ndarray:
        return np.diag(self.covariance)

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        delta = theta - self.mean
        solved = np.linalg.solve(self.covariance, delta.T).T
        constant = self.n_params * np.log(2 * np.pi) + np.linalg.slogdet(self.covariance)[1]
        return -0.5 * (np.sum(delta * solved, axis=-1) + constant), -solved


@dataclass(frozen=True, eq=False)
class LogGammas:
    """Independent logarithms of Gamma(shape) variables: skewed, with closed moments; log Z = 0."""

    shapes: np.ndarray

    log_z = 0.0

    @property
    def n_params(self) -> int:
        return len(self.shapes)

    @property
    def mean(self) -> np.ndarray:
        return polygamma(0, self.shapes)

    @property
    def variance(self) -> np.ndarray:
        return polygamma(1, self.shapes)

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        value = np.sum(self.shapes * theta - np.exp(theta) - gammaln(self.shapes), axis=-1)
        return value, self.shapes - np.exp(theta)


PROBLEMS = {
    "gaussian P = 3": CorrelatedGaussian.of(3, condition=20.0, seed=1),
    "gaussian P = 20": CorrelatedGaussian.of(20, condition=100.0, seed=2),
    "skewed P = 4": LogGammas(np.array([0.7, 1.0, 2.0, 5.0])),
}
