"""Effective sample size, nested R-hat and Monte Carlo error of quantities over ensembles of walkers.

All take x (E, W, S, Q): E independent ensembles, W walkers, S draws, Q quantities. ArviZ does the arithmetic.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from bayesnn.protocols import Array, FloatArray

_FEWEST = 8
_SIGNIFICANT = 4.0
"""Standard errors, since the worst of many quantities is looked at."""


@dataclass(frozen=True, eq=False)
class Convergence:
    """Of each of Q quantities, (Q,): mean, sd, bulk and tail ESS, nested R-hat, Monte Carlo errors of mean and sd.

    `kept` is the share of the variance that walkers keep for themselves, each near where it began: the covariance over
    walkers of the means of both halves of their draws, where it is more than four times what it would be by chance,
    else 0. Ensembles that are alike cannot see it, as where walkers of each sit in several modes and never change.
    """

    mean: FloatArray
    sd: FloatArray
    ess_bulk: FloatArray
    ess_tail: FloatArray
    rhat: FloatArray
    mcse_mean: FloatArray
    mcse_sd: FloatArray
    kept: FloatArray


@np.errstate(invalid="ignore")
def convergence(x: Array) -> Convergence:
    """How well draws (E, W, S, Q) have converged, quantity by quantity.

    ESS pools all walkers as chains. R-hat is nested R-hat over ensembles, which sees ensembles that disagree
    (Margossian et al. 2024); with one ensemble, or one walker in each, split R-hat over chains (Vehtari et al. 2021).
    A quantity that does not vary has ESS and R-hat NaN, and with fewer than 8 draws a walker all is NaN. Where some of
    it is −inf, mean and sd are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.diagnostics.convergence import convergence
    >>> x = np.random.default_rng(0).standard_normal((4, 8, 100, 1))
    >>> c = convergence(x)
    >>> bool(c.rhat[0] < 1.01), bool(2500 < c.ess_bulk[0] < 4000)
    (True, True)
    >>> bool(convergence(x + np.arange(4.0)[:, None, None, None]).rhat[0] > 1.3)      # ensembles that disagree
    True
    """
    n_ensembles, n_walkers, n_draws, n_quantities = x.shape
    if n_draws < _FEWEST:
        return Convergence(*np.full((8, n_quantities), np.nan))
    chains = np.ascontiguousarray(x.reshape(n_ensembles * n_walkers, n_draws, n_quantities).transpose(2, 0, 1))
    nested = n_ensembles > 1 and n_walkers > 1
    groups = np.tile(np.repeat(np.arange(n_ensembles), n_walkers), 2) if nested else None
    varies = np.ptp(chains, axis=(1, 2)) > 0
    rows = [_figures(c, groups) if v else [np.nan] * 6 for c, v in zip(chains, varies, strict=True)]
    return Convergence(
        chains.mean(axis=(1, 2)), chains.std(axis=(1, 2), ddof=1), *np.reshape(rows, (n_quantities, 6)).T
    )


def _figures(chains: Array, groups: Array | None) -> list[float]:
    """ESS of bulk and tail, R-hat, two Monte Carlo errors and what is kept of one quantity (C, S): each half of a chain
    is a chain.

    `groups` (2 C,) says which halves are of one ensemble. All draws are sorted but once.
    """
    halves = _halved(chains)
    z, folded = _normal_scores(halves)
    arviz, options = _arviz(), {} if groups is None else {"superchain_ids": groups}
    rhat = arviz.rhat if groups is None else arviz.rhat_nested
    tails = [_ess(_halved(chains <= q).astype(np.float64)) for q in np.quantile(chains, (0.05, 0.95))]
    ess_mean, squares = _ess(halves), (chains - chains.mean()) ** 2
    of_variance = squares.var() / _ess(_halved(squares))
    return [
        _ess(z),
        min(tails),
        max(rhat(part, method="identity", **options) for part in (z, folded)),
        chains.std(ddof=1) / np.sqrt(ess_mean),
        np.sqrt(of_variance / squares.mean() / 4),
        _kept(z),
    ]


def _kept(halves: Array) -> float:
    """Of normal scores (2 C, n), first halves of all chains and then second ones."""
    first, second = (half - half.mean() for half in np.split(halves.mean(axis=1), 2))
    covariance, by_chance = np.mean(first * second), np.sqrt(np.mean(first**2) * np.mean(second**2) / len(first))
    return float(covariance / halves.var()) if covariance > _SIGNIFICANT * by_chance else 0.0


def _ess(halves: Array) -> float:
    return float(_arviz().ess(halves, method="identity"))


@cache
def _arviz() -> Any:
    """ArviZ's functions of arrays, when there is something to judge: with all that it imports they take half a second,
    which a run that nobody watches need not wait for."""
    from arviz_stats.base.array import array_stats

    return array_stats


def _halved(chains: Array) -> Array:
    n = chains.shape[1] // 2
    return np.concatenate([chains[:, :n], chains[:, -n:]])


def _normal_scores(x: Array) -> tuple[Array, Array]:
    """Normal quantiles of the ranks of x, and of the ranks of its distances from the median, which see the scale."""
    order = np.argsort(x, axis=None)
    ascending = x.ravel()[order]
    distances = np.abs(ascending - np.median(ascending))
    outward = np.argsort(distances, kind="stable")  # two sorted runs, which it merges
    pairs = (ascending, order), (distances[outward], order[outward])
    return tuple(_scores(values, at).reshape(x.shape) for values, at in pairs)  # type: ignore[return-value]


def _scores(ascending: Array, order: Array) -> Array:
    """Φ⁻¹((rank − 3/8) / (n + 1/4)) in the old order, with mean ranks where values are equal (Blom 1958)."""
    n = len(ascending)
    first = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))
    counts = np.diff(np.append(first, n))
    scores = np.empty(n)
    scores[order] = np.repeat(ndtri((first + 0.5 * (counts + 1) - 0.375) / (n + 0.25)), counts)
    return scores
