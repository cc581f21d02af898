"""Scales that warm-up finds: pooled where walkers agree, of each walker where they do not."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.metric import metric_of
from bayesnn.sampling.tuning import Moments

P, W = 40, 6


def moments_of(sd: np.ndarray, n: int = 60, **settings) -> Moments:
    """Of independent draws of walkers that are N(0, sd²), sd (W, P)."""
    rng, moments = np.random.default_rng(0), Moments(**settings)
    for _ in range(n):
        x = sd * rng.standard_normal((W, P))
        moments.observe(x, -x / sd**2)
    return moments


def widths() -> np.ndarray:
    """Two decades of widths, in another order for each walker: units of a network, permuted."""
    rng = np.random.default_rng(1)
    return np.stack([rng.permutation(np.logspace(-1, 1, P)) for _ in range(W)])


def test_walkers_in_modes_of_their_own_have_scales_of_their_own() -> None:
    sd = widths()
    moments = moments_of(sd)
    scale = moments.scale()
    assert scale.shape == (W, 1, P)
    assert np.abs(np.log(scale[:, 0] / sd)).max() < 0.05
    assert moments.reach(scale) == pytest.approx(1, abs=0.1)


def test_walkers_that_agree_share_their_scales() -> None:
    sd = np.broadcast_to(np.logspace(-1, 1, P), (W, P))
    scale = moments_of(sd).scale()
    assert scale.shape == (P,)
    np.testing.assert_allclose(scale, sd[0] ** (60 / 65), rtol=0.2)


def test_walkers_that_see_each_other_share_theirs_too() -> None:
    assert moments_of(widths(), correlations=False).scale().shape == (P,)


def test_each_walker_moves_in_its_own_units() -> None:
    scale = np.random.default_rng(2).uniform(1, 2, (W, P))
    metric, z = metric_of(scale[:, None]), np.ones((W, P))
    np.testing.assert_array_equal(metric.push(z), scale)
    np.testing.assert_array_equal(metric.pull(z), scale)
    assert metric.mean_log == pytest.approx(np.log(scale).mean())


class TwoWidths:
    """½ N(−10, s²) + ½ N(10, s'²) in each component of R^40, for walkers that never go from one to the other."""

    n_params = P
    sd = np.stack([np.logspace(-1, 0, P), np.logspace(0, -1, P)])

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        right = (theta[..., 0] > 0).astype(int)
        z = (theta - np.where(right, 10.0, -10.0)[..., None]) / self.sd[right]
        return -0.5 * np.sum(z * z, axis=-1) - np.log(self.sd[right]).sum(axis=-1), -z / self.sd[right]


@pytest.mark.parametrize("move", [bnn.HMC, bnn.MAMS])
def test_draws_of_each_mode_have_its_widths(move) -> None:
    start = np.repeat([[-10.0], [10.0]], [4, 4], axis=0) * np.ones(P)
    draws = bnn.sample(
        TwoWidths(), moves=move(), start=start, n_walkers=8, n_ensembles=1, n_warmup=200, n_draws=400, progress=False
    )
    for walkers, sd in zip((slice(4), slice(4, 8)), TwoWidths.sd, strict=True):
        found = draws.theta[0, walkers].reshape(-1, P)
        np.testing.assert_allclose(found.std(axis=0), sd, rtol=0.2)
        np.testing.assert_allclose((found.mean(axis=0) - start[walkers][0, 0]) / sd, 0, atol=0.3)
