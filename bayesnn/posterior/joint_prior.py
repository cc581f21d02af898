"""The prior of all blocks together, with hierarchy: a prior's parameter may be another block."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.posterior.named_block import Block
from bayesnn.posterior.order import in_order
from bayesnn.posterior.parameters import Parameters
from bayesnn.posterior.prior_terms import Term, bound, references, terms
from bayesnn.protocols import Array, Distribution


@dataclass(frozen=True, eq=False)
class JointPrior:
    """p(blocks) = Π_b p(b | the blocks that its prior refers to)."""

    parameters: Parameters
    priors: Mapping[str, Distribution]

    @cached_property
    def _terms(self) -> tuple[Term, ...]:
        return terms(self.parameters, self.priors)

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
        drawn = bound(prior, values, len(block.shape)).sample(rng, (len(theta), *block.shape))
        return block.support.to_real(drawn)
