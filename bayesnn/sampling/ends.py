"""Priors with mass closer to an end of their support than numbers can be."""

import warnings

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Support

_TINY = 2 * float(np.finfo(np.float64).tiny)
_DRAWS, _MUCH = 1000, 0.005
"""Of the prior, and the part of them at an end that is worth a word."""


def warn_of_ends(density: object) -> None:
    """A RuntimeWarning where draws of a prior are 1 to rounding and should be less, say: that part cannot be sampled.

    Float64 knows numbers as near to 0 as 10⁻³⁰⁸, and no number between 1 − 10⁻¹⁶ and 1, where Beta(0.1, 0.1) has 1 of
    40 draws.
    """
    if not isinstance(density, PosteriorDensity) or density.parameters.is_unconstrained:
        return
    with np.errstate(all="ignore"):
        natural = density.parameters.natural(density.sample_prior(np.random.default_rng(0), _DRAWS))
    slices = density.parameters.natural_slices
    parts = {b.name: _at_an_end(natural[:, slices[b.name]], b.support) for b in density.parameters.blocks if b.is_free}
    told = [f"{part:.1%} of {name}" for name, part in parts.items() if part > _MUCH]
    if told:
        warnings.warn(
            f"sample: expected priors that numbers can tell from the ends of their supports, got {', '.join(told[:3])}"
            f"{' ...' if len(told) > 3 else ''} at an end to rounding, which counts as zero probability; take the "
            "distance from that end for the parameter, or a prior with less mass there",
            RuntimeWarning,
            stacklevel=4,
        )


def _at_an_end(x: Array, support: Support) -> float:
    """The part of draws (M, ·) between which and an end there is hardly a number, of the element with most of them."""
    low, high = getattr(support, "low", -np.inf), getattr(support, "high", np.inf)
    near_low = x - low <= max(np.spacing(abs(low)), _TINY) if np.isfinite(low) else np.zeros(x.shape, dtype=bool)
    near_high = high - x <= max(np.spacing(abs(high)), _TINY) if np.isfinite(high) else near_low
    return float(np.mean(near_low | near_high, axis=0).max(initial=0.0))
