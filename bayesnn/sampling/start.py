"""Where walkers begin: those of a network each at a mode of its own, others at a few optima and as annealed draws."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from bayesnn.errors import ModelError, StartError
from bayesnn.estimation.maximum import initial_points
from bayesnn.executors import results
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray, LogDensity
from bayesnn.sampling.annealed_start import annealed_start
from bayesnn.sampling.deep_ensemble import deep_ensemble
from bayesnn.sampling.modes import can_be_weighed, is_network
from bayesnn.sampling.moves.named import has_gradient
from bayesnn.sampling.moves.tuned import Beginning
from bayesnn.threads import one_library_thread

_CLIMB = 200
"""Iterations of the optimizer: close to a mode is enough, the typical set is elsewhere."""

_LOOKS, _MOST_LOOKS, _NEAR = 100, 500, 0.1
"""Evaluations for each parameter and at most, where there is no gradient to climb by, until they differ by less."""

_OPTIMA, _FEW_OPTIMA = 16, 4
"""That the walkers of one ensemble begin at, each uphill of a draw of its own: in four ensembles 64 looks at where
modes may be; the second where parameters are many, so that walkers stay in their modes, or climbs are dear for want of
slopes. A mode of 0.2 half as wide as the other in four dimensions was at an optimum in 24 runs of 24, and in 14 with
the second."""

_TEMPERATURE = 2.0
"""At which networks leave the modes that they are trained to, in the first window of warm-up, so that they forget their
training sooner. In short runs on six generated tables, two each, the part of test rows with R-hat of f at most 1.05
rose from 0.90 to 0.96, and the log density there by 0.005 ± 0.007, while LOO of the rows they were trained on fell by
13, as it does when runs get longer. Its price: on scikit-learn's diabetes, two seeds, trajectories came out shorter,
and f had 0.81 and 0.84 of the effective draws for a gradient."""

_ENOUGH = 8
"""Annealed walkers that tell of units."""

_TRIES, _DRAWS = 64, 16
"""Draws of the prior, of which the first of finite density is climbed from; where there is no gradient, the best of
fewer, which is seldom at the same mode for all."""


def default_start(
    density: LogDensity,
    rng: np.random.Generator,
    *,
    n_ensembles: int,
    n_walkers: int,
    spread: float,
    executor: Executor | None,
) -> Array:
    """(E, W, P): each ensemble at some optima uphill of its own draws of the prior; walkers of a network at one each.

    Where there is one mode, all of these are there. Where there are several, a few optima might miss one of them, and
    nothing would tell; those of all ensembles seldom do, and half of the walkers are draws of the prior annealed to the
    posterior where that is at hand. Those of a network never forget: its modes are many, and each walker stays in its
    own. So each begins as a network trained by itself, and it is the ESS, of all walkers as chains, that tells whether
    they mix. `spread` 0 puts walkers on their optimum, 1 on draws of the prior; walkers of a network that are spread,
    since they are to span the space, share one.

    Raises
    ------
    StartError : the density has no prior to draw from.
    ModelError : its gradient is NaN wherever it is finite.
    """
    if not isinstance(density, PosteriorDensity):
        raise StartError(
            f"start: expected start= for a log density without a prior ({type(density).__name__}), got none; "
            f"pass an array (n_walkers, {density.n_params})"
        )
    tasks = [(density, child, n_walkers, spread) for child in rng.spawn(n_ensembles)]
    return np.stack(list(results(executor, _ensemble, tasks)))


def as_start(start: ArrayLike) -> Array:
    """Real numbers of any shape, or a StartError."""
    try:
        array = np.asarray(start)
        if array.dtype.kind in "cUSmM":
            raise TypeError
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise StartError(
            f"start: expected real numbers (P,), (W, P) or (E, W, P), got {start!r:.60}; of values by name, "
            "posterior.pack(values)"
        ) from None


def given_start(start: ArrayLike, *, n_ensembles: int, n_walkers: int, n_params: int) -> Array:
    """A start (P,), (W, P) or (E, W, P), checked and repeated where it is short, as (E, W, P)."""
    array = as_start(start)
    full = (n_ensembles, n_walkers, n_params)
    if array.shape not in (full, full[1:], full[2:]):
        raise StartError(f"start: expected shape {full[2:]}, {full[1:]} or {full}, got {array.shape}")
    if not np.all(np.isfinite(array)):
        raise StartError("start: expected finite numbers, got NaN or infinity; draw it from the prior")
    return np.broadcast_to(array, full).copy()


def require_spread(start: Array) -> None:
    """Raise a StartError where walkers of an ensemble (E, W, P) do not span the space."""
    for ensemble in start:
        spread = ensemble - ensemble.mean(axis=0)
        widths = spread.std(axis=0)
        if np.any(widths == 0) or np.linalg.matrix_rank(spread / widths) < spread.shape[1]:
            raise StartError(
                "start: expected walkers that differ in every direction, since moves between walkers never leave the "
                "space that they span, got identical or dependent ones; scatter them, or use a gradient move"
            )


@one_library_thread()
def _ensemble(task: tuple[PosteriorDensity, np.random.Generator, int, float]) -> Array:
    """Walkers (W, P) of one ensemble."""
    density, rng, n_walkers, spread = task
    if not spread and is_network(density):
        return deep_ensemble(density, rng, n_walkers)
    relaxed = annealed_start(density, rng, n_walkers // 2)
    units = widths_of(relaxed) if len(relaxed) >= _ENOUGH else np.ones(density.n_params)
    n = 1 if is_network(density) else min(_n_optima(density), n_walkers - len(relaxed))
    centers = np.stack([_center(density, rng, units) for _ in range(n)])
    start = centers[np.arange(n_walkers) % len(centers)]
    if spread:
        start += spread * (initial_points(density, rng, n_walkers) - start)
    start[n_walkers - len(relaxed) :] = relaxed
    return start


def widths_of(places: Array) -> FloatArray:
    """Of each component of different places (n, P) between quartiles, for a normal one its sd; 1 where it has none."""
    lower, upper = np.quantile(np.unique(places, axis=0), [0.25, 0.75], axis=0)
    widths = (upper - lower) / 1.349
    return np.where((widths > 0) & np.isfinite(widths), widths, 1.0)


def default_beginning(density: LogDensity, start: Array) -> Beginning:
    """From a default start (E, W, P): in units (P,) of its widths where it is annealed, networks at a temperature."""
    n_ensembles, n_walkers, n_params = start.shape
    places = start.reshape(-1, n_params)
    n_optima = min(_n_optima(density), n_walkers - n_walkers // 2)
    is_annealed = len(np.unique(places, axis=0)) >= n_ensembles * (n_optima + _ENOUGH)
    scale = widths_of(places) if can_be_weighed(density) and is_annealed else None
    return Beginning(places, scale, temperature=_TEMPERATURE if is_network(density) else 1.0)


def _n_optima(density: LogDensity) -> int:
    return _OPTIMA if can_be_weighed(density) and has_gradient(density) else _FEW_OPTIMA


def _center(density: PosteriorDensity, rng: np.random.Generator, units: FloatArray) -> Array:
    """Uphill of a draw of the prior whose density is not zero, and whose slopes are known if any are."""
    held = _held(density)
    if not has_gradient(density):
        return _look_around(density, rng, held)
    tries = (initial_points(density, rng, 1)[0] for _ in range(_TRIES))
    possible = (theta for theta in tries if np.isfinite(density(theta)))
    lost = None
    for begin in possible:
        if not np.any(lost := _lost_slopes(density, begin, held)):
            return _climb(density, begin, held, units)
    if lost is not None:
        raise _no_slopes(density, lost)
    return _climb(density, np.zeros(density.n_params), held, units)


def _held(density: PosteriorDensity) -> Array:
    """Components of θ that stay at their draw: hyper-parameters, whose joint density may be unbounded (τ → 0)."""
    held = np.zeros(density.n_params, dtype=bool)
    for name in density.prior.hyper_parameters:
        held[density.parameters.free[name]] = True
    return held


def _climb(density: PosteriorDensity, theta: Array, held: Array, units: FloatArray) -> Array:
    def negative(z: Array) -> tuple[float, Array]:
        value, grad = density.value_and_grad(units * z)
        slope = np.where(held | ~np.isfinite(grad), 0.0, -units * grad)
        return (-float(value), slope) if np.isfinite(value) else (1e300, np.zeros_like(grad))

    found = minimize(negative, theta / units, jac=True, method="L-BFGS-B", options={"maxiter": _CLIMB})
    return np.asarray(np.where(held, theta, units * found.x))


def _look_around(density: PosteriorDensity, rng: np.random.Generator, held: Array) -> Array:
    """Uphill without slopes from the best of some draws of the prior, by a simplex half as wide as they are."""
    for _ in range(_TRIES // _DRAWS):
        prior = initial_points(density, rng, _DRAWS)
        values = np.where((value := density(prior)) < np.inf, value, -np.inf)
        if np.any(np.isfinite(values)):
            break
    theta = prior[np.argmax(values)]
    widths = np.where(held, 0.0, np.subtract(*np.quantile(prior, [0.75, 0.25], axis=0)))

    def negative(x: Array) -> float:
        value = float(density(np.where(held, theta, x)))
        return -value if np.isfinite(value) else 1e300

    simplex = theta + np.vstack([0 * theta, np.diag(widths)])
    looks = min(_LOOKS * len(theta), _MOST_LOOKS)
    options = {"maxfev": looks, "initial_simplex": simplex, "fatol": _NEAR, "xatol": np.inf}
    return np.asarray(np.where(held, theta, minimize(negative, theta, method="Nelder-Mead", options=options).x))


def _lost_slopes(density: PosteriorDensity, theta: Array, held: Array) -> Array:
    """Which slopes are NaN, (P,)."""
    return np.asarray(np.isnan(density.value_and_grad(theta)[1]) & ~held)


def _no_slopes(density: PosteriorDensity, lost: Array) -> ModelError:
    """Those that are lost wherever the prior puts its draws are a fault; here and there, they end a trajectory."""
    names = [name for name, is_lost in zip(density.names, lost, strict=True) if is_lost]
    return ModelError(
        "gradient: expected numbers where the log density is finite, got NaN by "
        f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''}; correct grad= or jac=, or leave it out"
    )
