"""Points with their densities and slopes, and the integrator of Hamiltonian moves."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bayesnn.protocols import Array, FloatArray, LogDensity
from bayesnn.sampling.metric import Metric
from bayesnn.sampling.precision import exact_log_prob


@dataclass(frozen=True, eq=False)
class Point:
    """Where walkers are, x (W, P), with their log density (W,) and its gradient (W, P)."""

    x: Array
    log_prob: Array
    grad: Array

    def take(self, walkers: Array) -> Self:
        """Those walkers."""
        return type(self)(**{name: of[walkers] for name, of in vars(self).items()})

    def put(self, walkers: Array, end: "Point") -> Self:
        """With those walkers at their ends."""
        whole = {name: of.copy() for name, of in vars(self).items()}
        for name, of in whole.items():
            of[walkers] = getattr(end, name)
        return type(self)(**whole)


@dataclass(frozen=True, eq=False)
class Phase(Point):
    """A point with momenta p (W, P) along z of x = L z, or with directions."""

    p: Array

    @property
    def turned(self) -> "Phase":
        """The same with opposite momenta, from where a trajectory goes back."""
        return replace(self, p=-self.p)

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
    density: LogDensity, begin: Phase, step_size: float, n_steps: int, metric: Metric
) -> tuple[Phase, Array]:
    """Ends of leapfrog, and H − H', the log of the ratio that accepts them (W,)."""
    end = leapfrog(density, begin, step_size, n_steps, metric)
    end = replace(end, log_prob=exact_log_prob(density, end.x, end.log_prob))
    return end, begin.energy - end.energy
