"""Weighted sums, of full rank or less."""

from operator import index

from bayesnn.errors import ModelError
from bayesnn.nn.layers.factors import Factors
from bayesnn.nn.layers.layer import Layer
from bayesnn.nn.layers.weights import Weights


def affine(n_in: int, shape: tuple[int, ...], rank: int | None) -> Layer:
    """Weights from n_in inputs to units of that shape, (H,) or (pieces, H), or their factors.

    Raises
    ------
    ModelError : a rank that no such matrix has.
    """
    if rank is None:
        return Weights(n_in, shape)
    full = min(n_in, Weights(n_in, shape).n_sums)
    try:
        fits = 1 <= index(rank) <= full
    except TypeError:
        fits = False
    if not fits:
        raise ModelError(
            f"rank: expected a whole number from 1 to {full} for weights of shape {(n_in, *shape)}, got {rank!r}; "
            "give one rank a layer of weights, None for full ones"
        )
    return Factors(n_in, shape, rank)
