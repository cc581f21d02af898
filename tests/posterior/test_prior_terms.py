"""Normal priors whose center and scale are other blocks: density by scipy, slopes by differences."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn


@pytest.mark.parametrize("scale_shape", [(), (4,), (3, 1)])
@pytest.mark.parametrize("center", [None, (), (4,), (3, 1), "the scale"])
def test_slopes_by_values_center_and_scale(center, scale_shape) -> None:
    prior = {"x": bnn.Normal(0.7, "tau", shape=(3, 4)), "tau": bnn.HalfCauchy(1, shape=scale_shape)}
    if center == "the scale":
        prior["x"] = bnn.Normal("tau", "tau", shape=(3, 4))
    elif center is not None:
        prior |= {"x": bnn.Normal("m", "tau", shape=(3, 4)), "m": bnn.Normal(0.5, 2, shape=center)}
    posterior = bnn.FunctionPosterior(lambda x: 0.0, prior)
    theta = posterior.sample_prior(np.random.default_rng(0), 5)
    value, slope = posterior.value_and_grad(theta)
    steps = 1e-6 * np.eye(posterior.n_params)
    numbers = np.stack([(posterior(theta + e) - posterior(theta - e)) / 2e-6 for e in steps], axis=-1)
    np.testing.assert_allclose(slope, numbers, rtol=1e-5, atol=1e-5)
    for one, found in zip(theta, posterior.log_prior(theta), strict=True):
        of = posterior.unpack(one)
        loc = of["tau"] if center == "the scale" else of.get("m", 0.7)
        truth = stats.norm(loc, of["tau"]).logpdf(of["x"]).sum() + stats.halfcauchy.logpdf(of["tau"]).sum()
        truth += stats.norm(0.5, 2).logpdf(of["m"]).sum() if "m" in of else 0.0
        assert found == pytest.approx(truth, rel=1e-11)
    np.testing.assert_allclose(value, posterior(theta), rtol=1e-12)
