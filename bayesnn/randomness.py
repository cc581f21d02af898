"""One seed, one result: how functions take `rng`, and how independent tasks get streams of their own."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.protocols import Seed


def generator(rng: Seed) -> np.random.Generator:
    """A Generator from an int, a SeedSequence, a Generator (used as it is) or None (fresh entropy)."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed_sequence(rng))


def seed_sequence(rng: Seed) -> np.random.SeedSequence:
    """A SeedSequence to spawn tasks from; a Generator gives one drawn from it."""
    if isinstance(rng, np.random.SeedSequence):
        return np.random.SeedSequence(rng.entropy, spawn_key=rng.spawn_key)
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(rng.integers(2**32, size=4).tolist())
    try:
        return np.random.SeedSequence(rng)
    except (TypeError, ValueError):
        raise SettingError(
            f"rng: expected a whole number >= 0, a SeedSequence or a Generator, got {rng!r}; pass rng=0, say"
        ) from None
