"""Leave-one-out predictive density by Pareto-smoothed importance sampling."""

import numpy as np
from scipy.special import logsumexp

from bayesnn.diagnostics.leave_one_out import leave_one_out
from bayesnn.evidence.criteria.criterion import Criterion, standard_error
from bayesnn.evidence.criteria.scored_draws import scored
from bayesnn.protocols import FloatArray
from bayesnn.sampling.draws import Draws

_MOST_NAMED = 8


def loo(draws: Draws, *, unconverged: str = "refuse") -> Criterion:
    """Σ_n ln p(y_n | all other rows), without refits (PSIS-LOO).

    p(y_n | others) = 1 / E[1 / p(y_n | θ)] over the posterior, with the largest importance weights 1 / p(y_n | θ)
    smoothed by a generalized Pareto distribution. Its shape k̂ tells whether this works: a row with k̂ above
    min(1 − 1 / log10(S), 0.7) for S effective draws moves the posterior too much, and is named in a warning.

    With a covariance of y, p(y_n | other rows, θ) takes the place of p(y_n | θ): the formula stays exact, and each row
    is predicted from the others and their correlated errors.

    Parameters
    ----------
    draws : from `sample`; from `load`, with the posterior.
    unconverged : "refuse" draws that `diagnose` does not pass, or "warn".

    Raises
    ------
    EvidenceError : draws that have not converged, a posterior without rows, a constant or infinite likelihood.

    References
    ----------
    Vehtari, Gelman & Gabry, Practical Bayesian model evaluation, Statistics and Computing 27, 1413 (2017); Vehtari et
    al., Pareto smoothed importance sampling, JMLR 25, 72 (2024); Bürkner, Gabry & Vehtari, Efficient leave-one-out
    cross-validation for non-factorized normal and Student-t models, Computational Statistics 36, 1243 (2021).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> criterion = bnn.criteria.loo(bnn.sample(post, n_draws=500, progress=False))
    >>> round(criterion.value, 1), bool(abs(criterion.n_effective - 2) < 0.2), criterion.warnings       # two weights
    (-14.6, True, ())
    """
    found = scored("loo", draws, unconverged=unconverged)
    terms = np.array([_leave_out(column, found.efficiency) for column in found.log_likelihood.T])
    pointwise, pareto_k, variance = terms.T
    lppd = logsumexp(found.log_likelihood, axis=0) - np.log(len(found.log_likelihood))
    return Criterion(
        "loo",
        float(pointwise.sum()),
        standard_error(pointwise),
        float(np.sum(lppd - pointwise)),
        pointwise,
        float(np.sqrt(variance.sum())),
        pareto_k,
        (*found.warnings, *_heavy(pareto_k, found.efficiency * len(found.theta))),
    )


def _leave_out(log_likelihood: FloatArray, efficiency: float) -> tuple[float, float, float]:
    """ln p(y_n | others), k̂ and the Monte Carlo variance, from ln p(y_n | θ_s) (S,) of one row."""
    log_weights, pareto_k = leave_one_out(log_likelihood, efficiency=efficiency)
    value = float(logsumexp(log_weights + log_likelihood))
    relative = np.exp(2 * log_weights) * np.expm1(log_likelihood - value) ** 2
    return value, pareto_k, float(np.sum(relative)) / efficiency


def _heavy(pareto_k: FloatArray, n_effective: float) -> tuple[str, ...]:
    limit = min(1 - 1 / np.log10(max(n_effective, 20.0)), 0.7)
    rows = np.flatnonzero(~(pareto_k <= limit))
    if not rows.size:
        return ()
    named = ", ".join(f"{row} ({pareto_k[row]:.2f})" for row in rows[:_MOST_NAMED])
    more = f" and {rows.size - _MOST_NAMED} more" if rows.size > _MOST_NAMED else ""
    return (
        f"Pareto k̂ above {limit:.2f} at row{'s' * (rows.size > 1)} {named}{more}: the posterior hangs on "
        f"{'them' if rows.size > 1 else 'it'}, and loo is not reliable; use k_fold, or a likelihood with heavier tails",
    )
