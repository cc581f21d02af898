"""Criteria of a maximum-likelihood estimate: AIC, AICc, BIC."""

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.criteria.criterion import Criterion


def aic(optimum: Optimum) -> Criterion:
    """ln p(y | θ̂) − P, which is −½ AIC: an estimate of the log predictive density of as many new rows.

    Raises
    ------
    EvidenceError : an estimate that is not by maximum likelihood or has not converged.

    References
    ----------
    Akaike, A new look at the statistical model identification, IEEE Trans. Automatic Control 19, 716 (1974).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], yerr=0.1)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    >>> optimum = bnn.maximum_likelihood(post)
    >>> criterion = bnn.criteria.aic(optimum)
    >>> round(criterion.value, 4), round(criterion.deviance, 4), round(optimum.aic, 4)
    (2.1509, -4.3019, -4.3019)
    """
    return _penalized("aic", optimum, len(optimum.theta))


def aicc(optimum: Optimum) -> Criterion:
    """ln p(y | θ̂) − P − P (P + 1) / (N − P − 1), which is −½ AICc: AIC for few rows; exact for linear models with an
    unknown σ, which counts as one of the P.

    Raises
    ------
    EvidenceError : as `aic`; no more than P + 1 rows, or a function in place of a table.

    References
    ----------
    Hurvich & Tsai, Regression and time series model selection in small samples, Biometrika 76, 297 (1989).
    """
    n_rows, n_params = _rows("aicc", optimum), len(optimum.theta)
    if n_rows <= n_params + 1:
        raise EvidenceError(
            f"aicc: expected more than {n_params + 1} values of y for {n_params} parameters, got {n_rows}; use loo"
        )
    return _penalized("aicc", optimum, n_params + n_params * (n_params + 1) / (n_rows - n_params - 1))


def bic(optimum: Optimum) -> Criterion:
    """ln p(y | θ̂) − (P/2) ln N, which is −½ BIC: ln p(y) up to terms that do not grow with N.

    Raises
    ------
    EvidenceError : as `aic`; a function in place of a table, which has no rows to count.

    References
    ----------
    Schwarz, Estimating the dimension of a model, Annals of Statistics 6, 461 (1978).
    """
    return _penalized("bic", optimum, 0.5 * len(optimum.theta) * np.log(_rows("bic", optimum)))


def _penalized(name: str, optimum: Optimum, penalty: float) -> Criterion:
    if optimum.density.prior:
        raise EvidenceError(
            f"{name}: expected a maximum-likelihood estimate, got one by {optimum.method}; see loo for others"
        )
    if not optimum.converged:
        raise EvidenceError(
            f"{name}: expected an estimate that has converged, got one that has not ({optimum.message}); "
            "raise n_starts, or use loo, which needs no maximum"
        )
    return Criterion(
        name, optimum.log_likelihood - float(penalty), np.nan, len(optimum.theta), None, 0.0, None, _identified(optimum)
    )


def _identified(optimum: Optimum) -> tuple[str, ...]:
    if np.all(np.isfinite(optimum.covariance)):
        return ()
    return (
        f"the data do not determine all {len(optimum.theta)} parameters: counting them means little (Watanabe 2009); "
        "use loo or the evidence",
    )


def _rows(name: str, optimum: Optimum) -> int:
    if not optimum.n_rows:
        raise EvidenceError(
            f"{name}: expected a table whose rows can be counted, got a function; use aic or the evidence"
        )
    return optimum.n_rows
