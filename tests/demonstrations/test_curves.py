"""Error against width, against depth, and against capacity."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.demonstrations.depth import folded
from bayesnn.errors import DataError, ModelError, SettingError

demos = bnn.demonstrations


def test_more_units_come_closer() -> None:
    result = demos.universal_approximation(lambda x: np.sin(5 * x), widths=(1, 4, 8), n_starts=4)
    assert np.all(np.diff(result.rms_errors) < 0)
    assert result.rms_errors[-1] < 0.05
    assert np.all(result.largest_errors >= result.rms_errors)
    np.testing.assert_allclose(result.truth, np.sin(5 * result.x))
    np.testing.assert_allclose(result.rms_errors[0] ** 2, np.mean((result.fits[0] - result.truth) ** 2))


@pytest.mark.parametrize(("activation", "width"), [("relu", 2), ("absolute", 1), ("radial", 4)])
def test_units_that_fit_the_function_need_few_of_them(activation: str, width: int) -> None:
    """|x| is two rectifiers, or one unit |z|; the units of the interval are kept."""
    result = demos.universal_approximation(
        lambda x: 10 + 3 * np.abs(x - 2), widths=[width], interval=(0, 4), activation=activation
    )
    assert result.rms_errors[0] < 0.2
    assert (result.x[0], result.x[-1], result.fits.shape) == (0, 4, (1, 1001))


def test_one_seed_gives_one_approximation() -> None:
    first, again, other = (
        demos.universal_approximation(np.sin, widths=(2,), n_starts=1, rng=seed).fits for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("function", "settings", "error", "match"),
    [
        (np.sin, {"widths": ()}, SettingError, "widths: expected at least one"),
        (np.sin, {"widths": (0,)}, SettingError, "widths: expected a whole number"),
        (np.sin, {"widths": (2.5,)}, SettingError, "widths: expected a whole number"),
        (np.sin, {"n_starts": 0}, SettingError, "n_starts"),
        (np.sin, {"interval": (1, 1)}, SettingError, "interval: expected two numbers"),
        (np.sin, {"interval": (0, np.inf)}, SettingError, "interval"),
        (np.sin, {"interval": 3}, SettingError, "interval"),
        (np.sin, {"activation": "step"}, ModelError, "activation"),
        (lambda x: x[:5], {}, DataError, "of shape \\(1001,\\), got float64 of shape \\(5,\\)"),
        (lambda x: 1 / (x - x[0]), {}, DataError, "finite numbers"),
        (lambda x: 1j * x, {}, DataError, "finite numbers"),
        (lambda x: 0 * x, {}, DataError, "varies"),
    ],
)
def test_one_clear_error(function, settings, error, match: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(error, match=match):
        demos.universal_approximation(function, **{"widths": (1,), "n_starts": 1, **settings})


def test_a_line_folded_n_times_has_two_to_the_n_pieces() -> None:
    x = np.linspace(-1, 1, 2**10 + 1)
    for n in range(6):
        y = folded(x, n)
        assert y.min() == -1
        assert y.max() == 1
        slopes = np.diff(y) / np.diff(x)
        np.testing.assert_allclose(np.abs(slopes), 2**n)
        assert 1 + np.count_nonzero(np.diff(np.sign(slopes))) == 2**n


def test_a_network_that_folds_is_the_folded_line() -> None:
    net = bnn.MLP((1, 1, 1, 1), activation="absolute")
    x = np.linspace(-1, 1, 101)
    outputs, _ = net.forward(np.array([1.0, 0.0, -2.0, 1.0, -2.0, 1.0]), x[:, None])
    np.testing.assert_allclose(outputs[:, 0], folded(x, 2), atol=1e-12)


def test_depth_beats_width_at_equal_numbers_of_parameters() -> None:
    result = demos.depth_against_width(hidden=((11,), (3, 3, 3)), n_seeds=16)
    assert result.n_params == (34, 34)
    assert result.errors.shape == (2, 16)
    assert np.quantile(result.errors[1], 0.25) < 0.1 * result.errors[0].min()
    np.testing.assert_allclose(
        np.sqrt(np.mean((result.best - result.truth) ** 2, axis=1)), result.errors.min(axis=1), rtol=1e-12
    )
    one_fold = demos.depth_against_width(n_folds=1, hidden=((2,),), n_seeds=3)
    assert one_fold.errors.min() < 0.01
    np.testing.assert_allclose(one_fold.truth, 1 - 2 * np.abs(one_fold.x))


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"n_folds": 0}, SettingError), ({"n_seeds": 0}, SettingError), ({"hidden": ()}, SettingError),
        ({"hidden": ((0,),)}, ModelError), ({"activation": "step"}, ModelError),
    ],
)  # fmt: skip
def test_architectures_that_cannot_be(settings, error) -> None:
    with pytest.raises(error, match="expected"):
        demos.depth_against_width(**settings)


@pytest.fixture(scope="module")
def noisy() -> bnn.Dataset:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 24)
    return bnn.Dataset(x, 50 + 10 * (np.sin(4 * x) + 0.3 * rng.standard_normal(24)), yerr=3.0)


def test_capacity_of_networks(noisy) -> None:
    result = demos.capacity(noisy, widths=(1, 4, 16), decays=(0.0, 0.03), cv=3)
    free, held = result.curves.values()
    assert list(result.curves) == [0.0, 0.03]
    assert free.values == (1, 4, 16)
    assert free.scores.train_mean[2] < free.scores.train_mean[0]  # training error falls
    assert np.all(held.scores.train_mean > free.scores.train_mean)  # and weight decay costs some
    gap = [curve.scores.validation_mean[2] / curve.scores.train_mean[2] for curve in (free, held)]
    assert gap[1] < gap[0]
    assert 0.1 < held.scores.validation_mean[1] < 100  # in the units of the table, squared


def test_a_strong_decay_leaves_the_mean(noisy) -> None:
    result = demos.capacity(noisy, widths=(3,), decays=(1e4,), cv=3)
    assert result.curves[1e4].scores.train_mean[0] == pytest.approx(np.var(noisy.y), rel=0.2)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"widths": ()}, SettingError), ({"decays": ()}, SettingError), ({"decays": (-1.0,)}, SettingError),
        ({"decays": (np.nan,)}, SettingError), ({"widths": (0,)}, ModelError),
    ],
)  # fmt: skip
def test_capacities_that_cannot_be(noisy, settings, error) -> None:
    with pytest.raises(error, match="expected"):
        demos.capacity(noisy, **settings)
