"""The likelihood with some parameters held and all others refitted."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, f
from scipy.stats import t as student

from bayesnn.distributions.supports import Real
from bayesnn.errors import SettingError
from bayesnn.estimation.climb import climb
from bayesnn.estimation.least_squares import LeastSquares, least_squares
from bayesnn.estimation.levenberg_marquardt import solve
from bayesnn.estimation.optimum import Optimum
from bayesnn.posterior.density import Blend, PosteriorDensity
from bayesnn.protocols import Array, FloatArray

_MOST_STEPS = 40


def component(posterior: PosteriorDensity, name: str) -> int:
    """Where in θ a label stands."""
    if name not in posterior.names:
        raise SettingError(f"name: expected one of {', '.join(posterior.names)}, got {name!r}")
    block = posterior.parameters.block(name.split("[")[0])
    if block.free_shape != block.shape:
        raise SettingError(f"name: expected a parameter with a range of its own, got {name!r} of {block.support}")
    return posterior.names.index(name)


def natural_component(posterior: PosteriorDensity, theta: FloatArray, index: int) -> float:
    """One component of θ on its natural scale."""
    parameters = posterior.parameters
    name = parameters.names[index].split("[")[0]
    values = parameters.natural(theta[None])[0, parameters.natural_slices[name]]
    return float(values[index - parameters.free[name].start])


@dataclass(frozen=True, eq=False)
class Refit:
    """The rise of −2 ln L, or its scaled equal under an unknown σ, where some components of θ are held."""

    rise: Callable[[FloatArray], tuple[float, FloatArray]]
    degrees: float = np.inf
    """Of Student's t or Fisher's F that take the place of the normal and chi-squared, where they are finite."""

    def quantile(self, level: float) -> float:
        """Of √rise for one parameter, in a central interval."""
        return float(student.ppf(0.5 + level / 2, self.degrees))

    def reach(self, level: float) -> float:
        """√rise of one parameter at the ends of the joint region of two."""
        return float(np.sqrt(chi2.ppf(level, 2) if np.isinf(self.degrees) else 2 * f.ppf(level, 2, self.degrees)))

    def confidence(self, rise: Array, n_held: int) -> FloatArray:
        """Of the region that a rise bounds, for so many parameters held."""
        if np.isinf(self.degrees):
            return np.asarray(chi2.cdf(rise, n_held))
        return np.asarray(f.cdf(np.asarray(rise) / n_held, n_held, self.degrees))


def refitted(best: Optimum, held: tuple[int, ...]) -> Refit:
    """A function from θ (P,), a start that holds what it should, to the rise there and the θ refitted."""
    density, free = best.density, np.ones(len(best.theta), dtype=bool)
    free[list(held)] = False
    problem = least_squares(density)
    if problem is not None and np.all(problem.curve[list(held)]):
        return _refit_squares(problem, best, free)
    value = float(density(best.theta))

    def rise(theta: FloatArray) -> tuple[float, FloatArray]:
        if not free.any():
            return 2 * (value - float(density(theta))), theta
        top = climb(Held(density, theta, free), theta[free], scaled=True).theta
        out = theta.copy()
        out[free] = top
        return 2 * (value - float(density(out))), out

    return Refit(rise)


def _refit_squares(problem: LeastSquares, best: Optimum, free: Array) -> Refit:
    lowest, rest = problem.chi2(best.theta), replace(problem, curve=problem.curve & free)
    degrees = problem.degrees_of_freedom if problem.unknown_sd else np.inf

    def rise(theta: FloatArray) -> tuple[float, FloatArray]:
        if rest.curve.any():
            summit = solve(rest, theta)
            theta = theta if summit is None else summit.theta
        least = rest.chi2(theta)
        if problem.unknown_sd and lowest <= problem.rounding**2:
            return np.nan, theta
        return (least / lowest - 1) * degrees if problem.unknown_sd else least - lowest, theta

    return Refit(rise, degrees)


@dataclass(frozen=True, eq=False)
class Held:
    """A log density of some components of θ, the others held."""

    density: Blend
    at: FloatArray
    free: Array

    @property
    def n_params(self) -> int:
        """Free ones."""
        return int(self.free.sum())

    def __call__(self, theta: Array) -> Array:
        """(..., n_params) → (...)."""
        return self.density(self._whole(theta))

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Value (...) and gradient (..., n_params)."""
        value, grad = self.density.value_and_grad(self._whole(theta))
        return value, grad[..., self.free]

    def _whole(self, part: Array) -> Array:
        whole = np.broadcast_to(self.at, (*part.shape[:-1], len(self.at))).copy()
        whole[..., self.free] = part
        return whole


@dataclass(frozen=True, eq=False)
class Walk:
    """Along one component of θ, away from the estimate, the others refitted: what was met so far, by its value."""

    refit: Refit
    best: Optimum
    index: int
    met: dict[float, tuple[float, FloatArray]]

    def natural(self, at: float) -> float:
        """The component's value on its natural scale."""
        theta = self.best.theta.copy()
        theta[self.index] = at
        with np.errstate(over="ignore"):
            return natural_component(self.best.density.posterior, theta, self.index)

    def root(self, at: float) -> float:
        """√rise at a value of the component, refitted from the nearest so far."""
        if at not in self.met:
            theta = self.met[min(self.met, key=lambda seen: abs(seen - at))][1].copy()
            theta[self.index] = at
            with np.errstate(all="ignore"):
                self.met[at] = self.refit.rise(theta)
        rise = self.met[at][0]
        return float(np.sqrt(max(rise, 0.0))) if np.isfinite(rise) else np.inf

    def _unit(self) -> float:
        """The standard error of the component, no more than one where its scale is a logarithm or a logit."""
        at, error = float(self.best.theta[self.index]), float(np.sqrt(self.best.covariance[self.index, self.index]))
        posterior = self.best.density.posterior
        is_real = isinstance(posterior.parameters.block(posterior.names[self.index].split("[")[0]).support, Real)
        if not (np.isfinite(error) and error > 0):
            return 0.1 * max(1.0, abs(at))
        return error if is_real else min(error, 1.0)

    def end(self, target: float) -> tuple[float, str]:
        """Where √rise reaches |target| on the side of its sign; and what to say if it does not."""
        near, unit = float(self.best.theta[self.index]), self._unit()
        step = target * unit
        for _ in range(_MOST_STEPS):
            far = near + step
            if self.natural(far) == self.natural(near):
                break
            if self.root(far) >= abs(target):
                at = brentq(lambda t: min(self.root(t), 2 * abs(target)) - abs(target), near, far, xtol=1e-6 * unit)
                return float(at), ""
            near, step = far, 1.6 * step
        side = "above" if target > 0 else "below"
        return far, f"open {side}: the likelihood does not fall enough as far as {self.natural(far):.6g}"


def walk(refit: Refit, best: Optimum, index: int) -> Walk:
    """A walk that starts at the estimate."""
    return Walk(refit, best, index, {float(best.theta[index]): (0.0, best.theta)})
