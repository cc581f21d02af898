"""Draws that go on until they have converged, in rounds of one batch each."""

from dataclasses import replace

import numpy as np

from bayesnn.estimators.settings import Settings, given_theta
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.diagnosis import Diagnosis, diagnose
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.moves.hmc import HMC
from bayesnn.sampling.run import sample
from bayesnn.sampling.start import default_start, given_start


def sampled(posterior: Posterior, settings: Settings) -> tuple[Draws, Diagnosis]:
    """Draws of the last round: the first that has converged, or the one that `max_draws` allows.

    Each begins where the one before ended, with twice as many draws by trajectories twice as long. On 16 tanh units and
    iris, double the length gives six times the effective draws of f.
    """
    seeds = np.random.SeedSequence(settings.seed)
    theta, n_draws, move = _first(posterior, settings, seeds.spawn(1)[0]), settings.n_draws, HMC()
    while True:
        draws = _round(posterior, settings, theta, n_draws=n_draws, move=move, seed=seeds.spawn(1)[0])
        diagnosis = diagnose(draws)
        if diagnosis.ok or 2 * n_draws > settings.max_draws:
            return draws, diagnosis
        n_trajectories = draws.acceptance.size * (settings.n_warmup + n_draws)
        theta, n_draws, move = (
            draws.theta[:, :, -1],
            2 * n_draws,
            HMC(n_steps=2 * draws.n_evaluations // n_trajectories),
        )


def _first(posterior: Posterior, settings: Settings, seed: np.random.SeedSequence) -> Array:
    """Where the first round begins, (E, W, P)."""
    sizes = {"n_ensembles": settings.n_ensembles, "n_walkers": settings.n_walkers}
    start = given_theta(posterior, settings.start)
    if start is None:
        return default_start(posterior, np.random.default_rng(seed), spread=0.0, executor=None, **sizes)
    return given_start(start, n_params=posterior.n_params, **sizes)


def _round(
    posterior: Posterior, settings: Settings, theta: Array, *, n_draws: int, move: HMC, seed: np.random.SeedSequence
) -> Draws:
    """All ensembles as one batch: moved by gradients, no walker sees another, and small tables cost what calls cost."""
    draws = sample(
        posterior,
        n_draws=n_draws,
        n_warmup=settings.n_warmup,
        n_walkers=settings.n_ensembles * settings.n_walkers,
        n_ensembles=1,
        moves=move,
        start=theta.reshape(-1, posterior.n_params),
        rng=seed,
        progress=settings.progress,
    )

    def grouped(values: Array) -> Array:
        return values.reshape(settings.n_ensembles, settings.n_walkers, *values.shape[2:])

    return replace(
        draws,
        theta=grouped(draws.theta),
        log_prob=grouped(draws.log_prob),
        log_likelihood=grouped(draws.log_likelihood),
        acceptance=grouped(draws.acceptance),
        kernels=draws.kernels * settings.n_ensembles,
        values={name: grouped(values) for name, values in draws.values.items()},
    )
