"""Draws out of what ensembles have drawn, as many as all of them have."""

from collections.abc import Callable

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.function_posterior import FunctionPosterior
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ensemble import EnsembleTask, kernel, see_each_other
from bayesnn.sampling.rounds import EnsembleRun
from bayesnn.threads import one_library_thread


def names_of(density: LogDensity) -> tuple[str, ...]:
    """A label for each component of θ."""
    return (
        density.names
        if isinstance(density, PosteriorDensity)
        else tuple(f"theta[{i}]" for i in range(density.n_params))
    )


def common(runs: list[EnsembleRun]) -> int:
    """Draws that every ensemble has."""
    return min(run.n_draws for run in runs)


def log_prob_of(runs: list[EnsembleRun]) -> Array:
    """(E, W, n), of the draws that every ensemble has."""
    return np.stack([np.concatenate(run.log_prob, axis=1)[:, : common(runs)] for run in runs])


@one_library_thread()
def log_likelihood(posterior: PosteriorDensity, theta: Array, log_prob: Array) -> Array:
    """ln p(y | θ) of draws; functions of a user, which may be slow, are known from the log density already."""
    if not isinstance(posterior, FunctionPosterior):
        return np.asarray(posterior.log_likelihood(theta))
    rest = posterior.blend(likelihood=0.0)(theta)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(log_prob), log_prob - rest, -np.inf)


def gather(
    task: EnsembleTask,
    runs: list[EnsembleRun],
    *,
    seed: str,
    seconds: Callable[[], float],
    stopped: str,
    with_likelihood: bool,
) -> Draws:
    """All that ensembles have in common; log_likelihood, which is the costly part, NaN where it is not wanted yet."""
    n = common(runs)
    n_walkers, n_params = runs[0].state.coords.shape
    theta, log_prob = np.empty((len(runs), n_walkers, n, n_params)), np.empty((len(runs), n_walkers, n))
    for e, run in enumerate(runs):
        run.draws(out=(theta[e], log_prob[e]))
    named = task.density if isinstance(task.density, PosteriorDensity) else None
    scored = named if with_likelihood and n else None
    states = [run.state for run in runs]
    return Draws(
        theta=theta,
        log_prob=log_prob,
        log_likelihood=log_likelihood(scored, theta, log_prob) if scored else np.full(log_prob.shape, np.nan),
        acceptance=np.stack([run.state.accepted / max(run.n_draws, 1) for run in runs]),
        names=names_of(task.density),
        n_warmup=task.n_warmup,
        n_evaluations=sum(state.n_evaluations for state in states),
        n_nan=sum(state.n_nan for state in states),
        n_divergent=sum(state.n_divergent for state in states),
        seconds=seconds(),
        interacting=any(see_each_other(task, state) for state in states),
        kernels=tuple(kernel(task, state) for state in states),
        seed=seed,
        values=named.unpack(theta) if named else {"theta": theta},
        posterior=named,
        stopped=stopped,
        one_start=task.one_start,
    )
