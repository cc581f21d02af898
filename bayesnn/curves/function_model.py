"""A model that is a Python function of x and named parameters."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

from bayesnn.curves.derivatives import central_differences, complex_step, is_analytic
from bayesnn.errors import ModelError
from bayesnn.protocols import Array, Backprop, FloatArray


@dataclass(frozen=True, eq=False)
class FunctionModel:
    """f(x; a, b, ...) with scalar parameters, named by the function's signature.

    Parameters
    ----------
    function : function(x, a, b, ...) → (N,); x is (N,) for one input, else (N, D).
    jac : jac(x, a, b, ...) → (N, P), its derivatives; left out, they are found by complex step where the function is
        analytic (NumPy arithmetic, exp, log, sin, ...), else by central differences, with a warning that says so.

    Raises
    ------
    ModelError : a function without parameters; later, one that returns another shape or no real numbers.

    References
    ----------
    Squire & Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40, 110 (1998).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> x = np.linspace(0.0, 2.0, 5)
    >>> data = bnn.Dataset(x, 2.0 * np.exp(-1.5 * x), yerr=0.1)
    >>> decay = bnn.FunctionModel(lambda x, a, b: a * np.exp(-b * x))
    >>> post = bnn.Posterior(decay, bnn.Gaussian(), prior={"a": bnn.Normal(0, 5), "b": bnn.HalfNormal(5)}, data=data)
    >>> opt = bnn.maximum_likelihood(post)
    >>> {name: round(float(value), 6) for name, value in opt.values.items()}
    {'a': 2.0, 'b': 1.5}
    """

    function: Callable[..., Any]
    jac: Callable[..., Any] | None = None
    _chosen: dict[str, bool] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.names:
            raise ModelError(
                "FunctionModel: expected function(x, a, ...), got no parameters after x; name at least one"
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameters, in the order of the signature."""
        return tuple(signature(self.function).parameters)[1:]

    @cached_property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """Every parameter is a scalar block."""
        return dict.fromkeys(self.names, ())

    @property
    def is_linear(self) -> bool:
        """Not known to be."""
        return False

    @property
    def log_symmetries(self) -> float:
        """None known."""
        return 0.0

    @property
    def width(self) -> int:
        """Numbers kept for one row and one parameter vector."""
        return 1 + len(self.names)

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ itself: it has no other image."""
        return theta

    def n_outputs(self, n_inputs: int) -> int:
        """One."""
        return 1

    def forward(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """θ (..., P), X (N, D) → outputs (..., N, 1), backprop."""
        flat = theta.reshape(-1, theta.shape[-1])
        outputs = np.stack([self._values(X, t) for t in flat]).reshape(*theta.shape[:-1], len(X), 1)

        def backprop(grad: Array) -> Array:
            slopes = np.stack([self.jacobian(t, X) for t in flat])
            return np.asarray(np.einsum("wn,wnp->wp", grad.reshape(len(flat), -1), slopes).reshape(theta.shape))

        return outputs, backprop

    def jacobian(self, theta: FloatArray, X: Array) -> FloatArray:
        """∂f/∂θ (N, P) at one θ (P,)."""
        if self.jac is not None:
            given = np.asarray(self.jac(_column(X), *theta), dtype=np.float64)
            if given.shape != (len(X), len(theta)):
                raise ModelError(f"jac: expected shape {(len(X), len(theta))}, got {given.shape}")
            return given

        def values(at: Array) -> Array:
            return self._values(X, at)

        exact = self._is_analytic(values, theta)
        return (complex_step if exact else central_differences)(values, theta)[:, 0]

    def linearize(self, theta: Array, X: Array) -> tuple[Array, Array]:
        """θ (P,), X (N, D) → outputs (N, 1) and their derivatives (N, 1, P)."""
        return self._values(X, theta), self.jacobian(theta, X)[:, None, :]

    def initialize(self, rng: np.random.Generator, n: int) -> Array:
        """n parameter vectors (n, P), standard normal."""
        return rng.standard_normal((n, len(self.names)))

    def _is_analytic(self, values: Callable[[Array], Array], theta: FloatArray) -> bool:
        """Found out once, where the first derivative is asked for."""
        if "analytic" not in self._chosen:
            self._chosen["analytic"] = is_analytic(values, theta)
            if not self._chosen["analytic"]:
                warnings.warn(
                    f"FunctionModel: {self.function.__name__} is not analytic in its parameters, so that its "
                    "derivatives come from central differences, right to about ten digits; pass jac= for exact ones",
                    stacklevel=2,
                )
        return self._chosen["analytic"]

    def _values(self, X: Array, theta: Array) -> Array:
        """(N, 1), from copies, so that a function that writes into x harms nobody."""
        values = np.asarray(self.function(_column(X), *theta))
        if values.shape == ():
            values = np.full(len(X), values)
        if values.shape not in ((len(X),), (len(X), 1)) or (np.iscomplexobj(values) and not np.iscomplexobj(theta)):
            raise ModelError(
                f"FunctionModel: expected {len(X)} real numbers, one a row, got {values.dtype} of shape {values.shape}"
            )
        return values.reshape(-1, 1)


def _column(X: Array) -> Array:
    return X[:, 0].copy() if X.shape[1] == 1 else X.copy()
