"""Moves of a cloud of particles that leave a tempered posterior as it is, tuned by the cloud."""

from typing import Protocol

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array
from bayesnn.sampling.leapfrog import Phase, leapfrog
from bayesnn.sampling.metric import Diagonal
from bayesnn.sampling.particles import Particles, Power, Tempered

_LENGTH = 1.5
"""Of a trajectory, in units of scale. With 1 the evidence of a Gaussian with correlations of 0.95 comes out 0.04 nats
too high from 1000 particles; with 2 chains on networks give less for their time."""
_LONGEST = 64
_METROPOLIS_STEPS = 8
"""In one move without gradient."""


class Kernel(Protocol):
    """One move of every particle by itself; while it `adapts`, its acceptance sets the length of the next."""

    n_evaluations: int
    adapts: bool

    def tune(self, cloud: Particles, beta: Power) -> None: ...
    def move(self, cloud: Particles, beta: Power, rng: np.random.Generator) -> Particles: ...


def kernel_of(posterior: PosteriorDensity, *, n_groups: int = 1) -> Kernel:
    """Hamiltonian where there is a gradient, else a random walk; each of G equal groups in a row has its own tuning."""
    return (Hamiltonian if posterior.has_gradient else RandomWalk)(posterior, n_groups)


class Hamiltonian:
    """Hamiltonian Monte Carlo whose scales follow the cloud and whose step follows the acceptance."""

    target = 0.85

    def __init__(self, posterior: PosteriorDensity, n_groups: int) -> None:
        self.posterior = posterior
        self.n_evaluations = 0
        self.adapts = True
        self.scale = np.ones((n_groups, posterior.n_params))
        self.step_size = np.full(n_groups, posterior.n_params**-0.25)

    def tune(self, cloud: Particles, beta: Power) -> None:
        """(var x / mean g²)^¼ of each component: its sd where the density is Gaussian, less across several modes."""
        theta, grad = (_grouped(part, len(self.scale)) for part in (cloud.theta, cloud.grad(beta)))
        self.scale = np.maximum(theta.var(axis=1) / (np.mean(grad**2, axis=1) + 1e-300), 1e-100) ** 0.25

    def move(self, cloud: Particles, beta: Power, rng: np.random.Generator) -> Particles:
        """A trajectory of each particle, its step a little different for each; the number of steps is drawn for all."""
        density, size = Tempered(self.posterior, beta), len(cloud) // len(self.scale)
        mean = int(np.clip(round(_LENGTH / float(self.step_size.min())), 1, _LONGEST))
        n_steps = int(rng.integers(1, 2 * mean))
        steps = np.repeat(self.step_size, size)[:, None] * np.exp(0.2 * rng.standard_normal((len(cloud), 1)))
        momenta = rng.standard_normal(cloud.theta.shape)
        start = Phase(cloud.theta, cloud.log_prob(beta), cloud.grad(beta), momenta)
        with np.errstate(all="ignore"):
            end = leapfrog(density, start, steps, n_steps, Diagonal(np.repeat(self.scale, size, axis=0)))
            gain = start.energy - end.energy
        self.n_evaluations += n_steps * len(cloud)
        assert density.last is not None
        moved, acceptance = _accept(cloud, density.last, gain, rng, len(self.scale))
        if self.adapts:
            self.step_size = self.step_size * np.exp(acceptance - self.target)
        return moved


class RandomWalk:
    """Metropolis steps with the covariance of the cloud: for functions without gradient, in low dimension."""

    target = 0.3

    def __init__(self, posterior: PosteriorDensity, n_groups: int) -> None:
        self.posterior = posterior
        self.n_evaluations = 0
        self.adapts = True
        self.root = np.tile(np.eye(posterior.n_params), (n_groups, 1, 1))
        self.step_size = np.full(n_groups, 2.4 * posterior.n_params**-0.5)

    def tune(self, cloud: Particles, beta: Power) -> None:
        """A root of the covariance of each group."""
        theta = _grouped(cloud.theta, len(self.root))
        delta = theta - theta.mean(axis=1, keepdims=True)
        values, axes = np.linalg.eigh(delta.mT @ delta / theta.shape[1])
        self.root = axes * np.sqrt(np.maximum(values, 1e-200))[:, None, :]

    def move(self, cloud: Particles, beta: Power, rng: np.random.Generator) -> Particles:
        """Several steps of each particle, of lengths that differ."""
        groups, size = len(self.root), len(cloud) // len(self.root)
        for _ in range(_METROPOLIS_STEPS):
            lengths = np.repeat(self.step_size, size)[:, None] * np.exp(0.5 * rng.standard_normal((len(cloud), 1)))
            jumps = _grouped(lengths * rng.standard_normal(cloud.theta.shape), groups) @ self.root.mT
            proposed = Particles.at(self.posterior, cloud.theta + jumps.reshape(cloud.theta.shape))
            with np.errstate(invalid="ignore"):
                gain = proposed.log_prob(beta) - cloud.log_prob(beta)
            self.n_evaluations += len(cloud)
            cloud, acceptance = _accept(cloud, proposed, gain, rng, groups)
            if self.adapts:
                self.step_size = self.step_size * np.exp(acceptance - self.target)
        return cloud


def _accept(
    cloud: Particles, proposed: Particles, gain: Array, rng: np.random.Generator, n_groups: int
) -> tuple[Particles, Array]:
    """Each with probability min(1, exp(gain)), and the mean of that in each group (G,); what is not finite stays."""
    gain = np.where(np.isfinite(gain), gain, -np.inf)
    accepted = np.log(rng.uniform(size=len(gain))) < gain
    return cloud.moved(accepted, proposed), _grouped(np.exp(np.minimum(gain, 0.0)), n_groups).mean(axis=1)


def _grouped(values: Array, n_groups: int) -> Array:
    return values.reshape(n_groups, -1, *values.shape[1:])
