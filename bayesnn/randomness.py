"""One seed, one result: how functions take `rng`, and how independent tasks get streams of their own."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.protocols import Seed


def generator(rng: Seed) -> np.random.Generator:
    """A Generator from an int, a SeedSequence, a Generator (used as it is) or None (fresh entropy)."""
    if isinstance(rng, np.random.RandomState):
        raise SettingError("rng: expected an int, a SeedSequence or a Generator, got a RandomState; pass its seed")
    return np.random.default_rng(rng)


def seed_sequence(rng: Seed) -> np.random.SeedSequence:
    """A SeedSequence to spawn tasks from; a Generator gives one drawn from it."""
    if isinstance(rng, np.random.SeedSequence):
        return np.random.SeedSequence(rng.entropy, spawn_key=rng.spawn_key)
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(rng.integers(2**32, size=4).tolist())
    return np.random.SeedSequence(rng)
