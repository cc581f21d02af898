"""From a posterior to what predictions are made from, in five ways of one call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.laplace import laplace_posterior
from bayesnn.estimation.maximum import maximum_a_posteriori, maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.estimation.train import train
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import Source
from bayesnn.protocols import Array
from bayesnn.sampling.archive import load
from bayesnn.sampling.diagnosis import Diagnosis, diagnose
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.moves.hmc import HMC
from bayesnn.sampling.run import sample
from bayesnn.sampling.start import default_start, given_start

Start = str | Path | Draws | Array | None
"""A file of draws, draws, or θ."""


@dataclass(frozen=True)
class Settings:
    """What the five take, each what it needs."""

    n_draws: int
    max_draws: int
    n_warmup: int
    n_ensembles: int
    n_walkers: int
    n_starts: int
    n_epochs: int
    batch_size: int
    learning_rate: float
    start: Start
    progress: bool
    seed: int

    def __post_init__(self) -> None:
        for name in ("n_draws", "max_draws", "n_ensembles", "n_walkers", "n_starts", "n_epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise SettingError(f"{name}: expected a whole number >= 1, got {value!r}")


@dataclass(frozen=True)
class Inferred:
    """A source of predictions, what there is beside it, and, where it did not converge, a sentence that says so."""

    source: Source
    draws: Draws | None = None
    diagnosis: Diagnosis | None = None
    optimum: Optimum | None = None
    trouble: str | None = None


def infer(posterior: Posterior, how: str, settings: Settings) -> Inferred:
    """By the name of a way.

    Raises
    ------
    SettingError : a name that does not exist; a point estimate under scales that are to be learned.
    """
    if how not in INFERENCES:
        raise SettingError(f"inference: expected one of {', '.join(INFERENCES)}, got {how!r}")
    if how != "posterior" and posterior.prior.hyper_parameters:
        raise SettingError(
            f'prior_scale="learn": expected inference="posterior", got {how!r}; weights and their scale together have '
            "no highest density (it grows without end as both shrink): give the scale as a number"
        )
    return INFERENCES[how](posterior, settings)


def _posterior(posterior: Posterior, settings: Settings) -> Inferred:
    """Rounds until one has converged: each from where the one before ended, of twice its draws and trajectories."""
    seeds = np.random.SeedSequence(settings.seed)
    theta, n_draws, move = _first(posterior, settings, seeds.spawn(1)[0]), settings.n_draws, HMC()
    while True:
        draws = _round(posterior, settings, theta, n_draws=n_draws, move=move, seed=seeds.spawn(1)[0])
        diagnosis = diagnose(draws)
        if diagnosis.ok or 2 * n_draws > settings.max_draws:
            return Inferred(draws, draws, diagnosis, trouble=None if diagnosis.ok else str(diagnosis))
        n_trajectories = draws.acceptance.size * (settings.n_warmup + n_draws)
        theta, n_draws, move = (
            draws.theta[:, :, -1],
            2 * n_draws,
            HMC(n_steps=2 * draws.n_evaluations // n_trajectories),
        )


def _first(posterior: Posterior, settings: Settings, seed: np.random.SeedSequence) -> Array:
    """Where the first round begins, (E, W, P)."""
    sizes = {"n_ensembles": settings.n_ensembles, "n_walkers": settings.n_walkers}
    start = _theta(posterior, settings.start)
    if start is None:
        return default_start(posterior, np.random.default_rng(seed), spread=0.0, **sizes)
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


def _laplace(posterior: Posterior, settings: Settings) -> Inferred:
    start = _point(posterior, settings.start)
    found = laplace_posterior(posterior, start, rng=settings.seed, n_starts=settings.n_starts)
    return Inferred(found, optimum=maximum_a_posteriori(posterior, found.theta))


def _map(posterior: Posterior, settings: Settings) -> Inferred:
    start = _point(posterior, settings.start)
    return _of(maximum_a_posteriori(posterior, start, rng=settings.seed, n_starts=settings.n_starts))


def _mle(posterior: Posterior, settings: Settings) -> Inferred:
    start = _point(posterior, settings.start)
    return _of(maximum_likelihood(posterior, start, rng=settings.seed, n_starts=settings.n_starts))


def _sgd(posterior: Posterior, settings: Settings) -> Inferred:
    n_steps = settings.n_epochs * -(-posterior.rows.n_rows // settings.batch_size)
    return _of(
        train(
            posterior,
            optimizer=Adam(learning_rate=cosine(settings.learning_rate, n_steps=n_steps)),
            n_epochs=settings.n_epochs,
            batch_size=settings.batch_size,
            start=_point(posterior, settings.start),
            rng=settings.seed,
        )
    )


def _of(optimum: Optimum) -> Inferred:
    return Inferred(
        optimum, optimum=optimum, trouble=None if optimum.converged else f"not converged: {optimum.message}"
    )


def _theta(posterior: Posterior, start: Start) -> Array | None:
    """Where walkers of a saved run stood at its end, (E, W, P); other starts as they are."""
    if isinstance(start, str | Path):
        start = load(start)
    if not isinstance(start, Draws):
        return start
    if start.names != posterior.names:
        raise SettingError(
            f"start: expected draws of this network, {posterior.n_params} parameters, got {len(start.names)} others; "
            "use the layers, noise and prior of the run that is taken up"
        )
    return np.asarray(start.theta[:, :, -1])


def _point(posterior: Posterior, start: Start) -> Array | None:
    """One θ (P,)."""
    theta = _theta(posterior, start)
    return None if theta is None else np.asarray(theta).reshape(-1, posterior.n_params)[0]


INFERENCES: Mapping[str, Callable[[Posterior, Settings], Inferred]] = {
    "posterior": _posterior,
    "laplace": _laplace,
    "map": _map,
    "mle": _mle,
    "sgd": _sgd,
}
