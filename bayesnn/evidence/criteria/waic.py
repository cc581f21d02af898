"""The widely applicable information criterion."""

import numpy as np
from scipy.special import logsumexp

from bayesnn.evidence.criteria.criterion import Criterion, standard_error
from bayesnn.evidence.criteria.scored_draws import scored
from bayesnn.sampling.draws import Draws

_MOST_VARIANCE = 0.4
"""Of ln p(y_n | θ), beyond which WAIC fails (Vehtari, Gelman & Gabry 2017)."""


def waic(draws: Draws, *, unconverged: str = "refuse") -> Criterion:
    """Σ_n (ln E[p(y_n | θ)] − Var[ln p(y_n | θ)]) over the posterior, which is −½ WAIC.

    An approximation of `loo` to second order, with no warning of its own but a variance above 0.4 at some row. ArviZ
    has dropped it for `loo`, and so should new work. With a covariance of y, each row is scored given all others.

    Parameters and errors as in `loo`.

    References
    ----------
    Watanabe, Asymptotic equivalence of Bayes cross validation and WAIC, JMLR 11, 3571 (2010).
    """
    found = scored("waic", draws, unconverged=unconverged)
    lppd = logsumexp(found.log_likelihood, axis=0) - np.log(len(found.log_likelihood))
    variance = found.log_likelihood.var(axis=0, ddof=1)
    pointwise = lppd - variance
    wide = np.flatnonzero(variance > _MOST_VARIANCE)
    warnings = (f"Var[ln p(y_n | θ)] above {_MOST_VARIANCE} at {wide.size} of {variance.size} rows: use loo",)
    return Criterion(
        "waic",
        float(pointwise.sum()),
        standard_error(pointwise),
        float(variance.sum()),
        pointwise,
        warnings=(*found.warnings, *(warnings if wide.size else ())),
    )
