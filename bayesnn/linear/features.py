"""Features: fixed functions of the inputs whose weighted sum is a linear model."""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Polynomial:
    """All monomials of the inputs up to a total degree, the constant first."""

    degree: int
    n_inputs: int = 1

    def __post_init__(self) -> None:
        if self.degree < 0 or self.n_inputs < 1:
            raise ModelError(f"polynomial: expected degree >= 0 and n_inputs >= 1, got {self.degree}, {self.n_inputs}")

    @property
    def exponents(self) -> list[tuple[int, ...]]:
        """The inputs that each monomial multiplies."""
        inputs = range(self.n_inputs)
        return [term for d in range(self.degree + 1) for term in combinations_with_replacement(inputs, d)]

    @property
    def n_features(self) -> int:
        """M."""
        return len(self.exponents)

    def __call__(self, X: Array) -> Array:
        """X (N, D) → Φ (N, M)."""
        columns = [np.prod(X[:, list(term)], axis=1) for term in self.exponents]
        return np.stack(columns, axis=1)


def polynomial(degree: int, *, n_inputs: int = 1) -> Polynomial:
    """All monomials of the inputs up to a total degree, the constant first.

    Raises
    ------
    ModelError : a negative degree, or no inputs.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> bnn.polynomial(degree=2)(np.array([[2.0], [3.0]]))
    array([[1., 2., 4.],
           [1., 3., 9.]])
    """
    return Polynomial(degree, n_inputs)
