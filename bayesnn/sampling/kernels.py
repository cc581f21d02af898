"""Moves of a cloud of particles that leave tempered posteriors as they are."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.particles import Particles, Parts

_LENGTH = 1.5
"""Of a trajectory, in units of scale: with 1 strong correlations are left, with 2 networks give less for their time."""
_LONGEST = 64
_METROPOLIS_STEPS = 8
"""In one move without gradient."""


@dataclass(frozen=True, eq=False)
class Rungs:
    """Powers β (G,) of the likelihood, each with how particles move there: steps (G,) in units of L, which is a scale
    of each component (G, P) or a root of a covariance (G, P, P)."""

    power: FloatArray
    step_size: FloatArray
    scale: FloatArray

    def __len__(self) -> int:
        return len(self.power)

    def take(self, rows: slice) -> "Rungs":
        """Those."""
        return Rungs(self.power[rows], self.step_size[rows], self.scale[rows])

    @staticmethod
    def together(rungs: list["Rungs"]) -> "Rungs":
        """One ladder of several."""
        parts = zip(*((r.power, r.step_size, r.scale) for r in rungs), strict=True)
        return Rungs(*map(np.concatenate, parts))


@dataclass(frozen=True, eq=False)
class Moved:
    """Where particles are after a move, the mean acceptance of each rung (G,), and what it took."""

    cloud: Particles
    acceptance: FloatArray
    n_evaluations: int


class Kernel(Protocol):
    """One move of every particle by itself; particles are in equal groups in a row, one a rung.

    A kernel keeps nothing: a move depends on the rungs alone, and leaves their densities as they are.
    """

    parts: Parts
    target: float
    first_step: float

    def scale(self, cloud: Particles, power: float) -> FloatArray: ...
    def move(self, cloud: Particles, rungs: Rungs, rng: np.random.Generator) -> Moved: ...


def kernel_of(posterior: PosteriorDensity) -> Kernel:
    """Hamiltonian where there is a gradient, else a random walk."""
    return (Hamiltonian if posterior.has_gradient else RandomWalk)(posterior)


class Hamiltonian:
    """Hamiltonian Monte Carlo, a scale for each component."""

    target = 0.85

    def __init__(self, posterior: PosteriorDensity) -> None:
        self.parts = Parts(posterior)
        self.first_step = posterior.n_params**-0.25

    def scale(self, cloud: Particles, power: float) -> FloatArray:
        """(var x / mean g²)^¼ of each component: its sd where the density is Gaussian, less across several modes."""
        slope = np.mean(cloud.grad(power) ** 2, axis=0) + 1e-300
        return np.asarray(np.maximum(cloud.theta.var(axis=0) / slope, 1e-100) ** 0.25)

    def move(self, cloud: Particles, rungs: Rungs, rng: np.random.Generator) -> Moved:
        """A trajectory of each particle, its step a little different for each; how far it goes is drawn for all."""
        size = len(cloud) // len(rungs)
        mean = np.clip(np.round(_LENGTH / rungs.step_size), 1, _LONGEST)
        n_steps = np.repeat(1 + np.floor(rng.uniform() * (2 * mean - 1)).astype(int), size)
        beta = np.repeat(rungs.power, size)
        jitter = np.exp(0.2 * rng.standard_normal((len(cloud), 1)))
        unit = jitter * np.repeat(rungs.step_size[:, None] * rungs.scale, size, axis=0)
        begin = rng.standard_normal(cloud.theta.shape)
        with np.errstate(all="ignore"):
            proposed, end = self._trajectories(cloud, begin, beta=beta, unit=unit, n_steps=n_steps)
            kinetic = 0.5 * (np.sum(begin**2, axis=1) - np.sum(end**2, axis=1))
            gain = proposed.log_prob(beta) - cloud.log_prob(beta) + kinetic
        moved, acceptance = _accept(cloud, proposed, gain, rng, len(rungs))
        return Moved(moved, acceptance, int(n_steps.sum()))

    def _trajectories(
        self, cloud: Particles, momenta: Array, *, beta: Array, unit: Array, n_steps: Array
    ) -> tuple[Particles, Array]:
        """Ends of leapfrog x' = x + u p', p' = p + u ∇ ln π_β, n_steps (M,) of each particle's own, and momenta there.

        The longest come first, so that those still under way are always the first ones.
        """
        order = np.argsort(-n_steps, kind="stable")
        beta, unit, n_steps = beta[order], unit[order], n_steps[order]
        here, ends = cloud.take(order), []
        p = momenta[order] + 0.5 * unit * here.grad(beta)
        for step in range(1, int(n_steps[0]) + 1):
            n = np.count_nonzero(n_steps >= step)
            stay = np.count_nonzero(n_steps > step)
            here = self.parts.along(here.theta[:n] + unit[:n] * p[:n])
            kick = np.where(n_steps[:n] > step, 1.0, 0.5)[:, None]
            p[:n] += kick * unit[:n] * here.grad(beta[:n])
            if stay < n:
                ends.append(here.take(slice(stay, n)))
        back = np.argsort(order)
        return self.parts.exact(Particles.together(ends[::-1])).take(back), p[back]


class RandomWalk:
    """Metropolis steps with the covariance of the cloud: for functions without gradient, in low dimension."""

    target = 0.3

    def __init__(self, posterior: PosteriorDensity) -> None:
        self.parts = Parts(posterior)
        self.first_step = 2.4 * posterior.n_params**-0.5

    def scale(self, cloud: Particles, power: float) -> FloatArray:
        """A root of the covariance (P, P)."""
        delta = cloud.theta - cloud.theta.mean(axis=0)
        values, axes = np.linalg.eigh(delta.T @ delta / len(delta))
        return np.asarray(axes * np.sqrt(np.maximum(values, 1e-200)))

    def move(self, cloud: Particles, rungs: Rungs, rng: np.random.Generator) -> Moved:
        """Several steps of each particle, of lengths that differ."""
        size, acceptance = len(cloud) // len(rungs), np.zeros(len(rungs))
        beta, steps = np.repeat(rungs.power, size), np.repeat(rungs.step_size, size)[:, None]
        for _ in range(_METROPOLIS_STEPS):
            lengths = steps * np.exp(0.5 * rng.standard_normal((len(cloud), 1)))
            jumps = _grouped(lengths * rng.standard_normal(cloud.theta.shape), len(rungs)) @ rungs.scale.mT
            proposed = self.parts.at(cloud.theta + jumps.reshape(cloud.theta.shape))
            with np.errstate(invalid="ignore"):
                gain = proposed.log_prob(beta) - cloud.log_prob(beta)
            cloud, accepted = _accept(cloud, proposed, gain, rng, len(rungs))
            acceptance += accepted / _METROPOLIS_STEPS
        return Moved(cloud, acceptance, _METROPOLIS_STEPS * len(cloud))


def _accept(
    cloud: Particles, proposed: Particles, gain: Array, rng: np.random.Generator, n_groups: int
) -> tuple[Particles, Array]:
    """Each with probability min(1, exp(gain)), and the mean of that in each group (G,); what is not finite stays."""
    gain = np.where(np.isfinite(gain), gain, -np.inf)
    accepted = np.log(rng.uniform(size=len(gain))) < gain
    return cloud.moved(accepted, proposed), _grouped(np.exp(np.minimum(gain, 0.0)), n_groups).mean(axis=1)


def _grouped(values: Array, n_groups: int) -> Array:
    return values.reshape(n_groups, -1, *values.shape[1:])
