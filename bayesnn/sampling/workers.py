"""Where ensembles of a run are worked on: here while it is short, in processes of their own once it is long."""

from dataclasses import dataclass, field

from bayesnn.executors import Joblib, placed, spare_cores, works_here
from bayesnn.protocols import Executor
from bayesnn.threads import n_threads

_KNOWN = 0.3
"""Seconds after which it is known how fast a run is."""
_HERE, _ELSEWHERE = 1.0, 3.0
"""Of one slice: long enough that handing it over costs little."""


@dataclass
class Workers:
    """The executor of a run of some ensembles: the one given, or what joblib is configured for, or as many processes
    as there are cores to spare, once it pays. Draws do not depend on it."""

    given: Executor | None
    n_ensembles: int
    _executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        self._executor = Joblib() if self.given is None else self.given

    def executor(self, elapsed: float, left: float) -> Executor:
        """For the next slice of a run, so many seconds since its begin and before its end."""
        if works_here(self._executor) and elapsed > _KNOWN:
            n = min(spare_cores() // (n_threads() or 1), self.n_ensembles)
            self._executor = placed(self.given, seconds=max(elapsed, left), n_processes=n)
        return self._executor

    @property
    def slice_seconds(self) -> float:
        """Of the next slice."""
        return _HERE if works_here(self._executor) else _ELSEWHERE
