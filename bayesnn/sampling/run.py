"""The driver: independent ensembles, from start to draws."""

import time
from pathlib import Path

import numpy as np
from emcee.moves import RedBlueMove
from numpy.typing import ArrayLike

from bayesnn.errors import PriorError, SettingError
from bayesnn.executors import require_executor
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, Executor, LogDensity, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.checkpoint import Stored, checkpoint_at
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ends import warn_of_ends
from bayesnn.sampling.ensemble import EnsembleTask, begin
from bayesnn.sampling.fingerprint import fingerprint
from bayesnn.sampling.guard import Guard
from bayesnn.sampling.moves.named import Moves, name_of, weighted_moves
from bayesnn.sampling.moves.tuned import Beginning
from bayesnn.sampling.precision import named_precision
from bayesnn.sampling.progress import show_progress
from bayesnn.sampling.rounds import EnsembleRun
from bayesnn.sampling.session import Session
from bayesnn.sampling.sizes import sizes_of_run
from bayesnn.sampling.start import as_start, default_beginning, default_start, given_start, require_spread
from bayesnn.sampling.units import warn_of_units
from bayesnn.sampling.until import Plan, Until
from bayesnn.sampling.workers import Workers


def sample(
    posterior: LogDensity,
    *,
    n_draws: int | None = None,
    n_warmup: int | None = None,
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

    Each ensemble starts at a few optima of its own, where parameters are few also as draws of the prior annealed to the
    posterior, tunes its moves during warm-up, whose first steps are hotter in networks, freezes them, and draws.

    Parameters
    ----------
    posterior : any log density of θ (..., P) → (...); NaN and +infinity count as zero probability, and are told.
    n_draws : kept draws of each walker; with `until` at most that many. Left out, 1000, with `until` 10,000, and of
        more than 16 walkers fewer in proportion, 250 at least.
    n_warmup : tuned and thrown away before; left out, 500, and of more than 16 walkers fewer in proportion, 150 at
        least.
    n_walkers : W of each ensemble; left out, as many as `start` has, or for gradient moves 16 to 64, more where a
        walker more costs less, and at least 2 P + 2 for emcee's own.
    n_ensembles : E, at least 2 for nested R-hat.
    moves : "auto", "hmc", "mams", "collapsed", "rescaled", "jumping", "walk-hmc", "stretch", "de", "walk", an emcee
        Move, or a weighted list. Of one of your own a checkpoint keeps numbers and arrays among its attributes; if it
        needs anything else from step to step, write `state`, which gives numbers and arrays by name, and `restore`.
    start : θ (P,), (W, P) or (E, W, P); only ensembles that start apart, (E, W, P), can tell of other modes.
    rng : one seed gives one result, bit for bit, whatever the executor.
    until : what ends it sooner, such as ``Until(ess=1000, max_seconds=600)``; `stopped` of the draws says what did.
    checkpoint : a file for the draws so far, HDF5, that `load` reads. After whatever has ended a run, the same call
        goes on from there, to the same draws bit for bit; a finished run returns at once, and more draws or another
        `until` continue it.
    precision : "float64"; "mixed", trajectories along gradients in float32 whose ends are accepted in float64, which
        samples the same density; "float32", which samples a rounded one; "auto" is mixed for networks.
    progress : show a progress bar.
    executor : anything with `map`, to run ensembles in parallel; ``Joblib(n_jobs=1)`` for this process alone. Left out,
        what `joblib.parallel_config` says, and else one process a core for runs of more than some seconds.

    Ctrl-C ends a run with the draws so far.

    Raises
    ------
    ModelError : a log density, or a gradient, that is not real numbers of the right shape.
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
    ((4, 64, 200, 2), True)
    """
    began = time.perf_counter()
    if not isinstance(posterior, LogDensity):
        raise SettingError(
            f"sample: expected a posterior with n_params and value_and_grad, got {type(posterior).__name__}; "
            "make one by FunctionPosterior(log_likelihood, prior)"
        )
    _require_proper(posterior)
    require_executor(executor)
    start = None if start is None else as_start(start)
    precision = named_precision(posterior, precision)
    chosen = weighted_moves(moves, posterior)
    spanning = next((name_of(move) for move, _ in chosen if isinstance(move, RedBlueMove)), None)
    sizes = sizes_of_run(
        posterior,
        n_ensembles=n_ensembles,
        n_walkers=n_walkers,
        n_warmup=n_warmup,
        n_draws=n_draws,
        until=until,
        start=start,
        spanning=spanning,
    )
    n_warmup, plan = sizes.n_warmup, sizes.plan
    shape = {"n_ensembles": n_ensembles, "n_walkers": sizes.n_walkers}
    seeds = seed_sequence(rng)
    given = None if start is None else given_start(start, n_params=posterior.n_params, **shape)
    one_start = given is not None and n_ensembles > 1 and bool(np.all(given == given[0]))
    task = EnsembleTask(posterior, chosen, n_warmup, precision, one_start)
    settings: dict[str, int | str] = {**shape, "n_warmup": n_warmup, "precision": precision}
    marks = fingerprint(posterior, chosen, start=given, seed=_name(seeds), settings=settings)
    asked = posterior if isinstance(posterior, PosteriorDensity) else Guard(posterior)
    with checkpoint_at(checkpoint, marks, asked) as kept:
        stored = kept.stored
        if stored is not None and stored.is_finished and stored.plan == repr(plan):
            return stored.draws
        with show_progress(progress) as show:
            session = Session(
                task=task,
                runs=_first_runs(task, seeds, given, spanning is not None, shape, executor)
                if stored is None
                else stored.runs,
                goal=n_warmup + plan.first if stored is None else _next_goal(stored, plan, n_warmup),
                plan=plan,
                checkpoint=kept,
                workers=Workers(executor, n_ensembles),
                show=show,
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
    warn_of_ends(task.density)
    if given is None:
        warn_of_units(task.density)
        spread = 0.1 if spanning else 0.0
        given = default_start(task.density, np.random.default_rng(own), spread=spread, executor=executor, **sizes)
        beginning = default_beginning(task.density, given)
    else:
        beginning = Beginning(given.reshape(-1, given.shape[-1]))
    if spanning:
        require_spread(given)
    return [EnsembleRun(begin(task, walkers, seed, beginning)) for walkers, seed in zip(given, others, strict=True)]


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
