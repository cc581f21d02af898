"""Ordered vectors, shares, vectors with a covariance and scipy's distributions as blocks of a posterior."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

import bayesnn as bnn
from bayesnn.errors import PriorError, StartError
from tests.sampling.test_exactness import moments_agree

COV = np.array([[1.0, 0.6, 0.0], [0.6, 2.0, -0.3], [0.0, -0.3, 0.5]])
PRIOR = {
    "center": bnn.Ordered(bnn.Normal(0, 2), size=2),
    "share": bnn.Dirichlet([2.0, 3.0, 4.0]),
    "w": bnn.MultivariateNormal([1.0, 0.0, -1.0], COV),
    "rate": bnn.Flat(low=0),
}
COUNTS = np.array([3.0, 5.0, 12.0])


def log_likelihood(center, share, w, rate):
    return COUNTS @ np.log(share) - np.sum((w - center[0]) ** 2) - center[1] ** 2 + 2 * np.log(rate) - rate


def grad(center, share, w, rate):
    by_center = np.array([2 * np.sum(w - center[0]), -2 * center[1]])
    return {"center": by_center, "share": COUNTS / share, "w": -2 * (w - center[0]), "rate": 2 / rate - 1}


def test_gradients_given_and_differenced_go_through_every_chart() -> None:
    given = bnn.FunctionPosterior(log_likelihood, PRIOR, grad=grad)
    differenced = bnn.FunctionPosterior(log_likelihood, PRIOR)
    theta = given.sample_prior(np.random.default_rng(0), 6)
    assert theta.shape == (6, 2 + 2 + 3 + 1)
    value, slope = given.value_and_grad(theta)
    np.testing.assert_allclose(value, differenced(theta), rtol=1e-13)
    np.testing.assert_allclose(slope, differenced.value_and_grad(theta)[1], rtol=1e-6, atol=1e-6)
    for e, column in zip(np.eye(8), slope.T, strict=True):
        np.testing.assert_allclose(
            (given(theta + 1e-6 * e) - given(theta - 1e-6 * e)) / 2e-6, column, rtol=1e-5, atol=1e-6
        )


def test_the_density_is_that_of_scipy_and_the_values_lie_in_their_sets() -> None:
    post = bnn.FunctionPosterior(log_likelihood, PRIOR)
    theta = post.sample_prior(np.random.default_rng(0), 6)
    values = post.unpack(theta)
    truth = np.log(2) + stats.norm(0, 2).logpdf(values["center"]).sum(axis=-1)
    truth += stats.dirichlet([2.0, 3.0, 4.0]).logpdf(values["share"].T)
    truth += stats.multivariate_normal([1.0, 0.0, -1.0], COV).logpdf(values["w"])
    np.testing.assert_allclose(post.log_prior(theta), truth, rtol=1e-11)
    assert np.all(np.diff(values["center"]) > 0)
    np.testing.assert_allclose(values["share"].sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(post.pack(values), theta, atol=1e-10)
    for bad in ({"share": [0.5, 0.6, 0.1]}, {"center": [1.0, 0.0]}, {"rate": -1.0}):
        with pytest.raises(StartError, match=next(iter(bad))):
            post.pack({"center": [0.0, 1.0], "share": [0.2, 0.3, 0.5], "w": np.zeros(3), "rate": 1.0} | bad)


def test_estimates_of_shares_are_those_of_the_conjugate_model() -> None:
    """MAP (n_k + a_k − 1) / (n + Σ a − K), as the density is written; maximum likelihood n_k / n with its errors."""
    post = bnn.FunctionPosterior(lambda share: COUNTS @ np.log(share), {"share": bnn.Dirichlet([2.0, 3.0, 4.0])})
    np.testing.assert_allclose(
        bnn.maximum_a_posteriori(post).values["share"], (COUNTS + np.arange(1, 4)) / 26, rtol=1e-5
    )
    best, p = bnn.maximum_likelihood(post), COUNTS / 20
    np.testing.assert_allclose(best.values["share"], p, rtol=1e-5)
    np.testing.assert_allclose(best.standard_errors["share"], np.sqrt(p * (1 - p) / 20), rtol=1e-3)
    report = best.summary().split("Correlations")
    assert report[0].count("share[") == 3
    correlation = -np.sqrt(p[0] * p[2] / ((1 - p[0]) * (1 - p[2])))
    assert f"share[0], share[2]: {correlation:+.3f}" in report[1]


def no_data(x, share):
    return np.zeros(len(x))


def flat_everywhere(x, share):
    return {"x": np.zeros_like(x), "share": np.zeros_like(share)}


@pytest.mark.parametrize("slopes", [None, flat_everywhere])
def test_sampling_without_data_gives_the_moments_of_the_prior(slopes) -> None:
    """Order statistics of 3 uniform numbers, Beta(k, 4 − k), and shares; from all moves that are chosen by default."""
    prior = {"x": bnn.Ordered(bnn.Uniform(0, 1), size=3), "share": bnn.Dirichlet([2.0, 3.0, 4.0])}
    post = bnn.FunctionPosterior(no_data, prior, grad=slopes, vectorized=True)
    settings = {"n_draws": 1500} if slopes is None else {"n_draws": 300, "n_warmup": 300}
    draws = bnn.sample(post, n_ensembles=2, progress=False, **settings)
    order, shares = [stats.beta(k, 4 - k) for k in (1, 2, 3)], stats.dirichlet([2.0, 3.0, 4.0])
    x = np.concatenate([draws.values["x"], draws.values["share"]], axis=-1)
    mean = np.concatenate([[b.mean() for b in order], shares.mean()])
    moments_agree(x, mean, np.concatenate([[b.var() for b in order], shares.var()]), least_ess=500)
    delta = x - mean
    cross = np.array([1 / 40, -2 * 3 / (81 * 10), 0.0])  # of x1 and x2, of two shares, of x1 and a share
    moments_agree(delta[..., [0, 3, 0]] * delta[..., [1, 4, 3]], cross, None, least_ess=500)


def test_blocks_of_several_vectors() -> None:
    prior = {"share": bnn.Dirichlet([2.0, 1.0, 4.0], shape=(4, 3)), "x": bnn.Ordered(bnn.Normal(0, 1), 2, (5, 2))}
    post = bnn.FunctionPosterior(lambda share, x: 0.0, prior)
    theta = post.sample_prior(np.random.default_rng(0), 3)
    values = post.unpack(theta)
    assert post.n_params == 4 * 2 + 5 * 2
    assert post.names[:3] == ("share[0, 0]", "share[0, 1]", "share[1, 0]")
    assert values["share"].shape == (3, 4, 3)
    truth = 5 * np.log(2) + stats.norm.logpdf(values["x"]).sum(axis=(1, 2))
    truth += [sum(stats.dirichlet([2.0, 1.0, 4.0]).logpdf(row) for row in rows) for rows in values["share"]]
    np.testing.assert_allclose(post.log_prior(theta), truth, rtol=1e-11)
    for e, column in zip(np.eye(18), post.value_and_grad(theta)[1].T, strict=True):
        np.testing.assert_allclose(
            (post(theta + 1e-6 * e) - post(theta - 1e-6 * e)) / 2e-6, column, rtol=1e-6, atol=1e-6
        )


def test_a_vector_may_be_the_parameter_of_a_prior() -> None:
    prior = {"y": bnn.Normal("center", "share", shape=(3,)), "share": bnn.Dirichlet([2.0, 3.0, 4.0])}
    post = bnn.FunctionPosterior(lambda y: 0.0, prior | {"center": bnn.Ordered(bnn.Normal(0, 1), 3)})
    theta = post.sample_prior(np.random.default_rng(0), 4)
    values, slope = post.unpack(theta), post.value_and_grad(theta)[1]
    truth = stats.norm(values["center"], values["share"]).logpdf(values["y"]).sum(axis=-1) + np.log(6)
    truth += stats.norm.logpdf(values["center"]).sum(axis=-1)
    truth += stats.dirichlet([2.0, 3.0, 4.0]).logpdf(values["share"].T)
    np.testing.assert_allclose(post.log_prior(theta), truth, rtol=1e-11)
    for e, column in zip(np.eye(8), slope.T, strict=True):
        np.testing.assert_allclose(
            (post(theta + 1e-6 * e) - post(theta - 1e-6 * e)) / 2e-6, column, rtol=1e-5, atol=1e-5
        )


def test_the_evidence_integrates_through_the_charts() -> None:
    """Counts on three shares: the Dirichlet-multinomial, by the trapezoidal rule over θ."""
    post = bnn.FunctionPosterior(lambda p: np.log(p) @ COUNTS, {"p": bnn.Dirichlet([2.0, 3.0, 4.0])}, vectorized=True)
    line = np.arange(-20, 20, 0.1)
    theta = np.stack(np.meshgrid(line, line), axis=-1)
    a = np.array([2.0, 3.0, 4.0])
    exact = gammaln(9) - gammaln(29) + np.sum(gammaln(COUNTS + a) - gammaln(a))
    assert np.log(np.sum(np.exp(post(theta) - exact)) * 0.01) == pytest.approx(0, abs=1e-9)


def test_correlated_weights_of_a_model_and_scipy_priors_beside_native_ones(hubble) -> None:
    line = bnn.LinearModel(bnn.polynomial(2))
    data = bnn.Dataset(hubble.X, hubble.y)

    def posterior(w, sigma):
        likelihood = bnn.Gaussian(sigma=bnn.HalfNormal(sigma))
        return bnn.Posterior(line, likelihood, prior={"w": w}, data=data)

    w = np.array([1.0, 0.0, -1.0])
    one, other = posterior(bnn.MultivariateNormal(w, COV), 1.0), posterior(stats.multivariate_normal(w, COV), 1.0)
    theta = one.sample_prior(np.random.default_rng(0), 4)
    np.testing.assert_array_equal(one(theta), other(theta))
    apart = posterior(bnn.MultivariateNormal(w, np.diag([4.0, 4.0, 4.0])), 1.0)
    for prior in (bnn.Normal(w, 2.0), stats.norm(w, 2.0)):
        for a, b in zip(posterior(prior, 1.0).value_and_grad(theta), apart.value_and_grad(theta), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_frozen_scipy_distributions_give_the_same_posterior_as_native_families() -> None:
    def counts(rate, slope, share):
        return -rate + 5 * np.log(rate) - slope**2 + np.log(share)

    native = {"rate": bnn.Gamma(2.5, 0.8), "slope": bnn.Normal(0, 2), "share": bnn.Beta(2, 3)}
    frozen = {"rate": stats.gamma(2.5, scale=0.8), "slope": stats.norm(0, 2), "share": stats.beta(2, 3)}
    one, other = bnn.FunctionPosterior(counts, native), bnn.FunctionPosterior(counts, frozen)
    theta = one.sample_prior(np.random.default_rng(0), 20)
    for a, b in zip(one.value_and_grad(theta), other.value_and_grad(theta), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    assert other.sample_prior(np.random.default_rng(0), 4).shape == (4, 3)
    assert not other.prior.improper
    for a, b in zip(*(bnn.maximum_a_posteriori(p).values.values() for p in (one, other)), strict=True):
        assert float(a) == pytest.approx(float(b), rel=1e-6, abs=1e-6)


def test_neighbors_of_one_kind_keep_their_own_densities() -> None:
    """Elementwise neighbors are evaluated together; joint ones, flat and scipy's must not be mixed up."""
    prior = {
        "a": bnn.Flat(low=0),
        "b": bnn.Flat(high=-1),
        "c": bnn.MultivariateNormal([0, 1], np.eye(2)),
        "d": bnn.MultivariateNormal([2, 3], 4 * np.eye(2)),
        "e": stats.norm(1, 2),
        "f": stats.norm(3, 4),
    }
    post = bnn.FunctionPosterior(lambda **values: 0.0, prior)
    theta = post.sample_prior(np.random.default_rng(0), 5)
    values = post.unpack(theta)
    assert np.all(values["a"] > 0)
    assert np.all(values["b"] < -1)
    assert post.prior.improper == ["a", "b"]
    truth = stats.norm([0, 1], 1).logpdf(values["c"]).sum(axis=-1) + stats.norm([2, 3], 2).logpdf(values["d"]).sum(
        axis=-1
    )
    truth += stats.norm(1, 2).logpdf(values["e"]) + stats.norm(3, 4).logpdf(values["f"])
    np.testing.assert_allclose(post.log_prior(theta), truth, rtol=1e-11)


def test_priors_of_vectors_that_do_not_fit_their_block() -> None:
    data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0)
    for prior in (
        bnn.MultivariateNormal([0, 0], np.eye(2)),
        bnn.MultivariateNormal(0, [[1.0]]),
        bnn.Dirichlet([1, 1, 1, 1]),
        stats.norm([0, 1], 1),
        stats.multivariate_normal(np.zeros(4), np.eye(4)),
    ):
        with pytest.raises(PriorError, match="expected"):
            bnn.Posterior(bnn.LinearModel(bnn.polynomial(2)), bnn.Gaussian(), prior={"w": prior}, data=data)
