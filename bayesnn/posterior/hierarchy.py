"""Scales that are unknown, with what they scale."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.distributions.supports import Positive, Real
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.named_block import Block
from bayesnn.posterior.order import aligned, in_order
from bayesnn.posterior.prior_terms import references
from bayesnn.protocols import Array


def has_scales(posterior: object) -> TypeGuard[PosteriorDensity]:
    """Has it a prior whose scale is unknown?"""
    return isinstance(posterior, PosteriorDensity) and Hierarchy(posterior).n_scales > 0


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """G scales τ among the parameters, each with the x whose priors have it as their scale, about centers c.

    That is x with priors such as ``Normal(c, "tau")``, where c is a number or a block; G is 0 where there are none.
    """

    posterior: PosteriorDensity

    @property
    def n_scales(self) -> int:
        """G."""
        return len(self._scales)

    def rescaled(self, theta: Array, which: Array, ratio: Array) -> tuple[Array, Array]:
        """θ (W, P) with one τ of each walker times exp(ratio), and c' + (x − c) exp(ratio) for what it scales.

        With it ln |dθ'/dθ| (W,); ln τ is a part of θ. c' is the center after the move, since it may depend on τ, or on
        other x that are scaled: these come first, so that the Jacobian is triangular, and −ratio undoes the move.
        """
        moved, members = theta.copy(), self._members[which]
        moved[np.arange(len(theta)), self._scales[which]] += ratio
        for block, _ in self._found:
            where = self.posterior.parameters.free[block.name]
            away = (theta[:, where] - self._center(block, theta)) * np.exp(ratio)[:, None]
            moved[:, where] = np.where(members[:, where], self._center(block, moved) + away, theta[:, where])
        return moved, np.count_nonzero(members, axis=1) * ratio

    @cached_property
    def _found(self) -> list[tuple[Block, Block]]:
        """Blocks with those that scale them, each after those that its center depends on."""
        priors, parameters = self.posterior.prior.priors, self.posterior.parameters
        blocks = {block.name: block for block in parameters.blocks}
        needs = {block.name: block.tie.sources for block in parameters.blocks if block.tie is not None}
        pairs = []
        for name in in_order({**needs, **{name: references(prior).values() for name, prior in priors.items()}}):
            scale = references(priors.get(name)).get("scale")
            if scale is None:
                continue
            block, of = blocks[name], blocks[scale]
            if block.is_free and of.is_free and isinstance(block.support, Real) and isinstance(of.support, Positive):
                pairs.append((block, of))
        return pairs

    @cached_property
    def _scales(self) -> Array:
        """Components of θ that are ln τ, (G,)."""
        return np.unique(np.concatenate([np.zeros(0, int), *(self._scale_of(*pair).ravel() for pair in self._found)]))

    @cached_property
    def _members(self) -> Array:
        """Which components of θ each τ scales, (G, P)."""
        members = np.zeros((self.n_scales, self.posterior.n_params), dtype=bool)
        for block, scale in self._found:
            where = np.arange(self.posterior.n_params)[self.posterior.parameters.free[block.name]]
            members[np.searchsorted(self._scales, self._scale_of(block, scale).ravel()), where] = True
        return members

    def _scale_of(self, block: Block, scale: Block) -> Array:
        """Of each element of a block, the component of θ that is its ln τ."""
        where = np.arange(self.posterior.n_params)[self.posterior.parameters.free[scale.name]]
        beside = aligned(where.reshape(1, *scale.shape), len(block.shape))
        return np.asarray(np.broadcast_to(beside, (1, *block.shape))[0])

    def _center(self, block: Block, theta: Array) -> Array:
        """c of each element of a block (W, size), at θ (W, P)."""
        prior, parameters = self.posterior.prior.priors[block.name], self.posterior.parameters
        assert isinstance(prior, Family)
        center = prior.parameters().get("loc", 0.0)
        if isinstance(center, str):
            center = aligned(parameters.take(parameters.natural(theta), parameters.block(center)), len(block.shape))
        return np.broadcast_to(center, (len(theta), *block.shape)).reshape(len(theta), -1)
