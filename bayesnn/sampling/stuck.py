"""Walkers that do not take part."""

import numpy as np

from bayesnn.sampling.draws import Draws

_SHARE = 0.1


def stuck_walkers(draws: Draws) -> tuple[tuple[int, int], ...]:
    """(ensemble, walker), from 0, of those that hardly move, or never are where the others are.

    That is: accepting less than a tenth as often as the median walker, or a log posterior that at its best is below
    the worst of the median walker.
    """
    if draws.n_draws < 2 or draws.acceptance.size < 3:
        return ()
    idle = draws.acceptance < _SHARE * np.median(draws.acceptance)
    below = draws.log_prob.max(axis=2) < np.median(draws.log_prob.min(axis=2))
    return tuple((int(e), int(w)) for e, w in np.argwhere(idle | below))


def told(stuck: tuple[tuple[int, int], ...], n_walkers: int) -> str:
    """In a sentence, counted from 1."""
    some = "; ".join(f"ensemble {e + 1}, walker {w + 1}" for e, w in stuck[:3]) + (" ..." if len(stuck) > 3 else "")
    return (
        f"{len(stuck)} of {n_walkers} walkers {'is' if len(stuck) == 1 else 'are'} stuck ({some}): start elsewhere, "
        "raise n_warmup, or use a gradient move."
    )
