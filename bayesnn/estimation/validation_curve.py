"""The validation curve: error against capacity, or any other setting of a fit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.estimation.cross_validation import FoldScores, Job, Score, Splitter, score_jobs, splits
from bayesnn.estimation.fitted import Fitted
from bayesnn.protocols import Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence


@dataclass(frozen=True, eq=False)
class ValidationCurve:
    """Scores (V, F) at V values of a setting, from the simplest fit to the most complex."""

    values: tuple[Any, ...]
    scores: FoldScores

    @property
    def best(self) -> Any:
        """The value with the best mean validation score; the simplest of equals."""
        return self.values[int(np.argmin(self._loss))]

    @property
    def simplest(self) -> Any:
        """The first value whose mean validation score is within one standard error of the best.

        Raises
        ------
        SettingError : a single split has no standard error.

        References
        ----------
        Breiman et al., Classification and Regression Trees (1984), section 3.4.3.
        """
        if self.scores.n_folds < 2:
            raise SettingError("one-standard-error rule: expected at least 2 folds, got one split; pass cv=5")
        i = int(np.argmin(self._loss))
        return self.values[int(np.argmax(self._loss <= self._loss[i] + self.scores.validation_error[i]))]

    @property
    def _loss(self) -> FloatArray:
        return self.scores.validation_mean * (-1 if self.scores.larger_is_better else 1)


def validation_curve(
    fit: Callable[[Dataset, Any], Fitted],
    data: Dataset,
    *,
    values: Iterable[Any],
    cv: int | Splitter = 5,
    score: Score = "mse",
    rng: Seed = 0,
    executor: Executor | None = None,
) -> ValidationCurve:
    """Training and validation error against a setting of the fit: a degree, a width, a weight decay.

    Training error falls with capacity; validation error falls while bias goes and rises when variance comes.

    Parameters
    ----------
    fit : (data set, value) → an `Optimum`, or a function X (M, D) → (M,), (M, K) in the units of the table.
    values : of the setting, from the simplest fit to the most complex (weight decay from strong to weak), for the
        one-standard-error rule.
    data, cv, score, rng, executor : as in `cross_validate`; all values see the same folds.

    Raises
    ------
    SettingError : no values. Others as in `cross_validate`.

    References
    ----------
    Goodfellow et al., Deep Learning (2016), section 5.2.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> def polynomial(data, degree):
    ...     w = np.polyfit(data.X[:, 0], data.y, degree)
    ...     return lambda X: np.polyval(w, X[:, 0])
    >>> curve = bnn.validation_curve(polynomial, bnn.load_dataset("hz"), values=range(6))
    >>> curve.best, curve.simplest
    (4, 1)
    """
    chosen = tuple(values)
    if not chosen:
        raise SettingError("values: expected at least one value of the setting, got none; range(10), say")
    folds = splits(data, cv, seed_sequence(rng))
    jobs = [Job(train, held_out, (value,)) for value in chosen for train, held_out in folds]
    return ValidationCurve(
        chosen, score_jobs(fit, data, jobs, shape=(len(chosen), len(folds)), score=score, executor=executor)
    )
