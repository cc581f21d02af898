"""Effective sample size, nested R-hat and Monte Carlo error of quantities over ensembles of walkers.

All take x (E, W, S, Q): E independent ensembles, W walkers, S draws, Q quantities. ArviZ does the arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from arviz_stats.base.array import array_stats

from bayesnn.protocols import Array, FloatArray

_FEWEST = 4


@dataclass(frozen=True, eq=False)
class Convergence:
    """Of each of Q quantities, (Q,): mean, sd, bulk and tail ESS, nested R-hat, Monte Carlo errors of mean and sd."""

    mean: FloatArray
    sd: FloatArray
    ess_bulk: FloatArray
    ess_tail: FloatArray
    rhat: FloatArray
    mcse_mean: FloatArray
    mcse_sd: FloatArray


def convergence(x: Array) -> Convergence:
    """How well draws (E, W, S, Q) have converged, quantity by quantity.

    ESS pools all walkers as chains. R-hat is nested R-hat over ensembles, which sees ensembles that disagree
    (Margossian et al. 2024); with one ensemble, or one walker in each, split R-hat over chains (Vehtari et al. 2021).
    A quantity that does not vary has ESS and R-hat NaN, and with fewer than 4 draws all is NaN.

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
        return Convergence(*np.full((7, n_quantities), np.nan))
    chains = np.ascontiguousarray(x.reshape(-1, n_draws, n_quantities).transpose(2, 0, 1))
    varies = np.ptp(chains.reshape(n_quantities, -1), axis=1) > 0
    superchains = np.repeat(np.arange(n_ensembles), n_walkers)

    def each(function: Callable[..., float], **options: object) -> FloatArray:
        values = [function(chain, **options) if v else np.nan for chain, v in zip(chains, varies, strict=True)]
        return np.array(values, dtype=np.float64)

    nested = n_ensembles > 1 and n_walkers > 1
    options = {"superchain_ids": superchains} if nested else {}
    return Convergence(
        mean=chains.mean(axis=(1, 2)),
        sd=chains.std(axis=(1, 2), ddof=1),
        ess_bulk=each(array_stats.ess, method="bulk"),
        ess_tail=each(array_stats.ess, method="tail", prob=(0.05, 0.95)),
        rhat=each(array_stats.rhat_nested if nested else array_stats.rhat, **options),
        mcse_mean=each(array_stats.mcse, method="mean"),
        mcse_sd=each(array_stats.mcse, method="sd"),
    )
