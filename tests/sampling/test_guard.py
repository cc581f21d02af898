"""Densities of users that overwrite, keep, or return what they should not."""

import re

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, StartError
from bayesnn.sampling.guard import Guard
from bayesnn.sampling.start import _center

START = np.random.default_rng(0).standard_normal((16, 3))
RUN = {"n_draws": 40, "n_warmup": 40, "n_ensembles": 2, "progress": False, "start": START}


class G:
    """A log density of three parameters, made of two functions."""

    n_params = 3

    def __init__(self, f, g=None) -> None:
        self.f, self.g = f, g

    def __call__(self, theta):
        return self.f(theta)

    def value_and_grad(self, theta):
        return self.g(theta)


def normal(t):
    return -0.5 * np.sum(t**2, axis=-1)


def slopes(t):
    return normal(t), -t


PLAIN = G(normal, slopes)


def halving(t):
    t /= 2
    return -2 * np.sum(t**2, axis=-1)


def negating(t):
    value = normal(t)
    t *= -1
    return value, t


@pytest.mark.parametrize("moves", ["hmc", "mams", "stretch", "de", "walk-hmc"])
def test_a_density_that_overwrites_its_input_changes_no_draw(moves) -> None:
    same = bnn.sample(PLAIN, moves=moves, **RUN)
    rude = bnn.sample(G(halving, negating), moves=moves, **RUN)
    np.testing.assert_array_equal(rude.theta, same.theta)
    np.testing.assert_array_equal(rude.log_prob, same.log_prob)


def test_a_density_that_returns_its_input_or_the_same_array_each_time_harms_nobody() -> None:
    buffer = np.empty((16, 3))

    def kept(t):
        buffer[:] = -t
        return normal(t), buffer

    upward = G(lambda t: t[:, 0], lambda t: (t[:, 0], t))
    value, grad = Guard(upward).value_and_grad(START)
    assert not np.shares_memory(grad, START)
    assert not np.shares_memory(value, START)
    same = bnn.sample(PLAIN, moves="hmc", **RUN)
    np.testing.assert_array_equal(bnn.sample(G(normal, kept), moves="hmc", **RUN).theta, same.theta)


def test_a_checkpoint_is_gone_on_with_for_a_density_that_overwrites_its_input(tmp_path) -> None:
    settings = {**RUN, "moves": "hmc", "checkpoint": tmp_path / "run.h5"}
    bnn.sample(G(halving, negating), **settings)
    longer = bnn.sample(G(halving, negating), **{**settings, "n_draws": 60})
    at_once = bnn.sample(PLAIN, **{**RUN, "moves": "hmc", "n_draws": 60})
    np.testing.assert_array_equal(longer.theta, at_once.theta)


def test_our_own_densities_are_not_copied_for(network, monkeypatch) -> None:
    post, seen = network(1, 2, 1), []
    monkeypatch.setattr(type(post), "__call__", lambda self, theta: seen.append(theta) or np.zeros(len(theta)))
    theta = np.zeros((4, post.n_params))
    Guard(post)(theta)
    assert seen[0] is theta


