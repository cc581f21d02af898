"""log_evidence: one name for every method."""

from collections.abc import Callable

from bayesnn.errors import EvidenceError
from bayesnn.evidence.exact import exact, is_conjugate
from bayesnn.evidence.methods import Method, bridge, laplace, nested, smc, stepping_stone, thermodynamic
from bayesnn.evidence.quadrature import quadrature
from bayesnn.evidence.result import Evidence
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Seed
from bayesnn.sampling.draws import Draws

CLOSED: dict[str, Callable[[PosteriorDensity], Evidence]] = {"exact": exact, "quadrature": quadrature}
SEEDED: dict[str, Callable[..., Evidence]] = {
    "laplace": laplace,
    "smc": smc,
    "thermodynamic": thermodynamic,
    "stepping-stone": stepping_stone,
    "nested": nested,
}

_SMC_MOST = 64
"""Parameters up to which "auto" runs annealed SMC: 13 s for the 49 of a 1-16-1 network, two minutes for 122."""


def log_evidence(
    posterior: PosteriorDensity, *, method: Method = "auto", draws: Draws | None = None, rng: Seed = 0
) -> Evidence:
    """ln p(y) = ln ∫ p(y | θ) p(θ) dθ.

    Parameters
    ----------
    posterior : a problem with proper priors.
    method : "exact" (conjugate linear models), "quadrature" (1-1-1 and 1-2-1 networks), "laplace" (an approximation at
        the mode), "smc", "thermodynamic", "stepping-stone", "bridge" (from draws), "nested" (by dynesty, for few
        parameters), or "auto": exact where there is a closed form, else SMC up to 64 parameters (seconds), and for more
        Laplace's approximation, which carries no error. Or a function of a posterior and `rng`, such as those of
        `bnn.methods` with their settings: ``partial(bnn.methods.smc, n_particles=4000)``.
    draws : of this posterior, for "bridge".
    rng : one seed gives one result.

    Raises
    ------
    EvidenceError : an improper prior, a likelihood without information, a method that does not exist or does not apply.

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
    require_method(method)
    if method == "auto":
        method = "exact" if is_conjugate(posterior) else "smc" if posterior.n_params <= _SMC_MOST else "laplace"
    if (method == "bridge") != (draws is not None):
        raise EvidenceError(
            f'method {method!r}: expected draws for "bridge" and for no other, got '
            f"{'none' if draws is None else 'some'}; draws=bnn.sample(posterior)"
        )
    if not isinstance(method, str):
        return method(posterior, rng=rng)
    if draws is not None:
        return bridge(posterior, draws, rng=rng)
    if method in CLOSED:
        return CLOSED[method](posterior)
    return SEEDED[method](posterior, rng=rng)


def require_method(method: Method) -> None:
    """Raise an EvidenceError where there is no such method."""
    if method == "harmonic":
        raise EvidenceError(
            "harmonic: expected an estimator of finite variance, got the harmonic mean of the likelihood over draws, "
            "which forgets the prior: a few draws of low likelihood decide it (Newton & Raftery 1994; Neal 2008); "
            'use method="smc", or "bridge" with the same draws'
        )
    names = ("auto", "bridge", *CLOSED, *SEEDED)
    if method not in names and not callable(method):
        raise EvidenceError(f"method: expected {', '.join(names)} or a function of a posterior, got {method!r}")
