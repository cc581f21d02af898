"""Scales that are unknown, with what they scale."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.posterior.hierarchy import Hierarchy, has_scales

RNG = np.random.default_rng(3)
DATA = bnn.Dataset(RNG.standard_normal((9, 2)), RNG.standard_normal(9))
PRIORS = {
    "W1": bnn.Normal(0, "ard"),
    "ard": bnn.HalfCauchy(1, shape=(2, 1)),
    "b1": bnn.Laplace(0.5, "tau"),
    "W2": bnn.Normal("m", "tau"),
    "b2": bnn.Normal(0, 1),
    "tau": bnn.InverseGamma(2, 1),
    "m": bnn.Normal(1, 1),
}
POSTERIOR = bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(sigma=0.5), prior=PRIORS, data=DATA)
HIERARCHY = Hierarchy(POSTERIOR)


@pytest.fixture
def tries():
    theta = RNG.standard_normal((30, POSTERIOR.n_params))
    return theta, RNG.integers(3, size=30), RNG.standard_normal(30)


def test_each_scale_takes_along_what_it_scales_and_nothing_else(tries) -> None:
    theta, which, ratio = tries
    after = POSTERIOR.unpack(HIERARCHY.rescaled(theta, which, ratio)[0])
    before = POSTERIOR.unpack(theta)
    factors = np.exp(np.where(which[:, None] == np.arange(3), ratio[:, None], 0.0))  # ard, ard, tau, in order of θ
    order = np.argsort([POSTERIOR.names.index(name) for name in ("ard[0, 0]", "ard[1, 0]", "tau")])
    factors = factors[:, np.argsort(order)]
    np.testing.assert_allclose(after["ard"][..., 0], before["ard"][..., 0] * factors[:, :2])
    np.testing.assert_allclose(after["tau"], before["tau"] * factors[:, 2])
    np.testing.assert_allclose(after["W1"], before["W1"] * factors[:, :2, None])
    np.testing.assert_allclose(after["b1"] - 0.5, (before["b1"] - 0.5) * factors[:, 2:])
    center = before["m"][:, None, None]
    np.testing.assert_allclose(after["W2"] - center, (before["W2"] - center) * factors[:, 2, None, None])
    for name in ("b2", "m"):
        np.testing.assert_array_equal(after[name], before[name])


def test_its_log_determinant_is_that_of_the_jacobian(tries) -> None:
    theta, which, ratio = (part[:4] for part in tries)
    for one, scale, r in zip(theta, which, ratio, strict=True):
        copies, size = np.repeat(one[None], 2 * len(one), axis=0), len(one)
        steps = 1e-6 * np.concatenate([np.eye(size), -np.eye(size)])
        moved, log_det = HIERARCHY.rescaled(copies + steps, np.full(2 * size, scale), np.full(2 * size, r))
        jacobian = (moved[:size] - moved[size:]) / 2e-6
        np.testing.assert_allclose(np.linalg.slogdet(jacobian)[1], log_det[0], atol=1e-6)


def test_it_can_be_undone(tries) -> None:
    theta, which, ratio = tries
    moved, log_det = HIERARCHY.rescaled(theta, which, ratio)
    back, of_the_way_back = HIERARCHY.rescaled(moved, which, -ratio)
    np.testing.assert_allclose(back, theta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(of_the_way_back, -log_det)


def test_where_there_is_none() -> None:
    plain = bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(sigma=0.5), prior={"*": bnn.Normal(0, 1)}, data=DATA)
    tied = {
        "W1": bnn.Tied(lambda s, z: s * z),
        "z": bnn.Normal(0, 1, shape=(2, 1)),
        "s": bnn.HalfCauchy(1, shape=(2, 1)),
    }
    product = bnn.Posterior(bnn.MLP((2, 1)), bnn.Gaussian(sigma=1.0), prior={**tied, "b1": bnn.Flat()}, data=DATA)
    assert not has_scales(plain)
    assert not has_scales(product)
    assert not has_scales(lambda theta: 0.0)


MOVING = bnn.FunctionPosterior(
    lambda x, y, z, u: 0 * x,
    {
        "z": bnn.Normal("m", "t", shape=(2,)),  # before what it is about
        "x": bnn.Normal("t", "t"),
        "y": bnn.Normal("x", "t"),
        "m": bnn.Tied(lambda y, s: y + 2 * s),
        "s": bnn.LogNormal(s=1),
        "u": bnn.Normal("s", "v", shape=(2,)),
        "v": bnn.HalfNormal(1, shape=(2,)),
        "t": bnn.HalfNormal(1),
    },
)
"""Centers that go with the scale: it itself, what it scales, and what is tied to that."""


def test_centers_that_go_too() -> None:
    hierarchy = Hierarchy(MOVING)
    theta = RNG.standard_normal((4, MOVING.n_params))
    ratio = RNG.standard_normal(4)
    t = np.flatnonzero([name == "t" for name in MOVING.names])[0]
    of_t = np.full(4, list(hierarchy._scales).index(t))
    moved, log_det = hierarchy.rescaled(theta, of_t, ratio)
    np.testing.assert_allclose(log_det, 4 * ratio)
    np.testing.assert_allclose(hierarchy.rescaled(moved, of_t, -ratio)[0], theta, rtol=1e-10, atol=1e-12)
    before, after = MOVING.unpack(theta), MOVING.unpack(moved)
    by = np.exp(ratio)
    np.testing.assert_allclose(after["x"] - after["t"], (before["x"] - before["t"]) * by)
    np.testing.assert_allclose(after["y"] - after["x"], (before["y"] - before["x"]) * by)
    away = [values["z"] - (values["y"] + 2 * values["s"])[:, None] for values in (before, after)]
    np.testing.assert_allclose(away[1], away[0] * by[:, None])
    for name in ("s", "u", "v"):
        np.testing.assert_array_equal(after[name], before[name])
    size, steps = theta.shape[1], 1e-6 * np.concatenate([np.eye(theta.shape[1]), -np.eye(theta.shape[1])])
    for scale in range(hierarchy.n_scales):
        ends, log_det = hierarchy.rescaled(theta[:1] + steps, np.full(2 * size, scale), np.full(2 * size, 0.7))
        np.testing.assert_allclose(np.linalg.slogdet((ends[:size] - ends[size:]) / 2e-6)[1], log_det[0], atol=1e-6)
