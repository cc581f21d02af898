"""What the ways to infer are told, and where they begin."""

from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.archive import load
from bayesnn.sampling.draws import Draws

Start = str | Path | Draws | Array | None
"""A file of draws, draws, or θ."""


@dataclass(frozen=True)
class Settings:
    """What the five take, each what it needs."""

    n_draws: int
    max_draws: int
    n_warmup: int
    n_ensembles: int
    n_walkers: int
    n_starts: int
    n_epochs: int
    batch_size: int
    learning_rate: float
    start: Start
    progress: bool
    seed: int

    def __post_init__(self) -> None:
        for name in ("n_draws", "max_draws", "n_ensembles", "n_walkers", "n_starts", "n_epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise SettingError(f"{name}: expected a whole number >= 1, got {value!r}")


def given_theta(posterior: Posterior, start: Start) -> Array | None:
    """Where walkers of a saved run stood at its end, (E, W, P); other starts as they are."""
    if isinstance(start, str | Path):
        start = load(start)
    if not isinstance(start, Draws):
        return start
    if start.names != posterior.names:
        raise SettingError(
            f"start: expected draws of this network, {posterior.n_params} parameters, got {len(start.names)} others; "
            "use the layers, noise and prior of the run that is taken up"
        )
    return np.asarray(start.theta[:, :, -1])


def given_point(posterior: Posterior, start: Start) -> Array | None:
    """One θ (P,)."""
    theta = given_theta(posterior, start)
    return None if theta is None else np.asarray(theta).reshape(-1, posterior.n_params)[0]
