"""A network of one hidden layer whose output layer is integrated in closed form, with its scales and noise unknown.

What is left, hidden weights and four scales, is of fewer dimensions and far less stiff than the network, so that
annealed SMC finds an evidence without Laplace's approximation, and without scales that were fitted to the data.
"""

from dataclasses import dataclass

import numpy as np

import bayesnn as bnn

_CHUNK = 64
"""Walkers at a time, to stay in cache."""
_LARGEST = 1e12
"""Of B: beyond, its unit matrix is lost to rounding; the prior has 1e-7 of its mass there."""
SPREAD = 1.5
"""Of ln scale, for all four, about 1."""


@dataclass(frozen=True, eq=False)
class MarginalNetwork:
    """y = Φ w + σ ε with Φ = [tanh(X W + b), 1], W = s_w u, b = s_b v and w ~ N(0, s_out²).

    With q = s_out² / σ², B = q ΦᵀΦ + I, μ = q B⁻¹Φᵀy, r = y − Φμ and K targets,
    ln p(y | W, b, scales) = −½ Σ yᵀr / σ² − ½ K (ln |B| + N ln 2πσ²), and its slopes are
    ∂Φ: Σ r μᵀ / σ² − K q Φ B⁻¹, ∂ ln s_out: Σ μ² / s_out² − K γ, ∂ ln σ: Σ r² / σ² − K (N − γ).
    There γ = J − tr B⁻¹ of J columns.
    """

    data: bnn.Dataset
    n_units: int

    def posterior(self, scales: dict[str, float] | None = None) -> bnn.FunctionPosterior:
        """Standard normal u and v, and scales that are log-normal, or as given."""
        unknown = dict.fromkeys(("s_w", "s_b", "s_out", "sigma"), bnn.LogNormal(s=SPREAD))
        hidden = {"u": bnn.Normal(0, 1, shape=(2, self.n_units)), "v": bnn.Normal(0, 1, shape=(self.n_units,))}
        last = _Last(self)
        return bnn.FunctionPosterior(last.value, hidden | unknown | (scales or {}), grad=last.slopes, vectorized=True)

    def all(self, u, v, s_w, s_b, s_out, sigma) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """ln p(y | ...) (W,) and its slopes."""
        with np.errstate(all="ignore"):  # scales of 1e200 on the way of a trajectory
            parts = [
                self._some(*(a[i : i + _CHUNK] for a in (u, v, s_w, s_b, s_out, sigma)))
                for i in range(0, len(v), _CHUNK)
            ]
        values, slopes = zip(*parts, strict=True)
        return np.concatenate(values), {name: np.concatenate([s[name] for s in slopes]) for name in slopes[0]}

    def mean(self, X: np.ndarray, u, v, s_w, s_b, s_out, sigma) -> np.ndarray:
        """Of y at X (W, N, K), over output weights."""
        phi = _columns(self.data.X, u, v, s_w, s_b)
        B = phi.mT @ phi + ((sigma / s_out) ** 2)[:, None, None] * np.eye(self.n_units + 1)
        return _columns(X, u, v, s_w, s_b) @ np.linalg.solve(B, phi.mT @ self.data.y)

    def _some(self, u, v, s_w, s_b, s_out, sigma) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        X, y, n_columns = self.data.X, self.data.y, self.n_units + 1
        n_rows, n_targets = y.shape
        phi = _columns(X, u, v, s_w, s_b)
        ratio = ((s_out / sigma) ** 2)[:, None, None]
        B = ratio * (phi.mT @ phi) + np.eye(n_columns)
        sane = np.all(np.abs(B) < _LARGEST, axis=(1, 2))
        inverse = np.linalg.inv(np.where(sane[:, None, None], B, np.eye(n_columns)))
        mu, noise = ratio * (inverse @ (phi.mT @ y)), sigma**-2
        r = y - phi @ mu
        gamma = n_columns - np.trace(inverse, axis1=1, axis2=2)
        log_det = np.linalg.slogdet(B)[1] + n_rows * np.log(2 * np.pi * sigma**2)
        value = np.where(sane, -0.5 * noise * np.sum(y * r, axis=(1, 2)) - 0.5 * n_targets * log_det, -np.inf)
        push = noise[:, None, None] * (r @ mu.mT) - n_targets * ratio * (phi @ inverse)
        pull = push[:, :, :-1] * (1 - phi[:, :, :-1] ** 2)
        of_weights, of_biases = X.T @ pull, pull.sum(axis=1)
        return value, {
            "u": s_w[:, None, None] * of_weights,
            "v": s_b[:, None] * of_biases,
            "s_w": np.sum(u * of_weights, axis=(1, 2)),
            "s_b": np.sum(v * of_biases, axis=1),
            "s_out": (np.sum(mu**2, axis=(1, 2)) / s_out**2 - n_targets * gamma) / s_out,
            "sigma": (noise * np.sum(r**2, axis=(1, 2)) - n_targets * (n_rows - gamma)) / sigma,
        }


def _columns(X: np.ndarray, u, v, s_w, s_b) -> np.ndarray:
    """Φ (W, N, J)."""
    phi = np.ones((len(v), len(X), v.shape[-1] + 1))
    np.tanh(X @ (s_w[:, None, None] * u) + (s_b[:, None] * v)[:, None, :], out=phi[:, :, :-1])
    return phi


class _Last:
    """Value and slopes are asked for one after the other, at the same place."""

    def __init__(self, network: MarginalNetwork) -> None:
        self.network, self.at, self.found = network, None, None

    def _find(self, arguments):
        if self.at is None or not all(np.array_equal(a, b) for a, b in zip(self.at, arguments, strict=True)):
            self.found, self.at = self.network.all(*arguments), tuple(np.array(a) for a in arguments)
        return self.found

    def value(self, u, v, s_w, s_b, s_out, sigma):
        return self._find((u, v, s_w, s_b, s_out, sigma))[0]

    def slopes(self, u, v, s_w, s_b, s_out, sigma):
        return self._find((u, v, s_w, s_b, s_out, sigma))[1]
