"""The linear model: a weighted sum of features."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.linear.features import Features
from bayesnn.protocols import Array, Backprop


@dataclass(frozen=True)
class LinearModel:
    """f(x) = Σ_m w_m φ_m(x), with one block "w" of shape (M,).

    Parameters
    ----------
    features : from `polynomial`, `fourier` or `radial`, or anything with n_inputs, n_features and X (N, D) → Φ (N, M).

    Raises
    ------
    ModelError : something else than features; later, a table of another width.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 3.1.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> outputs, backprop = line.forward(np.array([1.0, 2.0]), np.array([[0.0], [3.0]]))
    >>> outputs.ravel(), backprop(np.ones((2, 1)))
    (array([1., 7.]), array([2., 3.]))
    """

    features: Features

    def __post_init__(self) -> None:
        if isinstance(self.features, type) or not isinstance(self.features, Features):
            raise ModelError(
                f"LinearModel: expected features, got {self.features!r}; polynomial(degree=1) gives a straight line"
            )

    @property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """{"w": (M,)}."""
        return {"w": (self.features.n_features,)}

    @property
    def biases(self) -> tuple[str, ...]:
        """None of its own: a constant is one of the features."""
        return ()

    @property
    def is_linear(self) -> bool:
        """Linear in its parameters: yes."""
        return True

    @property
    def log_symmetries(self) -> float:
        """No two weight vectors give the same function."""
        return 0.0

    @property
    def width(self) -> int:
        """Numbers kept for one row and one weight vector: the output, and a share of the M features of the row."""
        return 1 + self.features.n_features // 64

    def log_images(self, theta: Array) -> float:
        """None known."""
        return 0.0

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ itself: it has no other image."""
        return theta

    def n_outputs(self, n_inputs: int) -> int:
        """One output, if the inputs fit."""
        if n_inputs != self.features.n_inputs:
            raise ModelError(
                f"LinearModel: expected {self.features.n_inputs} inputs, got a table with {n_inputs}; "
                f"pass n_inputs={n_inputs} to the features"
            )
        return 1

    def forward(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """θ (..., M), X (N, D) → outputs (..., N, 1), backprop."""
        phi = self.features(X)

        def backprop(grad: Array) -> Array:
            return grad[..., 0] @ phi

        return (theta @ phi.T)[..., None], backprop

    def linearize(self, theta: Array, X: Array) -> tuple[Array, Array]:
        """θ (M,), X (N, D) → outputs (N, 1) and their derivatives (N, 1, M), the features themselves."""
        phi = self.features(X)
        return (phi @ theta)[:, None], phi[:, None, :]

    def initialize(self, rng: np.random.Generator, n: int) -> Array:
        """n weight vectors (n, M), standard normal."""
        return rng.standard_normal((n, self.features.n_features))
