"""A log evidence with its error and its caveats."""

from dataclasses import dataclass

from bayesnn.errors import EvidenceError
from bayesnn.posterior.density import PosteriorDensity


@dataclass(frozen=True)
class Evidence:
    """ln p(y) in nats, in the units of the data set that the posterior was given; `error` is one standard deviation.

    `error` is 0 for closed forms and NaN where the method cannot tell.
    """

    log_z: float
    error: float
    method: str
    n_evaluations: int
    notes: tuple[str, ...] = ()

    @property
    def is_approximate(self) -> bool:
        """Is the error unknown?"""
        return self.error != self.error


def require_proper(posterior: PosteriorDensity) -> None:
    """Raise an EvidenceError where a prior does not integrate to one."""
    improper = posterior.prior.improper
    if improper:
        raise EvidenceError(
            f"evidence: expected proper priors, got an improper one on {', '.join(improper)}; its evidence would be "
            "defined up to a factor only: give it a proper prior, such as Normal(0, 10)"
        )
