"""Monomials of the inputs."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.linear.checks import as_count, as_points
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Polynomial:
    """All monomials of the inputs up to a total degree, the constant first."""

    degree: int
    n_inputs: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", as_count(self.degree, "polynomial: degree", least=0))
        object.__setattr__(self, "n_inputs", as_count(self.n_inputs, "polynomial: n_inputs", least=1))

    @property
    def exponents(self) -> list[tuple[int, ...]]:
        """The inputs that each monomial multiplies."""
        inputs = range(self.n_inputs)
        return [term for d in range(self.degree + 1) for term in combinations_with_replacement(inputs, d)]

    @property
    def n_features(self) -> int:
        """M."""
        return comb(self.n_inputs + self.degree, self.degree)

    def __call__(self, X: ArrayLike) -> Array:
        """X (N, D) → Φ (N, M); each monomial is one of a degree less times one input."""
        columns = np.ascontiguousarray(as_points(X, "polynomial", n_inputs=self.n_inputs).T)
        terms = self.exponents
        place = {term: m for m, term in enumerate(terms)}
        monomials = np.empty((len(terms), columns.shape[1]), dtype=columns.dtype)
        monomials[0] = 1.0
        for m, term in enumerate(terms[1:], 1):
            np.multiply(monomials[place[term[:-1]]], columns[term[-1]], out=monomials[m])
        return monomials.T


def polynomial(degree: int, *, n_inputs: int = 1) -> Polynomial:
    """All monomials of the inputs up to a total degree, the constant first: 1, x₁, ..., x_D, x₁², x₁x₂, ...

    There are M = (D + degree)! / (D! degree!) of them. Their columns become nearly collinear as the degree grows: on
    [0, 1] the condition number of Φ grows about 5.8-fold a degree, on [−1, 1] about 2.4-fold, and inputs far from the
    origin are far worse. Standardize the data (`Dataset.standardize`); above degree 10 or so prefer `fourier` or
    `radial`, and do not expect a maximum-likelihood fit to have digits left.

    Parameters
    ----------
    degree : total degree, 0 or more.
    n_inputs : D.

    Raises
    ------
    ModelError : a negative degree, or no inputs; later, X of another width, or not finite.

    References
    ----------
    Gautschi & Inglese, Lower bounds for the condition number of Vandermonde matrices, Numer. Math. 52, 241 (1988).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> bnn.polynomial(degree=2)(np.array([[2.0], [3.0]]))
    array([[1., 2., 4.],
           [1., 3., 9.]])
    """
    return Polynomial(degree, n_inputs)
