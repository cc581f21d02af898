"""What a run of the sampler leaves: draws, and how they came about."""

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, FloatArray

if TYPE_CHECKING:
    from bayesnn.sampling.diagnosis import Diagnosis


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Draws of θ from E independent ensembles of W walkers, S each.

    theta (E, W, S, P), log_prob and log_likelihood (E, W, S), acceptance (E, W); `n_nan` counts log densities that
    were NaN or +inf (taken as −inf), `n_divergent` trajectories that lost their energy; `interacting` says whether
    walkers of an ensemble see each other. `posterior` is what was sampled; draws that come from a file have it only if
    `load` was given it. `stopped` says what ended the run, empty where that was `n_draws`; `one_start` whether all
    ensembles began at the same walkers, as far as is known.
    """

    theta: FloatArray
    log_prob: FloatArray
    log_likelihood: FloatArray
    acceptance: FloatArray
    names: tuple[str, ...]
    n_warmup: int
    n_evaluations: int
    n_nan: int
    n_divergent: int
    seconds: float
    interacting: bool
    kernels: tuple[str, ...]
    seed: str
    values: dict[str, Array] = field(repr=False)
    posterior: PosteriorDensity | None = field(default=None, repr=False)
    stopped: str = ""
    one_start: bool = False

    @property
    def n_ensembles(self) -> int:
        """E."""
        return int(self.theta.shape[0])

    @property
    def n_walkers(self) -> int:
        """W."""
        return int(self.theta.shape[1])

    @property
    def n_draws(self) -> int:
        """S, draws a walker."""
        return int(self.theta.shape[2])

    @cached_property
    def flat(self) -> FloatArray:
        """All draws of θ, (E · W · S, P)."""
        return self.theta.reshape(-1, self.theta.shape[-1])

    @cached_property
    def diagnosis(self) -> "Diagnosis":
        """Have they converged? With inputs `at` of one's own: `bayesnn.diagnose`."""
        from bayesnn.sampling.diagnosis import diagnose

        return diagnose(self)

    @property
    def warning(self) -> str:
        """What to say wherever these draws are used: nothing once they have converged."""
        return "" if self.diagnosis.ok else self.diagnosis.verdict

    def __repr__(self) -> str:
        return f"<{self._sizes}. {self.diagnosis.verdict}>"

    def __str__(self) -> str:
        return f"{self._sizes} in {self.seconds:.0f} s\n{self.diagnosis}"

    @property
    def _sizes(self) -> str:
        numbers = {"ensemble": self.n_ensembles, "walker": self.n_walkers, "draw": self.n_draws}
        each = " x ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in numbers.items())
        return f"{each} of {self.theta.shape[-1]} parameters"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def save(self, path: str | Path) -> None:
        """Write an HDF5 file that `bayesnn.load` reads; it appears whole or not at all.

        Raises
        ------
        FileError : a place that cannot be written.
        """
        from bayesnn.sampling.archive import save_draws

        save_draws(self, path)

    @property
    def linear_about(self) -> None:
        """Predictions are of the model as it is."""

    def thinned(self, n: int) -> FloatArray:
        """About n draws (≤ n, P), evenly taken from all walkers."""
        rows = np.linspace(0, len(self.flat) - 1, min(n, len(self.flat))).astype(int)
        return np.asarray(self.flat[rows])
