"""Draws as others hold them, and runs as JSON."""

import json

import numpy as np

import bayesnn as bnn


def test_arviz_gets_every_walker_as_a_chain_with_pointwise_likelihood(network) -> None:
    post = network(1, 2, 1)
    draws = bnn.sample(post, n_draws=25, n_warmup=20, n_walkers=3, n_ensembles=2, progress=False)
    exported = bnn.to_arviz(draws)
    np.testing.assert_array_equal(exported.posterior["W1"].values.reshape(2, 3, 25, 1, 2), draws.values["W1"])
    np.testing.assert_array_equal(exported.sample_stats["lp"].values, draws.log_prob.reshape(6, 25))
    np.testing.assert_array_equal(exported.sample_stats["ensemble"].values[:, 0], [0, 0, 0, 1, 1, 1])
    whole = exported.log_likelihood["y"].values.sum(axis=-1)
    np.testing.assert_allclose(whole, draws.log_likelihood.reshape(6, 25), rtol=1e-12)


def test_a_summary_is_plain_json(network, hubble) -> None:
    post = network(1, 2, 1)
    draws = bnn.sample(post, n_draws=25, n_warmup=20, n_walkers=3, n_ensembles=1, progress=False)
    parts = {"optima": {"MAP": bnn.maximum_a_posteriori(post)}, "draws": draws, "diagnosis": bnn.diagnose(draws)}
    summary = bnn.summarize(data=hubble, evidence=bnn.compare({"1-2-1": post}), **parts)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["diagnosis"]["converged"] is False  # one ensemble cannot be checked against another
