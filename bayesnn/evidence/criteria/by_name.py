"""Criteria of a posterior by their names, from fits that they share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.errors import EvidenceError, SettingError
from bayesnn.estimation.maximum import maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.criteria.dic import dic
from bayesnn.evidence.criteria.information import aic, aicc, bic
from bayesnn.evidence.criteria.k_fold import k_fold
from bayesnn.evidence.criteria.loo import loo
from bayesnn.evidence.criteria.waic import waic
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.run import sample

_N_STARTS = 8


@dataclass(frozen=True, eq=False)
class Fits:
    """A posterior with a maximum-likelihood estimate and draws, each made when it is first asked for."""

    posterior: PosteriorDensity
    given: Draws | None
    seed: np.random.SeedSequence

    @cached_property
    def optimum(self) -> Optimum:
        """The best of several starts."""
        return maximum_likelihood(self.posterior, n_starts=_N_STARTS, rng=self.seed)

    @cached_property
    def draws(self) -> Draws:
        """Those given, else new ones."""
        return sample(self.posterior, rng=self.seed, progress=False) if self.given is None else self.given

    @property
    def table(self) -> Posterior:
        """The posterior, if it has rows."""
        if not isinstance(self.posterior, Posterior):
            raise EvidenceError("expected a table whose rows can be left out, got a function; use the evidence")
        return self.posterior

    @property
    def draws_of_rows(self) -> Draws:
        """Draws, of a posterior that has rows."""
        _ = self.table  # refuses before anything is sampled
        return self.draws


CRITERIA: dict[str, Callable[[Fits], Criterion]] = {
    "aic": lambda fits: aic(fits.optimum),
    "aicc": lambda fits: aicc(fits.optimum),
    "bic": lambda fits: bic(fits.optimum),
    "dic": lambda fits: dic(fits.draws),
    "waic": lambda fits: waic(fits.draws_of_rows),
    "loo": lambda fits: loo(fits.draws_of_rows),
    "k_fold": lambda fits: k_fold(fits.table, rng=fits.seed),
}


def require_names(names: tuple[str, ...]) -> None:
    """Raise a SettingError where a criterion does not exist."""
    unknown = [name for name in names if name not in CRITERIA]
    if unknown:
        raise SettingError(f"criteria: expected some of {', '.join(CRITERIA)}, got {unknown[0]!r}")


def criterion(name: str, fits: Fits) -> Criterion:
    """That criterion; NaN with a sentence in its warnings where it is not defined."""
    try:
        return CRITERIA[name](fits)
    except EvidenceError as refusal:
        return Criterion(name, np.nan, np.nan, np.nan, warnings=(str(refusal).removeprefix(f"{name}: "),))
