"""Annealed sequential Monte Carlo: particles follow the likelihood from the prior to the posterior."""

from dataclasses import dataclass

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.evidence.pilot import pilot
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.weights import agreed, log_mean_exp
from bayesnn.executors import results
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.kernels import Rungs, kernel_of
from bayesnn.sampling.particles import Particles
from bayesnn.sampling.resampling import systematic
from bayesnn.threads import one_library_thread

_SHARE = 0.8
"""Effective sample of a change of temperature, as a share of the particles."""
_TASKS = 4
"""Among which the repeats are dealt out."""
_STUCK = 0.7
"""Correlation of ln L between the ends of the chains of one temperature above which a note is due."""


@dataclass(frozen=True, eq=False)
class Annealing:
    """R independent runs, each of C chains of K states at each of the rungs; they depend on nothing else."""

    posterior: PosteriorDensity
    rungs: Rungs
    seed: np.random.SeedSequence
    n_runs: int
    n_chains: int
    n_states: int


@dataclass(frozen=True, eq=False)
class Annealed:
    """Particles θ (R, M, P) and ln L (R, M) of each run at the last power but one, ln Z (R,) of that power, and the
    worst correlation of ln L that the moves at one temperature have left."""

    rungs: Rungs
    theta: FloatArray
    log_likelihood: FloatArray
    log_mass: FloatArray
    correlation: float
    n_evaluations: int

    @property
    def last_step(self) -> float:
        """1 − β."""
        return float(np.diff(self.rungs.power, prepend=0.0)[-1])

    @property
    def log_weights(self) -> FloatArray:
        """Of particles (R, M) as draws of the posterior; the mean of the weights of a run is Z."""
        return np.asarray(self.log_mass[:, None] + self.last_step * self.log_likelihood)

    @property
    def log_z(self) -> FloatArray:
        """ln Z of each run (R,)."""
        return log_mean_exp(self.log_weights)


def smc(
    posterior: PosteriorDensity,
    *,
    n_particles: int = 500,
    n_repeats: int = 32,
    n_states: int = 10,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z = Σ_t ln mean_i L(θ_i)^(β_t − β_(t−1)), over particles θ_i of p(θ) L^β_(t−1) and powers 0 < β_1 < ... = 1.

    A pilot run chooses powers, each of which leaves an effective sample of 80 %, and tunes moves; it is then thrown
    away, for particles that choose their own temperatures find too high an evidence. In each repeat the powers and
    moves are given, so that the mean of Z over repeats is the evidence without bias. At each power some particles are
    drawn by weight, and each starts a chain of `n_states` whose states all are the new particles ("waste-free"); the
    moves are Hamiltonian where there is a gradient, a random walk with the covariance of the particles elsewhere, which
    is for few parameters. ln Z is that of the mean, its error by the jackknife over repeats. Modes that no particle of
    the prior comes near are missed by all.

    Parameters
    ----------
    posterior : a problem with proper priors.
    n_particles : of each run, a multiple of `n_states`; the error falls with its root.
    n_repeats : independent runs, at least 4. The error is as well known as they are many: of few, it has heavy tails.
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
    runs = annealed(
        posterior,
        seed_sequence(rng),
        n_particles=n_particles,
        n_repeats=n_repeats,
        n_states=n_states,
        executor=executor,
    )
    return Evidence(*agreed(runs.log_z), "smc", runs.n_evaluations, notes_on(runs))


def annealed(
    posterior: PosteriorDensity,
    seed: np.random.SeedSequence,
    *,
    n_particles: int,
    n_repeats: int,
    n_states: int,
    executor: Executor | None,
) -> Annealed:
    """Independent runs at temperatures that a pilot run finds."""
    n_chains = n_particles // n_states if n_states else 0
    if n_repeats < 4 or n_states < 2 or n_chains < 2 or n_chains * n_states != n_particles:
        raise EvidenceError(
            "smc: expected n_repeats >= 4, n_states >= 2 and n_particles a multiple of n_states, at least twice it, "
            f"got {n_repeats}, {n_states}, {n_particles}"
        )
    first, *seeds = seed.spawn(1 + _TASKS)
    ahead = pilot(posterior, first, n_chains=n_chains, n_states=n_states, share=_SHARE)
    shared = [n_repeats // _TASKS + (task < n_repeats % _TASKS) for task in range(_TASKS)]
    tasks = [
        Annealing(posterior, ahead.rungs, child, n_runs, n_chains, n_states)
        for child, n_runs in zip(seeds, shared, strict=True)
    ]
    runs = list(results(executor, anneal, tasks))
    whole = Annealed(
        ahead.rungs,
        np.concatenate([run.theta for run in runs]),
        np.concatenate([run.log_likelihood for run in runs]),
        np.concatenate([run.log_mass for run in runs]),
        max(run.correlation for run in runs),
        ahead.n_evaluations + sum(run.n_evaluations for run in runs),
    )
    n_alive = np.count_nonzero(np.isfinite(whole.log_z))
    if n_alive < 2:
        raise EvidenceError(
            "smc: expected draws of the prior that the data allow in several repeats, got none in all but "
            f"{n_alive} of {n_repeats}; raise n_particles, or narrow the prior"
        )
    return whole


def notes_on(runs: Annealed) -> tuple[str, ...]:
    """How many there were, and whether particles have moved."""
    n_runs, n_particles = runs.log_likelihood.shape
    notes = [f"{n_runs} runs of {n_particles} particles through {len(runs.rungs)} temperatures"]
    if runs.correlation > _STUCK:
        notes.append(
            f"particles hardly move (ln L keeps a correlation of {runs.correlation:.2f}): raise n_states, n_particles"
        )
    return tuple(notes)


@one_library_thread()
def anneal(task: Annealing) -> Annealed:
    """From the prior to β = 1, all runs in one batch; the mean of Z over runs is the evidence, whatever the rungs."""
    kernel, rng = kernel_of(task.posterior), np.random.default_rng(task.seed)
    shape = task.n_states, task.n_runs, task.n_chains
    place = np.arange(np.prod(shape)).reshape(shape).swapaxes(0, 1).reshape(task.n_runs, -1)  # particles of each run
    cloud = kernel.parts.at(task.posterior.sample_prior(rng, place.size))
    log_z, correlation, n_evaluations = np.zeros(task.n_runs), 0.0, len(cloud)
    for rung, step in enumerate(np.diff(task.rungs.power[:-1], prepend=0.0)):
        log_weights = step * cloud.log_likelihood[place]
        log_z += log_mean_exp(log_weights)
        rows = [own[systematic(w, task.n_chains, rng)] for own, w in zip(place, log_weights, strict=True)]
        states = [cloud.take(np.concatenate(rows))]
        for _ in range(task.n_states - 1):
            moved = kernel.move(states[-1], task.rungs.take(slice(rung, rung + 1)), rng)
            states.append(moved.cloud)
            n_evaluations += moved.n_evaluations
        correlation = max(correlation, _correlation(states[0], states[-1]))
        cloud = Particles.together(states)
    return Annealed(task.rungs, cloud.theta[place], cloud.log_likelihood[place], log_z, correlation, n_evaluations)


def _correlation(first: Particles, last: Particles) -> float:
    """Of ln L where it is finite; 1 where nothing moves."""
    alive = np.isfinite(first.log_likelihood)
    a, b = (cloud.log_likelihood[alive] for cloud in (first, last))
    a, b = a - np.mean(a), b - np.mean(b)
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / size) if size else 1.0