VALUES = {
    "a scalar": (np.sum, "()"),
    "(W, P)": (lambda t: -(t**2), "(16, 3)"),
    "(W, 1)": (lambda t: normal(t)[:, None], "(16, 1)"),
    "(W - 1,)": (lambda t: normal(t)[1:], "(15,)"),
    "None": (lambda t: None, "None"),
    "str": (lambda t: "high", "'high'"),
    "objects": (lambda t: normal(t).astype(object), "object"),
    "complex": (lambda t: normal(t) + 1j, "complex128"),
    "ragged": (lambda t: [[0.0], [0.0, 1.0]], "[[0.0], [0.0, 1.0]]"),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("moves", ["hmc", "stretch"])
def test_log_densities_of_the_wrong_shape_or_kind(name, moves) -> None:
    bad, got = VALUES[name]
    with pytest.raises(ModelError, match=r"log density: expected real numbers of shape \(16,\), got .*; sum") as found:
        bnn.sample(G(bad, slopes), moves=moves, **RUN)
    assert got in str(found.value) or name == "a scalar"
    with pytest.raises(ModelError, match="value_and_grad, value: expected real numbers of shape"):
        bnn.sample(G(normal, lambda t: (bad(t), -t)), moves="hmc", **RUN)


GRADIENTS = {
    "(W,)": lambda t: (normal(t), -t[:, 0]),
    "(P,)": lambda t: (normal(t), -t[0]),
    "transposed": lambda t: (normal(t), -t.T),
    "None": lambda t: (normal(t), None),
    "complex": lambda t: (normal(t), -t + 0j),
    "ragged": lambda t: (normal(t), [[0.0], [0.0, 1.0]]),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_the_wrong_shape_or_kind(name) -> None:
    message = re.escape("value_and_grad, gradient: expected real numbers of shape (16, 3), got ")
    with pytest.raises(ModelError, match=message + ".*; d log density / d theta"):
        bnn.sample(G(normal, GRADIENTS[name]), moves="hmc", **RUN)


@pytest.mark.parametrize("bad", [normal, lambda t: (normal(t),), lambda t: None, lambda t: normal(t)[:2]])
def test_a_value_without_a_gradient(bad) -> None:
    with pytest.raises(ModelError, match=r"expected log densities \(W,\) and gradients \(W, P\), two arrays, got"):
        bnn.sample(G(normal, bad), moves="hmc", **RUN)


def test_lists_integers_and_single_precision_will_do() -> None:
    same = bnn.sample(PLAIN, moves="hmc", **RUN)
    lists = G(lambda t: normal(t).tolist(), lambda t: [normal(t).tolist(), (-t).tolist()])
    np.testing.assert_array_equal(bnn.sample(lists, moves="hmc", **RUN).theta, same.theta)
    for flat in (np.zeros(16, int), np.zeros(16, np.float32)):
        value = Guard(G(lambda t, flat=flat: flat))(START)
        assert value.dtype == np.float64
        np.testing.assert_array_equal(value, 0.0)


@pytest.mark.parametrize("moves", ["hmc", "stretch"])
def test_plus_infinity_is_zero_probability_as_nan_is_and_is_told(moves) -> None:
    def holed(hole):
        def value(t):
            return np.where(t[:, 0] > 1.0, hole, normal(t))

        return G(value, lambda t: (value(t), -t))

    run = {**RUN, "start": np.where(START > 1, 0.5, START), "n_draws": 300, "moves": moves}
    draws, same = (bnn.sample(holed(hole), **run) for hole in (np.inf, -np.inf))
    np.testing.assert_array_equal(draws.theta, same.theta)
    assert draws.theta[..., 0].max() <= 1.0
    assert draws.n_nan > 50
    assert f"{draws.n_nan} log densities were NaN or +infinity and were taken as zero" in str(bnn.diagnose(draws))


@pytest.mark.parametrize("hole", [np.inf, np.nan])
def test_plus_infinity_everywhere_is_no_start(hole) -> None:
    with pytest.raises(StartError, match=r"got -inf for all 16 \(NaN or \+infinity for 16\)"):
        bnn.sample(G(lambda t: np.full(len(t), hole)), moves="stretch", **RUN)


def test_a_start_without_a_gradient_is_not_where_the_density_is_infinite() -> None:
    post = bnn.FunctionPosterior(
        lambda x: np.where(abs(x) > 1.0, np.inf, -abs(x)), {"x": bnn.Normal(0, 2)}, vectorized=True
    )
    assert not post.has_gradient
    assert abs(_center(post, np.random.default_rng(0), np.ones(1))) <= 1.0


@pytest.mark.parametrize("moves", ["stretch", "de", "walk", "hmc", "mams", "walk-hmc"])
def test_walkers_that_begin_without_a_density_come_in_without_a_warning(moves) -> None:
    half = G(lambda t: np.where(t[:, 0] > 0, -np.inf, normal(t)), lambda t: (half(t), -t))
    draws = bnn.sample(half, moves=moves, **{**RUN, "n_draws": 200})
    assert np.sum(START[:, 0] > 0) > 3
    assert draws.interacting == (moves not in ("hmc", "mams"))
    if moves in ("stretch", "de", "walk"):
        assert np.mean(np.isfinite(draws.log_prob[:, :, -1])) > 0.9 > np.mean(START[:, 0] <= 0)
    bnn.diagnose(draws)
