"""The posterior of any log likelihood that a person can write down as a function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from inspect import Parameter, signature
from itertools import pairwise
from typing import Any

import numpy as np

from bayesnn.derivatives import COMPLEX_STEP, is_analytic, jumps
from bayesnn.errors import ModelError, PriorError
from bayesnn.posterior.assignment import assign
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.joint_prior import JointPrior
from bayesnn.posterior.named_block import Block
from bayesnn.posterior.parameters import Parameters
from bayesnn.protocols import Array

_STEP = float(np.finfo(float).eps ** (1 / 3))
_N_TRIED = 10
"""Draws of the prior at which a function is tried."""


@dataclass(frozen=True, init=False, eq=False)
class FunctionPosterior(PosteriorDensity):
    """Prior × a log likelihood of named parameters.

    Parameters
    ----------
    log_likelihood : a function of named parameters on their natural scale, → ln p(y | parameters), a float; −inf is
        understood, and so is a LinAlgError, which a covariance that is singular to rounding raises.
    prior : a distribution for each argument; a tuple is uniform, a number fixes it, the name of another block or a
        `Tied` ties it, `shape=` makes it an array. Names that are no arguments are hyper-parameters, and some prior
        or tie must refer to them.
    grad : a function of the same arguments → {name: d log_likelihood / d name}, tied ones too; left out, it is found by
        complex step where the function is analytic (NumPy arithmetic, exp, log, sums, matrix products, ...) and does
        not jump, which is tried once at draws of the prior. Elsewhere central differences serve the optimizers, and
        `sample` chooses moves that need no gradient.
    vectorized : True if the functions take each parameter for W walkers at once, (W, *shape), and return (W,).

    Raises
    ------
    PriorError : an argument without a prior, or a prior without an argument.
    ModelError : a function that returns anything but one real number a walker, or a `grad` of another shape.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), chapter 2.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> def coin(p):                                       # 7 heads in 10 throws
    ...     return 7 * np.log(p) + 3 * np.log(1 - p)
    >>> post = bnn.FunctionPosterior(coin, {"p": bnn.Beta(2, 2)})
    >>> round(float(bnn.maximum_a_posteriori(post).values["p"]), 4)          # (7 + 1) / (10 + 2)
    0.6667
    """

    log_likelihood_function: Callable[..., Any]
    grad_function: Callable[..., Mapping[str, Any]] | None
    arguments: tuple[str, ...]
    vectorized: bool
    parameters: Parameters
    prior: JointPrior

    def __init__(
        self,
        log_likelihood: Callable[..., Any],
        prior: Mapping[str, Any],
        *,
        grad: Callable[..., Mapping[str, Any]] | None = None,
        vectorized: bool = False,
    ) -> None:
        arguments = _arguments(log_likelihood, prior)
        parameters, joint = assign(prior, dict.fromkeys(arguments), {})
        for name, value in {
            "log_likelihood_function": log_likelihood,
            "grad_function": grad,
            "arguments": arguments,
            "vectorized": vectorized,
            "parameters": parameters,
            "prior": joint,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def has_gradient(self) -> bool:
        """Was it given, or is the function analytic?"""
        return self.grad_function is not None or self._is_analytic

    def natural_log_likelihood(self, natural: Array) -> Array:
        """Natural values (M, Q) → (M,)."""
        return self._function(natural)

    def _function(self, natural: Array) -> Array:
        """The user's function of real or complex natural values (M, Q) → (M,)."""
        if self.vectorized and len(natural) > 1:
            try:
                return self._call(natural, (len(natural),))
            except np.linalg.LinAlgError:  # of some walker: ask one by one
                pass
        return np.concatenate([self._alone(row) for row in natural]) if len(natural) else np.zeros(0)

    def _alone(self, row: Array) -> Array:
        """One walker (Q,) → (1,); a singular matrix has no density."""
        try:
            return self._call(row[None], (1,)) if self.vectorized else self._call(row, ())[None]
        except np.linalg.LinAlgError:
            return np.array([-np.inf])

    def _call(self, natural: Array, shape: tuple[int, ...]) -> Array:
        kinds = "fiubc" if np.iscomplexobj(natural) else "fiub"
        return _checked(self.log_likelihood_function(**self._values(natural)), shape, kinds)

    def natural_log_likelihood_and_grad(self, natural: Array) -> tuple[Array, Array]:
        """The same with its gradient (M, Q): as it was given, by complex step, or by central differences."""
        value = self.natural_log_likelihood(natural)
        if self.grad_function is not None:
            return value, self._given(natural)
        return value, self._complex_steps(natural) if self._is_analytic else self._differences(natural)

    def confirm_gradient(self, theta: Array) -> bool:
        """Do complex steps still agree with differences at θ (P,)? Where not, differences are taken from now on."""
        if self.grad_function is not None or not self._is_analytic:
            return True
        with np.errstate(all="ignore"):
            confirmed = self._agrees(self.parameters.natural(theta[None])[0])
        self.__dict__["_is_analytic"] = confirmed
        return confirmed

    @cached_property
    def _is_analytic(self) -> bool:
        """Do complex steps agree with differences at draws of the prior of finite likelihood, and on the way?"""
        with np.errstate(all="ignore"):
            draws = self.parameters.natural(self.sample_prior(np.random.default_rng(0), _N_TRIED))
            finite = [row for row in draws if np.all(np.isfinite(row)) and np.isfinite(self._function(row[None])[0])]
            agree = bool(finite) and all(self._agrees(row) for row in finite)
            return agree and not any(jumps(self._function, *ends) for ends in pairwise(finite))

    def _agrees(self, row: Array) -> bool:
        columns = self._columns()
        return is_analytic(partial(self._moved, row, columns), row[columns])

    def _moved(self, row: Array, columns: Array, at: Array) -> Array:
        """The function (1, 1) of one natural vector (Q,) with some of it replaced, real or complex."""
        natural = row.astype(at.dtype)[None]
        natural[0, columns] = at
        return self._function(natural)[:, None]

    def _complex_steps(self, natural: Array) -> Array:
        """Im log_likelihood(values + i h e) / h for each element e of each argument, all in one call if vectorized."""
        columns, grad = self._columns(), np.zeros_like(natural)
        stepped = np.repeat(natural[:, None, :].astype(np.complex128), len(columns), axis=1)
        stepped[:, np.arange(len(columns)), columns] += 1j * COMPLEX_STEP
        values = self._function(stepped.reshape(-1, natural.shape[1]))
        grad[:, columns] = values.imag.reshape(len(natural), -1) / COMPLEX_STEP
        return grad

    def _columns(self) -> Array:
        """Where in the natural vector the arguments lie that are not fixed."""
        slices = [self.parameters.natural_slices[block.name] for block in self._unfixed_arguments()]
        return np.concatenate([np.arange(where.start, where.stop) for where in slices])

    def _given(self, natural: Array) -> Array:
        assert self.grad_function is not None
        grad = np.zeros_like(natural)
        for rows in [slice(None)] if self.vectorized else range(len(natural)):
            slopes, leading = self.grad_function(**self._values(natural[rows])), natural[rows].shape[:-1]
            for block in self._unfixed_arguments():
                where = self.parameters.natural_slices[block.name]
                grad[rows, where] = _slope(slopes, block.name, (*leading, *block.shape)).reshape(*leading, -1)
        return grad

    def _differences(self, natural: Array) -> Array:
        """Steps are equal on the real line, so that they stay inside every support, and tied blocks follow along."""
        grad = np.zeros_like(natural)
        for block in self._moving():
            u = block.support.to_real(self.parameters.take(natural, block))
            slope = np.empty_like(u)
            for index in np.ndindex(*block.free_shape):
                at = (slice(None), *index)
                up, down = u.copy(), u.copy()
                step = _STEP * np.maximum(1.0, np.abs(u[at]))
                up[at], down[at] = u[at] + step, u[at] - step
                rise = self._with(natural, block, up) - self._with(natural, block, down)
                slope[at] = rise / (up[at] - down[at])
            lifted = block.support.lift(u, slope)
            grad[:, self.parameters.natural_slices[block.name]] = lifted.reshape(len(natural), -1)
        return grad

    def _with(self, natural: Array, block: Block, u: Array) -> Array:
        """Log likelihood with one block moved to u."""
        moved = natural.copy()
        moved[:, self.parameters.natural_slices[block.name]] = block.support.from_real(u).reshape(len(natural), -1)
        return self.natural_log_likelihood(self.parameters.tied(moved))

    def _moving(self) -> list[Block]:
        """Free blocks on which the function depends, itself or through a tie."""
        sources = {source.name for _, _, sources in self.parameters.ties for source in sources}
        names = sources.union(self.arguments)
        return [block for block in self.parameters.blocks if block.is_free and block.name in names]

    def _unfixed_arguments(self) -> list[Block]:
        return [block for block in self.parameters.blocks if block.fixed is None and block.name in self.arguments]

    def _values(self, natural: Array) -> dict[str, Array]:
        """Copies by name, (*leading, *shape): a function that writes into its arguments harms nobody."""
        leading, slices = natural.shape[:-1], self.parameters.natural_slices
        shapes = {block.name: block.shape for block in self.parameters.blocks}
        return {name: natural[..., slices[name]].reshape((*leading, *shapes[name])).copy() for name in self.arguments}


