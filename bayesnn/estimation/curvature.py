"""Second derivatives at an optimum, from exact gradients."""

import numpy as np

from bayesnn.protocols import Array, LogDensity

_STEP = float(np.finfo(float).eps ** (1 / 3))


def hessian(density: LogDensity, theta: Array) -> Array:
    """d² density / dθ² (P, P): exact gradients (P,) differenced centrally, 2 P of them in one batch.

    Steps are small parts of the scale on which the density changes; the relative error is about 1e-10.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> from bayesnn.estimation.curvature import hessian
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [0.0, 1.0, 1.0], yerr=1.0)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    >>> hessian(post, np.zeros(2)).round(6)                        # −ΦᵀΦ
    array([[-3., -3.],
           [-3., -5.]])
    """
    steps = np.maximum(_STEP * typical_scale(density, theta), 1e-9 * np.abs(theta))
    up, down = theta + np.diag(steps), theta - np.diag(steps)
    gradients = density.value_and_grad(np.concatenate([up, down]))[1]
    rows = (gradients[: len(theta)] - gradients[len(theta) :]) / np.diag(up - down)[:, None]
    return 0.5 * (rows + rows.T)


def typical_scale(density: LogDensity, theta: Array) -> Array:
    """Of each component (P,): that over which the density changes by a nat, but no more than |θ| or one, as far as the
    curvature along the axes tells."""
    unit = np.maximum(1.0, np.abs(theta))
    steps = 1e-4 * np.where(theta == 0, 1.0, np.minimum(unit, np.abs(theta)))
    points = np.concatenate([theta + np.diag(steps), theta - np.diag(steps)])
    with np.errstate(all="ignore"):
        gradients = density.value_and_grad(points)[1]
        along = np.diag(gradients[: len(theta)] - gradients[len(theta) :]) / (2 * steps)
        scale = 1 / np.sqrt(np.abs(along))
    return np.where(np.isfinite(scale) & (scale > 0), np.clip(scale, 1e-12 * unit, unit), unit)


def inverse(information: Array) -> Array:
    """Its inverse (P, P), NaN where it is not positive definite in units that make its diagonal one."""
    diagonal = np.diag(information)
    nothing = np.full(information.shape, np.nan)
    if not np.all(np.isfinite(information)) or np.any(diagonal <= 0):
        return nothing
    unit = 1 / np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information * np.outer(unit, unit))
    if values[0] <= len(values) * 3e-10:
        return nothing
    half = vectors / np.sqrt(values)
    return np.asarray((half @ half.T) * np.outer(unit, unit))
