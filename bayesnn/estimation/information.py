"""What the data say of θ at an optimum: four covariances of an estimate."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.curvature import hessian, inverse
from bayesnn.estimation.least_squares import LeastSquares, least_squares
from bayesnn.posterior.density import Blend
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.rowwise import fisher_information, scores
from bayesnn.protocols import FloatArray


def covariance(density: Blend, theta: FloatArray, *, kind: str) -> FloatArray:
    """Covariance (P, P) of an estimate that maximizes the density; NaN where the data do not determine it.

    "observed" : [−∂² density / ∂θ²]⁻¹.
    "expected" : [E(−∂² ln p(y | θ) / ∂θ²) − ∂² ln prior / ∂θ²]⁻¹, the inverse Fisher information. For Gaussian scatter
        this is σ² (JᵀJ)⁻¹; a maximum-likelihood estimate with unknown σ takes the unbiased residual variance
        chi2 / (N − M) for σ², M parameters of the curve.
    "sandwich" : H⁻¹ (Σ_n s_n s_nᵀ) H⁻¹ with the scores s_n of the rows, right for independent rows even where the
        likelihood is not (Huber 1967, White 1982).
    "auto" : "expected" for least squares by maximum likelihood, as is usual for curves; else "observed".
    """
    problem = least_squares(density)
    if kind == "auto":
        kind = "expected" if problem is not None and not density.prior else "observed"
    if kind == "observed":
        return inverse(-hessian(density, theta))
    if kind == "expected":
        return _of_squares(problem, theta) if problem is not None else inverse(_expected(density, theta))
    if kind == "sandwich":
        return _sandwich(density, theta)
    raise SettingError(f"kind: expected 'auto', 'expected', 'observed' or 'sandwich', got {kind!r}; see also bootstrap")


def residual_degrees(density: Blend) -> float:
    """N − M where an unknown σ is estimated by least squares, else infinite: those of Student's t for an estimate."""
    problem = least_squares(density)
    return float(problem.degrees_of_freedom) if problem is not None and problem.unknown_sd else np.inf


def _of_squares(problem: LeastSquares, theta: FloatArray) -> FloatArray:
    factors, degrees = problem.factors(theta), problem.degrees_of_freedom
    out = np.full((len(theta), len(theta)), np.nan)
    if factors is None or factors.condition > 1e11 or (problem.unknown_sd and degrees <= 0):
        return out
    variance = factors.chi2 / degrees if problem.unknown_sd else 1.0
    out[...] = 0.0
    out[np.ix_(problem.curve, problem.curve)] = variance * factors.inverse()
    out[~problem.curve, ~problem.curve] = 0.5 / degrees
    return out


def _expected(density: Blend, theta: FloatArray) -> FloatArray:
    posterior = _with_rows(density, "expected")
    information = density.likelihood * fisher_information(posterior, theta)
    if density.prior:
        information = information - hessian(posterior.blend(likelihood=0.0, log_det=density.log_det), theta)
    return np.asarray(information)


def _sandwich(density: Blend, theta: FloatArray) -> FloatArray:
    bread = inverse(-hessian(density, theta))
    half = scores(_with_rows(density, "sandwich"), theta) @ bread
    return np.asarray(half.T @ half)


def _with_rows(density: Blend, kind: str) -> Posterior:
    if not isinstance(density.posterior, Posterior):
        raise SettingError(f"{kind}: expected a posterior of a model and a table, got a function; use kind='observed'")
    return density.posterior
