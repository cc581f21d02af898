"""MacKay's robot arm: from the angles of two joints to the place of the hand."""

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.optimizers.settings import whole
from bayesnn.protocols import FloatArray, Seed
from bayesnn.randomness import generator

_UPPER, _LOWER = 2.0, 1.3
"""Lengths of the arm above and below its elbow."""
_FIRST, _SECOND = (0.453, 1.932), (0.534, 3.142)
"""Ranges of |x1| and of x2, in radians."""


def robot_arm(n: int = 200, *, noise: float = 0.05, rng: Seed = 0) -> Dataset:
    """y1 = 2 cos x1 + 1.3 cos(x1 + x2), y2 = 2 sin x1 + 1.3 sin(x1 + x2), each with normal scatter of sd `noise`.

    As Williams & Rasmussen give them for MacKay's rows, x1 is uniform on [−1.932, −0.453] and [0.453, 1.932], x2 on
    [0.534, 3.142]. The scatter is not given to the data set as an error: to find it is part of the task.

    Parameters
    ----------
    n : rows, at least two. noise : >= 0. rng : one seed gives one table; take another for test data.

    Raises
    ------
    SettingError : noise that is negative or not a number. DataError : fewer than two rows.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4, 448 (1992), section 3;
    Williams & Rasmussen, Gaussian processes for regression, NIPS (1995).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.demonstrations.robot_arm(200)
    >>> data.X.shape, data.y.shape, data.names
    ((200, 2), (200, 2), ('x1', 'x2'))
    """
    if not 0 <= noise < np.inf:
        raise SettingError(f"robot_arm: expected noise >= 0, got {noise!r}; 0.05, say")
    random = generator(rng)
    n_rows = whole(n, "n")
    x1 = random.uniform(*_FIRST, n_rows) * random.choice([-1.0, 1.0], n_rows)
    x2 = random.uniform(*_SECOND, n_rows)
    return Dataset(np.column_stack([x1, x2]), hand(x1, x2) + noise * random.standard_normal((n_rows, 2)))


def hand(x1: FloatArray, x2: FloatArray) -> FloatArray:
    """Where the hand is (N, 2)."""
    return np.column_stack(
        [_UPPER * np.cos(x1) + _LOWER * np.cos(x1 + x2), _UPPER * np.sin(x1) + _LOWER * np.sin(x1 + x2)]
    )
