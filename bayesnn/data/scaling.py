"""The units of a table: how standardized values relate to those that were measured."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Scaling:
    """x = (X − x_mean) / x_scale and, for real targets, t = (y − y_mean) / y_scale.

    Scales are population standard deviations (ddof 0); a constant column has scale 1.
    """

    x_mean: FloatArray
    x_scale: FloatArray
    y_mean: FloatArray
    y_scale: FloatArray

    @classmethod
    def identity(cls, n_inputs: int) -> Self:
        """No change of units."""
        return cls(np.zeros(n_inputs), np.ones(n_inputs), np.zeros(()), np.ones(()))

    @classmethod
    def of(cls, X: FloatArray, y: FloatArray | None) -> Self:
        """The scaling that standardizes X (N, D) and, where given, y (N,) or (N, K)."""
        if y is None:
            return cls(X.mean(axis=0), _spread(X), np.zeros(()), np.ones(()))
        return cls(X.mean(axis=0), _spread(X), np.asarray(y.mean(axis=0)), _spread(y))

    @property
    def is_identity(self) -> bool:
        """Are these the units of the table?"""
        means, scales = (self.x_mean, self.y_mean), (self.x_scale, self.y_scale)
        return not any(np.any(mean) for mean in means) and all(np.all(scale == 1) for scale in scales)

    def then(self, other: "Scaling") -> "Scaling":
        """This scaling followed by another, as one."""
        x_mean, x_scale = self.x_mean + self.x_scale * other.x_mean, self.x_scale * other.x_scale
        return Scaling(
            x_mean, x_scale, self.y_mean + self.y_scale * other.y_mean, np.asarray(self.y_scale * other.y_scale)
        )

    def inputs(self, X: FloatArray) -> FloatArray:
        """X (N, D) in standardized units."""
        return (X - self.x_mean) / self.x_scale

    def restore_inputs(self, x: FloatArray) -> FloatArray:
        """Standardized inputs (N, D) in the units of the table."""
        return x * self.x_scale + self.x_mean

    def targets(self, y: FloatArray) -> FloatArray:
        """y in standardized units."""
        return (y - self.y_mean) / self.y_scale

    def errors(self, yerr: FloatArray) -> FloatArray:
        """Standard deviations of y in standardized units."""
        return yerr / self.y_scale

    def covariance(self, cov: FloatArray) -> FloatArray:
        """A covariance (N, N) of y (N,) in standardized units."""
        return cov / self.y_scale**2

    def restore(self, t: Array) -> Array:
        """Standardized targets (..., K) in the units of the table."""
        return np.asarray(t * self.y_scale + self.y_mean)

    def restore_sd(self, sd: Array) -> Array:
        """Standard deviations (..., K) in the units of the table."""
        return np.asarray(sd * self.y_scale)


def _spread(values: FloatArray) -> FloatArray:
    spread = np.asarray(values.std(axis=0))
    constant = np.ptp(values, axis=0) == 0
    return np.where(constant, 1.0, spread)
