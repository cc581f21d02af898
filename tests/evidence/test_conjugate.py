"""The textbook cases against quadrature, the optimizer and the sampler."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.errors import DataError, PriorError

HEADS = np.array([1, 0, 1, 1, 0, 1, 1, 1.0])
COUNTS = np.array([3, 0, 2, 5, 1.0])
VALUES = np.array([1.2, -0.4, 0.9, 2.2, 0.1, 1.6])


@dataclass(frozen=True)
class Case:
    answer: Any
    prior: Any
    log_likelihood: Any
    slope: Any
    mode: float
    mean: float
    variance: float
    ends: tuple[float, ...]


def total(log_density, y, *parameters):
    """Σ ln p(y_n) for every value of the parameters, (...)."""
    return np.sum(log_density(y, *(np.asarray(p)[..., None] for p in parameters)), axis=-1)


def gamma_moments(a: float, scale: float) -> tuple[float, float]:
    return a * scale, a * scale**2


CASES = {
    "coin": Case(
        bnn.conjugate.bernoulli(HEADS, bnn.Beta(2, 3)),
        bnn.Beta(2, 3),
        lambda p: total(stats.bernoulli.logpmf, HEADS, p),
        lambda p: 6 / p - 2 / (1 - p),
        7 / 11,
        8 / 13,
        8 * 5 / (13**2 * 14),
        (0, 0.3, 0.6, 0.8, 1),
    ),
    "rate": Case(
        bnn.conjugate.poisson(COUNTS, bnn.Gamma(2.5, 0.8)),
        bnn.Gamma(2.5, 0.8),
        lambda p: total(stats.poisson.logpmf, COUNTS, p),
        lambda p: 11 / p - 5,
        12.5 / 6.25,
        *gamma_moments(13.5, 1 / 6.25),
        (0, 1, 2, 4, 20),
    ),
    "mean": Case(
        bnn.conjugate.normal_mean(VALUES, bnn.Normal(0.3, 0.5), sigma=1.5),
        bnn.Normal(0.3, 0.5),
        lambda p: total(stats.norm.logpdf, VALUES, p, 1.5),
        lambda p: (5.6 - 6 * p) / 2.25,
        (1.2 + 5.6 / 2.25) / (4 + 6 / 2.25),
        (1.2 + 5.6 / 2.25) / (4 + 6 / 2.25),
        1 / (4 + 6 / 2.25),
        (-8, 0, 1, 8),
    ),
    "variance": Case(
        bnn.conjugate.normal_variance(VALUES, bnn.InverseGamma(3, 2), mean=0.5),
        bnn.InverseGamma(3, 2),
        lambda p: total(stats.norm.logpdf, VALUES, 0.5, np.sqrt(p)),
        lambda p: 0.5 * np.sum((VALUES - 0.5) ** 2) / p**2 - 3 / p,
        (2 + 0.5 * np.sum((VALUES - 0.5) ** 2)) / 7,
        (2 + 0.5 * np.sum((VALUES - 0.5) ** 2)) / 5,
        (2 + 0.5 * np.sum((VALUES - 0.5) ** 2)) ** 2 / (25 * 4),
        (1e-3, 0.3, 1, 3, 10, 100, 1e5),
    ),
}


def posterior(case: Case) -> bnn.FunctionPosterior:
    def log_likelihood(p):
        return case.log_likelihood(p)

    def grad(p):
        return {"p": case.slope(p)}

    return bnn.FunctionPosterior(log_likelihood, {"p": case.prior}, grad=grad, vectorized=True)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_evidence_is_the_integral_of_likelihood_times_prior(case: Case) -> None:
    def integrand(p: float) -> float:
        return float(np.exp(case.log_likelihood(p) + case.prior.log_prob(np.array(p))))

    pieces = zip(case.ends[:-1], case.ends[1:], strict=True)
    integral = sum(quad(integrand, low, high, epsabs=0, epsrel=1e-11)[0] for low, high in pieces)
    assert case.answer.log_evidence == pytest.approx(np.log(integral), abs=1e-9)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bayes_theorem_holds_at_every_value(case: Case) -> None:
    p = np.linspace(0.1, 0.9, 5)
    joint = case.log_likelihood(p) + case.prior.log_prob(p)
    np.testing.assert_allclose(case.answer.posterior.log_prob(p), joint - case.answer.log_evidence, atol=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_map_estimate_is_the_exact_mode(case: Case) -> None:
    assert bnn.maximum_a_posteriori(posterior(case)).values["p"] == pytest.approx(case.mode, abs=1e-8)
    assert case.answer.posterior.grad_log_prob(np.array(case.mode)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_sampled_moments_are_the_exact_ones(case: Case) -> None:
    draws = bnn.sample(posterior(case), n_draws=200, n_warmup=100, n_ensembles=2, n_walkers=16, rng=3, progress=False)
    p = draws.values["p"].ravel()
    assert p.size == 6_400
    n = 1000  # far fewer than the draws, whatever their correlation
    assert abs(p.mean() - case.mean) < 5 * np.sqrt(case.variance / n)
    fourth = np.mean((p - case.mean) ** 4)
    assert abs(np.mean((p - case.mean) ** 2) - case.variance) < 5 * np.sqrt(fourth / n)


def test_data_one_by_one_are_data_at_once() -> None:
    """Yesterday's posterior is today's prior, and the evidences multiply."""
    for update, y, prior in (
        (bnn.conjugate.bernoulli, HEADS, bnn.Beta(2, 3)),
        (bnn.conjugate.poisson, COUNTS, bnn.Gamma(2.5, 0.8)),
        (lambda y, p: bnn.conjugate.normal_mean(y, p, sigma=1.5), VALUES, bnn.Normal(0.3, 0.5)),
        (lambda y, p: bnn.conjugate.normal_variance(y, p, mean=0.5), VALUES, bnn.InverseGamma(3, 2)),
    ):
        at_once, total, now = update(y, prior), 0.0, prior
        for value in y:
            step = update([value], now)
            total, now = total + step.log_evidence, step.posterior
        assert total == pytest.approx(at_once.log_evidence, abs=1e-12)
        for name, number in now.parameters().items():
            assert number == pytest.approx(at_once.posterior.parameters()[name], rel=1e-12)


def test_the_normal_mean_is_the_linear_model_of_degree_zero() -> None:
    data = bnn.Dataset(np.arange(6.0), VALUES)
    constant = bnn.LinearModel(bnn.polynomial(0))
    exact = bnn.exact_posterior(
        bnn.Posterior(constant, bnn.Gaussian(sigma=1.5), prior={"w": bnn.Normal(0.3, 0.5)}, data=data)
    )
    answer = CASES["mean"].answer
    assert answer.posterior.loc == pytest.approx(exact.mean[0], rel=1e-12)
    assert answer.posterior.scale**2 == pytest.approx(exact.covariance[0, 0], rel=1e-12)
    assert answer.log_evidence == pytest.approx(exact.log_evidence, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: bnn.conjugate.bernoulli([0, 2], bnn.Beta(1, 1)), DataError, "expected y of 0 and 1"),
        (lambda: bnn.conjugate.bernoulli([], bnn.Beta(1, 1)), DataError, "at least one row"),
        (lambda: bnn.conjugate.bernoulli([[1]], bnn.Beta(1, 1)), DataError, r"shape \(N,\)"),
        (lambda: bnn.conjugate.bernoulli(["head"], bnn.Beta(1, 1)), DataError, "expected real numbers"),
        (lambda: bnn.conjugate.bernoulli([1], bnn.Normal(0, 1)), PriorError, "expected a Beta prior"),
        (lambda: bnn.conjugate.bernoulli([1], bnn.Beta([1, 2], 1)), PriorError, "expected a Beta prior"),
        (lambda: bnn.conjugate.bernoulli([1], bnn.Beta("a", 1)), PriorError, "expected a Beta prior"),
        (lambda: bnn.conjugate.bernoulli([1], 0.5), PriorError, "expected a Beta prior"),
        (lambda: bnn.conjugate.poisson([-1], bnn.Gamma(1, 1)), DataError, "negative or not whole"),
        (lambda: bnn.conjugate.poisson([0.5], bnn.Gamma(1, 1)), DataError, "negative or not whole"),
        (lambda: bnn.conjugate.poisson([np.nan], bnn.Gamma(1, 1)), DataError, "expected finite numbers"),
        (lambda: bnn.conjugate.normal_mean([1.0], bnn.Normal(0, 1), sigma=0.0), DataError, "one positive sigma"),
        (lambda: bnn.conjugate.normal_mean([1.0], bnn.Normal(0, 1), sigma=[1.0]), DataError, "one positive sigma"),
        (lambda: bnn.conjugate.normal_mean([1.0], bnn.Normal(0, 1), sigma="a"), DataError, "sigma: expected real"),
        (lambda: bnn.conjugate.normal_mean([1.0], bnn.Normal(0, 1), sigma=np.inf), DataError, "sigma: expected finite"),
        (lambda: bnn.conjugate.normal_variance([1.0], bnn.InverseGamma(1, 1), mean=[0.0]), DataError, "one mean"),
        (
            lambda: bnn.conjugate.normal_variance([1.0], bnn.InverseGamma(1, 1), mean=np.nan),
            DataError,
            "mean: expected",
        ),
    ],
)
def test_what_cannot_be_used(call, error, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
