"""The kind ways to write a prior: a tuple is uniform, a number is fixed, a frozen scipy distribution is itself."""

from numbers import Real as RealNumber

import numpy as np

from bayesnn.distributions.uniform import Uniform
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Distribution


def as_prior(value: object, *, block: str) -> Distribution | Array:
    """A Distribution, or an array where the block is fixed.

    Raises
    ------
    PriorError : anything else.
    """
    if isinstance(value, Distribution):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        return Uniform(*value)
    if isinstance(value, RealNumber | np.ndarray):
        fixed = np.asarray(value, dtype=np.float64)
        if np.all(np.isfinite(fixed)):
            return fixed
    if type(value).__module__.startswith("scipy.stats."):
        from bayesnn.distributions.scipy_prior import from_scipy  # here, since scipy.stats takes half a second to load

        return from_scipy(value, block=block)
    raise PriorError(
        f"prior of {block!r}: expected a distribution (ours, or a frozen one of scipy.stats), a tuple (low, high) or "
        f"a finite number to fix it, got {value!r}"
    )
