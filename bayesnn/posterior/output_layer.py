"""Output weights of a network whose posterior, given all else, is normal."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import numpy as np

from bayesnn.distributions.normal import Normal
from bayesnn.likelihoods.gaussian import Gaussian, variance_of_rows
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.blocks import fits
from bayesnn.posterior.joint_prior import JointPrior
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.prior_terms import references
from bayesnn.protocols import Array

_MOST, _SHARE = 32, 0.2
"""Units before the output up to which it pays to integrate out, and the least share of all parameters that is. Measured
on ten networks of 8 to 50 units, a gradient costs 2 to 5 times as much and gives 1.5 to 25 times as many effective
draws: for a second 2 to 5 times as many where the share was 0.22 or more, 0.6 to 1 where it was 0.15 or less."""


_SHARPEST = 1e10
"""N τ² / σ², how much more data say of the output weights than their prior, where both are known; a hundred times more,
and the prior is lost to rounding."""


def pays_to_integrate(posterior: object) -> bool:
    """Are the output weights normal given all else, few, and yet a good part of all parameters?"""
    if not is_conditionally_normal(posterior):
        return False
    layer = OutputLayer(posterior)
    is_small = layer.size <= _MOST + 1 and layer.size < posterior.n_params - 1
    return is_small and layer.size >= _SHARE * posterior.n_params and layer.contrast < _SHARPEST


def is_conditionally_normal(posterior: object) -> TypeGuard[Posterior]:
    """Are the output weights normal given all else, and the features of a walker small enough to be kept at once?

    Those of a network with hidden layers and one output, under independent Gaussian scatter and normal priors of known
    mean, whose scales may be unknown.
    """
    if not isinstance(posterior, Posterior):
        return False
    model, parameters = posterior.model, posterior.parameters
    if not (isinstance(model, MLP) and isinstance(posterior.likelihood, Gaussian)) or posterior.rows.root is not None:
        return False
    if model.n_layers == 1 or model.widths[-1] > 1 or model.ranks[-1] is not None:
        return False
    sources = {source for block in parameters.blocks if block.tie is not None for source in block.tie.sources}
    blocks = map(parameters.block, _names(model))
    return fits(posterior.rows.n_rows, model.width) and all(
        block.is_free
        and block.name not in posterior.prior.hyper_parameters | sources
        and _is_known_or_scaled(posterior, block.name)
        for block in blocks
    )


@dataclass(frozen=True, eq=False)
class OutputLayer:
    """Where the J weights and bias of the output are, and their prior N(loc, scale²)."""

    posterior: Posterior

    @cached_property
    def free(self) -> slice:
        """In θ."""
        weights, bias = (self.posterior.parameters.free[name] for name in self._names)
        return slice(weights.start, bias.stop)

    @cached_property
    def natural(self) -> slice:
        """In natural values."""
        weights, bias = (self.posterior.parameters.natural_slices[name] for name in self._names)
        return slice(weights.start, bias.stop)

    @property
    def size(self) -> int:
        """J."""
        return len(self.loc)

    @cached_property
    def loc(self) -> Array:
        """(J,)."""
        return np.concatenate([np.full(n, 1.0) * np.ravel(prior.loc) for n, prior in self._priors])

    def scale(self, natural: Array) -> Array:
        """(W, J) of natural values (W, Q)."""
        scale = np.empty((len(natural), self.size))
        for where, unknown, known in self._scales:
            scale[:, where] = known if unknown is None else natural[:, unknown]
        return scale

    def add_slopes(self, by_scale: Array, slope: Array) -> None:
        """Of what has slopes by_scale (W, J), added to those by natural values (W, Q)."""
        for where, unknown, _ in self._scales:
            if unknown is not None:
                slope[:, unknown] += by_scale[:, where].sum(axis=1, keepdims=True)

    @property
    def contrast(self) -> float:
        """N τ² / σ² of what is known of them, at most."""
        known = variance_of_rows(self.posterior.rows, {}, np.dtype(np.float64))
        scale = max(float(np.max(values)) for _, _, values in self._scales)
        least = float(np.min(known))
        return self.posterior.rows.n_rows * scale**2 / least if least > 0 else 0.0

    @cached_property
    def prior_of_the_rest(self) -> JointPrior:
        """Of all other blocks."""
        priors = {name: prior for name, prior in self.posterior.prior.priors.items() if name not in self._names}
        return JointPrior(self.posterior.parameters, priors)

    @property
    def _names(self) -> tuple[str, str]:
        assert isinstance(self.posterior.model, MLP)
        return _names(self.posterior.model)

    @property
    def _priors(self) -> list[tuple[int, Normal]]:
        """Of weights and bias, each with their number."""
        priors = [(name, self.posterior.prior.priors[name]) for name in self._names]
        return [(self.posterior.parameters.block(name).size, p) for name, p in priors if isinstance(p, Normal)]

    @cached_property
    def _scales(self) -> list[tuple[slice, slice | None, Array]]:
        """Of weights and bias: which of the J, where in natural values their scale is, or the scale itself."""
        found, start = [], 0
        for n, prior in self._priors:
            reference = references(prior).get("scale")
            unknown = None if reference is None else self.posterior.parameters.natural_slices[reference]
            known = np.zeros(1) if reference is not None else np.ravel(np.asarray(prior.scale, dtype=np.float64))
            found.append((slice(start, start + n), unknown, known))
            start += n
        return found


def _names(model: MLP) -> tuple[str, str]:
    return f"W{model.n_layers}", f"b{model.n_layers}"


def _is_known_or_scaled(posterior: Posterior, name: str) -> bool:
    """Normal, with a number or one unknown as its scale."""
    prior = posterior.prior.priors[name]
    if not isinstance(prior, Normal) or "loc" in references(prior):
        return False
    scale = references(prior).get("scale")
    return scale is None or posterior.parameters.block(scale).shape == ()
