"""When a run has enough."""

from dataclasses import dataclass
from math import ceil, isfinite

from bayesnn.errors import SettingError
from bayesnn.sampling.diagnosis import Diagnosis, diagnose
from bayesnn.sampling.draws import Draws

_FEWEST = 20
"""Draws that are taken in any case, so that there is something to look at."""


@dataclass(frozen=True, kw_only=True)
class Until:
    """What ends a run before it has all of its `n_draws`: enough of it, or too much of it.

    Parameters
    ----------
    ess, rhat : targets; the run ends when every quantity of `diagnose` that counts has an ESS (bulk and tail) of at
        least, and a nested R-hat of at most this. They are looked at after numbers of draws that depend on nothing but
        the draws before, so that one seed gives one result.
    max_seconds : wall time, all sessions of a checkpoint together; the only one that makes a result depend on the
        machine.
    max_evaluations : of the log density, within a few percent.

    Warm-up is always finished, and 20 draws are taken in any case.

    Raises
    ------
    SettingError : no target at all, or one that is not positive.

    References
    ----------
    Vehtari et al., Rank-normalization, folding, and localization: an improved R-hat (2021).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    >>> draws = bnn.sample(post, until=bnn.Until(ess=500, rhat=1.05), n_warmup=100, progress=False)
    >>> draws.stopped
    'Stopped after ... draws: ESS >= 500 and nested R-hat <= 1.05 reached.'
    """

    ess: float | None = None
    rhat: float | None = None
    max_seconds: float | None = None
    max_evaluations: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in vars(self).values() if value is not None]
        numbers = all(_is_number(value) and value > 0 and isfinite(value) for value in given)
        if not given or not numbers:
            raise SettingError(
                f"until: expected ess, rhat, max_seconds or max_evaluations, positive numbers, got {self}; "
                "say Until(ess=1000)"
            )
        if self.rhat is not None and self.rhat <= 1:
            raise SettingError(f"until: expected rhat > 1, which is what it tends to, got {self.rhat}; say 1.01")

    @property
    def targets(self) -> str:
        """What shall be reached, in words; empty where only limits are set."""
        ess = [] if self.ess is None else [f"ESS >= {self.ess:g}"]
        return " and ".join(ess + ([] if self.rhat is None else [f"nested R-hat <= {self.rhat:g}"]))

    def is_met(self, diagnosis: Diagnosis) -> bool:
        """Are all targets reached, if there are any?"""
        enough = self.ess is None or diagnosis.worst_ess >= self.ess
        return bool(self.targets) and enough and (self.rhat is None or diagnosis.worst_rhat <= self.rhat)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Plan:
    """How many draws to take before the next look at them, n_draws at most."""

    n_draws: int
    until: Until | None

    @property
    def first(self) -> int:
        """Draws before the first look: with something to look for, it is taken right after warm-up."""
        return self.n_draws if self.until is None else 0

    def look(self, draws: Draws) -> tuple[str | None, int]:
        """Why these are enough, or None, and how many to have next."""
        n, until = draws.n_draws, self.until
        if until is None:
            return ("" if n >= self.n_draws else None), self.n_draws
        if n < min(_FEWEST, self.n_draws):
            return None, self._affordable(draws, self._first(draws))
        diagnosis = diagnose(draws) if until.targets else None
        if diagnosis is not None and until.is_met(diagnosis):
            return f"Stopped after {n} draws: {until.targets} reached.", n
        before = f", before {until.targets}" if until.targets else ""
        if n >= self.n_draws:
            return f"Stopped after {n} draws: n_draws reached{before}.", n
        wanted = self.n_draws if diagnosis is None else self._wanted(diagnosis, n)
        following = self._affordable(draws, wanted)
        if following <= n:
            return f"Stopped after {n} draws: max_evaluations={until.max_evaluations:g} reached{before}.", n
        return None, following

    def out_of_time(self, n: int, seconds: float) -> str | None:
        """Why these n draws have to be enough, or None."""
        until = self.until
        if until is None or until.max_seconds is None or n < min(_FEWEST, self.n_draws) or seconds < until.max_seconds:
            return None
        before = f", before {until.targets}" if until.targets else ""
        return f"Stopped after {n} draws: max_seconds={until.max_seconds:g} reached{before}."

    def seconds_left(self, seconds: float, so_far: float) -> float:
        """That many, or fewer where the time is limited."""
        if self.until is None or self.until.max_seconds is None:
            return seconds
        return min(seconds, max(self.until.max_seconds - so_far, 0.0))

    def _first(self, draws: Draws) -> int:
        """As many as would do if all were independent."""
        assert self.until is not None
        chains = draws.n_ensembles * draws.n_walkers
        return min(self.n_draws, max(50, ceil((self.until.ess or 0) / chains))) if self.until.targets else self.n_draws

    def _wanted(self, diagnosis: Diagnosis, n: int) -> int:
        """By what the ESS so far promises, a quarter more at least and twice as many at most."""
        assert self.until is not None
        factor = 1.1 * (self.until.ess or 0) / max(diagnosis.worst_ess, 1e-9)
        return min(self.n_draws, ceil(n * min(max(factor, 1.25), 2.0)))

    def _affordable(self, draws: Draws, wanted: int) -> int:
        """Fewer, where evaluations run out."""
        assert self.until is not None
        if self.until.max_evaluations is None:
            return wanted
        n = draws.n_draws
        if draws.n_warmup + n == 0:
            return min(_FEWEST, wanted)
        each = draws.n_evaluations / (draws.n_warmup + n)
        left = int((self.until.max_evaluations - draws.n_evaluations) / each)
        return min(wanted, max(n + left if left > 0.02 * n else n, min(_FEWEST, self.n_draws)))
