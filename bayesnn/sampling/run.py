"""The driver: independent ensembles, from start to draws."""

import time
from pathlib import Path

import numpy as np
from emcee.moves import RedBlueMove
from numpy.typing import ArrayLike

from bayesnn.errors import PriorError, SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, Executor, LogDensity, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.checkpoint import Stored, checkpoint_at
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ensemble import EnsembleTask, begin
from bayesnn.sampling.fingerprint import fingerprint
from bayesnn.sampling.moves.gradient import GradientMove
from bayesnn.sampling.moves.named import Moves, weighted_moves
from bayesnn.sampling.precision import named_precision
from bayesnn.sampling.progress import show_progress
from bayesnn.sampling.rounds import EnsembleRun
from bayesnn.sampling.session import Session
from bayesnn.sampling.start import default_start, given_start, require_spread
from bayesnn.sampling.until import Plan, Until
from bayesnn.sampling.workers import Workers

_WALKERS = 16
"""Of a move whose walkers are independent: enough to fill a batch, few enough to warm up."""
_DRAWS, _MOST_DRAWS = 1000, 10_000
"""Of each walker; the second where something else is to end the run."""


def sample(
    posterior: LogDensity,
    *,
    n_draws: int | None = None,
    n_warmup: int = 500,
    n_walkers: int | None = None,
    n_ensembles: int = 4,
    moves: Moves = "auto",
    start: ArrayLike | None = None,
    rng: Seed = 0,
    until: Until | None = None,
    checkpoint: str | Path | None = None,
    precision: str = "auto",
    progress: bool = True,
    executor: Executor | None = None,
) -> Draws:
    """Draws from a posterior by emcee, in independent ensembles of walkers.

    Each ensemble starts at an optimum of its own, tunes its moves during warm-up, freezes them, and draws.

    Parameters
    ----------
    posterior : any log density of θ (..., P) → (...).
    n_draws : kept draws of each walker, 1000 if left out; with `until` at most that many, and 10,000 if left out.
    n_warmup : tuned and thrown away before.
    n_walkers : W of each ensemble; left out, 16 for gradient moves, at least 2 P + 2 for emcee's own.
    n_ensembles : E, at least 2 for nested R-hat.
    moves : "auto", "hmc", "mams", "walk-hmc", "stretch", "de", "walk", an emcee Move, or a weighted list.
    start : θ (P,), (W, P) or (E, W, P).
    rng : one seed gives one result, bit for bit, whatever the executor.
    until : what ends it sooner, such as ``Until(ess=1000, max_seconds=600)``; `stopped` of the draws says what did.
    checkpoint : a file for the draws so far, HDF5, that `load` reads. After whatever has ended a run, the same call
        goes on from there, to the same draws bit for bit; a finished run returns at once, and more draws or another
        `until` continue it. A move of your own that keeps anything from step to step needs `state` and `restore`.
    precision : "float64"; "mixed", trajectories along gradients in float32 whose ends are accepted in float64, which
        samples the same density; "float32", which samples a rounded one; "auto" is mixed for networks.
    progress : show a progress bar.
    executor : anything with `map`, to run ensembles in parallel; ``Joblib(n_jobs=1)`` for this process alone. Left out,
        what `joblib.parallel_config` says, and else one process a core for runs of more than some seconds.

    Ctrl-C ends a run with the draws so far.

    Raises
    ------
    SettingError : n_draws, n_walkers or n_ensembles that cannot be, a move or a precision that does not exist.
    PriorError : hidden biases without a prior, whose posterior cannot be normalized.
    StartError : a start of the wrong shape, or nowhere a finite density.
    FileError : a checkpoint that is not whole, of another run, or of one that is going on.

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
    _require_proper(posterior)
    precision = named_precision(posterior, precision)
    chosen = weighted_moves(moves, posterior)
    spanning = any(isinstance(move, RedBlueMove) for move, _ in chosen)
    interacting = spanning or any(isinstance(move, GradientMove) and move.interacting for move, _ in chosen)
    plan = _plan(n_draws, until, n_ensembles)
    n_walkers = _check(plan.n_draws, n_warmup, n_walkers, n_ensembles, posterior.n_params, spanning)
    seeds = seed_sequence(rng)
    task = EnsembleTask(posterior, chosen, n_warmup, precision)
    sizes = {"n_ensembles": n_ensembles, "n_walkers": n_walkers}
    given = None if start is None else given_start(start, n_params=posterior.n_params, **sizes)
    settings: dict[str, int | str] = {**sizes, "n_warmup": n_warmup, "precision": precision}
    marks = fingerprint(posterior, chosen, start=given, seed=_name(seeds), settings=settings)
    with checkpoint_at(checkpoint, marks, posterior) as kept:
        stored = kept.stored
        if stored is not None and stored.is_finished and stored.plan == repr(plan):
            return stored.draws
        with show_progress(progress) as show:
            session = Session(
                task=task,
                runs=_first_runs(task, seeds, given, spanning, sizes, executor) if stored is None else stored.runs,
                goal=n_warmup + plan.first if stored is None else _next_goal(stored, plan, n_warmup),
                plan=plan,
                checkpoint=kept,
                workers=Workers(executor, n_ensembles),
                show=show,
                interacting=interacting,
                seed=_name(seeds),
                began=began,
                seconds_before=0.0 if stored is None else stored.draws.seconds,
            )
            return session.run()


def _require_proper(posterior: LogDensity) -> None:
    """A hidden unit whose bias is far away is a constant: the likelihood does not fall there, so the prior must."""
    if isinstance(posterior, Posterior):
        free = [name for name in posterior.model.biases[:-1] if name in posterior.prior.improper]
        if free:
            raise PriorError(
                f"sample: expected proper priors of hidden biases, got flat ones of {', '.join(free)}, whose posterior "
                'does not integrate to one; add "b*": Normal(0, 1), say, or train, which needs no normalized density'
            )


def _first_runs(
    task: EnsembleTask,
    seeds: np.random.SeedSequence,
    given: Array | None,
    spanning: bool,
    sizes: dict[str, int],
    executor: Executor | None,
) -> list[EnsembleRun]:
    """Ensembles before their first step; `spanning` moves need walkers that span the space."""
    own, *others = seeds.spawn(sizes["n_ensembles"] + 1)
    if given is None:
        spread = 0.1 if spanning else 0.0
        given = default_start(task.density, np.random.default_rng(own), spread=spread, executor=executor, **sizes)
    if spanning:
        require_spread(given)
    return [EnsembleRun(begin(task, *pair)) for pair in zip(given, others, strict=True)]


def _next_goal(stored: Stored, plan: Plan, n_warmup: int) -> int:
    """That of the run itself; under another plan, where all ensembles have what one of them has."""
    if stored.plan == repr(plan):
        return stored.goal
    furthest = max(n_warmup, *(run.state.step for run in stored.runs))
    if furthest - n_warmup > plan.n_draws:
        raise SettingError(
            f"n_draws: expected at least {furthest - n_warmup}, which the checkpoint holds, got {plan.n_draws}; "
            "ask for more, or load the file and take some of them"
        )
    return furthest


def _name(seeds: np.random.SeedSequence) -> str:
    return f"{seeds.entropy}" + (f", child {seeds.spawn_key}" if seeds.spawn_key else "")


def _plan(n_draws: int | None, until: Until | None, n_ensembles: int) -> Plan:
    if until is not None and not isinstance(until, Until):
        raise SettingError(f"until: expected bnn.Until(...), got {until!r}; say bnn.Until(ess=1000)")
    if until is not None and until.rhat is not None and n_ensembles == 1:
        raise SettingError("until: expected several ensembles for a nested R-hat, got one; pass n_ensembles=4")
    if n_draws is None:
        n_draws = _DRAWS if until is None else _MOST_DRAWS
    return Plan(n_draws, until)


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
