"""The prior of all blocks together, with hierarchy: a prior's parameter may be another block."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.normal import Normal
from bayesnn.posterior.named_block import Block
from bayesnn.posterior.order import aligned, in_order
from bayesnn.posterior.parameters import Parameters
from bayesnn.protocols import Array, Distribution

_STEP = 1e-30


@dataclass(frozen=True, eq=False)
class JointPrior:
    """p(blocks) = Π_b p(b | the blocks that its prior refers to)."""

    parameters: Parameters
    priors: Mapping[str, Distribution]

    @cached_property
    def _terms(self) -> tuple["_Term | _Parabola", ...]:
        return tuple(_simplest(term) for term in _merge(self.parameters, self.priors))

    @property
    def improper(self) -> list[str]:
        """Blocks whose prior does not integrate to one."""
        return [name for name, prior in self.priors.items() if not prior.is_proper]

    @property
    def hyper_parameters(self) -> set[str]:
        """Blocks that some prior refers to, and those to which these are tied."""
        found = {name for prior in self.priors.values() for name in references(prior).values()}
        for block, tie, _ in reversed(self.parameters.ties):
            found |= set(tie.sources) if block.name in found else set()
        return found

    def log_prob(self, natural: Array) -> Array:
        """ln p, natural values (M, Q) → (M,)."""
        total = np.zeros(len(natural), dtype=natural.real.dtype)
        for term in self._terms:
            total += term.log_prob(natural)
        return total

    def add_log_prob_and_grad(self, natural: Array, total: Array, grad: Array, weight: float) -> None:
        """`weight` · ln p, added to `total` (M,), and its gradient by the natural values, added to `grad` (M, Q)."""
        for term in self._terms:
            total += weight * term.log_prob_adding_grad(natural, grad, weight)

    def grad_log_prob(self, natural: Array) -> Array:
        """The gradient of ln p by the natural values (M, Q) alone."""
        grad = np.zeros_like(natural)
        self.add_grad(natural, grad)
        return grad

    def add_grad(self, natural: Array, grad: Array) -> None:
        """The same, added to `grad` (M, Q) where it stands."""
        for term in self._terms:
            term.add_grad(natural, grad)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """n independent θ (n, P); a block with an improper prior is drawn from N(0, 1) on the real line."""
        theta = np.zeros((n, self.parameters.n_params))
        blocks = {block.name: block for block in self.parameters.blocks}
        needs = {block.name: block.tie.sources for block in self.parameters.blocks if block.tie is not None}
        for name in in_order({**needs, **{name: references(prior).values() for name, prior in self.priors.items()}}):
            if name in self.priors:
                theta[:, self.parameters.free[name]] = self._draw(rng, theta, blocks[name]).reshape(n, -1)
        return theta

    def _draw(self, rng: np.random.Generator, theta: Array, block: Block) -> Array:
        """n draws of one block, given those of the blocks that its prior refers to."""
        prior = self.priors[block.name]
        if not prior.is_proper:
            return rng.standard_normal((len(theta), *block.free_shape))
        with np.errstate(all="ignore"):  # blocks that are still to be drawn are zero, and nobody looks at them
            values = self.parameters.unpack(theta) if references(prior) else {}
        bound = _bound(prior, values, len(block.shape))
        return block.support.to_real(bound.sample(rng, (len(theta), *block.shape)))


@dataclass(frozen=True, eq=False)
class _Term:
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
        return _bound(self.prior, values, len(self.shape)) if self.hyper else self.prior

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
class _Parabola:
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


def references(prior: object) -> dict[str, str]:
    """Which parameters of a prior are another block's values: parameter → block."""
    return prior.references() if isinstance(prior, Family) else {}


def _bound(prior: Distribution, values: Mapping[str, Array], n_axes: int) -> Distribution:
    """The prior with its references put in, one set of parameters a walker."""
    if not isinstance(prior, Family) or not prior.references():
        return prior
    return prior.bind({field: aligned(values[name], n_axes) for field, name in prior.references().items()})


def _merge(parameters: Parameters, priors: Mapping[str, Distribution]) -> tuple[_Term, ...]:
    """One term a block; neighbors of one family without references become one term with arrays of parameters."""
    shapes = {block.name: block.shape for block in parameters.blocks}
    terms: list[_Term] = []
    for name, prior in priors.items():
        if isinstance(prior, Flat):
            continue  # it has no say
        where = parameters.natural_slices[name]
        refs = set(references(prior).values())
        term = _Term(
            prior,
            where,
            shapes[name],
            {r: parameters.natural_slices[r] for r in refs},
            {r: shapes[r] for r in refs},
        )
        joined = _join(terms[-1], term) if terms else None
        if joined is not None:
            terms[-1] = joined
        else:
            terms.append(term)
    return tuple(terms)


def _simplest(term: _Term) -> _Term | _Parabola:
    if not isinstance(term.prior, Normal) or term.hyper:
        return term
    loc, scale = (np.broadcast_to(value, term.shape).ravel() for value in (term.prior.loc, term.prior.scale))
    peak = float(np.sum(term.prior.log_prob(loc.reshape(term.shape))))
    return _Parabola(term.where, loc, 1 / np.square(scale), peak)


def _join(left: _Term, right: _Term) -> _Term | None:
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
    return _Term(a.bind(flat), slice(left.where.start, right.where.stop), (size,), {}, {})


def _side_by_side(*parts: tuple[object, tuple[int, ...]]) -> Array:
    """A parameter of neighbors, each with its shape, as one array; a number where all have the same."""
    numbers = [np.asarray(value) for value, _ in parts]
    if all(number.ndim == 0 and number == numbers[0] for number in numbers):
        return numbers[0]
    return np.concatenate([np.broadcast_to(np.asarray(value), shape).ravel() for value, shape in parts])
