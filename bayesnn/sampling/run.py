"""The driver: independent ensembles, from start to draws."""

import time
from copy import deepcopy

import numpy as np
from emcee.moves import RedBlueMove
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Executor, LogDensity, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ensemble import EnsembleRun, EnsembleTask, run_ensemble
from bayesnn.sampling.moves.named import Moves, weighted_moves
from bayesnn.sampling.precision import in_precision
from bayesnn.sampling.progress import show_progress
from bayesnn.sampling.start import default_start, given_start, require_spread

_WALKERS = 16
"""Of a move whose walkers are independent: enough to fill a batch, few enough to warm up."""


def sample(
    posterior: LogDensity,
    *,
    n_draws: int = 1000,
    n_warmup: int = 500,
    n_walkers: int | None = None,
    n_ensembles: int = 4,
    moves: Moves = "auto",
    start: ArrayLike | None = None,
    rng: Seed = 0,
    precision: str = "auto",
    progress: bool = True,
    executor: Executor | None = None,
) -> Draws:
    """Draws from a posterior by emcee, in independent ensembles of walkers.

    Each ensemble starts at an optimum of its own, tunes its moves during warm-up, freezes them, and draws.

    Parameters
    ----------
    posterior : any log density of θ (..., P) → (...).
    n_draws : kept draws of each walker. n_warmup : tuned and thrown away before.
    n_walkers : W of each ensemble; left out, 16 for gradient moves, at least 2 P + 2 for emcee's own.
    n_ensembles : E, at least 2 for nested R-hat.
    moves : "auto", "hmc", "stretch", "de", "walk", an emcee Move, or a weighted list.
    start : θ (P,), (W, P) or (E, W, P).
    rng : one seed gives one result, bit for bit, whatever the executor.
    precision : "float64"; "mixed", trajectories along gradients in float32 whose ends are accepted in float64, which
        samples the same density; "float32", which samples a rounded one; "auto" is mixed for networks.
    progress : show a progress bar.
    executor : anything with `map`, to run ensembles in parallel.

    Raises
    ------
    SettingError : n_draws, n_walkers or n_ensembles that cannot be, a move or a precision that does not exist.
    StartError : a start of the wrong shape, or nowhere a finite density.

    References
    ----------
    Foreman-Mackey et al., emcee: the MCMC hammer (2013); Margossian et al., Nested R-hat (2024).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, n_draws=200, n_warmup=100, progress=False)
    >>> draws.theta.shape, bnn.diagnose(draws).ok
    ((4, 16, 200, 2), True)
    """
    began = time.perf_counter()
    if not isinstance(posterior, LogDensity):
        raise SettingError(
            f"sample: expected a posterior with n_params and value_and_grad, got {type(posterior).__name__}; "
            "make one by FunctionPosterior(log_likelihood, prior)"
        )
    density = in_precision(posterior, precision)
    chosen = weighted_moves(moves, posterior)
    interacting = any(isinstance(move, RedBlueMove) for move, _ in chosen)
    n_walkers = _check(n_draws, n_warmup, n_walkers, n_ensembles, posterior.n_params, interacting)
    seeds = seed_sequence(rng)
    start_seed, *ensemble_seeds = seeds.spawn(n_ensembles + 1)
    sizes = {"n_ensembles": n_ensembles, "n_walkers": n_walkers}
    if start is None:
        spread = 0.1 if interacting else 0.0
        first = default_start(posterior, np.random.default_rng(start_seed), spread=spread, **sizes)
    else:
        first = given_start(start, n_params=posterior.n_params, **sizes)
    if interacting:
        require_spread(first)
    with show_progress(progress and executor is None, n_ensembles=n_ensembles) as on_step:
        tasks = [
            EnsembleTask(density, deepcopy(chosen), first[e], ensemble_seeds[e], n_warmup, n_draws, e, on_step)
            for e in range(n_ensembles)
        ]
        runs = list(map(run_ensemble, tasks) if executor is None else executor.map(run_ensemble, tasks))
    return _gather(posterior, runs, n_warmup, interacting, _name(seeds), began)


def _gather(
    posterior: LogDensity, runs: list[EnsembleRun], n_warmup: int, interacting: bool, seed: str, began: float
) -> Draws:
    theta = np.stack([run.theta for run in runs])
    log_prob = np.stack([run.log_prob for run in runs])
    named = posterior if isinstance(posterior, PosteriorDensity) else None
    names = named.names if named else tuple(f"theta[{i}]" for i in range(theta.shape[-1]))
    return Draws(
        theta=theta,
        log_prob=log_prob,
        log_likelihood=named.log_likelihood(theta) if named else np.full(log_prob.shape, np.nan),
        acceptance=np.stack([run.acceptance for run in runs]),
        names=names,
        n_warmup=n_warmup,
        n_evaluations=sum(run.n_evaluations for run in runs),
        n_nan=sum(run.n_nan for run in runs),
        n_divergent=sum(run.n_divergent for run in runs),
        seconds=time.perf_counter() - began,
        interacting=interacting,
        kernels=tuple(run.kernel for run in runs),
        seed=seed,
        values=named.unpack(theta) if named else {"theta": theta},
        posterior=named,
    )


def _name(seeds: np.random.SeedSequence) -> str:
    return f"{seeds.entropy}" + (f", child {seeds.spawn_key}" if seeds.spawn_key else "")


def _check(n_draws: int, n_warmup: int, n_walkers: int | None, n_ensembles: int, n_params: int, red_blue: bool) -> int:
    least = 2 * n_params if red_blue else 1
    if n_walkers is None:
        n_walkers = max(least + 2, 32) if red_blue else _WALKERS
    whole = all(isinstance(n, int | np.integer) for n in (n_draws, n_warmup, n_ensembles, n_walkers))
    if not whole or n_draws < 1 or n_warmup < 0 or n_ensembles < 1:
        raise SettingError(
            "sample: expected whole numbers, n_draws >= 1, n_warmup >= 0 and n_ensembles >= 1, "
            f"got {n_draws}, {n_warmup}, {n_ensembles}"
        )
    if n_walkers < least:
        if not red_blue:
            raise SettingError(f"n_walkers: expected at least 1, got {n_walkers}; leave it out")
        raise SettingError(
            f"{n_params} parameters need at least {least} walkers for the stretch move, got {n_walkers}; "
            f"pass n_walkers={least} or a gradient move"
        )
    return n_walkers
