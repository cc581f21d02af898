"""From a posterior to what predictions are made from, in five ways of one call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesnn.errors import SettingError
from bayesnn.estimation.laplace import laplace_posterior
from bayesnn.estimation.maximum import maximum_a_posteriori, maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.estimation.train import train
from bayesnn.estimators.rounds import sampled
from bayesnn.estimators.settings import Settings, given_point
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import Source
from bayesnn.sampling.diagnosis import Diagnosis
from bayesnn.sampling.draws import Draws


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
    draws, diagnosis = sampled(posterior, settings)
    return Inferred(draws, draws, diagnosis, trouble=None if diagnosis.ok else str(diagnosis))


def _laplace(posterior: Posterior, settings: Settings) -> Inferred:
    start = given_point(posterior, settings.start)
    found = laplace_posterior(posterior, start, curvature="gauss-newton", rng=settings.seed, n_starts=settings.n_starts)
    return Inferred(found, optimum=maximum_a_posteriori(posterior, found.theta))


def _map(posterior: Posterior, settings: Settings) -> Inferred:
    start = given_point(posterior, settings.start)
    return _of(maximum_a_posteriori(posterior, start, rng=settings.seed, n_starts=settings.n_starts))


def _mle(posterior: Posterior, settings: Settings) -> Inferred:
    start = given_point(posterior, settings.start)
    return _of(maximum_likelihood(posterior, start, rng=settings.seed, n_starts=settings.n_starts))


def _sgd(posterior: Posterior, settings: Settings) -> Inferred:
    n_steps = settings.n_epochs * -(-posterior.rows.n_rows // settings.batch_size)
    return _of(
        train(
            posterior,
            optimizer=Adam(learning_rate=cosine(settings.learning_rate, n_steps=n_steps)),
            n_epochs=settings.n_epochs,
            batch_size=settings.batch_size,
            start=given_point(posterior, settings.start),
            rng=settings.seed,
        )
    )


def _of(optimum: Optimum) -> Inferred:
    return Inferred(
        optimum, optimum=optimum, trouble=None if optimum.converged else f"not converged: {optimum.message}"
    )


INFERENCES: Mapping[str, Callable[[Posterior, Settings], Inferred]] = {
    "posterior": _posterior,
    "laplace": _laplace,
    "map": _map,
    "mle": _mle,
    "sgd": _sgd,
}
