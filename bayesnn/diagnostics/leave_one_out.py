"""Weights that make draws of a posterior draws of the one that lacks a row. ArviZ does the arithmetic."""

import numpy as np
from arviz_stats.base.array import array_stats
from scipy.special import logsumexp

from bayesnn.protocols import Array, FloatArray

_FEWEST = 25
"""Draws of which a fifth, the tail, are the five that a generalized Pareto distribution needs."""


def leave_one_out(log_likelihood: Array, *, efficiency: float = 1.0) -> tuple[FloatArray, float]:
    """ln weights (S,) ∝ 1 / p(y_n | θ_s), adding up to one, the largest smoothed; and k̂, the shape of their tail.

    log_likelihood (S,) is ln p(y_n | θ_s) of the row, `efficiency` the effective draws for each of the S. A row that
    moves no draw has k̂ = −∞. Too few draws, or too many alike, have no tail to smooth: weights stay, and k̂ is NaN.

    References
    ----------
    Vehtari et al., Pareto smoothed importance sampling, JMLR 25, 72 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.diagnostics.leave_one_out import leave_one_out
    >>> theta = np.random.default_rng(0).normal(1 / 2, 1 / 2, 4000)        # y = 0, 1, 1 from N(θ, 1), θ from N(0, 1)
    >>> log_weights, pareto_k = leave_one_out(-0.5 * (1 - theta) ** 2)
    >>> mean = np.sum(np.exp(log_weights) * theta)                         # of y = 0, 1: 1/3
    >>> bool(abs(mean - 1 / 3) < 0.05), pareto_k < 0.7
    (True, True)
    """
    plain = np.asarray(-log_likelihood - logsumexp(-log_likelihood))
    if np.ptp(log_likelihood) < 1e-12 * max(1.0, abs(float(log_likelihood[0]))):
        return plain, -np.inf
    if len(log_likelihood) < _FEWEST:
        return plain, np.nan
    try:
        with np.errstate(all="ignore"):  # a tail that stands out by rounding only comes back as NaN
            smoothed, pareto_k = array_stats.psislw(log_likelihood, r_eff=efficiency)  # type: ignore[no-untyped-call]
    except ValueError:  # all of the tail is alike
        return plain, np.nan
    return (smoothed, float(pareto_k)) if np.all(np.isfinite(smoothed)) else (plain, np.nan)
