"""log_evidence: one name for every method."""

from collections.abc import Callable

from bayesnn.errors import EvidenceError
from bayesnn.evidence.exact import exact, is_conjugate
from bayesnn.evidence.laplace import laplace
from bayesnn.evidence.result import Evidence
from bayesnn.posterior.density import PosteriorDensity

METHODS: dict[str, Callable[[PosteriorDensity], Evidence]] = {"exact": exact, "laplace": laplace}


def log_evidence(posterior: PosteriorDensity, *, method: str = "auto") -> Evidence:
    """ln p(y) = ln ∫ p(y | θ) p(θ) dθ.

    Parameters
    ----------
    posterior : a problem with proper priors.
    method : "exact" (conjugate linear models), "laplace" (an approximation at the mode), or "auto", which is exact
        where there is a closed form and Laplace elsewhere.

    Raises
    ------
    EvidenceError : an improper prior, a method that does not exist or does not apply.

    References
    ----------
    MacKay, Bayesian interpolation, Neural Computation 4, 415 (1992).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> evidence = bnn.log_evidence(post)
    >>> evidence.method, round(evidence.log_z, 4)
    ('exact', -18.273)
    """
    if method == "auto":
        method = "exact" if is_conjugate(posterior) else "laplace"
    if method not in METHODS:
        raise EvidenceError(f"method: expected auto, {', '.join(METHODS)}, got {method!r}")
    return METHODS[method](posterior)