def _arguments(function: Callable[..., Any], prior: Mapping[str, Any]) -> tuple[str, ...]:
    if not isinstance(prior, Mapping):
        raise PriorError(f"prior: expected a distribution for each argument, by name, got {prior!r:.60}; {{'a': ...}}")
    taken = signature(function).parameters.values()
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in taken):
        return tuple(prior)
    for parameter in taken:
        if parameter.name not in prior and parameter.default is Parameter.empty:
            raise PriorError(f"argument {parameter.name!r}: expected a prior, got none; add one, or a number to fix it")
    return tuple(parameter.name for parameter in taken if parameter.name in prior)


def _checked(value: Any, shape: tuple[int, ...], kinds: str) -> Array:
    array = np.asarray(value)
    if array.shape != shape or array.dtype.kind not in kinds:
        raise ModelError(
            f"log_likelihood: expected {'a real number' if shape == () else f'real numbers of shape {shape}'}, got "
            f"{array.dtype} of shape {array.shape}; sum over the data, and see vectorized="
        )
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _slope(slopes: Any, name: str, shape: tuple[int, ...]) -> Array:
    """The derivative by one argument, real numbers of its shape."""
    if not isinstance(slopes, Mapping) or name not in slopes:
        got = ", ".join(slopes) if isinstance(slopes, Mapping) else f"{slopes!r:.60}"
        raise ModelError(f"grad: expected a derivative by {name!r}, got {got}; return {{{name!r}: ...}}")
    array = np.asarray(slopes[name])
    if array.shape != shape or array.dtype.kind not in "fiub":
        raise ModelError(
            f"grad, by {name!r}: expected real numbers of shape {shape}, got {array.dtype} of shape {array.shape}; "
            "a derivative has the shape of its argument, and see vectorized="
        )
    return array
