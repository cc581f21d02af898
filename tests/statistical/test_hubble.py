"""The main job's posterior against a long run of another sampler."""

import json

import numpy as np

import bayesnn as bnn


def test_the_sampled_posterior_is_the_reference(reference, network) -> None:
    """Mean and sd of f at 12 redshifts and the mean log posterior within 4 combined Monte Carlo errors."""
    truth = json.loads((reference / "hz31_mlp16_posterior.json").read_text())
    draws = bnn.sample(network(1, 16, 1), n_draws=1000, rng=1, progress=False)
    diagnosis = bnn.diagnose(draws, at=truth["z"])
    assert diagnosis.ok, diagnosis
    scaling, f = draws.posterior.data.scaling, diagnosis.function
    mean, sd = (f.mean - scaling.y_mean) / scaling.y_scale, f.sd / scaling.y_scale
    z_mean = (mean - truth["mean"]) / np.hypot(f.mcse_mean / scaling.y_scale, truth["mcse_mean"])
    z_sd = (sd - truth["sd"]) / np.hypot(f.mcse_sd / scaling.y_scale, truth["mcse_sd"])
    log_prob = diagnosis.log_prob
    z_log_prob = (log_prob.mean[0] - truth["log_prob_mean"]) / np.hypot(log_prob.mcse_mean[0], truth["log_prob_mcse"])
    print("mean", z_mean.round(2), "sd", z_sd.round(2), "log posterior", round(float(z_log_prob), 2))
    assert np.abs(z_mean).max() <= 4
    assert np.abs(z_sd).max() <= 4
    assert abs(z_log_prob) <= 4
    assert f.ess_bulk.min() > 5000
