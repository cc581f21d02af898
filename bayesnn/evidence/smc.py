"""Annealed sequential Monte Carlo: particles follow the likelihood from the prior to the posterior."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.weights import agreed, log_mean_exp, longest_step, prior_cloud, systematic
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Executor, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.kernels import Kernel, kernel_of
from bayesnn.sampling.particles import Particles

_SHARE = 0.8
"""Effective sample of a change of temperature, as a share of the particles."""
_STUCK = 0.7
"""Correlation of ln L between the ends of the chains of one temperature above which a note is due."""


@dataclass(frozen=True, eq=False)
class Annealing:
    """One run: C chains of K states at each temperature; its result depends on nothing else."""

    posterior: PosteriorDensity
    seed: np.random.SeedSequence
    n_chains: int
    n_states: int


@dataclass(frozen=True)
class Annealed:
    """ln Z of one run, its powers β after 0, and the worst correlation of ln L that moves have left."""

    log_z: float
    powers: tuple[float, ...]
    correlation: float
    n_evaluations: int


@dataclass(frozen=True, eq=False)
class Stage:
    """A power reached: ln of the ratio of evidences, C particles there that have not moved yet, and the correlation of
    ln L that the moves of the power before have left."""

    power: float
    log_ratio: float
    ancestors: Particles
    correlation: float


def smc(
    posterior: PosteriorDensity,
    *,
    n_particles: int = 1000,
    n_repeats: int = 16,
    n_states: int = 10,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z = Σ_t ln mean_i L(θ_i)^(β_t − β_(t−1)), over particles θ_i of p(θ) L^β_(t−1) and powers 0 < β_1 < ... = 1.

    The next power leaves an effective sample of 80 %. Then some particles are drawn by weight, and each starts
    a chain of `n_states` whose states all are the new particles ("waste-free"); the moves are Hamiltonian where there
    is a gradient, a random walk with the covariance of the particles elsewhere, which is for few parameters. Runs are
    repeated, and the error is that of their mean. Modes that no particle of the prior comes near are missed by all.

    Parameters
    ----------
    posterior : a problem with proper priors.
    n_particles : of each run, a multiple of `n_states`; the error falls with its root.
    n_repeats : independent runs, at least 4.
    n_states : of a chain, at least 2; more where a note says that particles hardly move.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to do runs in parallel.

    Raises
    ------
    EvidenceError : an improper prior, a likelihood without information, numbers that cannot be.

    References
    ----------
    Del Moral, Doucet & Jasra, Sequential Monte Carlo samplers, JRSS B 68, 411 (2006); Dau & Chopin, Waste-free
    sequential Monte Carlo, JRSS B 84, 114 (2022).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    >>> evidence = bnn.log_evidence(post, method="smc")                     # Z = 1 / √2
    >>> bool(abs(evidence.log_z + 0.3466) < 3 * evidence.error), bool(evidence.error < 0.01)
    (True, True)
    """
    require_proper(posterior)
    n_chains = n_particles // n_states if n_states else 0
    if n_repeats < 4 or n_states < 2 or n_chains < 2 or n_chains * n_states != n_particles:
        raise EvidenceError(
            "smc: expected n_repeats >= 4, n_states >= 2 and n_particles a multiple of n_states, at least twice it, "
            f"got {n_repeats}, {n_states}, {n_particles}"
        )
    tasks = [Annealing(posterior, seed, n_chains, n_states) for seed in seed_sequence(rng).spawn(n_repeats)]
    runs = list(map(anneal, tasks) if executor is None else executor.map(anneal, tasks))
    log_z, error = agreed(np.array([run.log_z for run in runs]))
    n_powers = [len(run.powers) for run in runs]
    notes = [f"{n_repeats} runs of {n_particles} particles through {min(n_powers)} to {max(n_powers)} temperatures"]
    stuck = max(run.correlation for run in runs)
    if stuck > _STUCK:
        notes.append(f"particles hardly move (ln L keeps a correlation of {stuck:.2f}): raise n_states, n_particles")
    return Evidence(log_z, error, "smc", sum(run.n_evaluations for run in runs), tuple(notes))


def anneal(task: Annealing) -> Annealed:
    """One run from the prior to β = 1."""
    kernel = kernel_of(task.posterior)
    stages = list(annealing(task, kernel))
    return Annealed(
        sum(stage.log_ratio for stage in stages),
        tuple(stage.power for stage in stages),
        max(stage.correlation for stage in stages),
        kernel.n_evaluations + task.n_chains * task.n_states,
    )


def annealing(task: Annealing, kernel: Kernel) -> Iterator[Stage]:
    """The temperatures one by one; the moves of one are made when the next is asked for."""
    rng, power, correlation = np.random.default_rng(task.seed), 0.0, 0.0
    cloud = prior_cloud(task.posterior, rng, task.n_chains * task.n_states)
    while power < 1.0:
        step = longest_step(cloud.log_likelihood, 1.0 - power, _SHARE)
        log_weights = step * cloud.log_likelihood
        power += step
        ancestors = cloud.take(systematic(log_weights, task.n_chains, rng))
        yield Stage(power, log_mean_exp(log_weights), ancestors, correlation)
        cloud = chains(kernel, ancestors, power, task.n_states, rng)
        correlation = _correlation(ancestors, cloud.take(np.arange(len(cloud) - task.n_chains, len(cloud))))


def chains(kernel: Kernel, ancestors: Particles, power: float, n_states: int, rng: np.random.Generator) -> Particles:
    """All states of chains that start at the ancestors (C), which come first: C · n_states."""
    kernel.tune(ancestors, power)
    states = [ancestors]
    for _ in range(n_states - 1):
        states.append(kernel.move(states[-1], power, rng))
    return Particles.together(states)


def _correlation(first: Particles, last: Particles) -> float:
    """Of ln L; 1 where nothing moves."""
    a, b = (cloud.log_likelihood - cloud.log_likelihood.mean() for cloud in (first, last))
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / size) if size else 1.0
