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

    def over(self, temperature: float) -> Self:
        """The same of π^(1/T)."""
        return replace(self, log_prob=self.log_prob / temperature, grad=self.grad / temperature)


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
    return _leapfrog(density, start, step_size, n_steps, metric)[0]


def _leapfrog(
    density: LogDensity, start: Phase, step_size: float | FloatArray, n_steps: int, metric: Metric
) -> tuple[Phase, Array]:
    """The end, and the lowest log density on the way."""
    x, log_prob, grad, lowest = start.x, start.log_prob, start.grad, np.asarray(np.inf)
    p = start.p + 0.5 * step_size * metric.pull(grad)
    for i in range(n_steps):
        x = x + step_size * metric.push(p)
        log_prob, grad = density.value_and_grad(x)
        lowest = np.minimum(lowest, log_prob)
        p = p + (1.0 if i < n_steps - 1 else 0.5) * step_size * metric.pull(grad)
    return Phase(x, log_prob, grad, p), np.asarray(lowest)


def hamiltonian(
    density: LogDensity, begin: Phase, step_size: float, n_steps: int, metric: Metric
) -> tuple[Phase, Array]:
    """Ends of leapfrog, and H − H', the log of the ratio that accepts them (W,)."""
    end, lowest = _leapfrog(density, begin, step_size, n_steps, metric)
    end = replace(end, log_prob=log_prob_of_ends(density, begin, end.x, end.log_prob, lowest))
    return end, begin.energy - end.energy


def log_prob_of_ends(density: LogDensity, begin: Phase, x: Array, log_prob: Array, lowest: Array) -> Array:
    """Exact ones, (W,); −∞ where the way led from some density through none, out of which no slope leads.

    What is refused is refused both ways, as the way back is the same. To go on would cost an energy that does not get
    less with shorter steps.
    """
    refused = np.isneginf(lowest) & ~np.isneginf(begin.log_prob)
    return np.where(refused, -np.inf, exact_log_prob(density, x, log_prob))
