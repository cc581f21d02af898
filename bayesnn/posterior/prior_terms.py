"""What a joint prior is a sum of: a term for each block, or one for several, with its slopes by values and scales."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Protocol

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.normal import Normal
from bayesnn.posterior.order import aligned, summed_back
from bayesnn.posterior.parameters import Parameters
from bayesnn.protocols import Array, Distribution

_STEP = 1e-30
_LOG_TWO_PI = float(np.log(2 * np.pi))


class Term(Protocol):
    """ln p of some blocks from all natural values (M, Q), and its gradient by all of them, added where it belongs."""

    def log_prob(self, natural: Array) -> Array: ...
    def add_grad(self, natural: Array, grad: Array) -> None: ...
    def log_prob_adding_grad(self, natural: Array, grad: Array, weight: float) -> Array: ...


@dataclass(frozen=True, eq=False)
class General:
    """One block, or several neighbors of one family, as a slice of the natural vector."""

    prior: Distribution
    where: slice
    shape: tuple[int, ...]
    hyper: Mapping[str, slice]
    hyper_shapes: Mapping[str, tuple[int, ...]]

    def _bind(self, natural: Array, *, step: tuple[str, complex] | None = None) -> Distribution:
        values = {name: natural[:, where].reshape(-1, *self.hyper_shapes[name]) for name, where in self.hyper.items()}
        if step is not None:
            values[step[0]] = values[step[0]] + step[1]
        return bound(self.prior, values, len(self.shape)) if self.hyper else self.prior

    def log_prob(self, natural: Array, *, step: tuple[str, complex] | None = None) -> Array:
        x = natural[:, self.where].reshape(len(natural), *self.shape)
        value = self._bind(natural, step=step).log_prob(x)
        return np.asarray(value.reshape(len(natural), -1).sum(axis=1))

    def add_grad(self, natural: Array, grad: Array, weight: float = 1.0) -> None:
        x = natural[:, self.where].reshape(len(natural), *self.shape)
        grad[:, self.where] += weight * self._bind(natural).grad_log_prob(x).reshape(len(natural), -1)
        for name, where in self.hyper.items():
            for element in np.ndindex(*self.hyper_shapes[name]):
                nudge = np.zeros(self.hyper_shapes[name], dtype=complex)
                nudge[element] = 1j * _STEP
                slope = self.log_prob(natural, step=(name, nudge)).imag / _STEP  # type: ignore[arg-type]
                flat = int(np.ravel_multi_index(element, self.hyper_shapes[name])) if element else 0
                grad[:, where.start + flat] += weight * slope

    def log_prob_adding_grad(self, natural: Array, grad: Array, weight: float) -> Array:
        self.add_grad(natural, grad, weight)
        return self.log_prob(natural)


@dataclass(frozen=True, eq=False)
class KnownNormal:
    """A normal prior that refers to nothing: ln p = peak − ½ Σ precision (x − loc)², value and slope in one pass."""

    where: slice
    loc: Array
    precision: Array
    peak: float

    def log_prob(self, natural: Array) -> Array:
        away = self.loc - natural[:, self.where]
        return np.asarray(self.peak - 0.5 * np.vecdot(away, self.precision * away))

    def add_grad(self, natural: Array, grad: Array) -> None:
        grad[:, self.where] += self.precision * (self.loc - natural[:, self.where])

    def log_prob_adding_grad(self, natural: Array, grad: Array, weight: float) -> Array:
        away = self.loc - natural[:, self.where]
        slope = self.precision * away
        mine = grad[:, self.where]
        mine += slope if weight == 1.0 else weight * slope
        return np.asarray(self.peak - 0.5 * np.vecdot(away, slope))


@dataclass(frozen=True, eq=False)
class ScaledNormal:
    """A normal prior whose scale is another block: ln p = −½ Σ [(x − loc)² / τ² + 2 ln τ + ln 2π], and its slopes.

    Where `center` is another block, too, loc is 0 and its values take that place.
    """

    where: slice
    loc: Array
    scale: slice
    scale_shape: tuple[int, ...]
    center: slice | None = None
    center_shape: tuple[int, ...] = ()

    def log_prob(self, natural: Array) -> Array:
        scale, z = self._standardized(natural)
        return self._value(scale, self._summed(z * z))

    def add_grad(self, natural: Array, grad: Array, weight: float = 1.0) -> None:
        self._add_grad(*self._standardized(natural), grad, weight)

    def log_prob_adding_grad(self, natural: Array, grad: Array, weight: float) -> Array:
        scale, z = self._standardized(natural)
        return self._value(scale, self._add_grad(scale, z, grad, weight))

    def _add_grad(self, scale: Array, z: Array, grad: Array, weight: float) -> Array:
        """By scales and by values, where z is; returns χ² of each scale."""
        chi2 = self._summed(z * z)
        by_scale = weight * (chi2 - self._n_each) / scale
        grad[:, self.scale] += by_scale.reshape(len(scale), -1)
        z *= weight / aligned(scale, self.loc.ndim)
        grad[:, self.where] -= z.reshape(len(scale), -1)
        if self.center is not None:
            grad[:, self.center] += summed_back(z, self.center_shape).reshape(len(scale), -1)
        return chi2

    def _standardized(self, natural: Array) -> tuple[Array, Array]:
        """τ (M, *scale_shape) and (x − loc) / τ (M, *shape)."""
        scale = natural[:, self.scale].reshape(len(natural), *self.scale_shape)
        away = natural[:, self.where].reshape(len(natural), *self.loc.shape) - self.loc
        if self.center is not None:
            away -= aligned(natural[:, self.center].reshape(len(natural), *self.center_shape), self.loc.ndim)
        return scale, away / aligned(scale, self.loc.ndim)

    def _summed(self, values: Array) -> Array:
        """Over all that one scale is of."""
        return summed_back(values, self.scale_shape)

    @cached_property
    def _n_each(self) -> float:
        """Numbers of one scale."""
        return self.loc.size / prod(self.scale_shape)

    def _value(self, scale: Array, chi2: Array) -> Array:
        each = -0.5 * chi2 - self._n_each * (np.log(scale) + 0.5 * _LOG_TWO_PI)
        return np.asarray(each.reshape(len(scale), -1).sum(axis=1))


def references(prior: object) -> dict[str, str]:
    """Which parameters of a prior are another block's values: parameter → block."""
    return prior.references() if isinstance(prior, Family) else {}


