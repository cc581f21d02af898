"""Every unit under every likelihood at every depth: the slope of the log posterior against central differences."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.nn.units.named import UNITS

RNG = np.random.default_rng(2)
N = 6
X, REAL = RNG.standard_normal((N, 3)), RNG.standard_normal(N)
SCALE = bnn.HalfNormal(1)
LOSSES = {
    "Gaussian": (bnn.Gaussian(sigma=SCALE), REAL, 1),
    "StudentT": (bnn.likelihoods.StudentT(df=bnn.Gamma(2, 0.1), scale=SCALE), REAL, 1),
    "Bernoulli": (bnn.Bernoulli(), ["no", "yes"] * 3, 1),
    "Categorical": (bnn.Categorical(), ["a", "b", "c"] * 2, 3),
    "Poisson": (bnn.Poisson(), np.array([0, 1, 3, 2, 5, 0]), 1),
    "HeteroscedasticGaussian": (bnn.HeteroscedasticGaussian(), REAL, 2),
}
KINKED = {"hard_tanh", "relu", "absolute", "leaky_relu", "prelu", "maxout"}


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("unit", UNITS)
def test_slope_of_the_log_posterior(unit: str, loss: str, depth: int) -> None:
    likelihood, y, n_outputs = LOSSES[loss]
    net = bnn.MLP((3, *(4, 3, 4, 3)[:depth], n_outputs), activation=unit)
    prior = {name: bnn.LogNormal() if name.startswith("width") else bnn.Normal(0, 1) for name in net.blocks}
    post = bnn.Posterior(net, likelihood, prior=prior, data=bnn.Dataset(X, y))
    theta, direction = 0.7 * RNG.standard_normal((2, 4, post.n_params))
    h = 1e-7 if unit in KINKED else 1e-5
    numeric = (post(theta + h * direction) - post(theta - h * direction)) / (2 * h)
    along = np.sum(post.value_and_grad(theta)[1] * direction, axis=-1)
    assert np.linalg.norm(along - numeric) < 1e-6 * np.linalg.norm(numeric)
