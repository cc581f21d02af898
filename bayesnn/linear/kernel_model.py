"""The dual form of the linear model: one weight a center, in place of one a feature."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from bayesnn.errors import ModelError
from bayesnn.linear.checks import as_centers
from bayesnn.linear.kernels import Kernel
from bayesnn.protocols import Array, Backprop, FloatArray


@dataclass(frozen=True, eq=False)
class KernelModel:
    """f(x) = b + Σ_n alpha_n k(x, x_n), with blocks "alpha" (N,) and "b" ().

    The prior alpha ~ N(0, K⁻¹), with K the kernel at the centers, is the Gaussian process f ~ GP(b, k) seen at the
    centers: ``{"alpha": MultivariateNormal(zeros, model.prior_covariance()), "b": 0.0}``. With the rows of the data as
    centers and noise sigma, the MAP estimate under it minimizes |y − b − K alpha|² / sigma² + alphaᵀ K alpha, which is
    kernel ridge regression of penalty sigma²: alpha = (K + sigma² I)⁻¹ (y − b). The posterior of f at the centers, and
    its mean everywhere, are those of `gaussian_process`; away from the centers its sd is too small, since there the
    process varies in ways that no alpha does. Independent normal priors on alpha are another model.

    Parameters
    ----------
    kernel : from `bnn.kernels`.
    centers : (N,) for one input, or (N, D); the rows of the data, in the units of the data set of the posterior.

    Raises
    ------
    ModelError : no centers, or some that are not finite; no kernel; later, a table of another width.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 6.1.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [0.0, 1.0, 0.0], yerr=0.5)
    >>> model = bnn.KernelModel(bnn.kernels.Gaussian(length=1.0), data.X)
    >>> post = bnn.Posterior(model, bnn.Gaussian(), prior={"alpha": bnn.Normal(0, 1), "b": 0.0}, data=data)
    >>> bnn.maximum_a_posteriori(post).values["alpha"].round(3)
    array([-0.078,  0.605, -0.078])
    >>> model.prior_covariance().diagonal().round(3)
    array([1.83 , 2.841, 1.83 ])
    """

    kernel: Kernel
    centers: FloatArray

    def __post_init__(self) -> None:
        if isinstance(self.kernel, type) or not isinstance(self.kernel, Kernel):
            raise ModelError(f"KernelModel: expected a kernel, got {self.kernel!r}; bnn.kernels.Gaussian(1.0), say")
        object.__setattr__(self, "centers", as_centers(self.centers, "KernelModel: centers"))

    @property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """{"alpha": (N,), "b": ()}."""
        return {"alpha": (len(self.centers),), "b": ()}

    @property
    def biases(self) -> tuple[str, ...]:
        """Its constant."""
        return ("b",)

    @property
    def is_linear(self) -> bool:
        """Linear in its parameters: yes."""
        return True

    @property
    def log_symmetries(self) -> float:
        """No two weight vectors give the same function, unless a center comes twice."""
        return 0.0

    @property
    def width(self) -> int:
        """Numbers kept for one row and one weight vector: the output, and a share of the N kernel values of the row."""
        return 1 + len(self.centers) // 64

    def log_images(self, theta: Array) -> float:
        """None known."""
        return 0.0

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ itself: it has no other image."""
        return theta

    def n_outputs(self, n_inputs: int) -> int:
        """One output, if the inputs fit."""
        if n_inputs != self.centers.shape[1]:
            raise ModelError(
                f"KernelModel: expected {self.centers.shape[1]} inputs, as the centers have, got a table with "
                f"{n_inputs}; pass centers of shape (N, {n_inputs})"
            )
        return 1

    def forward(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """θ (..., N + 1), X (rows, D) → outputs (..., rows, 1), backprop."""
        similarity = self.kernel(X, self.centers)

        def backprop(grad: Array) -> Array:
            slope = grad[..., 0]
            return np.concatenate([slope @ similarity, slope.sum(axis=-1, keepdims=True)], axis=-1)

        return (theta[..., :-1] @ similarity.T + theta[..., -1:])[..., None], backprop

    def linearize(self, theta: Array, X: Array) -> tuple[Array, Array]:
        """θ (N + 1,), X (rows, D) → outputs (rows, 1) and their derivatives (rows, 1, N + 1)."""
        design = np.column_stack([self.kernel(X, self.centers), np.ones(len(X))])
        return (design @ theta)[:, None], design[:, None, :]

    def initialize(self, rng: np.random.Generator, n: int) -> Array:
        """n weight vectors (n, N + 1), standard normal."""
        return rng.standard_normal((n, len(self.centers) + 1))

    def prior_covariance(self, *, jitter: float = 0.0) -> FloatArray:
        """(K + jitter I)⁻¹ (N, N), the covariance of alpha under which f at the centers has the covariance K.

        K is singular to working accuracy where centers are close beside the length of a smooth kernel, or more than
        the features of a polynomial one. A jitter of about 1e-8 times the mean of its diagonal then helps; f at the
        centers has the covariance K (K + jitter I)⁻¹ K, which lacks no more than `jitter` in any direction.

        Raises
        ------
        ModelError : K + jitter I is not positive definite to working accuracy, or jitter is negative.
        """
        if not 0 <= jitter < float("inf"):
            raise ModelError(f"jitter: expected a number >= 0, got {jitter!r}")
        matrix = self.kernel(self.centers, self.centers) + jitter * np.eye(len(self.centers))
        scale = float(np.mean(np.diag(matrix)))
        if np.linalg.eigvalsh(matrix)[0] <= len(matrix) * np.finfo(float).eps * scale:
            raise ModelError(
                f"KernelModel: expected a positive definite kernel matrix, got one that is singular to working "
                f"accuracy with jitter={jitter:g}; pass jitter={1e-8 * scale:.0e}, or drop centers that are close"
            )
        inverse = cho_solve(cho_factor(matrix, lower=True), np.eye(len(matrix)))
        return np.asarray(0.5 * (inverse + inverse.T))
