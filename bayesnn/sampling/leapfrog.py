"""Points with their densities and slopes, and the integrator of Hamiltonian moves."""

from dataclasses import dataclass

import numpy as np

from bayesnn.protocols import Array, FloatArray, LogDensity
from bayesnn.sampling.metric import Metric


@dataclass(frozen=True, eq=False)
class Point:
    """Where walkers are, x (W, P), with their log density (W,) and its gradient (W, P)."""

    x: Array
    log_prob: Array
    grad: Array

    def take(self, walkers: Array) -> "Point":
        """Those walkers."""
        return Point(self.x[walkers], self.log_prob[walkers], self.grad[walkers])

    def put(self, walkers: Array, end: "Point") -> "Point":
        """With those walkers at their ends."""
        x, log_prob, grad = self.x.copy(), self.log_prob.copy(), self.grad.copy()
        x[walkers], log_prob[walkers], grad[walkers] = end.x, end.log_prob, end.grad
        return Point(x, log_prob, grad)


@dataclass(frozen=True, eq=False)
class Phase(Point):
    """A point with momenta p (W, P) along z of x = L z."""

    p: Array

    @property
    def energy(self) -> Array:
        """H = ½ |p|² − log density, (W,)."""
        return np.asarray(0.5 * np.einsum("wp,wp->w", self.p, self.p) - self.log_prob)


def leapfrog(density: LogDensity, start: Phase, step_size: float | FloatArray, n_steps: int, metric: Metric) -> Phase:
    """n_steps of x' = x + ε L p', p' = p + ε Lᵀ ∇ ln π, every walker by itself; ε may be one a walker (W, 1)."""
    x, log_prob, grad = start.x, start.log_prob, start.grad
    p = start.p + 0.5 * step_size * metric.pull(grad)
    for i in range(n_steps):
        x = x + step_size * metric.push(p)
        log_prob, grad = density.value_and_grad(x)
        p = p + (1.0 if i < n_steps - 1 else 0.5) * step_size * metric.pull(grad)
    return Phase(x, log_prob, grad, p)


def hamiltonian(
    density: LogDensity, start: Point, step_size: float, n_steps: int, metric: Metric, rng: np.random.RandomState
) -> tuple[Point, Array]:
    """Ends of leapfrog from normal momenta, and H − H', the log of the ratio that accepts them (W,)."""
    begin = Phase(start.x, start.log_prob, start.grad, rng.standard_normal(start.x.shape))
    end = leapfrog(density, begin, step_size, n_steps, metric)
    return end, begin.energy - end.energy
