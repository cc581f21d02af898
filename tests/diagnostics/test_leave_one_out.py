"""Weights without a row, against the posterior without it."""

import numpy as np
import pytest
from scipy import stats

from bayesnn.diagnostics.leave_one_out import leave_one_out

RNG = np.random.default_rng(2)


def test_weighted_draws_are_of_the_posterior_without_the_row() -> None:
    theta = RNG.normal(0.5, 0.5, 20_000)  # of y = 0, 1, 1 from N(θ, 1), θ from N(0, 1)
    log_weights, pareto_k = leave_one_out(stats.norm(theta, 1).logpdf(1))
    weights = np.exp(log_weights)
    assert weights.sum() == pytest.approx(1)
    assert weights @ theta == pytest.approx(1 / 3, abs=0.02)
    assert weights @ theta**2 - (weights @ theta) ** 2 == pytest.approx(1 / 3, abs=0.02)
    assert pareto_k < 0.7


def test_an_outlier_is_told_by_its_tail() -> None:
    theta = RNG.normal(0.0, 0.5, 4000)
    _, pareto_k = leave_one_out(stats.norm(theta, 0.3).logpdf(1.5))
    assert pareto_k > 0.7


def test_a_constant_changes_nothing() -> None:
    log_likelihood = stats.norm(RNG.standard_normal(500), 1).logpdf(1)
    first, other = (leave_one_out(log_likelihood + shift)[0] for shift in (0.0, -900.0))
    np.testing.assert_allclose(first, other, rtol=1e-6)


def test_a_row_that_moves_nothing_leaves_all_draws_alike() -> None:
    log_weights, pareto_k = leave_one_out(np.full(50, -3.0))
    np.testing.assert_allclose(log_weights, -np.log(50))
    assert pareto_k == -np.inf


@pytest.mark.parametrize(
    "log_likelihood",
    [
        np.array([-1.0, -2.0, -3.0]),
        np.concatenate([np.zeros(300), np.full(700, -1.0)]),  # a tail of draws that are alike
        -np.exp(np.random.default_rng(0).normal(-15, 10, 3200)),  # a tail of which no exceedance is left but the first
    ],
    ids=["few", "alike", "one draw alone"],
)
def test_without_a_tail_weights_are_as_they_are(log_likelihood: np.ndarray) -> None:
    log_weights, pareto_k = leave_one_out(log_likelihood)
    np.testing.assert_allclose(
        log_weights + log_likelihood, (log_weights + log_likelihood)[0] * np.ones(len(log_weights))
    )
    assert np.exp(log_weights).sum() == pytest.approx(1)
    assert np.isnan(pareto_k)
