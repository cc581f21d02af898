"""Row by row: scores add up to the gradient, information to that of closed forms."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.posterior.rowwise import fisher_information, scores

RNG = np.random.default_rng(0)
X = np.linspace(0, 2, 15)
Y = 2 * np.exp(-X) + 0.2 * RNG.standard_normal(15)
CURVE = bnn.FunctionModel(lambda x, a, b: a * np.exp(-b * x))
PRIOR = {"a": bnn.Flat(), "b": bnn.HalfNormal(3)}
NOISES = {
    "sigma": (bnn.Gaussian(sigma=bnn.HalfNormal(1)), {}),
    "jitter": (bnn.Gaussian(jitter=bnn.HalfNormal(1)), {"yerr": RNG.uniform(0.1, 0.4, 15)}),
    "scale and df": (bnn.likelihoods.StudentT(df=bnn.Gamma(2, scale=5), scale=bnn.HalfNormal(1)), {}),
    "yerr": (bnn.Gaussian(), {"yerr": 0.2}),
}


def posterior(name: str) -> bnn.Posterior:
    likelihood, errors = NOISES[name]
    return bnn.Posterior(CURVE, likelihood, prior=PRIOR, data=bnn.Dataset(X, Y, **errors))


@pytest.mark.parametrize("name", NOISES)
def test_scores_add_up_to_the_gradient(name: str) -> None:
    post = posterior(name)
    theta = post.sample_prior(np.random.default_rng(1), 1)[0]
    each = scores(post, theta)
    assert each.shape == (15, post.n_params)
    whole = post.blend(prior=0.0, log_det=0.0).value_and_grad(theta)[1]
    np.testing.assert_allclose(each.sum(axis=0), whole, rtol=1e-10)
    alone = post.take(np.array([4])).blend(prior=0.0, log_det=0.0).value_and_grad(theta)[1]
    np.testing.assert_allclose(each[4], alone, rtol=1e-10)


def test_the_information_of_a_curve_with_unknown_noise() -> None:
    """JᵀJ / σ² for the curve, with db = b d ln b, and 2 N for ln σ: nothing between them."""
    post = posterior("sigma")
    a, b, sigma = 1.7, 0.8, 0.3
    J = np.column_stack([np.exp(-b * X), -a * X * np.exp(-b * X) * b])
    expected = np.zeros((3, 3))
    expected[:2, :2], expected[2, 2] = J.T @ J / sigma**2, 2 * 15
    found = fisher_information(post, post.pack({"a": a, "b": b, "sigma": sigma}))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_the_information_is_the_covariance_of_scores() -> None:
    """Over targets drawn from the model, for noise with a scale and degrees of freedom."""
    post = posterior("scale and df")
    theta, rng = post.pack({"a": 2.0, "b": 1.0, "scale": 0.3, "df": 5.0}), np.random.default_rng(2)
    draws = np.array([scores(post.with_targets(post.draw_targets(theta, rng)), theta).sum(axis=0) for _ in range(4000)])
    exact = fisher_information(post, theta)
    unit = np.sqrt(np.diag(exact))
    np.testing.assert_allclose(np.cov(draws.T) / np.outer(unit, unit), exact / np.outer(unit, unit), atol=0.12)


def test_correlated_rows_have_no_scores_of_their_own() -> None:
    data = bnn.Dataset(X, Y, cov=0.04 * np.eye(15) + 0.01)
    post = bnn.Posterior(CURVE, bnn.Gaussian(), prior=PRIOR, data=data)
    with pytest.raises(SettingError, match="independent rows"):
        scores(post, np.zeros(2))
