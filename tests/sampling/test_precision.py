"""Gradients in float32 move no draw: laws of the leapfrog map, exact moments, refusals."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.leapfrog import Phase, leapfrog
from bayesnn.sampling.metric import metric_of
from bayesnn.sampling.precision import Mixed, exact_log_prob, in_precision, named_precision
from tests.sampling.test_exactness import moments_agree


@pytest.fixture
def conjugate():
    """Correlated inputs, four parameters, and their exact posterior."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((12, 3)) @ np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.3], [0.0, 0.0, 0.9]])
    data = bnn.Dataset(X, X @ [1.0, -2.0, 0.5] + rng.standard_normal(12), yerr=rng.uniform(0.5, 2.0, 12))
    return bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0.3, 1.5)}, data=data)


class Coarse:
    """A gradient so rounded that it would be seen in the draws, if it could: three bits are left of it."""

    is_rounded = True
    n_params = 4

    def __init__(self, density) -> None:
        self.density = density

    def __call__(self, theta):
        return self.density(theta)

    def value_and_grad(self, theta):
        value, grad = self.density.value_and_grad(theta)
        mantissa, exponent = np.frexp(grad)
        return value + 3.0 * np.sin(7.0 * theta.sum(axis=-1)), np.ldexp(np.round(8 * mantissa) / 8, exponent)


@pytest.mark.parametrize("move", [bnn.HMC, bnn.MAMS, bnn.WalkHMC])
@pytest.mark.parametrize("make", [Coarse, lambda post: in_precision(post, "mixed")], ids=["coarse", "mixed"])
def test_moments_are_exact_however_rounded_the_gradient(conjugate, make, move) -> None:
    exact, density = bnn.exact_posterior(conjugate), make(conjugate)
    start = exact.mean + np.random.default_rng(0).standard_normal((4, 16, 4))
    draws = bnn.sample(
        density, n_draws=500, n_warmup=200, start=start, progress=False, moves=move(step_size=0.1, n_steps=8)
    )
    np.testing.assert_array_equal(draws.log_prob, conjugate(draws.theta))
    moments_agree(draws.theta, exact.mean, np.diag(exact.covariance), least_ess=1500)
    delta, pairs = draws.theta - exact.mean, np.triu_indices(4, 1)
    moments_agree(delta[..., pairs[0]] * delta[..., pairs[1]], exact.covariance[pairs], None, least_ess=1500)


def test_a_trajectory_along_rounded_gradients_runs_back(network) -> None:
    rng, density = np.random.default_rng(1), in_precision(network(1, 3, 1), "mixed")
    x, p = 0.5 * rng.standard_normal((2, 5, density.n_params))
    there = leapfrog(density, Phase(x, *density.value_and_grad(x), p), 0.02, 30, metric_of(1.0))
    back = leapfrog(density, Phase(there.x, there.log_prob, there.grad, -there.p), 0.02, 30, metric_of(1.0))
    np.testing.assert_allclose(back.x, x, atol=1e-10)
    np.testing.assert_allclose(-back.p, p, atol=1e-10)


def test_what_is_accepted_is_in_float64(network) -> None:
    post = network(1, 8, 1)
    settings = {"n_draws": 10, "n_warmup": 0, "start": np.zeros(25), "n_ensembles": 1, "progress": False}
    draws = bnn.sample(post, moves="mams", **settings)
    np.testing.assert_array_equal(draws.log_prob, post(draws.theta.swapaxes(1, 2)).swapaxes(1, 2))
    collapsed = bnn.sample(post, moves="collapsed", **settings)
    np.testing.assert_allclose(collapsed.log_prob, post(collapsed.theta), rtol=1e-9)


def test_networks_are_mixed_and_others_are_not(network, hubble) -> None:
    post = network(1, 2, 1)
    line = bnn.Posterior(
        bnn.LinearModel(bnn.polynomial(degree=1)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=hubble
    )
    assert named_precision(post, "auto") == "mixed"
    assert named_precision(line, "auto") == "float64"
    assert isinstance(in_precision(post, "mixed"), Mixed)
    assert in_precision(post, "float64") is post
    x = np.ones((1, post.n_params))
    rounded = in_precision(post, "float32").value_and_grad(x)[0]
    assert exact_log_prob(in_precision(post, "mixed"), x, rounded) == post(x) != rounded
    assert exact_log_prob(post, x, rounded) is rounded


def test_precisions_that_do_not_exist_or_fit(network) -> None:
    post = network(1, 2, 1)
    for bad in ("float16", "double", None, np.float32):
        with pytest.raises(SettingError, match="precision: expected 'auto'"):
            bnn.sample(post, precision=bad, progress=False)
    flat = bnn.FunctionPosterior(lambda a: -(a**2), prior={"a": bnn.Normal(0, 1)})
    for precision in ("mixed", "float32"):
        with pytest.raises(SettingError, match="expected a Posterior of independent rows"):
            bnn.sample(flat, precision=precision, progress=False)
