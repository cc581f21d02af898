"""Cross-validation: how well a fit predicts rows that it has not seen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import DataError, SettingError
from bayesnn.estimation.fitted import Fitted, predicted
from bayesnn.executors import results
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence

Score = str | Callable[[FloatArray, FloatArray], float]
"""A name, or a function of y and its prediction, both in the units of the table: a loss, smaller is better."""

_NAMED = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "r2": "r2_score"}
"""Name → function in sklearn.metrics."""


@runtime_checkable
class Splitter(Protocol):
    """What scikit-learn's splitters offer: KFold, RepeatedKFold, ShuffleSplit (holdout), TimeSeriesSplit, ..."""

    def get_n_splits(self, X: Any = None) -> int: ...
    def split(self, X: Any) -> Iterable[tuple[Array, Array]]: ...


@dataclass(frozen=True, eq=False)
class FoldScores:
    """Scores on the training rows and on the held-out rows of each fold, train and validation (..., F).

    `score` is its name; `target` the name of what was predicted. Standard errors are sd / √F; folds share training
    rows, so that they are a little too small (Bengio & Grandvalet 2004), and NaN for a single split.
    """

    train: FloatArray
    validation: FloatArray
    score: str
    target: str

    @property
    def larger_is_better(self) -> bool:
        """For r2 only; every other score is a loss."""
        return self.score == "r2"

    @property
    def n_folds(self) -> int:
        """F."""
        return int(self.train.shape[-1])

    @property
    def train_mean(self) -> FloatArray:
        """Over folds (...)."""
        return np.asarray(self.train.mean(axis=-1))

    @property
    def train_error(self) -> FloatArray:
        """Standard error of that mean (...)."""
        return _error_of_mean(self.train)

    @property
    def validation_mean(self) -> FloatArray:
        """Over folds (...)."""
        return np.asarray(self.validation.mean(axis=-1))

    @property
    def validation_error(self) -> FloatArray:
        """Standard error of that mean (...)."""
        return _error_of_mean(self.validation)


@dataclass(frozen=True, eq=False)
class Job:
    """One fit: rows to fit, rows to hold out, and what the fit takes beside the data."""

    train: Array
    validation: Array
    arguments: tuple[Any, ...] = ()


def cross_validate(
    fit: Callable[[Dataset], Fitted],
    data: Dataset,
    *,
    cv: int | Splitter = 5,
    score: Score = "mse",
    rng: Seed = 0,
    executor: Executor | None = None,
) -> FoldScores:
    """Fit the training rows of each fold, score the held-out rows.

    Parameters
    ----------
    fit : data set → an `Optimum`, or a function X (M, D) → (M,), (M, K) in the units of the table.
    data : in the units of the table: standardize inside `fit`, so that no held-out row has a part in it.
    cv : number of folds of shuffled rows, or a scikit-learn splitter, ``ShuffleSplit(1)`` for one holdout.
    score : "mse", "mae", "r2", or a function(y, prediction) → a loss, in the units of the table.
    rng : shuffles the rows for a number of folds; one seed gives one result, whatever the executor.
    executor : anything with `map`, to fit folds in parallel.

    Raises
    ------
    DataError : labels as targets, a table that is standardized already.
    SettingError : fewer than two folds or more than rows, a score that does not exist or is not finite.
    ModelError : a fit that is neither an Optimum nor a function, or gives another shape than the targets'.

    References
    ----------
    Stone, Cross-validatory choice and assessment of statistical predictions, JRSS B 36, 111 (1974).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> def straight_line(data):
    ...     line = bnn.LinearModel(bnn.polynomial(degree=1))
    ...     prior = {"w": bnn.Normal(0, 1)}
    ...     return bnn.maximum_a_posteriori(bnn.Posterior(line, bnn.Gaussian(), prior=prior, data=data.standardize()))
    >>> scores = bnn.cross_validate(straight_line, bnn.load_dataset("hz"), cv=5)
    >>> print(f"{scores.validation_mean:.0f} ± {scores.validation_error:.0f} (km/s/Mpc)²")
    243 ± 80 (km/s/Mpc)²
    """
    jobs = [Job(train, validation) for train, validation in splits(data, cv, seed_sequence(rng))]
    return score_jobs(fit, data, jobs, shape=(len(jobs),), score=score, executor=executor)


def splits(data: Dataset, cv: int | Splitter, seed: np.random.SeedSequence) -> list[tuple[Array, Array]]:
    """Training and held-out rows of each fold."""
    if not isinstance(data, Dataset) or not np.issubdtype(data.y.dtype, np.floating):
        raise DataError("cross-validation: expected a Dataset with real targets, got labels or no Dataset")
    if not data.scaling.is_identity:
        raise DataError(
            "cross-validation: expected a table in its own units, got a standardized one; standardize inside fit, so "
            "that no held-out row has a part in it"
        )
    if isinstance(cv, Splitter):
        return [(np.asarray(train), np.asarray(held_out)) for train, held_out in cv.split(data.X)]
    if not isinstance(cv, int | np.integer) or not 2 <= cv <= data.n_rows:
        raise SettingError(
            f"cv: expected 2 to {data.n_rows} folds of {data.n_rows} rows or a scikit-learn splitter, got {cv!r}; "
            "ShuffleSplit(1) is one holdout"
        )
    from sklearn.model_selection import KFold

    folds = KFold(int(cv), shuffle=True, random_state=int(seed.generate_state(1)[0]))
    return list(folds.split(data.X))


def score_jobs(
    fit: Callable[..., Fitted],
    data: Dataset,
    jobs: Sequence[Job],
    *,
    shape: tuple[int, ...],
    score: Score,
    executor: Executor | None,
) -> FoldScores:
    """The scores of all jobs, in that shape."""
    if not callable(score) and score not in _NAMED:
        raise SettingError(f"score: expected one of {', '.join(_NAMED)}, or a function(y, prediction), got {score!r}")
    one = _Scoring(fit, data, score)
    found = np.array(list(results(executor, one, list(jobs))))
    name = score if isinstance(score, str) else str(getattr(score, "__name__", "score"))
    return FoldScores(found[:, 0].reshape(shape), found[:, 1].reshape(shape), name, data.target)


@dataclass(frozen=True, eq=False)
class _Scoring:
    """From a job to its two scores; a class rather than a closure, so that other processes can have it."""

    fit: Callable[..., Fitted]
    data: Dataset
    score: Score

    def __call__(self, job: Job) -> tuple[float, float]:
        fitted = self.fit(self.data.take(job.train), *job.arguments)
        return self._score(fitted, job.train), self._score(fitted, job.validation)

    def _score(self, fitted: Fitted, rows: Array) -> float:
        y = self.data.y[rows]
        value = np.asarray(_function(self.score)(y, predicted(fitted, self.data.X[rows], y.shape)))
        if value.shape != () or not np.isfinite(value):
            raise SettingError(
                f"score: expected one finite number for {len(rows)} rows, got {value.tolist()}; r2 needs two rows"
            )
        return float(value)


def _function(score: Score) -> Callable[[FloatArray, FloatArray], float]:
    if not isinstance(score, str):
        return score
    from sklearn import metrics

    function: Callable[[FloatArray, FloatArray], float] = getattr(metrics, _NAMED[score])
    return function


def _error_of_mean(scores: FloatArray) -> FloatArray:
    n_folds = scores.shape[-1]
    if n_folds == 1:
        return np.full(scores.shape[:-1], np.nan)
    return np.asarray(scores.std(axis=-1, ddof=1) / np.sqrt(n_folds))
