"""Predictive density of rows that were held out, by refits."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import logsumexp

from bayesnn.errors import EvidenceError, SettingError
from bayesnn.estimation.cross_validation import Splitter
from bayesnn.evidence.criteria.criterion import Criterion, standard_error
from bayesnn.evidence.criteria.scored_draws import trusted
from bayesnn.evidence.exact import exact_posterior, is_conjugate
from bayesnn.executors import results
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.run import sample

_MAX_DRAWS = 16_000


def k_fold(
    posterior: Posterior,
    *,
    cv: int | Splitter = 10,
    fit: Callable[[Posterior], Draws] | None = None,
    rng: Seed = 0,
    unconverged: str = "refuse",
    executor: Executor | None = None,
) -> Criterion:
    """Σ_n ln p(y_n | rows of the other folds), each fold predicted by a posterior that has not seen it.

    What `loo` approximates where cv is the number of rows; with fewer folds a little lower, since fits have fewer rows.
    With a covariance of y, ln p(y_n | training rows) includes what their correlated errors tell. A table that was
    standardized keeps its factors, which come from all rows.

    Parameters
    ----------
    posterior : the problem.
    cv : number of folds of shuffled rows, or a scikit-learn splitter that holds each row out once.
    fit : posterior of the training rows → draws, ``partial(bnn.sample, n_draws=300)``, say. Left out: closed form where
        there is one, else `sample` with a seed of its own for each fold.
    rng : shuffles the rows and seeds the draws.
    unconverged : "refuse" draws that `diagnose` does not pass, or "warn".
    executor : anything with `map`, to fit folds in parallel.

    Raises
    ------
    EvidenceError : a function in place of a table, draws that have not converged.
    SettingError : folds that do not hold each row out once.

    References
    ----------
    Geisser & Eddy, A predictive approach to model selection, JASA 74, 153 (1979).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> round(bnn.criteria.k_fold(post, cv=31).value, 2)                   # exact leave-one-out
    -14.6
    """
    if not isinstance(posterior, Posterior):
        raise EvidenceError("k_fold: expected a table whose rows can be held out, got a function; use the evidence")
    shuffle, *seeds = seed_sequence(rng).spawn(1 + posterior.rows.n_rows)
    held = _folds(posterior, cv, np.random.default_rng(shuffle))
    score = partial(_score, posterior, fit, unconverged)
    folds = [_Fold(rows, seed) for rows, seed in zip(held, seeds, strict=False)]
    found = list(results(executor, score, folds))
    pointwise = np.empty(posterior.rows.n_rows)
    for fold, (values, _) in zip(folds, found, strict=True):
        pointwise[fold.held] = values
    n_weak = sum(bool(warnings) for _, warnings in found)
    warnings = (f"draws of {n_weak} of {len(folds)} folds have not converged; raise n_draws in fit=",)
    return Criterion(
        "k_fold",
        float(pointwise.sum()),
        standard_error(pointwise),
        np.nan,
        pointwise,
        monte_carlo_error=0.0 if fit is None and is_conjugate(posterior) else np.nan,
        warnings=warnings if n_weak else (),
    )


@dataclass(frozen=True, eq=False)
class _Fold:
    held: Array
    seed: np.random.SeedSequence


def _folds(posterior: Posterior, cv: int | Splitter, rng: np.random.Generator) -> list[Array]:
    n_rows = posterior.rows.n_rows
    if isinstance(cv, Splitter):
        held = [np.asarray(rows) for _, rows in cv.split(posterior.rows.X)]
        if not np.array_equal(np.sort(np.concatenate(held)), np.arange(n_rows)):
            raise SettingError("k_fold: expected folds that hold each row out once, got others; use KFold")
        return held
    if isinstance(cv, bool) or not isinstance(cv, int | np.integer) or not 2 <= cv <= n_rows:
        raise SettingError(f"k_fold: expected cv from 2 to {n_rows} folds or a scikit-learn splitter, got {cv!r}")
    return list(np.array_split(rng.permutation(n_rows), int(cv)))


def _score(
    posterior: Posterior, fit: Callable[[Posterior], Draws] | None, unconverged: str, fold: _Fold
) -> tuple[FloatArray, tuple[str, ...]]:
    """ln p(y_n | training rows) of each held-out row, and warnings."""
    kept = np.setdiff1d(np.arange(posterior.rows.n_rows), fold.held)
    training = posterior.take(kept)
    if fit is None and is_conjugate(posterior):
        whole = [exact_posterior(posterior.take(np.append(kept, row))).log_evidence for row in fold.held]
        return np.array(whole) - exact_posterior(training).log_evidence, ()
    draws = sample(training, rng=fold.seed, progress=False) if fit is None else fit(training)
    warnings = trusted("k_fold", draws, unconverged=unconverged)
    values = _held_out(posterior, training, fold.held, kept, draws.thinned(_MAX_DRAWS))
    return logsumexp(values, axis=0) - np.log(len(values)), warnings


def _held_out(posterior: Posterior, training: Posterior, held: Array, kept: Array, theta: FloatArray) -> FloatArray:
    """ln p(y_n | training rows, θ) (S, n)."""
    if posterior.rows.root is None:
        return np.asarray(posterior.take(held).pointwise_log_likelihood(theta))
    whole = [posterior.take(np.append(kept, row)).log_likelihood(theta) for row in held]
    return np.asarray(np.stack(whole, axis=1) - training.log_likelihood(theta)[:, None])
