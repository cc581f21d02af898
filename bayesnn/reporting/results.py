"""What a report may be made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.comparison import Comparison
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.sampling.draws import Draws

_FEWEST = 4
"""Draws without which nothing can be said of convergence."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Results:
    """What came out of a run, as far as it went.

    Parameters
    ----------
    draws : of the posterior.
    estimates : point estimates by name, of the same posterior.
    comparison : of this model with others.
    held_out : rows that were not fitted, in the units of the table or standardized as the data, to be predicted.
    config : settings by name, to be printed; lists and mappings too.
    notes : sentences for the head of the page.

    Raises
    ------
    SettingError : nothing at all, hardly any draws, or estimates of another problem than the draws.
    """

    draws: Draws | None = None
    estimates: Mapping[str, Optimum] = field(default_factory=dict)
    comparison: Comparison | None = None
    held_out: Dataset | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.draws is None and not self.estimates and self.comparison is None:
            raise SettingError("report: expected draws, estimates or a comparison, got none; pass one at least")
        if self.draws is not None and self.draws.n_draws < _FEWEST:
            raise SettingError(
                f"report: expected {_FEWEST} draws of each walker at least, got {self.draws.n_draws}; sample on"
            )
        for name, best in self.estimates.items():
            if self.draws is not None and best.density.posterior.names != self.draws.names:
                raise SettingError(
                    f"report: expected estimates of the parameters {', '.join(self.draws.names[:3])}..., got {name!r} "
                    "of another model; report each model on a page of its own"
                )

    @property
    def posterior(self) -> PosteriorDensity | None:
        """What was sampled or maximized, if it is known."""
        if self.draws is not None and self.draws.posterior is not None:
            return self.draws.posterior
        return next((best.density.posterior for best in self.estimates.values()), None)
