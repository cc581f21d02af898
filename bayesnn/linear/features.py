"""Features: fixed functions of the inputs whose weighted sum is a linear model."""

from typing import Protocol, runtime_checkable

from numpy.typing import ArrayLike

from bayesnn.protocols import Array


@runtime_checkable
class Features(Protocol):
    """All that a linear model needs to know of its features: X (N, D) → Φ (N, M)."""

    @property
    def n_inputs(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    def __call__(self, X: ArrayLike) -> Array: ...
