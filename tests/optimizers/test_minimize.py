"""Any function goes down: quadratics against their recurrence, noise, divergence, and functions that misbehave."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError, StartError

A = np.array([3.0, 0.5])
SGD = bnn.SGD(learning_rate=0.1)


def bowl(x):
    return 0.5 * np.sum(A * x**2)


def test_gradient_descent_on_a_quadratic_is_a_geometric_series() -> None:
    found = bnn.minimize(bowl, [1.0, -2.0], optimizer=SGD, n_steps=20)
    expected = np.array([1.0, -2.0]) * (1 - 0.1 * A) ** np.arange(21)[:, None]
    np.testing.assert_allclose(found.path, expected, rtol=1e-12)
    np.testing.assert_allclose(found.values, [bowl(x) for x in expected], rtol=1e-12)
    np.testing.assert_array_equal(found.theta, found.path[-1])
    assert found.value == found.values[-1]
    assert not found.diverged


@pytest.mark.parametrize(
    "function",
    [bowl, lambda x: 0.5 * np.sum(A * np.abs(x) ** 2), lambda x: float(0.5 * np.real(A @ np.square(np.abs(x))))],
    ids=["analytic", "not analytic", "real numbers only"],
)
def test_derived_gradients_go_the_way_of_the_given_one(function) -> None:
    given = bnn.minimize(function, [1.0, -2.0], optimizer=bnn.Adam(), n_steps=10, gradient=lambda x: A * x)
    derived = bnn.minimize(function, [1.0, -2.0], optimizer=bnn.Adam(), n_steps=10)
    np.testing.assert_allclose(derived.path, given.path, rtol=1e-9)


def test_a_stochastic_gradient_is_that_of_the_same_draw() -> None:
    """With E = ½ (x − u)², each step goes to x − h (x − u): the noise of function and derivative is one."""
    drawn = []

    def loss(x, rng):
        drawn.append(rng.standard_normal())
        return 0.5 * (x[0] - drawn[-1]) ** 2

    found = bnn.minimize(loss, [5.0], optimizer=bnn.SGD(learning_rate=0.5), n_steps=6, rng=3)
    noise = 2 * found.path[1:, 0] - found.path[:-1, 0]  # x' = (x + u) / 2
    assert set(np.round(noise, 9)) <= set(np.round(drawn, 9))
    assert len(np.unique(noise)) == 6
    np.testing.assert_allclose(0.5 * (found.path[:-1, 0] - noise) ** 2, found.values[:-1])
    again = bnn.minimize(loss, [5.0], optimizer=bnn.SGD(learning_rate=0.5), n_steps=6, rng=3)
    np.testing.assert_array_equal(again.path, found.path)
    given = bnn.minimize(
        loss, [5.0], optimizer=SGD, n_steps=6, rng=3, gradient=lambda x, rng: x - rng.standard_normal()
    )
    derived = bnn.minimize(loss, [5.0], optimizer=SGD, n_steps=6, rng=3)
    np.testing.assert_allclose(given.path, derived.path, rtol=1e-12)


def test_noise_that_ends_above_its_start_is_no_divergence() -> None:
    runs = [
        bnn.minimize(lambda x, rng: rng.standard_normal(), [0.0], optimizer=SGD, n_steps=1, rng=r) for r in range(8)
    ]
    assert any(run.values[-1] > run.values[0] for run in runs)
    assert not any(run.diverged for run in runs)


def test_robbins_and_monro_average_what_they_see() -> None:
    """Rates 1/(t + 1) on ½ (x − u)² give the mean of the draws so far, exactly."""
    found = bnn.minimize(
        lambda x, rng: 0.5 * (x[0] - rng.standard_normal()) ** 2,
        [0.0],
        optimizer=bnn.SGD(learning_rate=bnn.schedules.inverse_time(1.0, half_life=1)),
        n_steps=400,
        rng=0,
    )
    t = np.arange(1, 401)
    drawn = np.diff(found.path[:, 0]) * t + found.path[:-1, 0]
    np.testing.assert_allclose(found.path[1:, 0], np.cumsum(drawn) / t, atol=1e-12)
    assert abs(found.theta[0]) < 5 / np.sqrt(400)


def test_divergence_is_said_and_the_lowest_point_kept() -> None:
    runaway = bnn.minimize(bowl, [1.0, -2.0], optimizer=bnn.SGD(learning_rate=1.0), n_steps=5000)
    assert runaway.diverged
    assert "no longer finite" in runaway.message
    assert "lower learning_rate" in runaway.message
    assert len(runaway.path) == len(runaway.values) < 5001
    assert np.all(np.isfinite(runaway.path))
    assert np.all(np.isfinite(runaway.values))
    assert runaway.value == runaway.values.min() == bowl(runaway.theta)
    climbing = bnn.minimize(bowl, [1.0, -2.0], optimizer=bnn.SGD(learning_rate=1.0), n_steps=5)
    assert climbing.diverged
    assert "above its start" in climbing.message
    assert climbing.value == climbing.values.min()
    cliff = bnn.minimize(lambda x: np.log(x[0]), [1.0], optimizer=bnn.SGD(learning_rate=0.3), n_steps=50)
    assert cliff.diverged
    assert cliff.theta > 0


def test_a_function_that_writes_into_its_argument_harms_nobody() -> None:
    def hostile(x):
        value = np.sum(x * x)
        x[...] = 7.0
        return value

    start = np.array([1.0, 2.0])
    found = bnn.minimize(hostile, start, optimizer=SGD, n_steps=50)
    np.testing.assert_array_equal(start, [1.0, 2.0])
    assert found.value < 1e-6


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"start": 1.0}, StartError),
        ({"start": []}, StartError),
        ({"start": [[1.0, 2.0]]}, StartError),
        ({"start": [np.nan, 0.0]}, StartError),
        ({"start": ["a", "b"]}, StartError),
        ({"function": lambda x: np.inf}, StartError),
        ({"function": lambda x: x}, SettingError),
        ({"function": lambda x: "low"}, SettingError),
        ({"function": lambda x: None}, SettingError),
        ({"function": lambda x: 1j * x[0]}, SettingError),
        ({"n_steps": 0}, SettingError),
        ({"n_steps": 2.5}, SettingError),
        ({"gradient": lambda x: 1.0}, SettingError),
        ({"gradient": lambda x: np.ones(3)}, SettingError),
        ({"gradient": lambda x: ["a", "b"]}, SettingError),
        ({"rng": -1, "function": lambda x, rng: x[0]}, SettingError),
    ],
)
def test_refusals(change, error) -> None:
    settings = {"function": bowl, "start": [1.0, 2.0], "n_steps": 3, "gradient": None, "rng": None, **change}
    with pytest.raises(error, match=r"expected .*, got"):
        bnn.minimize(settings.pop("function"), settings.pop("start"), optimizer=SGD, **settings)
