"""Frozen distributions of scipy.stats, taken as they are."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats
from scipy.stats.distributions import rv_frozen

from bayesnn.distributions.dirichlet import Dirichlet
from bayesnn.distributions.multivariate_normal import MultivariateNormal
from bayesnn.distributions.supports import Elementwise, between
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Distribution

_STEP = 5e-3
"""Of the distance between the quartiles."""
_STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
_MULTIVARIATE_NORMAL = type(stats.multivariate_normal())
_DIRICHLET = type(stats.dirichlet([1.0, 1.0]))


@dataclass(frozen=True, eq=False)
class ScipyPrior:
    """A continuous frozen distribution of one variable.

    ln p(x) is its `logpdf`, draws are its `rvs`. The gradient is a seven-point difference of `logpdf`, taken in the
    chart of its support so that no step leaves it, and right to about ten digits; the native families have exact ones.

    Raises
    ------
    PriorError : arrays of parameters with different ends of the support, or parameters that scipy finds invalid.

    References
    ----------
    Fornberg, Generation of finite difference formulas on arbitrarily spaced grids, Mathematics of Computation 51,
    699 (1988).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> from scipy import stats
    >>> post = bnn.FunctionPosterior(lambda a: 0.0, {"a": stats.norm(0, 2)})
    >>> round(float(post.log_prior([0.0])), 6)
    -1.612086
    """

    frozen: Any
    support: Elementwise = field(init=False)
    shape: tuple[int, ...] = field(init=False)
    step: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        low, high = (np.asarray(end, dtype=np.float64) for end in self.frozen.support())
        if np.any(np.isnan(low)) or np.unique(low).size != 1 or np.unique(high).size != 1:
            raise PriorError(
                f"scipy's {self.frozen.dist.name}: expected valid parameters and one support for all elements, got "
                f"args={self.frozen.args}, {self.frozen.kwds}"
            )
        support = between(float(low.flat[0]), float(high.flat[0]))
        with np.errstate(all="ignore"):
            width = support.to_real(self.frozen.ppf(0.75)) - support.to_real(self.frozen.ppf(0.25))
        object.__setattr__(self, "support", support)
        object.__setattr__(self, "shape", low.shape)
        width = np.where(np.isfinite(width) & (width > 0), width, 1.0)
        object.__setattr__(self, "step", np.exp2(np.round(np.log2(_STEP * width))))  # so that u + step is exact

    @property
    def is_proper(self) -> bool:
        """It integrates to one."""
        return True

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        return np.asarray(self.frozen.logpdf(x))

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        u = self.support.to_real(np.asarray(x))
        rise = sum(weight * (self._at(u + k * self.step) - self._at(u - k * self.step)) for k, weight in _STENCIL)
        return self.support.lift(u, rise / self.step)

    def _at(self, u: Array) -> Array:
        return self.log_prob(self.support.from_real(u))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.frozen.rvs(size=shape or self.shape, random_state=rng))


def from_scipy(value: Any, *, block: str) -> Distribution:
    """The prior that a frozen scipy distribution is.

    Raises
    ------
    PriorError : a discrete distribution, one that is not frozen, or one of a kind that is not understood.
    """
    if isinstance(value, _MULTIVARIATE_NORMAL):
        return MultivariateNormal(value.mean, value.cov)
    if isinstance(value, _DIRICHLET):
        return Dirichlet(value.alpha)
    if isinstance(value, rv_frozen) and isinstance(value.dist, stats.rv_continuous):
        return ScipyPrior(value)
    if isinstance(value, rv_frozen):
        raise PriorError(
            f"prior of {block!r}: expected a continuous distribution, got scipy's discrete {value.dist.name}; "
            "sum a discrete unknown out of the likelihood"
        )
    raise PriorError(
        f"prior of {block!r}: expected a frozen continuous distribution of scipy.stats, such as norm(0, 2), "
        f"multivariate_normal(mean, cov) or dirichlet(alpha), got {type(value).__name__}"
    )
