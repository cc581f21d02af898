"""A density that fails in the middle of a run."""

import numpy as np

from tests.problems.densities import LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))


class Failing:
    """Raises at its n-th call."""

    n_params = 3

    def __init__(self, n: int, error: BaseException) -> None:
        self.left, self.error = n, error

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        self.left -= 1
        if self.left == 0:
            raise self.error
        return SKEWED.value_and_grad(theta)
