"""Harmonics of one periodic input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.linear.checks import as_count, as_points, as_positive
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Fourier:
    """1, then cos and sin of each harmonic of one input."""

    n_harmonics: int
    period: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_harmonics", as_count(self.n_harmonics, "fourier: n_harmonics", least=0))
        object.__setattr__(self, "period", as_positive(self.period, "fourier: period"))

    @property
    def n_inputs(self) -> int:
        """One."""
        return 1

    @property
    def n_features(self) -> int:
        """M = 1 + 2 n_harmonics."""
        return 1 + 2 * self.n_harmonics

    def __call__(self, X: ArrayLike) -> Array:
        """X (N, 1) → Φ (N, M)."""
        x = as_points(X, "fourier", n_inputs=1)[:, 0]
        waves = np.empty((self.n_features, len(x)), dtype=x.dtype)
        waves[0] = 1.0
        phase = 2 * np.pi * np.remainder(x / self.period, 1.0)  # small, so that a late x loses no digits h-fold
        for h in range(1, self.n_harmonics + 1):
            np.cos(h * phase, out=waves[2 * h - 1])
            np.sin(h * phase, out=waves[2 * h])
        return waves.T


def fourier(n_harmonics: int, period: float) -> Fourier:
    """1, cos(2πx/period), sin(2πx/period), cos(4πx/period), sin(4πx/period), ..., of one input x.

    The h-th harmonic, h = 1, ..., n_harmonics, has the columns 2h − 1 (cosine) and 2h (sine); M = 1 + 2 n_harmonics. On
    equally spaced points over whole periods the columns are orthogonal. A standardized input x has the period of the
    table divided by `data.scaling.x_scale`.

    Parameters
    ----------
    n_harmonics : 0 or more.
    period : of the first harmonic, positive, in the units of x.

    Raises
    ------
    ModelError : a negative number of harmonics, a period that is not positive; later, X that is not finite or too wide.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 3.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.fourier(2, period=4.0)([0.0, 1.0]).round(12) + 0.0
    array([[ 1.,  1.,  0.,  1.,  0.],
           [ 1.,  0.,  1., -1.,  0.]])
    """
    return Fourier(n_harmonics, period)
