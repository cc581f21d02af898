"""Counts whose rate changes once: a log likelihood that jumps, with a posterior in closed form."""

import math

import numpy as np
import pytest
from scipy.special import gammaln

import bayesnn as bnn
from bayesnn.derivatives import jumps

T = np.arange(60.0)
Y = np.random.default_rng(0).poisson(np.where(T < 33.5, 3.0, 7.0))
A, B = 2.0, 0.5
"""Both rates are Gamma of shape A and rate B, before and after tau ~ U(0, 60)."""


def log_likelihood(before, after, tau):
    rate = np.where(tau[..., None] > T, before[..., None], after[..., None])
    return np.sum(Y * np.log(rate) - rate, axis=-1)


def posterior() -> bnn.FunctionPosterior:
    prior = {"before": bnn.Gamma(A, 1 / B), "after": bnn.Gamma(A, 1 / B), "tau": bnn.Flat(0, 60)}
    return bnn.FunctionPosterior(log_likelihood, prior, vectorized=True)


def exact() -> tuple[float, float, float, float]:
    """E tau, E tau², E before, P(tau < 33): tau is uniform within k < tau < k + 1, with k + 1 rows before."""
    n, first = np.arange(1, 61), np.cumsum(Y)
    rest = Y.sum() - first
    log_p = gammaln(A + first) - (A + first) * np.log(B + n) + gammaln(A + rest) - (A + rest) * np.log(B + 60 - n)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    k = n - 1.0
    return p @ (k + 0.5), p @ (k**2 + k + 1 / 3), p @ ((A + first) / (B + n)), p[:33].sum()


def test_slopes_that_miss_the_jumps_are_not_used() -> None:
    assert not posterior().has_gradient


def test_a_branch_on_the_way_that_takes_real_numbers_only() -> None:
    def real(points):
        return np.array([math.exp(x) if 0.01 < x.real < 0.9 else x for x in points[:, 0]])

    assert jumps(real, np.zeros(1), np.ones(1))


@pytest.mark.parametrize(
    ("function", "prior"),
    [
        (lambda a, b: -0.5 * ((a - b) / 1e-4) ** 2, bnn.Normal(0, 1)),
        (lambda a, b: 100 * a - np.exp(a + b), bnn.Normal(0, 10)),
        (lambda a, b: -0.5 * (1 - 10 * np.sin(100 * a + b)) ** 2, bnn.Normal(0, 5)),
        (lambda a, b: -2 * np.log1p((a - b) ** 2 / 1e-4), bnn.Normal(0, 10)),
        (lambda a, b: -1e3 * np.sqrt(a * a) - b**2, bnn.Normal(0, 1)),
    ],
)
def test_steep_or_narrow_is_no_jump(function, prior) -> None:
    assert bnn.FunctionPosterior(function, {"a": prior, "b": prior}, vectorized=True).has_gradient


def test_the_default_samples_it() -> None:
    draws = bnn.sample(posterior(), progress=False)
    assert bnn.diagnose(draws).ok
    tau, before = draws.values["tau"], draws.values["before"]
    for found, mean in zip((tau, tau**2, before, (tau < 33) * 1.0), exact(), strict=True):
        convergence = bnn.diagnostics.convergence.convergence(found[..., None])
        assert convergence.ess_bulk[0] > 1000
        assert abs(found.mean() - mean) < 5 * convergence.mcse_mean[0]
