"""Profile likelihood: intervals that follow the likelihood where it is no parabola."""

from dataclasses import dataclass

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.maximum import maximum_likelihood
from bayesnn.estimation.refit import component, refitted, walk
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, FloatArray, Seed


@dataclass(frozen=True, eq=False)
class Profile:
    """An interval of one parameter, on its natural scale, and the points of the profile that were visited.

    low, high : the ends; where the likelihood never falls far enough, that of the parameter's range, or infinite.
    values, deviance : visited values (M,), in order, and how much −2 ln L rises there with all others refitted.
    notes : why an end is open, or that a higher likelihood was met on the way.
    """

    name: str
    level: float
    estimate: float
    low: float
    high: float
    values: FloatArray
    deviance: FloatArray
    notes: tuple[str, ...] = ()


def profile_likelihood(
    posterior: PosteriorDensity,
    name: str,
    *,
    level: float = 0.95,
    n_points: int = 12,
    start: Array | None = None,
    rng: Seed = 0,
) -> Profile:
    """The values of a parameter that the likelihood does not exclude, all others refitted.

    {a : −2 [ln L(a, best others) − ln L(best)] ≤ z²}, z the normal quantile of the level. Where an unknown Gaussian σ
    is estimated beside M parameters of a curve, (chi2(a) / chi2 − 1) (N − M) ≤ t², Student's quantile at N − M
    degrees, which is exact for a linear model.

    Parameters
    ----------
    posterior : the problem; its prior is used for starts only.
    name : a label of `posterior.names`, "a" or "w[1]".
    level : of confidence.
    n_points : further points of the profile, evenly between its ends, for the drawing.
    start, rng : as in `maximum_likelihood`.

    Raises
    ------
    SettingError : no such parameter, one without a range of its own (of an ordered block, say), a level outside (0, 1).

    References
    ----------
    Bates & Watts, Nonlinear Regression Analysis and Its Applications (1988), chapter 6.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> heads = lambda p: 9 * np.log(p) + np.log(1 - p)                       # 9 heads in 10 throws
    >>> profile = bnn.profile_likelihood(bnn.FunctionPosterior(heads, {"p": (0, 1)}), "p")
    >>> round(profile.low, 3), round(profile.high, 3)
    (0.628, 0.994)
    """
    if not 0 < level < 1:
        raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.95, say")
    index = component(posterior, name)
    best = maximum_likelihood(posterior, start, rng=rng)
    refit = refitted(best, (index,))
    if not np.isfinite(refit.rise(best.theta)[0]):
        raise SettingError(f"profile_likelihood: expected a likelihood with a maximum, got none: {best.message}")
    along = walk(refit, best, index)
    ends = [along.end(side * refit.quantile(level)) for side in (-1, 1)]
    for at in np.linspace(ends[0][0], ends[1][0], max(n_points, 0)):
        along.root(float(at))
    visited = sorted(along.met)
    rises = np.array([along.met[at][0] for at in visited])
    better = () if rises.min() > -1e-6 else ("a higher likelihood was met on the way; start there",)
    low, high = sorted(along.natural(at) for at, _ in ends)
    return Profile(
        name=name,
        level=level,
        estimate=along.natural(float(best.theta[index])),
        low=low,
        high=high,
        values=np.array([along.natural(at) for at in visited]),
        deviance=rises,
        notes=(*(note for _, note in ends if note), *better, *(() if best.converged else (best.message,))),
    )
