"""Log likelihoods of rows over draws that may be trusted."""

from dataclasses import dataclass

import numpy as np

from bayesnn.diagnostics.convergence import convergence
from bayesnn.errors import EvidenceError, SettingError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray
from bayesnn.sampling.diagnosis import diagnose
from bayesnn.sampling.draws import Draws

_NUMBERS = 2**24
"""Log likelihoods that are held at most: 128 MiB."""
_FEWEST = 100


@dataclass(frozen=True, eq=False)
class ScoredDraws:
    """ln p(y_n | θ_s) (S, N); with a covariance, of each row given all others, ln p(y_n | y_others, θ_s).

    efficiency : effective draws for each of the S.
    """

    theta: FloatArray
    log_likelihood: FloatArray
    efficiency: float
    warnings: tuple[str, ...]


def informed(name: str, draws: Draws) -> PosteriorDensity:
    """The posterior that was sampled; an EvidenceError where it is not known or its likelihood says nothing."""
    if draws.posterior is None:
        raise EvidenceError(f"{name}: expected draws that know their posterior; load(path, posterior=...)")
    values = draws.log_likelihood
    if not np.all(np.isfinite(values)):
        n_bad = int(np.sum(~np.isfinite(values)))
        raise EvidenceError(f"{name}: expected finite log likelihoods, got {n_bad} draws without; check the start")
    if values.max() == values.min():
        raise EvidenceError(
            f"{name}: expected a likelihood that depends on the parameters, got the same value for all draws; "
            "such data say nothing of this model"
        )
    return draws.posterior


def trusted(name: str, draws: Draws, *, unconverged: str) -> tuple[str, ...]:
    """Warnings about draws that have not converged, or an EvidenceError; unconverged is "refuse" or "warn"."""
    if unconverged not in ("refuse", "warn"):
        raise SettingError(f"{name}: expected unconverged='refuse' or 'warn', got {unconverged!r}")
    diagnosis = diagnose(draws)
    if diagnosis.ok:
        return ()
    if unconverged == "refuse":
        raise EvidenceError(
            f"{name}: expected draws that have converged, got: {diagnosis} Or take the number at your own risk, with "
            'unconverged="warn"'
        )
    return (diagnosis.verdict,)


def scored(name: str, draws: Draws, *, unconverged: str) -> ScoredDraws:
    """The rows' log likelihoods under draws, evenly thinned where they would not fit in memory.

    Raises
    ------
    EvidenceError : no rows, too few draws, unconverged ones, a likelihood that is not finite or the same for all draws.
    """
    posterior = informed(name, draws)
    if not isinstance(posterior, Posterior):
        raise EvidenceError(f"{name}: expected a table whose rows can be left out, got a function; use the evidence")
    if len(draws.flat) < _FEWEST:
        raise EvidenceError(f"{name}: expected at least {_FEWEST} draws, got {len(draws.flat)}; raise n_draws")
    warnings = trusted(name, draws, unconverged=unconverged)
    theta = draws.thinned(max(_FEWEST, _NUMBERS // posterior.rows.n_rows))
    values = np.asarray(posterior.pointwise_log_likelihood(theta))
    ess = convergence(draws.log_likelihood[..., None]).ess_bulk[0]
    return ScoredDraws(theta, values, min(1.0, float(ess) / len(theta)), warnings)
