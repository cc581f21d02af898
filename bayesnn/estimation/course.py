"""What a training has seen so far: the curves of its members and the best weights of each."""

from dataclasses import dataclass

import numpy as np

from bayesnn.estimation.optimum import History
from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Trained:
    """What became of one member: its last weights (P,), its best ones and their epoch, its curves to where it ended."""

    theta: FloatArray
    best_theta: FloatArray
    best_epoch: int
    history: History

    @property
    def n_epochs(self) -> int:
        """Epochs done."""
        return len(self.history.epochs) - 1


class Course:
    """The curves of M members, epoch by epoch, and the weights (M, P) with which each was judged best.

    The judge is the validation where there is one, else the log density over the epoch. A member is judged no more
    once its density or weights are not finite, or `patience` epochs have brought nothing better: what becomes of it
    does not hang on the others.
    """

    def __init__(
        self, theta: FloatArray, log_density: Array, validation: Array | None, *, patience: int | None = None
    ) -> None:
        self.log_density, self.validation = [log_density], [] if validation is None else [validation]
        self.theta, self.best_theta, self.best_epoch = theta, theta, np.zeros(len(theta), dtype=int)
        self.best_score = self._judged()
        self.epochs_lived = np.zeros(len(theta), dtype=int)
        self.patience = np.inf if patience is None else patience

    def add(self, theta: FloatArray, log_density: Array, validation: Array | None) -> None:
        """One epoch more."""
        is_finite = np.isfinite(log_density) & np.all(np.isfinite(theta), axis=1)
        self.theta = np.where(self.goes_on[:, None], theta, self.theta)
        self.epochs_lived += is_finite & self.goes_on
        self.log_density.append(log_density)
        if validation is not None:
            self.validation.append(validation)
        score = self._judged()
        better = (self.epochs_lived == self.n_epochs) & (score > self.best_score)
        self.best_theta = np.where(better[:, None], theta, self.best_theta)
        self.best_epoch = np.where(better, self.n_epochs, self.best_epoch)
        self.best_score = np.where(better, score, self.best_score)

    @property
    def n_epochs(self) -> int:
        """Epochs done."""
        return len(self.log_density) - 1

    @property
    def goes_on(self) -> Array:
        """Which members have been finite throughout, and hoped for (M,)."""
        return np.equal(self.epochs_lived, self.n_epochs) & (self.n_epochs - self.best_epoch < self.patience)

    def members(self) -> list[Trained]:
        """Each by itself."""
        best = zip(self.theta, self.best_theta, self.best_epoch.tolist(), strict=True)
        return [Trained(*weights, self._history(i)) for i, weights in enumerate(best)]

    def _history(self, member: int) -> History:
        """The curves of one member, as far as it went."""
        n = int(self.epochs_lived[member]) + 1
        validation = np.array([scores[member] for scores in self.validation[:n]]) if self.validation else None
        return History(np.arange(n), np.array([values[member] for values in self.log_density[:n]]), validation)

    def _judged(self) -> Array:
        return self.validation[-1] if self.validation else self.log_density[-1]
