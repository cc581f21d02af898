"""Temperatures: closed forms, leave-one-out by quadrature, and that what is calibrated already is left as it is."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.prediction.temperature import carried_over, log_tempered
from tests.problems.exact_draws import as_draws

RNG = np.random.default_rng(5)
LINE = bnn.LinearModel(bnn.polynomial(degree=1))
P = RNG.dirichlet(np.ones(3), size=40)


def logistic(x: np.ndarray, y: np.ndarray, *, scale: float = 3.0) -> bnn.Posterior:
    return bnn.Posterior(LINE, bnn.Bernoulli((0, 1)), prior={"w": bnn.Normal(0, scale)}, data=bnn.Dataset(x, y))


def on_a_grid(post: bnn.Posterior, *, reach: float = 12.0, n: int = 161) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (n², 2) and the probability that the posterior has there."""
    theta = np.stack(np.meshgrid(*2 * [np.linspace(-reach, reach, n)]), axis=-1).reshape(-1, 2)
    log_p = post(theta)
    weights = np.exp(log_p - log_p.max())
    return theta, weights / weights.sum()


def drawn(post: bnn.Posterior, rng: np.random.Generator):
    theta, weights = on_a_grid(post)
    chosen = theta[rng.choice(len(theta), size=4000, p=weights)] + rng.uniform(-0.075, 0.075, (4000, 2))
    return as_draws(post, chosen.reshape(4, 4, 250, 2))


def truth(theta: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(len(x)) < expit(theta[0] + theta[1] * x)).astype(int)


def test_odds_are_raised_to_a_power() -> None:
    found = bnn.temper(P, 0.5)
    np.testing.assert_allclose(found, P**2 / np.sum(P**2, axis=1, keepdims=True))
    np.testing.assert_allclose(bnn.temper(P, 1.0), P)
    np.testing.assert_allclose(bnn.temper(bnn.temper(P, 0.4), 2.5), P)
    np.testing.assert_array_equal(bnn.temper(P, 0.1).argmax(axis=1), P.argmax(axis=1))
    np.testing.assert_allclose(bnn.temper(P[:, ::-1], 3.0), bnn.temper(P, 3.0)[:, ::-1])


def test_logarithms_stay_finite_where_probabilities_do_not_show() -> None:
    sure = np.array([[1.0, 0.0], [1 - 1e-12, 1e-12]])
    assert np.all(np.isfinite(log_tempered(sure, 0.01)))
    assert log_tempered(sure, 0.01)[1, 1] == pytest.approx(-1200 * np.log(10), rel=1e-6)


def test_it_is_the_best_for_rows_that_are_left_out_by_quadrature() -> None:
    x = np.concatenate([RNG.normal(-1.5, 0.5, 25), RNG.normal(1.5, 0.5, 25)])
    y = (x > 0).astype(int)
    y[[3, 30]] = 1 - y[[3, 30]]
    post = logistic(x, y)
    theta, weights = on_a_grid(post)
    f = theta[:, :1] + theta[:, 1:] * x
    p, without = expit(f), weights[:, None] / expit(np.where(y, f, -f))
    left_out = np.sum(without * p, axis=0) / without.sum(axis=0)
    both = np.column_stack([1 - left_out, left_out])

    def loss(t: float) -> float:
        tempered = both ** np.exp(-t)
        return 0.5 * t**2 - np.sum(np.log(tempered[np.arange(50), y] / tempered.sum(axis=1)))

    wanted = np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x)
    assert abs(np.log(wanted)) > 0.1
    assert bnn.learn_temperature(drawn(post, RNG)) == pytest.approx(wanted, rel=0.03)


def test_where_all_rows_come_true_the_prior_of_the_temperature_holds_it() -> None:
    x = np.repeat([-1.0, 1.0], 20)
    always = as_draws(logistic(x, (x > 0).astype(int)), np.tile([0.0, 2.0], (2, 2, 50, 1)))  # odds e² for each row

    def loss(t: float) -> float:
        return 0.5 * t**2 + 40 * np.log1p(np.exp(-2 * np.exp(-t)))

    wanted = np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x)
    assert bnn.learn_temperature(always) == pytest.approx(wanted, rel=1e-3)


def test_tables_that_the_prior_makes_are_left_as_they_are() -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(40):
        x = rng.standard_normal(60)
        y = truth(3.0 * rng.standard_normal(2), x, rng)
        if y.min() < y.max():
            found.append(np.log(bnn.learn_temperature(drawn(logistic(x, y), rng))))
    assert len(found) > 30
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
    assert np.std(found) < 0.5


def test_clean_tables_are_told_surely_and_coins_are_not() -> None:
    gap = np.concatenate([RNG.uniform(-2, -1, 40), RNG.uniform(1, 2, 40)])
    clean = bnn.learn_temperature(drawn(logistic(gap, (gap > 0).astype(int)), RNG))
    coins = bnn.learn_temperature(drawn(logistic(gap, RNG.integers(2, size=80), scale=10.0), RNG))
    assert clean < 0.7
    assert coins > 1.3


def test_the_names_of_classes_do_not_matter() -> None:
    x = RNG.standard_normal((30, 2))
    labels = np.digitize(x[:, 0] + 0.3 * RNG.standard_normal(30), [-0.5, 0.5])
    prior = {"*": bnn.Normal(0, 3)}
    first, other = (
        bnn.Posterior(bnn.MLP((2, 3)), bnn.Categorical(), prior=prior, data=bnn.Dataset(x, y))
        for y in (labels, 2 - labels)
    )
    theta = RNG.standard_normal((1, 1, 200, 9))
    values = first.unpack(theta)
    turned = other.pack({name: value[..., ::-1] for name, value in values.items()})
    found = bnn.learn_temperature(as_draws(first, theta))
    assert bnn.learn_temperature(as_draws(other, turned)) == pytest.approx(found, rel=1e-4)


def test_long_tables_are_learned_from_a_part() -> None:
    x = RNG.standard_normal(5000)
    post = logistic(x, truth(np.array([0.0, 1.0]), x, RNG))
    theta = np.array([0.0, 2.0]) + 0.03 * RNG.standard_normal((2, 2, 100, 2))
    assert bnn.learn_temperature(as_draws(post, theta)) == pytest.approx(2.0, rel=0.3)  # log odds twice too large


def test_carried_over_draws_are_of_the_other_probabilities_and_mostly_as_they_were() -> None:
    rng, n = np.random.default_rng(3), 40_000
    p, q = P[:6], bnn.temper(P[:6], 0.5)
    before = np.sum(rng.random((6, n, 1)) > np.cumsum(p, axis=1)[:, None, :-1], axis=-1)
    after = carried_over(before, p, q, rng)
    shares = np.stack([np.mean(after == k, axis=1) for k in range(3)], axis=1)
    assert np.all(np.abs(shares - q) < 5 * np.sqrt(q * (1 - q) / n) + 1e-9)
    changed = np.mean(after != before, axis=1)
    np.testing.assert_allclose(changed, 0.5 * np.abs(p - q).sum(axis=1), atol=5 * 0.5 / np.sqrt(n))
    np.testing.assert_array_equal(carried_over(before, p, bnn.temper(p, 1.0), rng), before)


def test_targets_that_are_numbers_have_none(network) -> None:
    post = network(1, 1)
    with pytest.raises(SettingError, match="expected draws of a posterior of classes"):
        bnn.learn_temperature(as_draws(post, np.zeros((1, 1, 5, 2))))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_temperatures_that_are_none(temperature: float) -> None:
    with pytest.raises(SettingError, match="temperature: expected a positive number"):
        bnn.temper(P, temperature)
