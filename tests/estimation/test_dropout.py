"""Training under dropout, and the predictions of MC dropout."""

import itertools

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, SettingError

RNG = np.random.default_rng(3)
X = RNG.standard_normal((20, 2))
DATA = bnn.Dataset(X, X[:, 0] * X[:, 1])
TAU, LR = 0.7, 1e-3


def problem(*widths: int, sigma=0.3, prior=None, **settings) -> bnn.Posterior:
    likelihood = bnn.Gaussian(sigma=sigma)
    return bnn.Posterior(bnn.MLP(widths, **settings), likelihood, prior=prior or {"*": bnn.Normal(0, TAU)}, data=DATA)


def trained(post: bnn.Posterior, **settings):
    return bnn.train(post, **{"optimizer": bnn.SGD(learning_rate=LR), "n_epochs": 5, "batch_size": 5, **settings})


def test_rate_0_is_no_dropout_bit_for_bit() -> None:
    post = problem(2, 4, 1)
    np.testing.assert_array_equal(trained(post, dropout=0.0).theta, trained(post).theta)
    opt = trained(post)
    members = bnn.mc_dropout(opt, rate=0, n_members=3)
    np.testing.assert_array_equal(members.theta, np.tile(opt.theta, (3, 1)))


def test_one_step_goes_down_the_loss_of_one_thinned_network() -> None:
    """J = −[ln p(y | θ ⊙ mask) + ln p(θ)] / N, for one of the 2³ masks: the prior sees all weights."""
    post, start = problem(2, 3, 1), RNG.standard_normal(13)
    step = (start - trained(post, start=start, n_epochs=1, batch_size=20, dropout=0.4).theta) / LR

    def slope(kept) -> np.ndarray:
        mask = np.concatenate([np.ones(9), np.array(kept) / 0.6, [1.0]])
        loss = lambda theta: -(post.log_likelihood(theta * mask) + post.log_prior(theta)) / 20  # noqa: E731
        moves = 1e-5 * np.eye(13)
        return (loss(start + moves) - loss(start - moves)) / 2e-5

    off = [np.max(np.abs(step - slope(kept))) for kept in itertools.product([0, 1], repeat=3)]
    assert min(off) < 1e-6
    assert sorted(off)[1] > 1e-2


def test_members_are_thinned_apart_and_each_step_anew() -> None:
    post, start = problem(2, 6, 1, prior={"*": bnn.Flat()}), np.tile(RNG.standard_normal(25), (5, 1))
    opt = trained(post, start=start, n_members=5, n_epochs=1, batch_size=20, dropout=0.5)
    assert len({member.theta.tobytes() for member in opt.members}) == 5
    once = trained(post, start=start[0], n_epochs=1, batch_size=20, dropout=0.5).theta - start[0]
    twice = trained(post, start=start[0], n_epochs=2, batch_size=20, dropout=0.5).theta - start[0]
    still = {tuple(np.flatnonzero(np.abs(move[:12]) < 1e-4 * LR)) for move in (once, twice - once)}
    assert len(still) == 2


