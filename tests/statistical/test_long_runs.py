"""Checks that take minutes: `make test-slow`."""

import json

import numpy as np
import pytest

import bayesnn as bnn
from tests.problems.densities import CorrelatedGaussian
from tests.sampling.test_exactness import moments_agree

pytestmark = pytest.mark.slow


def test_hmc_in_50_dimensions_at_condition_1000() -> None:
    density = CorrelatedGaussian.of(50, condition=1e3, seed=3)
    start = density.mean + 0.5 * np.random.default_rng(0).standard_normal((4, 16, 50))
    draws = bnn.sample(density, n_draws=6000, start=start, progress=False)
    moments_agree(draws.theta, density.mean, density.variance, least_ess=1000)


def test_five_seeds_scatter_about_the_reference_as_their_errors_say(reference, network) -> None:
    """z scores of the mean log posterior and of f: none beyond 4, and together no larger than chance allows."""
    truth = json.loads((reference / "hz31_mlp16_posterior.json").read_text())
    scores = []
    for seed in range(5):
        draws = bnn.sample(network(1, 16, 1), n_draws=500, rng=seed, progress=False)
        diagnosis = bnn.diagnose(draws, at=truth["z"])
        f, scale = diagnosis.function, draws.posterior.data.scaling.y_scale
        mean = (f.mean - draws.posterior.data.scaling.y_mean) / scale
        scores.append((mean - truth["mean"]) / np.hypot(f.mcse_mean / scale, truth["mcse_mean"]))
    scores = np.array(scores)
    print(scores.round(1))
    assert np.abs(scores).max() <= 4
    assert np.sqrt(np.mean(scores**2)) < 1.6  # the reference's own error is common to all seeds
