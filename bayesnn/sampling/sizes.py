"""How many walkers, and how long: what nobody says is chosen from the problem."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError
from bayesnn.posterior.function_posterior import FunctionPosterior
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import LogDensity
from bayesnn.sampling.until import Plan, Until

_FEW, _MANY = 16, 64
"""Walkers of a move whose walkers are independent: enough to fill a batch, few enough to warm up."""
_NUMBERS = 2**16
"""That a step works on at little more than the price of calling NumPy: small problems have more walkers."""
_LEAST_SPANNING = 4
"""Walkers of a move of one half by differences within the other."""
_WARMUP, _LEAST_WARMUP = 500, 150
"""Steps of few walkers; of many, who learn scales together, the fewest in which they forget where they began."""
_DRAWS, _MOST_DRAWS, _LEAST_DRAWS = 1000, 10_000, 250
"""Of each of few walkers; the second where something else is to end the run; of each of many."""


@dataclass(frozen=True)
class Sizes:
    """Of a run: W, steps of warm-up, and when it ends."""

    n_walkers: int
    n_warmup: int
    plan: Plan


def sizes_of_run(
    posterior: LogDensity,
    *,
    n_ensembles: int,
    n_walkers: int | None,
    n_warmup: int | None,
    n_draws: int | None,
    until: Until | None,
    start: ArrayLike | None,
    spanning: str | None,
) -> Sizes:
    """What is given, checked, and the rest from the problem; `spanning` names a move whose walkers span the space.

    Raises
    ------
    SettingError : numbers that cannot be.
    """
    _check_until(until, n_ensembles)
    if n_walkers is None:
        shape = () if start is None else np.shape(start)
        n_walkers = shape[-2] if len(shape) > 1 else _walkers(posterior, spanning is not None)
    crowd = max(1.0, n_walkers / _FEW) if _is_whole(n_walkers) and spanning is None else 1.0
    if n_warmup is None:
        n_warmup = max(_LEAST_WARMUP, round(_WARMUP / crowd))
    if n_draws is None:
        n_draws = max(_LEAST_DRAWS, round((_DRAWS if until is None else _MOST_DRAWS) / crowd))
    _check(n_ensembles, n_walkers, n_warmup, n_draws)
    _check_walkers(n_walkers, posterior.n_params, spanning)
    return Sizes(n_walkers, n_warmup, Plan(n_draws, until))


def _walkers(posterior: LogDensity, spanning: bool) -> int:
    """Enough to span the space; or as many as fit into a cheap step; few of a function that takes one at a time."""
    if spanning:
        return max(2 * posterior.n_params + 2, 2 * _FEW)
    if not isinstance(posterior, Posterior):
        return _FEW if isinstance(posterior, FunctionPosterior) and not posterior.vectorized else _MANY
    return int(np.clip(_NUMBERS // (posterior.rows.n_rows * posterior.model.width), _FEW, _MANY))


def _is_whole(n: Any) -> bool:
    return isinstance(n, int | np.integer) and not isinstance(n, bool)


def _check_until(until: Until | None, n_ensembles: int) -> None:
    if until is not None and not isinstance(until, Until):
        raise SettingError(f"until: expected bnn.Until(...), got {until!r}; say bnn.Until(ess=1000)")
    if until is not None and until.rhat is not None and n_ensembles == 1:
        raise SettingError("until: expected several ensembles for a nested R-hat, got one; pass n_ensembles=4")


def _check(n_ensembles: int, n_walkers: int, n_warmup: int, n_draws: int) -> None:
    whole = all(map(_is_whole, (n_draws, n_warmup, n_ensembles, n_walkers)))
    if not whole or n_draws < 1 or n_warmup < 0 or n_ensembles < 1:
        raise SettingError(
            "sample: expected whole numbers, n_draws >= 1, n_warmup >= 0, n_ensembles >= 1 and n_walkers, "
            f"got {n_draws!r}, {n_warmup!r}, {n_ensembles!r} and {n_walkers!r}; leave them out"
        )


def _check_walkers(n_walkers: int, n_params: int, spanning: str | None) -> None:
    """Moves between two halves of the walkers need two in each, and as many as span the space."""
    least = 1 if spanning is None else max(2 * n_params, _LEAST_SPANNING)
    if n_walkers < least == 1:
        raise SettingError(f"n_walkers: expected at least 1, got {n_walkers}; leave it out")
    if n_walkers < least:
        raise SettingError(
            f"{n_params} parameter{'s' if n_params > 1 else ''} need{'s' if n_params == 1 else ''} at least {least} "
            f"walkers for the {spanning} move, got {n_walkers}; pass n_walkers={least} or a gradient move"
        )
