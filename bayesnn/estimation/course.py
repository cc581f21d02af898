"""What a training has seen so far: the curves of its members and the best weights of each."""

import numpy as np

from bayesnn.estimation.optimum import History
from bayesnn.protocols import Array, FloatArray


class Course:
    """The curves of M members, epoch by epoch, and the weights (M, P) with which each was judged best.

    The judge is the validation where there is one, else the log density over the epoch. A member whose density or
    weights are no longer finite is not judged any more.
    """

    def __init__(self, theta: FloatArray, log_density: Array, validation: Array | None) -> None:
        self.log_density, self.validation = [log_density], [] if validation is None else [validation]
        self.best_theta, self.best_epoch = theta, np.zeros(len(theta), dtype=int)
        self.best_score = self._judged()
        self.finite_epochs = np.zeros(len(theta), dtype=int)

    def add(self, theta: FloatArray, log_density: Array, validation: Array | None) -> None:
        """One epoch more."""
        is_finite = np.isfinite(log_density) & np.all(np.isfinite(theta), axis=1)
        self.finite_epochs += is_finite & (self.finite_epochs == self.n_epochs)
        self.log_density.append(log_density)
        if validation is not None:
            self.validation.append(validation)
        score = self._judged()
        better = self.is_alive & (score > self.best_score)
        self.best_theta = np.where(better[:, None], theta, self.best_theta)
        self.best_epoch = np.where(better, self.n_epochs, self.best_epoch)
        self.best_score = np.where(better, score, self.best_score)

    @property
    def n_epochs(self) -> int:
        """Epochs done."""
        return len(self.log_density) - 1

    @property
    def is_alive(self) -> Array:
        """Which members have been finite throughout (M,)."""
        return np.equal(self.finite_epochs, self.n_epochs)

    def is_over(self, patience: int | None) -> bool:
        """Has every member diverged, or gone `patience` epochs without a better score?"""
        waited = self.n_epochs - self.best_epoch
        return not np.any(self.is_alive & (waited < (np.inf if patience is None else patience)))

    def history(self, member: int) -> History:
        """The curves of one member, as far as they are finite."""
        n = int(self.finite_epochs[member]) + 1
        validation = np.array([scores[member] for scores in self.validation[:n]]) if self.validation else None
        return History(np.arange(n), np.array([values[member] for values in self.log_density[:n]]), validation)

    def _judged(self) -> Array:
        return self.validation[-1] if self.validation else self.log_density[-1]
