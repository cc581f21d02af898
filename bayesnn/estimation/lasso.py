"""The way up a density with kinks: priors of Laplace's kind, which put weights exactly where they are centered."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.estimation.climb import ENOUGH, Summit
from bayesnn.estimation.curvature import hessian
from bayesnn.posterior.density import Blend
from bayesnn.protocols import FloatArray

_SWEEPS = 10_000


@dataclass(frozen=True, eq=False)
class Kinks:
    """−Σ weight |θ − center|, the part of a log density that has no slope at its center; weight (P,) is 0 elsewhere."""

    center: FloatArray
    weight: FloatArray

    def value(self, theta: FloatArray) -> float:
        """At θ (P,)."""
        return -float(np.sum(self.weight * np.abs(theta - self.center)))


def kinks(density: Blend) -> Kinks | None:
    """Those of the prior, if it has any and enters the density."""
    posterior = density.posterior
    center, weight = np.zeros(posterior.n_params), np.zeros(posterior.n_params)
    for name, prior in posterior.prior.priors.items():
        kink = prior.kink if isinstance(prior, Family) and not prior.references() else None
        if kink is not None:
            where, shape = posterior.parameters.free[name], posterior.parameters.block(name).shape
            center[where], weight[where] = (np.broadcast_to(value, shape).ravel() for value in kink)
            weight[where] *= density.prior
    return Kinks(center, weight) if weight.any() else None


def climb_with_kinks(density: Blend, kink: Kinks, start: FloatArray) -> Summit:
    """Newton's method on the smooth part, each quadratic maximized with its kinks by coordinate ascent.

    Converged where such a step would gain less than 1e-8 nats. (Proximal Newton: Lee, Sun & Saunders 2014; coordinate
    descent for the lasso: Friedman, Hastie & Tibshirani 2010.)
    """
    theta, n_evaluations, gain = start, 0, np.inf
    for _ in range(200):
        grad = density.value_and_grad(theta)[1] + kink.weight * np.sign(theta - kink.center)
        curvature = _definite(-hessian(_Smooth(density, kink), theta))
        move = _quadratic_step(theta, grad, curvature, kink)
        gain = float(grad @ move - 0.5 * move @ curvature @ move + kink.value(theta + move) - kink.value(theta))
        n_evaluations += 4 * len(theta) + 1
        if gain < 1e-6 * ENOUGH:
            break
        value = float(density(theta))
        for length in 0.5 ** np.arange(40):
            if float(density(theta + length * move)) > value:
                theta = theta + length * move
                break
        else:
            break
    converged = bool(gain < ENOUGH)
    zeros = int(np.sum((kink.weight > 0) & (theta == kink.center)))
    found = f"{zeros} of {int(np.sum(kink.weight > 0))} weights are exactly at the kink of their prior"
    message = f"a Newton step would gain {gain:.1e} nats, {'below' if converged else 'above'} {ENOUGH:g}; {found}"
    return Summit(theta, converged, message, n_evaluations)


@dataclass(frozen=True, eq=False)
class _Smooth:
    """The density without its kinks."""

    density: Blend
    kink: Kinks

    @property
    def n_params(self) -> int:
        return self.density.n_params

    def __call__(self, theta: FloatArray) -> FloatArray:
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, grad = self.density.value_and_grad(theta)
        away = theta - self.kink.center
        smooth = value + np.sum(self.kink.weight * np.abs(away), axis=-1)
        return smooth, grad + self.kink.weight * np.sign(away)


def _definite(matrix: FloatArray) -> FloatArray:
    """The same with its eigenvalues made positive."""
    values, vectors = np.linalg.eigh(matrix)
    size = np.maximum(np.abs(values), 1e-10 * np.abs(values).max())
    return np.asarray((vectors * size) @ vectors.T)


def _quadratic_step(theta: FloatArray, grad: FloatArray, curvature: FloatArray, kink: Kinks) -> FloatArray:
    """argmax over d of gᵀd − ½ dᵀHd − Σ weight |θ + d − center|."""
    move, slope, diagonal = np.zeros(len(theta)), grad.copy(), np.diag(curvature)
    for _ in range(_SWEEPS):
        largest = 0.0
        for p in range(len(theta)):
            old = move[p]
            free = theta[p] - kink.center[p] + old + slope[p] / diagonal[p]
            reach = kink.weight[p] / diagonal[p]
            move[p] = np.sign(free) * max(abs(free) - reach, 0.0) + kink.center[p] - theta[p]
            if move[p] != old:
                slope -= curvature[p] * (move[p] - old)
                largest = max(largest, abs(move[p] - old) * np.sqrt(diagonal[p]))
        if largest < 1e-12:
            break
    return move
