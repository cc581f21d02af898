"""Warm-up of a gradient move: step size by dual averaging, scales from positions and gradients."""

import numpy as np

from bayesnn.protocols import Array


class DualAveraging:
    """ln ε follows the acceptance until its mean is the target (Hoffman & Gelman, JMLR 15, 1593, 2014, section 3.2)."""

    def __init__(self, step_size: float, target: float) -> None:
        self.target = target
        self.center = float(np.log(2 * step_size))
        self.error = 0.0
        self.log_average = 0.0
        self.count = 0

    def observe(self, acceptance: float) -> float:
        """The next step size to try."""
        self.count += 1
        self.error += (self.target - acceptance - self.error) / (self.count + 10)
        log_step = self.center - np.sqrt(self.count) / 0.05 * self.error
        weight = self.count**-0.75
        self.log_average = weight * log_step + (1 - weight) * self.log_average
        return float(np.exp(log_step))

    @property
    def average(self) -> float:
        """The step size to keep."""
        return float(np.exp(self.log_average))


class Moments:
    """Variances of positions and of gradients within walkers, pooled: neither knows of modes."""

    def __init__(self) -> None:
        self.count = 0

    def observe(self, x: Array, grad: Array) -> None:
        """Walkers (W, P) after one step."""
        both = np.stack([x, grad])
        if self.count == 0:
            self.mean, self.squares = both.copy(), np.zeros_like(both)
        self.count += 1
        delta = both - self.mean
        self.mean += delta / self.count
        self.squares += delta * (both - self.mean)

    def scale(self) -> Array:
        """(var x / var g)^¼ (P,), the sd where the density is Gaussian; shrunk to its geometric mean."""
        variances = self.squares.mean(axis=1) / max(self.count - 1, 1)
        log_scale = 0.25 * (np.log(variances[0] + 1e-300) - np.log(variances[1] + 1e-300))
        known = self.count / (self.count + 5.0)
        return np.asarray(np.exp(known * log_scale + (1 - known) * log_scale.mean()))