def test_one_seed_gives_one_training_in_either_precision() -> None:
    post = problem(2, 6, 1, sigma=bnn.HalfNormal(1))
    first, again, other = (trained(post, dropout=0.3, rng=seed).theta for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    rough = trained(post, dropout=0.3, rng=1, dtype=np.float32).theta
    np.testing.assert_allclose(rough, first, rtol=1e-3, atol=1e-4)


def test_dropout_of_a_linear_network_is_a_penalty_on_its_outgoing_weights() -> None:
    """E over masks of the squared loss of Σ m_j w_j x_j is that of Σ w_j x_j, and rate / (1 − rate) Σ w_j² x_j² more.

    Wager, Wang & Liang (2013); here with two identity units that pass the inputs on.
    """
    n, rate = 400, 0.5
    inputs = RNG.standard_normal((n, 2))
    y = inputs @ [1.0, -2.0] + 0.1 * RNG.standard_normal(n)
    fixed = {"W1": np.eye(2), "b1": 0.0, "b2": 0.0, "W2": bnn.Flat()}
    net = bnn.MLP((2, 2, 1), activation="identity")
    post = bnn.Posterior(net, bnn.Gaussian(sigma=1.0), prior=fixed, data=bnn.Dataset(inputs, y))
    sgd = bnn.SGD(learning_rate=bnn.schedules.exponential(0.05, half_life=1500))
    opt = bnn.train(post, optimizer=sgd, n_epochs=800, batch_size=20, dropout=rate)
    gram = inputs.T @ inputs
    expected = np.linalg.solve(gram + rate / (1 - rate) * np.diag(np.diag(gram)), inputs.T @ y)
    np.testing.assert_allclose(opt.values["W2"][:, 0], expected, rtol=0.03)


def test_mc_dropout_has_the_mean_and_variance_of_a_linear_network() -> None:
    net = bnn.MLP((2, 3, 1), activation="identity")
    post = bnn.Posterior(net, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"*": bnn.Normal(0, 1)}, data=DATA)
    opt, rate, n = bnn.maximum_a_posteriori(post, rng=1), 0.3, 8000
    p = bnn.predict(post, bnn.mc_dropout(opt, rate=rate, n_members=n), X)
    h = X @ opt.values["W1"] + opt.values["b1"]
    variance = rate / (1 - rate) * (h**2) @ (opt.values["W2"] ** 2)[:, 0]
    np.testing.assert_allclose(p.epistemic_sd, np.sqrt(variance), rtol=5 * 2 / np.sqrt(n))
    off = np.abs(p.mean - bnn.predict(post, opt, X).mean)
    assert np.all(off < 5 * np.sqrt(variance / n))
    np.testing.assert_allclose(p.noise["sigma"], opt.values["sigma"])


def test_mc_dropout_repeats_by_seed() -> None:
    opt = trained(problem(2, 6, 1))
    first, again, other = (bnn.mc_dropout(opt, rate=0.2, n_members=4, rng=seed).theta for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_masks_find_their_weights_behind_fixed_blocks() -> None:
    prior = {"W1": np.ones((2, 2)), "b1": 0.5, "W2": bnn.Normal(0, 1), "b2": bnn.Normal(0, 1)}
    opt = trained(problem(2, 2, 1, prior=prior), start=[1.0, 2.0, 3.0])
    members = bnn.mc_dropout(opt, rate=0.5, n_members=50).theta
    assert set(np.unique(members[:, 0])) == {0.0, 2 * opt.theta[0]}
    np.testing.assert_array_equal(members[:, 2], opt.theta[2])


def test_what_is_refused() -> None:
    line = bnn.LinearModel(bnn.polynomial(degree=1, n_inputs=2))
    straight = bnn.Posterior(line, bnn.Gaussian(sigma=1.0), prior={"w": bnn.Normal(0, 1)}, data=DATA)
    with pytest.raises(ModelError, match="hidden units"):
        trained(straight, dropout=0.2)
    with pytest.raises(ModelError, match="hidden units"):
        bnn.mc_dropout(bnn.maximum_a_posteriori(straight), rate=0.2)
    for rate in (1.0, -0.1, np.nan, "0.2"):
        with pytest.raises(SettingError, match="dropout: expected a probability"):
            trained(problem(2, 2, 1), dropout=rate)
        with pytest.raises(SettingError, match="dropout: expected a probability"):
            bnn.mc_dropout(trained(problem(2, 2, 1)), rate=rate)
    with pytest.raises(SettingError, match="n_members: expected a whole number"):
        bnn.mc_dropout(trained(problem(2, 2, 1)), rate=0.2, n_members=0)
    for weights in (np.ones((2, 1)), bnn.HalfNormal(1)):
        opt = trained(problem(2, 2, 1, prior={"W1": bnn.Normal(0, 1), "b*": bnn.Normal(0, 1), "W2": weights}))
        with pytest.raises(ModelError, match="weights W2 free on the real line"):
            bnn.mc_dropout(opt, rate=0.2)
    function = bnn.FunctionPosterior(lambda a: -(a**2), prior={"a": bnn.Normal(0, 1)})
    with pytest.raises(SettingError, match="optimum of a network"):
        bnn.mc_dropout(bnn.maximum_a_posteriori(function), rate=0.2)
