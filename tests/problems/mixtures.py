"""A likelihood that is a mixture of two normals, under a normal prior: posterior and evidence in closed form."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

import bayesnn as bnn

_SCALE, _CENTER = 5.0, 3.0


@dataclass(frozen=True, eq=False)
class TwoModes:
    """L = Σ_m share_m N(x; ∓3 · 1, width_m²) in d dimensions, prior N(0, 5²)."""

    n_dimensions: int
    shares: tuple[float, float]
    widths: tuple[float, float]

    @property
    def posterior(self) -> bnn.FunctionPosterior:
        return bnn.FunctionPosterior(self._value, self._prior, grad=self._slope, vectorized=True)

    @property
    def log_z(self) -> float:
        return float(np.logaddexp.reduce(self._masses))

    @property
    def probabilities(self) -> np.ndarray:
        """Of the two modes, in the posterior."""
        return np.exp(self._masses - self.log_z)

    def draws(self, modes: np.ndarray, *, seed: int) -> np.ndarray:
        """Posterior draws (..., d), each from that mode (...)."""
        noise = np.random.default_rng(seed).standard_normal((*modes.shape, self.n_dimensions))
        variances = np.square(self.widths)
        means = self._centers * (_SCALE**2 / (_SCALE**2 + variances))[:, None]
        return means[modes] + _SCALE * np.sqrt(variances / (_SCALE**2 + variances))[modes][..., None] * noise

    @property
    def _prior(self) -> dict[str, bnn.Normal]:
        return {"x": bnn.Normal(0, _SCALE, shape=(self.n_dimensions,))}

    @cached_property
    def _centers(self) -> np.ndarray:
        return np.outer([-_CENTER, _CENTER], np.ones(self.n_dimensions))

    @property
    def _masses(self) -> np.ndarray:
        """ln of what each mode adds to Z."""
        return self._normal(np.sum(self._centers**2, axis=-1), _SCALE**2 + np.square(self.widths))

    def _normal(self, squares: np.ndarray, variances: np.ndarray) -> np.ndarray:
        return np.log(self.shares) - 0.5 * (squares / variances + self.n_dimensions * np.log(2 * np.pi * variances))

    def _parts(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        delta = x[..., None, :] - self._centers
        return delta, self._normal(np.sum(delta**2, axis=-1), np.square(self.widths))

    def _value(self, x: np.ndarray) -> np.ndarray:
        return np.logaddexp.reduce(self._parts(x)[1], axis=-1)

    def _slope(self, x: np.ndarray) -> dict[str, np.ndarray]:
        delta, log_l = self._parts(x)
        share = np.exp(log_l - np.logaddexp.reduce(log_l, axis=-1)[..., None]) / np.square(self.widths)
        return {"x": -np.sum(share[..., None] * delta, axis=-2)}
