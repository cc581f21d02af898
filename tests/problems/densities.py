"""Log densities that carry their exact moments and normalization."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, polygamma

import bayesnn as bnn


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

    @cached_property
    def precision(self) -> np.ndarray:
        return np.linalg.inv(self.covariance)

    @cached_property
    def constant(self) -> float:
        return float(self.n_params * np.log(2 * np.pi) + np.linalg.slogdet(self.covariance)[1])

    def value_and_grad(self, theta):
        delta = theta - self.mean
        solved = delta @ self.precision
        return -0.5 * (np.sum(delta * solved, axis=-1) + self.constant), -solved


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


@dataclass(frozen=True, eq=False)
class Funnel:
    """v ~ N(0, s²) and P − 1 of x ~ N(0, eᵛ): Neal's funnel, mild where s is small; log Z = 0."""

    n_params: int
    s: float

    log_z = 0.0

    @property
    def mean(self) -> np.ndarray:
        return np.zeros(self.n_params)

    @property
    def variance(self) -> np.ndarray:
        return np.array([self.s**2] + [np.exp(0.5 * self.s**2)] * (self.n_params - 1))

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        v, x = theta[..., :1], theta[..., 1:]
        n, squares = self.n_params - 1, np.sum(x**2, axis=-1, keepdims=True) * np.exp(-v)
        value = -0.5 * ((v / self.s) ** 2 + n * v + squares + self.n_params * np.log(2 * np.pi)) - np.log(self.s)
        return value[..., 0], np.concatenate([-v / self.s**2 - 0.5 * n + 0.5 * squares, -x * np.exp(-v)], axis=-1)


@dataclass(frozen=True, eq=False)
class TwoNormals:
    """Of unit covariance in the plane, about ±center, the first of them with that weight; log Z = 0."""

    center: np.ndarray
    weight: float

    log_z = 0.0
    n_params = 2

    @property
    def mean(self) -> np.ndarray:
        return (2 * self.weight - 1) * self.center

    @property
    def variance(self) -> np.ndarray:
        return 1 + self.center**2 - self.mean**2

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        deltas = np.stack([theta - self.center, theta + self.center])
        weights = np.array([self.weight, 1 - self.weight]).reshape(2, *[1] * (theta.ndim - 1))
        logs = np.log(weights) - 0.5 * np.sum(deltas**2, axis=-1)
        value = np.logaddexp(*logs)
        return value - np.log(2 * np.pi), -np.sum(np.exp(logs - value)[..., None] * deltas, axis=0)


class NoHiddenLayer:
    """The posterior of a network of depth 0, P = 4: the conjugate linear model."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        X = rng.standard_normal((12, 3)) @ np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.3], [0.0, 0.0, 0.9]])
        data = bnn.Dataset(X, X @ [1.0, -2.0, 0.5] + rng.standard_normal(12), yerr=rng.uniform(0.5, 2.0, 12))
        self.posterior = bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0.3, 1.5)}, data=data)
        exact = bnn.exact_posterior(self.posterior)
        self.mean, self.covariance, self.variance = exact.mean, exact.covariance, np.diag(exact.covariance)
        self.n_params = self.posterior.n_params
        self.log_z = bnn.log_evidence(self.posterior, method="exact").log_z

    def __call__(self, theta):
        return self.posterior(theta)

    def value_and_grad(self, theta):
        return self.posterior.value_and_grad(theta)


PROBLEMS = {
    "gaussian P = 3": CorrelatedGaussian.of(3, condition=1e3, seed=1),
    "gaussian P = 20": CorrelatedGaussian.of(20, condition=100.0, seed=2),
    "gaussian P = 50": CorrelatedGaussian.of(50, condition=1e3, seed=3),
    "skewed P = 4": LogGammas(np.array([0.7, 1.0, 2.0, 5.0])),
    "funnel P = 4": Funnel(4, 0.7),
    "network of depth 0": NoHiddenLayer(),
    "two modes P = 2": TwoNormals(np.array([3.0, 2.0]), 0.7),
}
