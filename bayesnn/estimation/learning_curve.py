"""The learning curve: error against the number of training rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.estimation.cross_validation import FoldScores, Job, Score, Splitter, score_jobs, splits
from bayesnn.estimation.fitted import Fitted
from bayesnn.protocols import Array, Executor, Seed
from bayesnn.randomness import seed_sequence


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Scores (L, F) at L numbers of training rows, ascending."""

    sizes: Array
    scores: FoldScores


def learning_curve(
    fit: Callable[[Dataset], Fitted],
    data: Dataset,
    *,
    sizes: ArrayLike,
    cv: int | Splitter = 5,
    score: Score = "mse",
    rng: Seed = 0,
    executor: Executor | None = None,
) -> LearningCurve:
    """Training and validation error against the number of rows that were fitted.

    In each fold the training rows are put in a random order, and the first n of them are fitted: smaller sets lie
    within larger ones, and a table that is sorted does no harm. A gap that closes as n grows is variance; a level
    that stays is bias and noise.

    Parameters
    ----------
    fit, data, cv, score, executor : as in `cross_validate`.
    sizes : numbers of training rows, at most those of the smallest fold.
    rng : shuffles the rows.

    Raises
    ------
    SettingError : no sizes, sizes that are no whole numbers >= 1 or larger than a fold's training rows. Others as in
        `cross_validate`.

    References
    ----------
    Hastie, Tibshirani & Friedman, The Elements of Statistical Learning (2009), section 7.10.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> def straight_line(data):
    ...     w = np.polyfit(data.X[:, 0], data.y, 1)
    ...     return lambda X: np.polyval(w, X[:, 0])
    >>> from sklearn.model_selection import RepeatedKFold
    >>> cv = RepeatedKFold(n_splits=5, n_repeats=40, random_state=0)
    >>> curve = bnn.learning_curve(straight_line, bnn.load_dataset("hz"), sizes=[4, 8, 24], cv=cv)
    >>> curve.scores.train_mean.round(), curve.scores.validation_mean.round()              # (km/s/Mpc)²
    (array([ 65., 102., 136.]), array([349., 218., 167.]))
    """
    seed = seed_sequence(rng)
    folds = splits(data, cv, seed)
    rows = _checked(sizes, min(len(train) for train, _ in folds))
    orders = [np.random.default_rng(child) for child in seed.spawn(len(folds))]
    shuffled = [(order.permutation(train), held_out) for order, (train, held_out) in zip(orders, folds, strict=True)]
    jobs = [Job(train[:n], held_out) for n in rows for train, held_out in shuffled]
    scores = score_jobs(fit, data, jobs, shape=(len(rows), len(folds)), score=score, executor=executor)
    return LearningCurve(rows, scores)


def _checked(sizes: ArrayLike, most: int) -> Array:
    try:
        rows = np.unique(np.asarray(sizes, dtype=np.float64))
    except (TypeError, ValueError):
        rows = np.array([])
    if len(rows) == 0 or np.any(rows != np.floor(rows)) or rows[0] < 1 or rows[-1] > most:
        raise SettingError(f"sizes: expected whole numbers from 1 to {most}, a fold's training rows, got {sizes!r}")
    return rows.astype(int)
