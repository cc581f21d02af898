"""Gradients in float32 for trajectories, log densities in float64 for what is accepted."""

from dataclasses import dataclass

from bayesnn.errors import SettingError
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.collapsed import Collapsed
from bayesnn.posterior.output_layer import is_conditionally_normal
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, LogDensity

PRECISIONS = ("auto", "mixed", "float64", "float32")


@dataclass(frozen=True, eq=False)
class Mixed:
    """ln π in float64 where it is called, its gradient from float32 along trajectories.

    No draw moves by it. Positions and momenta stay in float64; each step of an integrator adds ε p to x, or ε g(x)
    to p, with some fixed function g in place of ∇ ln π. Such shears keep volume and can be undone whatever g is, a
    gradient or not, so that a Metropolis test with ln π in float64 at both ends leaves π as it is. What g being
    rounded to seven digits costs is acceptance: the error of the energy of a trajectory, by some 10⁻⁶ of |∇ ln π|
    times its length. The same holds for integrators that turn momenta by g, and account for the volume by g.

    g must give the same numbers whenever it is asked: `Posterior` sums in a fixed order on any number of threads.

    A move integrates along `value_and_grad`, and takes the log density at the ends from `exact_log_prob`.

    References
    ----------
    Neal, MCMC using Hamiltonian dynamics (2011), section 5.5, on trajectories computed by approximations.
    """

    density: Posterior
    rounded: Posterior

    is_rounded = True

    @property
    def n_params(self) -> int:
        """P."""
        return self.density.n_params

    def __call__(self, theta: Array) -> Array:
        """θ (..., P) → (...), in float64."""
        return self.density(theta)

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Value (...) and gradient (..., P) of the rounded density, as float64."""
        return self.rounded.value_and_grad(theta)


def is_rounded(density: object) -> bool:
    """Does value_and_grad give other values than the density itself?"""
    return bool(getattr(density, "is_rounded", False))


def exact_log_prob(density: LogDensity, x: Array, log_prob: Array) -> Array:
    """ln π (W,) at x (W, P): `log_prob`, which came with the gradient there, unless that was rounded."""
    return density(x) if is_rounded(density) else log_prob


def exact_density(density: object) -> object:
    """The density that is sampled, of one as moves see it."""
    return density.density if isinstance(density, Mixed) else density


def collapsed(density: object) -> Collapsed:
    """Without the output weights, in the precisions of the density.

    Raises
    ------
    SettingError : output weights that cannot be integrated out.
    """
    exact, along = (density.density, density.rounded) if isinstance(density, Mixed) else (density, density)
    if not isinstance(exact, Posterior) or not isinstance(along, Posterior) or not is_conditionally_normal(exact):
        raise SettingError(
            "Collapsed: expected the posterior of a network with hidden layers, one output, Gaussian scatter and "
            f'normal priors of the output weights, on a table that is not large, got {density!r:.60}; use "mams"'
        )
    return Collapsed(exact, along)


def named_precision(density: LogDensity, precision: str) -> str:
    """What "auto" stands for: "mixed" for a network whose rows are independent, else "float64"; others as they are.

    Raises
    ------
    SettingError : a precision that does not exist, or one below float64 without independent rows.
    """
    if precision not in PRECISIONS:
        raise SettingError(f"precision: expected {', '.join(map(repr, PRECISIONS))}, got {precision!r}; leave it out")
    if not isinstance(density, Posterior) or density.rows.root is not None:
        if precision in ("auto", "float64"):
            return "float64"
        raise SettingError(
            f"precision: expected a Posterior of independent rows for {precision!r}, got {type(density).__name__}, or "
            'a covariance; use "float64"'
        )
    if precision == "auto":
        return "mixed" if isinstance(density.model, MLP) else "float64"
    return precision


def in_precision(density: LogDensity, precision: str) -> LogDensity:
    """The density as moves see it, in a precision of that name."""
    if precision == "float64" or not isinstance(density, Posterior):
        return density
    rounded = density.astype("float32")
    return rounded if precision == "float32" else Mixed(density, rounded)
