"""A model that is a Python function of x and named parameters."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

from bayesnn.derivatives import COMPLEX_STEP, central_differences, complex_step, is_analytic
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
    vectorized : True if the function takes each parameter as (W, 1), for W walkers at once, and returns (W, N), each
        walker by itself: much faster sampling. This is tried once, at W different vectors.

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
    vectorized: bool = field(default=False, kw_only=True)
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
    def biases(self) -> tuple[str, ...]:
        """None: what a parameter does is for the function to know."""
        return ()

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

    def log_images(self, theta: Array) -> float:
        """None known."""
        return 0.0

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ itself: it has no other image."""
        return theta

    def n_outputs(self, n_inputs: int) -> int:
        """One."""
        return 1

    def forward(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """θ (..., P), X (N, D) → outputs (..., N, 1), backprop."""
        flat = theta.reshape(-1, theta.shape[-1])
        outputs = self._ensemble(X, flat).reshape(*theta.shape[:-1], len(X), 1)

        def backprop(grad: Array) -> Array:
            slopes = self._jacobians(X, flat)
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
            with np.errstate(all="ignore"):
                if not np.all(np.isfinite(values(theta))):
                    return True  # nothing to be learned here
            self._chosen["analytic"] = is_analytic(values, theta)
            if not self._chosen["analytic"]:
                warnings.warn(
                    f"FunctionModel: {self.function.__name__} is not analytic in its parameters, so that its "
                    "derivatives come from central differences, right to about ten digits; pass jac= for exact ones",
                    stacklevel=2,
                )
        return self._chosen["analytic"]

    def confirm(self, theta: FloatArray, X: Array) -> bool:
        """Do complex steps still agree with differences at θ (P,)? Where not, differences are taken from now on."""
        if self.jac is not None or not self._chosen.get("analytic", False):
            return True
        self._chosen.pop("analytic")
        return self._is_analytic(lambda at: self._values(X, at), theta)

    def _jacobians(self, X: Array, flat: Array) -> Array:
        """∂f/∂θ (W, N, P) of W walkers: by complex steps for all at once where that can be done."""
        together = self.vectorized and self.jac is None and len(flat) > 1
        if not together or not self._is_analytic(lambda at: self._values(X, at), flat[0]):
            return np.stack([self.jacobian(t, X) for t in flat])
        n_params = flat.shape[1]
        steps = flat[:, None, :] + 1j * COMPLEX_STEP * np.eye(n_params)
        values = self._together(X, steps.reshape(-1, n_params)).imag / COMPLEX_STEP
        return np.swapaxes(values.reshape(len(flat), n_params, -1), 1, 2)

    def _ensemble(self, X: Array, flat: Array) -> Array:
        """f of W walkers (W, N)."""
        if self.vectorized and len(flat) > 1:
            return self._together(X, flat)
        return np.stack([self._values(X, t)[:, 0] for t in flat])

    def _together(self, X: Array, flat: Array) -> Array:
        """One call for W walkers, (W, N)."""
        if not self._chosen.get("vectorized"):
            self._try_together(X, flat[0].real)
        return self._called(X, flat)

    def _try_together(self, X: Array, theta: Array) -> None:
        """Does one call for several walkers, that differ in every parameter, give what a call for each does?"""
        few = theta * (1 + 1e-3 * np.random.default_rng(0).standard_normal((3, len(theta))))
        with np.errstate(all="ignore"):
            together, each = self._called(X, few), np.stack([self._values(X, t)[:, 0] for t in few])
        if not np.allclose(together, each, rtol=1e-10, atol=0, equal_nan=True):
            raise ModelError(
                "FunctionModel: expected a vectorized function, (W, 1) parameters → (W, N), that treats each walker by "
                "itself, got one that mixes them; give reductions axis=-1, or leave vectorized out"
            )
        self._chosen["vectorized"] = bool(np.all(np.isfinite(each)))

    def _called(self, X: Array, flat: Array) -> Array:
        values = np.asarray(self.function(_column(X), *flat.T[:, :, None].copy()))
        kinds = "fiubc" if np.iscomplexobj(flat) else "fiub"
        if values.shape != (len(flat), len(X)) or values.dtype.kind not in kinds:
            raise ModelError(
                f"FunctionModel: expected real numbers of shape {(len(flat), len(X))} of a vectorized function, got "
                f"{values.dtype} of shape {values.shape}"
            )
        return values

    def _values(self, X: Array, theta: Array) -> Array:
        """(N, 1), from copies, so that a function that writes into x harms nobody."""
        values = np.asarray(self.function(_column(X), *theta))
        if values.shape == ():
            values = np.full(len(X), values)
        kinds = "fiubc" if np.iscomplexobj(theta) else "fiub"
        if values.shape not in ((len(X),), (len(X), 1)) or values.dtype.kind not in kinds:
            raise ModelError(
                f"FunctionModel: expected {len(X)} real numbers, one a row, got {values.dtype} of shape {values.shape}"
            )
        return values.reshape(-1, 1)


def _column(X: Array) -> Array:
    return X[:, 0].copy() if X.shape[1] == 1 else X.copy()
