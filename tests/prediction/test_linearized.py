"""Predictions of Laplace's approximation: those of the tangent at the mode."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import EvidenceError

Z = np.array([0.0, 0.7, 2.5])
CURVATURES = pytest.mark.parametrize("curvature", ["full", "gauss-newton"])


@CURVATURES
def test_without_hidden_layer_it_is_the_exact_predictive(curvature: str, network) -> None:
    post = network(1, 1)
    p, exact = bnn.predict(post, bnn.laplace_posterior(post, curvature=curvature), Z), bnn.exact_posterior(post)
    truth = exact.predictive(Z)
    np.testing.assert_allclose(p.mean, truth.mean, atol=5 * truth.sd.max() / np.sqrt(8000))
    np.testing.assert_allclose(p.epistemic_sd, truth.sd, rtol=5 / np.sqrt(2 * 8000))


@CURVATURES
def test_outputs_are_linear_about_the_mode(curvature: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (40, 2))
    data = bnn.Dataset(X, X[:, 0] * X[:, 1] + 0.1 * rng.standard_normal(40)).standardize()
    prior = {"*1": bnn.Normal(0, 1), "W2": bnn.Normal(0, "tau"), "tau": bnn.HalfNormal(1), "b2": bnn.Normal(0, 1)}
    learned = bnn.Gaussian(sigma=bnn.InverseGamma(2, 0.5))
    post = bnn.Posterior(bnn.MLP((2, 3, 1)), learned, prior=prior, data=data)
    laplace = bnn.laplace_posterior(post, curvature=curvature, n_starts=4)
    p = bnn.predict(post, laplace, X[:5])
    f, slopes = post.linearize(laplace.theta, data.X[:5])
    variance = np.einsum("mp,pq,mq->m", slopes[:, 0], laplace.covariance, slopes[:, 0])
    spread = data.scaling.restore_sd(np.sqrt(variance)[:, None])[:, 0]
    np.testing.assert_allclose(p.epistemic_sd, spread, rtol=5 / np.sqrt(2 * 8000))
    np.testing.assert_allclose(p.mean, data.scaling.restore(f)[:, 0], atol=5 * spread.max() / np.sqrt(8000))


def test_bands_of_a_network_are_those_of_its_sampled_posterior_where_data_are() -> None:
    raw = bnn.load_dataset("hz")
    fitted = bnn.BayesianMLPRegressor((8,), random_state=0).fit(raw.X, raw.y, yerr=raw.yerr)
    post, sampled = fitted.posterior_, bnn.predict(fitted.posterior_, fitted.draws_, raw.X[::3])
    for curvature in ("full", "gauss-newton"):
        p = bnn.predict(post, bnn.laplace_posterior(post, curvature=curvature, n_starts=8), raw.X[::3])
        assert np.all(np.abs(np.log(p.epistemic_sd / sampled.epistemic_sd)) < np.log(1.5)), curvature
        assert np.all(np.abs(p.mean - sampled.mean) < sampled.epistemic_sd), curvature


def test_classes_have_probabilities_like_those_of_the_sampled_posterior() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 60)
    labels = np.where(x + 0.7 * rng.standard_normal(60) > 0, "b", "a")
    fit = {"hidden_layer_sizes": (4,), "random_state": 0}
    sampled = bnn.BayesianMLPClassifier(**fit, max_draws=400).fit(x[:, None], labels)
    laplace = bnn.BayesianMLPClassifier(**fit, inference="laplace").fit(x[:, None], labels)
    new = np.linspace(-2, 2, 9)[:, None]
    np.testing.assert_allclose(laplace.predict_proba(new), sampled.predict_proba(new), atol=0.12)


def test_curvatures_that_there_are_not(network) -> None:
    with pytest.raises(EvidenceError, match=r'curvature: expected "full" or "gauss-newton", got \'half\''):
        bnn.laplace_posterior(network(1, 1), curvature="half")
    function = bnn.FunctionPosterior(lambda a: -(a**2), {"a": bnn.Normal()})
    with pytest.raises(EvidenceError, match="expected a model and a table"):
        bnn.laplace_posterior(function, curvature="gauss-newton")
