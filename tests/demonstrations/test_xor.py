"""Exclusive or: what a line cannot do, what two hidden units can, and the images of their weights."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.demonstrations.xor import mirror_image
from bayesnn.errors import BayesnnError, SettingError

TRUTH = [0, 1, 1, 0]


@pytest.fixture(scope="module")
def result() -> bnn.demonstrations.Xor:
    return bnn.demonstrations.xor(n_draws=50)


def test_the_best_line_says_one_half_everywhere(result) -> None:
    np.testing.assert_array_equal(result.data.y, TRUTH)
    np.testing.assert_array_equal(result.data.y, result.data.X.sum(axis=1) == 1)
    np.testing.assert_allclose(result.linear_predictions, 0.5, atol=1e-9)


def test_two_hidden_units_solve_it_from_at_least_95_of_100_starts(result) -> None:
    assert len(result.networks) == 100
    assert result.n_solved >= 95
    assert result.n_solved == np.sum(np.max(np.abs(result.predictions - TRUTH), axis=1) < 0.5)
    assert len({network.theta.tobytes() for network in result.networks}) > 90  # from as many starts
    np.testing.assert_allclose(result.predictions[result.networks.index(result.best)], TRUTH, atol=0.1)
    assert result.best.log_prob == max(network.log_prob for network in result.networks)


def test_all_mirror_images_are_populated(result) -> None:
    """Walkers seldom leave their image, so that a hundred of them share eight as a hundred throws of a die would."""
    shares = result.image_shares
    assert shares.sum() == pytest.approx(1)
    assert np.all(shares > 0)
    assert np.all(np.abs(shares - 1 / 8) < 4 * np.sqrt(1 / 8 * 7 / 8 / 100))
    p = bnn.predict(result.draws.posterior, result.draws, result.data.X)
    np.testing.assert_allclose(p.mean, TRUTH, atol=0.1)


def test_images_of_one_vector_are_told_apart_and_give_one_function() -> None:
    rng = np.random.default_rng(0)
    net = bnn.MLP((2, 2, 1))
    for theta in rng.standard_normal((5, net.n_params)):
        images = np.unique([net.image(theta, rng) for _ in range(300)], axis=0)
        assert sorted(mirror_image(images)) == list(range(8))
    # a scale of all weights stays in the image
    assert np.all(mirror_image(2 * images) == mirror_image(images))


def test_one_seed_gives_one_result(result) -> None:
    first, again = (bnn.demonstrations.xor(n_seeds=4, n_draws=3, rng=1) for _ in range(2))
    np.testing.assert_array_equal(first.draws.theta, again.draws.theta)
    np.testing.assert_array_equal(first.predictions, again.predictions)
    assert not np.array_equal(first.predictions, result.predictions[:4])
    assert first.draws.theta.shape == (4, 1, 3, 9)


@pytest.mark.parametrize(
    "settings", [{"n_seeds": 3}, {"n_seeds": 4.5}, {"n_seeds": "many"}, {"n_draws": 0, "n_seeds": 4}]
)
def test_settings_that_cannot_be(settings) -> None:
    with pytest.raises(SettingError, match="expected"):
        bnn.demonstrations.xor(**settings)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("name", ["sigma", "prior_scale"])
def test_scales_are_positive(name: str, value: float) -> None:
    with pytest.raises(BayesnnError, match="expected"):
        bnn.demonstrations.xor(n_seeds=4, **{name: value})
