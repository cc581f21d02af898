"""Predictions against the conjugate posterior, in the units of the table."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import DataError, SettingError


def test_the_predictive_of_draws_is_the_exact_one_in_the_units_of_the_table(network) -> None:
    post = network(1, 1)
    z = np.array([0.0, 0.7, 2.5])
    p = bnn.predict(post, bnn.sample(post, n_draws=1000, progress=False), z)
    exact = bnn.exact_posterior(post).predictive(z)
    mean, sd = exact.mean, exact.sd
    error = sd / np.sqrt(2000)  # 8,000 draws, at worst four of them worth one
    assert np.all(np.abs(p.mean - mean) < 5 * error)
    assert np.all(np.abs(p.sd - sd) < 5 * error)
    low, high = p.interval(0.9)
    np.testing.assert_allclose(high - low, 2 * 1.645 * sd, rtol=0.06)
    assert np.all(p.aleatoric_sd == 0)  # errors that are known row by row say nothing of a new row


def test_known_and_learned_noise_spread_new_data() -> None:
    data = bnn.Dataset(np.arange(6.0), np.arange(6.0) ** 2).standardize()
    line = bnn.LinearModel(bnn.polynomial(1))
    known = bnn.Posterior(line, bnn.Gaussian(sigma=0.5), prior={"w": bnn.Normal(0, 1)}, data=data)
    p = bnn.predict(known, bnn.maximum_a_posteriori(known), [1.0, 2.0])
    np.testing.assert_allclose(p.aleatoric_sd, 0.5 * data.scaling.y_scale)
    assert np.all(p.epistemic_sd == 0)
    np.testing.assert_allclose(p.sample(np.random.default_rng(0), 40_000).std(axis=0)[:, 0], p.sd, rtol=0.02)
    low, high = p.interval(0.9)
    np.testing.assert_allclose(high - low, 2 * 1.645 * p.sd, rtol=0.04)
    learned = bnn.Posterior(line, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"w": bnn.Normal(0, 1)}, data=data)
    best = bnn.maximum_a_posteriori(learned)
    p = bnn.predict(learned, best, [1.0, 2.0])
    np.testing.assert_allclose(p.aleatoric_sd, best.values["sigma"] * data.scaling.y_scale)


def test_inputs_that_do_not_fit(network) -> None:
    post = network(1, 2, 1)
    best = bnn.maximum_a_posteriori(post)
    with pytest.raises(DataError, match=r"expected shape \(M, 1\)"):
        bnn.predict(post, best, np.zeros((3, 2)))
    with pytest.raises(DataError, match="finite"):
        bnn.predict(post, best, [np.nan])
    with pytest.raises(SettingError, match="level"):
        bnn.predict(post, best, [1.0]).interval(90)
