"""From modes to where the mass of a posterior is: unadjusted dynamics whose errors shrink."""

import numpy as np

from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.moves.mams import turn

_STEPS_A_PARAMETER, _MOST_STEPS = 10, 5000
_ERRORS = 0.5, 0.02
"""Mean square error of the energy in a step, for each parameter: at first, and in the end."""
_RATE = 0.02
"""With which the step size follows the errors."""
_WORST = 20.0
"""Of a single error over the one that is wanted."""


def n_relaxation_steps(n_params: int) -> int:
    """Gradients that `relax` takes for each walker."""
    return min(_STEPS_A_PARAMETER * n_params, _MOST_STEPS)


def relax(density: LogDensity, theta: Array, rng: np.random.Generator) -> Array:
    """Walkers (W, P) after microcanonical Langevin dynamics without Metropolis test.

    Modes of a network are far from where its posterior's mass is, and chains that must be exact take steps five times
    shorter on the way. So until draws count every step is taken, unless its energy is lost, and sizes are such that the
    mean square of its error, a parameter, falls from ½ to a fiftieth. Each walker has a step size and scales of its
    own, (var x / var g)^¼ of what it has seen. Walkers do not see each other.

    References
    ----------
    Robnik, De Luca, Silverstein & Seljak, Microcanonical Hamiltonian Monte Carlo, JMLR 24, 311 (2023); Sommer et al.,
    Microcanonical Langevin ensembles, ICLR (2025), whose warm-up this follows.
    """
    n_params = theta.shape[1]
    n_steps = n_relaxation_steps(n_params)
    x, (value, grad) = theta, density.value_and_grad(theta)
    u = _unit(rng.standard_normal(x.shape))
    scale, log_step, seen = np.ones_like(x), np.full((len(x), 1), np.log(0.005)), Fading(x, grad)
    renewals = {n_steps // 8, n_steps // 4, n_steps // 2}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for i in range(n_steps):
            step = np.exp(log_step) * np.sqrt(n_params)
            turned, before = turn(u, scale * grad, 0.5 * step)
            new = x + step * scale * turned
            new_value, new_grad = density.value_and_grad(new)
            turned, after = turn(turned, scale * new_grad, 0.5 * step)
            error = before + after - (new_value - value)
            kept = (np.isfinite(error) & (np.abs(error) < 3 * n_params))[:, None]
            x, grad, u = np.where(kept, new, x), np.where(kept, new_grad, grad), np.where(kept, turned, -u)
            value = np.where(kept[:, 0], new_value, value)
            wanted = _ERRORS[0] + (_ERRORS[1] - _ERRORS[0]) * i / n_steps
            ratio = np.where(kept[:, 0], np.minimum(error**2 / (n_params * wanted), _WORST), _WORST)
            log_step = np.minimum(log_step + _RATE * (1 - ratio[:, None]), 0.0)
            seen.observe(x, grad)
            if i in renewals and seen.count > 1:
                new_scale = seen.scale()
                log_step += np.mean(np.log(scale / new_scale), axis=1, keepdims=True)
                scale = new_scale
            u = _unit(u + np.sqrt(np.expm1(2 * step / np.sqrt(n_params)) / n_params) * rng.standard_normal(u.shape))
    return x


class Fading:
    """Variances of positions and gradients of each walker (2, W, P), of the last thousand steps or so."""

    def __init__(self, x: Array, grad: Array) -> None:
        self.count = 0
        self.mean = np.stack([x, grad])
        self.variance = np.zeros_like(self.mean)

    def observe(self, x: Array, grad: Array) -> None:
        """One more step."""
        self.count += 1
        weight = max(1 / self.count, 1e-3)
        delta = np.stack([x, grad]) - self.mean
        self.mean += weight * delta
        self.variance = (1 - weight) * (self.variance + weight * delta**2)

    def scale(self) -> Array:
        """(var x / var g)^¼, (W, P)."""
        return np.asarray(((self.variance[0] + 1e-300) / (self.variance[1] + 1e-300)) ** 0.25)


def _unit(u: Array) -> Array:
    return np.asarray(u / np.linalg.norm(u, axis=1, keepdims=True))
