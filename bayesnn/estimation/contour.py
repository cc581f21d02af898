"""Joint confidence of two parameters by profile likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError
from bayesnn.estimation.maximum import maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.estimation.refit import Refit, component, refitted, walk
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import FloatArray, Seed


@dataclass(frozen=True, eq=False)
class Contour:
    """Joint confidence of two parameters.

    x, y (n,) : values of the first and second parameter on their natural scale.
    confidence (n, n) : of the smallest region that holds each pair, the others refitted; rows along y.
    """

    names: tuple[str, str]
    levels: tuple[float, ...]
    estimate: tuple[float, float]
    x: FloatArray
    y: FloatArray
    confidence: FloatArray
    notes: tuple[str, ...] = ()


def contour(
    posterior: PosteriorDensity,
    first: str,
    second: str,
    *,
    levels: Sequence[float] = (0.68, 0.95),
    n_points: int = 25,
    start: ArrayLike | None = None,
    rng: Seed = 0,
) -> Contour:
    """Pairs of values that the likelihood does not exclude, all other parameters refitted, on a grid.

    −2 [ln L(a, b, best others) − ln L(best)] against chi-squared with two degrees; where an unknown Gaussian σ is
    estimated beside M parameters of a curve, (chi2(a, b) / chi2 − 1) (N − M) / 2 against Fisher's F at 2, N − M.

    Parameters
    ----------
    posterior : the problem; its prior is used for starts only.
    first, second : labels of `posterior.names`.
    levels : of confidence, for the drawing and for the size of the grid.
    n_points : grid points along each axis.
    start, rng : as in `maximum_likelihood`.

    Raises
    ------
    SettingError : no such parameters, twice the same, levels outside (0, 1), fewer than five points.

    References
    ----------
    Bates & Watts, Nonlinear Regression Analysis and Its Applications (1988), chapter 6.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [1.0, 2.9, 5.1], yerr=0.1)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    >>> region = bnn.contour(post, "w[0]", "w[1]", n_points=11)
    >>> region.confidence.shape, bool(region.confidence.min() < 0.1)
    ((11, 11), True)
    """
    if not levels or not all(0 < level < 1 for level in levels) or n_points < 5:
        raise SettingError(f"contour: expected levels in (0, 1) and n_points >= 5, got {levels}, {n_points}")
    held = component(posterior, first), component(posterior, second)
    if held[0] == held[1]:
        raise SettingError(f"contour: expected two parameters, got {first!r} twice; see profile_likelihood for one")
    best = maximum_likelihood(posterior, start, rng=rng)
    refit = refitted(best, held)
    walks = [walk(refitted(best, (index,)), best, index) for index in held]
    ends = [[along.end(side * refit.reach(max(levels))) for side in (-1, 1)] for along in walks]
    axes = [_axis(low[0], high[0], n_points) for low, high in ends]
    natural = [np.array([along.natural(at) for at in axis]) for along, axis in zip(walks, axes, strict=True)]
    return Contour(
        names=(first, second),
        levels=tuple(levels),
        estimate=(walks[0].natural(best.theta[held[0]]), walks[1].natural(best.theta[held[1]])),
        x=natural[0],
        y=natural[1],
        confidence=refit.confidence(_rises(refit, best, held, axes), 2),
        notes=(*(note for pair in ends for _, note in pair if note), *(() if best.converged else (best.message,))),
    )


def _axis(low: float, high: float, n_points: int) -> FloatArray:
    """A little beyond the region's ends."""
    margin = 0.1 * (high - low)
    return np.linspace(low - margin, high + margin, n_points)


def _rises(refit: Refit, best: Optimum, held: tuple[int, int], axes: list[FloatArray]) -> FloatArray:
    """Back and forth over the grid, each point refitted from the one before."""
    rises, theta = np.empty((len(axes[1]), len(axes[0]))), best.theta
    for row, b in enumerate(axes[1]):
        columns = range(len(axes[0]))
        for column in columns if row % 2 == 0 else reversed(columns):
            theta = theta.copy()
            theta[list(held)] = axes[0][column], b
            with np.errstate(all="ignore"):
                rises[row, column], theta = refit.rise(theta)
    return np.maximum(rises, 0.0)
