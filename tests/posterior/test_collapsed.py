"""A network without its output weights: against its own whole posterior, and against the conjugate linear model."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.posterior.collapsed import Collapsed
from bayesnn.posterior.output_layer import is_conditionally_normal

RNG = np.random.default_rng(0)
PLAIN = bnn.Dataset(RNG.standard_normal((20, 2)), RNG.standard_normal(20))
MEASURED = bnn.Dataset(PLAIN.X, PLAIN.y, yerr=RNG.uniform(0.2, 0.6, 20))
NORMAL = {"*": bnn.Normal(0, 1)}
SCALED = {
    "W*": bnn.Normal(0, "tau"),
    "b1": bnn.Normal(0, 1),
    "b2": bnn.Normal(0.5, "t"),
    "tau": bnn.HalfCauchy(1),
    "t": bnn.Gamma(2),
}
POSTERIORS = {
    "known errors": bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(), prior=NORMAL, data=MEASURED),
    "known sigma": bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(sigma=0.3), prior=NORMAL, data=PLAIN),
    "learned noise, two layers": bnn.Posterior(
        bnn.MLP((2, 3, 4, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=NORMAL, data=PLAIN
    ),
    "jitter": bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(jitter=bnn.HalfNormal(1)), prior=NORMAL, data=MEASURED),
    "learned scales, means not zero": bnn.Posterior(
        bnn.MLP((2, 11, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=SCALED, data=PLAIN
    ),
}


def at(posterior, n=4):
    collapsed = Collapsed(posterior, posterior)
    return collapsed, 0.8 * RNG.standard_normal((n, collapsed.n_params))


@pytest.fixture(params=POSTERIORS)
def posterior(request):
    return POSTERIORS[request.param]


def test_joint_over_conditional_does_not_depend_on_the_output_weights(posterior) -> None:
    """ln p(y, θ) − ln p(w | h, y) is ln p(y, h), whatever w is; and `complete` knows ln p(y, θ) where it has drawn."""
    collapsed, hidden = at(posterior)
    value, everybody = collapsed(hidden), np.ones(len(hidden), dtype=bool)
    for _ in range(3):
        z = RNG.standard_normal((len(hidden), collapsed.n_outputs))
        theta, log_prob = collapsed.complete(hidden, value, z, everybody)
        np.testing.assert_array_equal(collapsed.hidden(theta), hidden)
        np.testing.assert_allclose(log_prob, posterior(theta), rtol=1e-10)


def test_output_weights_are_drawn_from_the_conjugate_posterior() -> None:
    """Mean and covariance against a linear model of the features."""
    posterior = POSTERIORS["known errors"]
    collapsed, hidden = at(posterior, 1)
    weights, biases = hidden[0, :6].reshape(2, 3), hidden[0, 6:9]
    phi = np.column_stack([np.tanh(PLAIN.X @ weights + biases), np.ones(20)])
    V = np.diag(1 / MEASURED.yerr.reshape(-1) ** 2)
    covariance = np.linalg.inv(phi.T @ V @ phi + np.eye(4))
    mean = covariance @ phi.T @ V @ PLAIN.y.reshape(-1)
    many = np.repeat(hidden, 40_000, axis=0)
    z = RNG.standard_normal((len(many), 4))
    w = collapsed.complete(many, np.zeros(len(many)), z, np.ones(len(many), dtype=bool))[0][:, 9:]
    assert np.abs((w.mean(axis=0) - mean) / np.sqrt(np.diag(covariance) / len(w))).max() < 5
    np.testing.assert_allclose(np.cov(w.T), covariance, atol=0.03 * np.diag(covariance).max())


def test_it_integrates_the_output_weights_out() -> None:
    """Against a grid: one unit, one weight, no bias to speak of."""
    prior = {"W1": bnn.Normal(0, 1), "b1": bnn.Normal(0, 1), "W2": bnn.Normal(0.3, 2), "b2": bnn.Normal(0, 1e-6)}
    posterior = bnn.Posterior(bnn.MLP((2, 1, 1)), bnn.Gaussian(sigma=0.7), prior=prior, data=PLAIN)
    collapsed, hidden = at(posterior, 1)
    w = np.linspace(-20, 20, 40_001)
    theta = np.column_stack([np.repeat(hidden, len(w), axis=0), w, np.zeros(len(w))])
    log_prob = posterior(theta) - bnn.Normal(0, 1e-6).log_prob(0.0)
    top = log_prob.max()
    exact = top + np.log(np.trapezoid(np.exp(log_prob - top), w))
    np.testing.assert_allclose(collapsed(hidden), exact, rtol=1e-9)


def test_the_gradient_is_that_of_the_value(posterior) -> None:
    collapsed, hidden = at(posterior)
    steps = 1e-5 * np.eye(collapsed.n_params)
    numeric = np.stack([(collapsed(hidden + step) - collapsed(hidden - step)) / 2e-5 for step in steps], axis=1)
    np.testing.assert_allclose(collapsed.value_and_grad(hidden)[1], numeric, rtol=1e-5, atol=1e-6)


def test_gradients_in_float32_are_near(posterior) -> None:
    collapsed, hidden = at(posterior)
    rounded = Collapsed(posterior, posterior.astype(np.float32))
    exact, near = (density.value_and_grad(hidden)[1] for density in (collapsed, rounded))
    np.testing.assert_allclose(near, exact, rtol=1e-2, atol=1e-3 * np.abs(exact).max())
    np.testing.assert_array_equal(rounded(hidden), collapsed(hidden))


def test_a_walker_alone_has_the_numbers_that_it_has_in_company(posterior, blocks_of) -> None:
    blocks_of(2**8)
    collapsed, hidden = at(posterior, 9)
    z = RNG.standard_normal((9, collapsed.n_outputs))

    def numbers(some):
        value, everybody = collapsed(hidden[some]), np.ones(len(hidden[some]), dtype=bool)
        return (
            value,
            collapsed.value_and_grad(hidden[some])[1],
            *collapsed.complete(hidden[some], value, z[some], everybody),
        )

    together = numbers(slice(None))
    for some in (slice(0, 1), slice(2, 5), slice(4, 9)):
        for whole, part in zip(together, numbers(some), strict=True):
            np.testing.assert_array_equal(whole[some], part)


def test_what_is_known_of_another_place_is_not_taken_for_this_one(posterior) -> None:
    collapsed, hidden = at(posterior)
    z, moved = RNG.standard_normal((4, collapsed.n_outputs)), np.array([True, False, True, True])
    value = collapsed(hidden)
    right = collapsed.complete(hidden, value, z, moved)
    collapsed(hidden[::-1])
    for a, b in zip(right, collapsed.complete(hidden, value, z, moved), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_walker_that_is_lost_does_not_take_others_along(posterior) -> None:
    collapsed, hidden = at(posterior)
    value, (_, grad) = collapsed(hidden), collapsed.value_and_grad(hidden)
    for bad in (np.nan, np.inf, 1e200):
        wild = hidden.copy()
        wild[1] = bad
        others = np.array([0, 2, 3])
        np.testing.assert_array_equal(collapsed(wild)[others], value[others])
        np.testing.assert_array_equal(collapsed.value_and_grad(wild)[1][others], grad[others])
        assert not collapsed(wild)[1] > value[1]


@pytest.mark.parametrize(("n_units", "n_rows", "sigma"), [(8, 100, 0.01), (16, 1000, 0.05), (30, 500, 0.1)])
def test_features_that_are_nearly_dependent_lose_no_digits_that_count(n_units, n_rows, sigma) -> None:
    """Λ of condition 10⁶ and more, as units of one input make it: against QR, and against the whole posterior."""
    x = np.linspace(-2, 2, n_rows)
    data = bnn.Dataset(x, np.sin(3 * x))
    posterior = bnn.Posterior(bnn.MLP((1, n_units, 1)), bnn.Gaussian(sigma=sigma), prior=NORMAL, data=data)
    collapsed, hidden = at(posterior, 6)
    value, z = collapsed(hidden), RNG.standard_normal((6, n_units + 1))
    theta, log_prob = collapsed.complete(hidden, value, z, np.ones(6, dtype=bool))
    np.testing.assert_allclose(log_prob, posterior(theta), rtol=1e-12, atol=1e-5)
    for one, found in zip(hidden, value, strict=True):
        phi = np.column_stack([np.tanh(np.outer(x, one[:n_units]) + one[n_units:]), np.ones(n_rows)])
        rows = np.vstack([phi / sigma, np.eye(n_units + 1)])
        q, r = np.linalg.qr(rows)
        target = np.append(data.y.reshape(-1) / sigma, np.zeros(n_units + 1))
        misses = target - q @ (q.T @ target)
        log_z = -0.5 * misses @ misses - np.log(np.abs(np.diag(r))).sum() - n_rows * np.log(sigma * np.sqrt(2 * np.pi))
        exact = log_z - 0.5 * one @ one - 0.5 * len(one) * np.log(2 * np.pi)
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-5)


def with_priors(widths=(2, 3, 1), likelihood=None, data=MEASURED, **priors):
    likelihood = bnn.Gaussian() if likelihood is None else likelihood
    return bnn.Posterior(bnn.MLP(widths), likelihood, prior={**NORMAL, **priors}, data=data)


REFUSED = {
    "no hidden layer": with_priors((2, 1)),
    "two outputs": with_priors((2, 3, 2), bnn.Gaussian(sigma=1.0), bnn.Dataset(PLAIN.X, RNG.standard_normal((20, 2)))),
    "covariance": with_priors(data=bnn.Dataset(PLAIN.X, PLAIN.y, cov=np.eye(20))),
    "heavy tails": with_priors(likelihood=bnn.likelihoods.StudentT(df=4, scale=1.0), data=PLAIN),
    "another prior": with_priors(W2=bnn.Laplace(0, 1)),
    "a flat prior": with_priors(b2=bnn.Flat()),
    "fixed weights": with_priors(b2=0.0),
    "unknown mean": with_priors(W2=bnn.Normal("m", 1), m=bnn.Normal(0, 1)),
    "a scale of each unit": with_priors(W2=bnn.Normal(0, "s"), s=bnn.HalfNormal(1, shape=(3, 1))),
    "scale of others": with_priors(b1=bnn.Normal("b2", 1)),
    "a large table": with_priors(
        (1, 64, 1), bnn.Gaussian(sigma=1.0), bnn.Dataset(RNG.standard_normal(3000), RNG.standard_normal(3000))
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_posteriors_whose_output_weights_are_not_normal_or_not_small(why) -> None:
    assert not is_conditionally_normal(REFUSED[why])


def test_posteriors_whose_output_weights_are_normal(posterior) -> None:
    assert is_conditionally_normal(posterior)
    assert is_conditionally_normal(posterior.astype(np.float32))
