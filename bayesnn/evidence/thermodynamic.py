"""Thermodynamic integration and the stepping stone: ln Z from draws at every rung of a ladder of temperatures."""

import numpy as np
from scipy.special import logsumexp

from bayesnn.evidence.ladder import Ladder, climb_ladder, leaving_one_out
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence


def thermodynamic(
    posterior: PosteriorDensity,
    *,
    n_draws: int = 150,
    n_warmup: int = 100,
    n_stacks: int = 48,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z = ∫₀¹ E_β[ln L] dβ = ln L̂ + ∫ β E_β[ln L / L̂] d ln β, E_β the mean over p(θ) L^β / Z_β.

    With the highest L̂ taken out, what is integrated is −P / 2 for a Gaussian. The integral over ln β is the trapezium
    rule with its correction by the slopes, which the variances give: with g = β E_β and g' = g + β² V_β,
    Σ_t δ (g_t + g_(t+1)) / 2 − δ² (g'_(t+1) − g'_t) / 12. Up to the first power, where ln L may have no mean, it is
    ln E_0[L^β_1]. The draws are those of replica exchange, in stacks that never see each other: leaving out each in
    turn gives the error, with a part for the rule from a ladder of every second rung. A narrow mode of much mass that
    few stacks have reached counts too little, and the error does not tell; the particles of `smc` are weighted for it.

    Parameters
    ----------
    posterior : a problem with proper priors.
    n_draws, n_warmup : of each chain. n_stacks : independent ones, at least 4.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to move some stacks beside others.

    Raises
    ------
    EvidenceError : an improper prior, a likelihood without information, numbers that cannot be.

    References
    ----------
    Friel, Hurn & Wyse, Improving power posterior estimation of statistical evidence, Stat. Comput. 24, 709 (2014).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    >>> evidence = bnn.log_evidence(post, method="thermodynamic")           # Z = 1 / √2
    >>> bool(abs(evidence.log_z + 0.3466) < 3 * evidence.error), bool(evidence.error < 0.02)
    (True, True)
    """
    require_proper(posterior)
    seed = seed_sequence(rng)
    ladder = climb_ladder(posterior, seed, n_stacks=n_stacks, n_draws=n_draws, n_warmup=n_warmup, executor=executor)
    fine = np.arange(len(ladder.powers))
    coarse = np.union1d([0, 1, fine[-1]], fine[1::2])
    value, scatter = leaving_one_out(ladder, _integral)
    rule = (_integral(ladder.powers[coarse], ladder.log_likelihood[coarse]) - value) / 15  # an error of fourth order
    return _evidence(ladder, value, float(np.hypot(scatter, rule)), "thermodynamic")


def stepping_stone(
    posterior: PosteriorDensity,
    *,
    n_draws: int = 150,
    n_warmup: int = 100,
    n_stacks: int = 48,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z = Σ_t ln E_β_t[L^(β_(t+1) − β_t)] over the rungs of the ladder of `thermodynamic`, with the same parameters.

    Raises
    ------
    EvidenceError : an improper prior, a likelihood without information, numbers that cannot be.

    References
    ----------
    Xie, Lewis, Fan, Kuo & Chen, Improving marginal likelihood estimation, Syst. Biol. 60, 150 (2011).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    >>> evidence = bnn.log_evidence(post, method="stepping-stone")          # Z = 1 / √2
    >>> bool(abs(evidence.log_z + 0.3466) < 3 * evidence.error)
    True
    """
    require_proper(posterior)
    seed = seed_sequence(rng)
    ladder = climb_ladder(posterior, seed, n_stacks=n_stacks, n_draws=n_draws, n_warmup=n_warmup, executor=executor)
    value, error = leaving_one_out(ladder, _stones)
    return _evidence(ladder, value, error, "stepping-stone")


def _integral(powers: FloatArray, log_likelihood: Array) -> float:
    """The corrected trapezium rule over powers (T,), ln L (T, C, S)."""
    top = log_likelihood.max()
    beta, above, steps = powers[1:], log_likelihood[1:] - top, np.diff(np.log(powers[1:]))
    height = beta * above.mean(axis=(1, 2))
    slope = height + beta**2 * above.var(axis=(1, 2))
    rule = np.sum(steps * (height[1:] + height[:-1]) / 2 - steps**2 * np.diff(slope) / 12)
    return float(rule + top * (1 - beta[0])) + _stones(powers[:2], log_likelihood[:2])


def _stones(powers: FloatArray, log_likelihood: Array) -> float:
    weights = np.diff(powers)[:, None, None] * log_likelihood[:-1]
    return float(np.sum(logsumexp(weights, axis=(1, 2)) - np.log(weights[0].size)))


def _evidence(ladder: Ladder, value: float, error: float, method: str) -> Evidence:
    n_rungs, n_stacks, n_draws = ladder.log_likelihood.shape
    note = f"{n_stacks} stacks of {n_rungs} temperatures, {n_draws} draws each"
    return Evidence(value, error, method, ladder.n_evaluations, (note,))
