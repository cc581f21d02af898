"""The robot arm: where two joints bring the hand."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.demonstrations.robot_arm import hand
from bayesnn.errors import DataError, SettingError

arm = bnn.demonstrations.robot_arm


def test_the_hand_is_where_two_rods_end() -> None:
    """As complex numbers, 2 e^{i x1} (1 + 0.65 e^{i x2}); never farther than both lengths, nor nearer than their
    difference."""
    exact = arm(400, noise=0.0)
    x1, x2 = exact.X.T
    end = 2 * np.exp(1j * x1) * (1 + 0.65 * np.exp(1j * x2))
    np.testing.assert_allclose(exact.y, np.column_stack([end.real, end.imag]), atol=1e-14)
    reach = np.linalg.norm(exact.y, axis=1)
    assert np.all((reach > 0.7) & (reach < 3.3))
    np.testing.assert_allclose(hand(np.zeros(1), np.zeros(1)), [[3.3, 0.0]])


def test_angles_and_scatter_are_mackays() -> None:
    data = arm(20_000, rng=3)
    x1, x2 = data.X.T
    for values, low, high in ((np.abs(x1), 0.453, 1.932), (x2, 0.534, 3.142)):
        assert low <= values.min() < low + 0.01
        assert high - 0.01 < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.02)
    assert np.mean(x1 > 0) == pytest.approx(0.5, abs=0.02)
    scatter = data.y - hand(x1, x2)
    np.testing.assert_allclose(scatter.std(axis=0), 0.05, rtol=0.03)
    assert abs(np.corrcoef(scatter.T)[0, 1]) < 0.03
    assert data.yerr is None


def test_one_seed_one_table() -> None:
    np.testing.assert_array_equal(arm(10, rng=1).y, arm(10, rng=1).y)
    assert not np.any(arm(10, rng=1).X == arm(10, rng=2).X)
    for noise in (-0.1, np.nan, np.inf):
        with pytest.raises(SettingError, match="expected noise >= 0"):
            arm(10, noise=noise)
    with pytest.raises(DataError, match="at least two rows"):
        arm(1)
    with pytest.raises(SettingError, match="n: expected a whole number"):
        arm(2.5)