def bound(prior: Distribution, values: Mapping[str, Array], n_axes: int) -> Distribution:
    """The prior with its references put in, one set of parameters a walker."""
    if not isinstance(prior, Family) or not prior.references():
        return prior
    return prior.bind({field: aligned(values[name], n_axes) for field, name in prior.references().items()})


def terms(parameters: Parameters, priors: Mapping[str, Distribution]) -> tuple[Term, ...]:
    """One a block; neighbors of one family without references become one with arrays of parameters."""
    shapes = {block.name: block.shape for block in parameters.blocks}
    found: list[General] = []
    for name, prior in priors.items():
        if isinstance(prior, Flat):
            continue  # it has no say
        where = parameters.natural_slices[name]
        refs = set(references(prior).values())
        term = General(
            prior,
            where,
            shapes[name],
            {r: parameters.natural_slices[r] for r in refs},
            {r: shapes[r] for r in refs},
        )
        joined = _join(found[-1], term) if found else None
        if joined is not None:
            found[-1] = joined
        else:
            found.append(term)
    return tuple(map(_simplest, found))


def _simplest(term: General) -> Term:
    prior = term.prior
    if not isinstance(prior, Normal) or (isinstance(prior.loc, str) and not isinstance(prior.scale, str)):
        return term
    loc = np.zeros(term.shape) if isinstance(prior.loc, str) else np.broadcast_to(prior.loc, term.shape)
    if isinstance(prior.scale, str):
        center = (term.hyper[prior.loc], term.hyper_shapes[prior.loc]) if isinstance(prior.loc, str) else (None, ())
        return ScaledNormal(term.where, loc, term.hyper[prior.scale], term.hyper_shapes[prior.scale], *center)
    precision = 1 / np.square(np.broadcast_to(prior.scale, term.shape).ravel())
    return KnownNormal(term.where, loc.ravel(), precision, float(np.sum(prior.log_prob(loc))))


def _join(left: General, right: General) -> General | None:
    a, b = left.prior, right.prior
    if not isinstance(a, Family) or not isinstance(b, Family) or type(a) is not type(b):
        return None
    if left.hyper or right.hyper or left.where.stop != right.where.start:
        return None
    theirs = b.parameters()
    flat = {
        name: _side_by_side((value, left.shape), (theirs[name], right.shape)) for name, value in a.parameters().items()
    }
    size = right.where.stop - left.where.start
    return General(a.bind(flat), slice(left.where.start, right.where.stop), (size,), {}, {})


def _side_by_side(*parts: tuple[object, tuple[int, ...]]) -> Array:
    """A parameter of neighbors, each with its shape, as one array; a number where all have the same."""
    numbers = [np.asarray(value) for value, _ in parts]
    if all(number.ndim == 0 and number == numbers[0] for number in numbers):
        return numbers[0]
    return np.concatenate([np.broadcast_to(np.asarray(value), shape).ravel() for value, shape in parts])
