"""Point estimates against closed forms, and SGD against MAP."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import bayesnn as bnn
from bayesnn.errors import SettingError, StartError

RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3 * RNG.standard_normal(40)


def linear(prior, **errors) -> bnn.Posterior:
    return bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(), prior=prior, data=bnn.Dataset(X, Y, **errors))


def test_map_with_a_gaussian_prior_is_ridge() -> None:
    lam = 0.37
    tau = bnn.weight_decay_to_scale(lam, sigma=0.3, n=40)
    opt = bnn.maximum_a_posteriori(linear({"W1": bnn.Normal(0, tau), "b1": bnn.Flat()}, yerr=0.3))
    ridge = Ridge(alpha=40 * lam, tol=1e-14).fit(X, Y)  # scikit-learn sums squares where J takes their mean
    np.testing.assert_allclose(opt.values["W1"][:, 0], ridge.coef_, atol=1e-8)
    np.testing.assert_allclose(opt.values["b1"], ridge.intercept_, atol=1e-8)
    assert bnn.scale_to_weight_decay(tau, sigma=0.3, n=40) == pytest.approx(lam)


def test_maximum_likelihood_is_weighted_least_squares_with_its_errors() -> None:
    errors = RNG.uniform(0.1, 1.0, 40)
    opt = bnn.maximum_likelihood(linear({"*": bnn.Flat()}, yerr=errors))
    design = np.column_stack([X, np.ones(40)]) / errors[:, None]
    inverse = np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(opt.theta, inverse @ design.T @ (Y / errors), atol=1e-9)
    np.testing.assert_allclose(opt.covariance, inverse, rtol=1e-6, atol=1e-9)
    assert opt.converged
    assert opt.aic == pytest.approx(-2 * opt.log_likelihood + 8)


def test_map_maximizes_the_density_as_written_without_log_det() -> None:
    """The noise level of n residuals under a vague prior is their root mean square, not shifted by the log-det."""
    data = bnn.Dataset(np.zeros(5), [1.0, -1.0, 2.0, -2.0, 0.5])
    model = bnn.LinearModel(bnn.polynomial(degree=0))
    post = bnn.Posterior(model, bnn.Gaussian(sigma=bnn.HalfNormal(1e6)), prior={"w": 0.0}, data=data)
    opt = bnn.maximum_a_posteriori(post)
    assert opt.values["sigma"] == pytest.approx(np.sqrt(np.mean(data.y**2)), rel=1e-6)
    assert opt.standard_errors["sigma"] == pytest.approx(opt.values["sigma"] / np.sqrt(10), rel=1e-4)


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_lands_on_the_map_of_a_network(network, nesterov: bool) -> None:
    post = network(1, 16, 1)
    best = bnn.maximum_a_posteriori(post, n_starts=4)
    rate = bnn.schedules.cosine(0.003, n_steps=4 * 5000)
    sgd = bnn.SGD(learning_rate=rate, momentum=0.9, nesterov=nesterov)
    opt = bnn.train(post, optimizer=sgd, n_epochs=5000, batch_size=8)
    assert 0 <= best.log_prob - opt.log_prob < 0.05
    assert opt.converged
    assert opt.history.log_density[-1] > opt.history.log_density[0]


def test_sgd_without_decay_climbs_the_likelihood(network) -> None:
    post = network(1, 4, 1)
    sgd = bnn.SGD(learning_rate=bnn.schedules.inverse_time(0.003, half_life=2000))
    plain, decayed = (bnn.train(post, optimizer=sgd, n_epochs=500, decay=decay) for decay in (False, True))
    assert plain.log_likelihood > decayed.log_likelihood
    assert plain.log_prob < decayed.log_prob


def test_a_batch_gradient_is_unbiased(network) -> None:
    from bayesnn.estimation.descent import batch_gradient

    post = network(1, 4, 1)
    theta = RNG.standard_normal(post.n_params)
    order = RNG.permutation(30)
    batches = [batch_gradient(post.take(order), theta[None], np.arange(5) + 5 * i, True) for i in range(6)]
    value, slope = post.take(order).blend(log_det=0.0).value_and_grad(theta)
    np.testing.assert_allclose(np.mean([batch[1][0] for batch in batches], axis=0), -slope / 30, rtol=1e-10)
    assert sum(batch[0][0] for batch in batches) + post.log_prior(theta) == pytest.approx(value)


def test_one_seed_one_result(network) -> None:
    post, sgd = network(1, 4, 1), bnn.SGD(learning_rate=0.002)
    runs = [bnn.train(post, optimizer=sgd, n_epochs=20, batch_size=4, rng=seed).theta for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_an_unbounded_likelihood_is_said_not_to_converge(network) -> None:
    opt = bnn.maximum_likelihood(network(1, 16, 1))
    assert not opt.converged
    assert "curvature" in opt.message or "would still gain" in opt.message
    assert "NOT CONVERGED" in opt.summary()


def test_refusals(network, hubble) -> None:
    post = network(1, 2, 1)
    with pytest.raises(StartError, match="expected shape"):
        bnn.maximum_likelihood(post, np.zeros(3))
    with pytest.raises(StartError, match="finite"):
        bnn.maximum_likelihood(post, np.full(post.n_params, np.inf))
    with pytest.raises(SettingError, match="n_starts"):
        bnn.maximum_likelihood(post, n_starts=0)
    with pytest.raises(SettingError, match="lower learning_rate"):
        bnn.train(post, optimizer=bnn.SGD(learning_rate=1e300), n_epochs=50, batch_size=8)
    with pytest.raises(SettingError, match="n_epochs"):
        bnn.train(post, optimizer=bnn.SGD(learning_rate=0.1), n_epochs=0)
    for bad in ({"learning_rate": -1}, {"learning_rate": 0.1, "momentum": 1.0}):
        with pytest.raises(SettingError, match="expected"):
            bnn.SGD(**bad)
    correlated = bnn.Dataset(hubble.X, hubble.y, cov=np.eye(31))
    line = bnn.Posterior(bnn.MLP((1, 1)), bnn.Gaussian(), prior={"*": bnn.Flat()}, data=correlated)
    with pytest.raises(SettingError, match="covariance"):
        bnn.train(line, optimizer=bnn.SGD(learning_rate=0.1), n_epochs=1)


def test_a_short_training_is_not_called_converged(network) -> None:
    for epochs in (1, 9, 30):
        opt = bnn.train(network(1, 4, 1), optimizer=bnn.SGD(learning_rate=1e-6), n_epochs=epochs)
        assert not opt.converged


def test_weight_decay_of_nothing_is_refused() -> None:
    with pytest.raises(SettingError, match="positive"):
        bnn.weight_decay_to_scale(0.0, sigma=1.0, n=10)
