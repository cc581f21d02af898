"""Warm-up of a gradient move: step size by dual averaging, scales from positions and gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import polygamma

from bayesnn.protocols import Array

_DENSE = 32
"""Components up to which correlations are learned."""
_DRAWS_A_PARAMETER = 40
"""Draws, of all walkers together, before they are trusted."""
_OWN = 0.5
"""Of what walkers differ by, as a part of the whole that is not chance, from which each has scales of its own."""


class StepSize:
    """ln ε follows the acceptance of all walkers until its mean is the target, in steps that shrink.

        ln ε ← ln ε + γ (α − α*),   γ = 5 / (5 + t)^0.6

    Its steps are small enough in the end that the average over t, late ones above all, meets the target too: dual
    averaging, made for one noisy chain, oscillates, and where the acceptance falls faster than it rises its average
    is too small (0.93 was had for 0.8).

    References: Robbins & Monro (1951); Polyak & Juditsky (1992).
    """

    def __init__(self, step_size: float, target: float) -> None:
        self.target = target
        self.log_step = self.log_average = float(np.log(step_size))
        self.count = 0

    def observe(self, acceptance: float) -> float:
        """The next step size to try."""
        self.count += 1
        self.log_step += 5 / (5 + self.count) ** 0.6 * (acceptance - self.target)
        weight = self.count**-0.75
        self.log_average = weight * self.log_step + (1 - weight) * self.log_average
        return float(np.exp(self.log_step))

    @property
    def average(self) -> float:
        """The step size to keep."""
        return float(np.exp(self.log_average))


class Memory:
    """How long walkers remember their log density: its autocorrelation time, in steps.

    Walkers are compared with each other step by step, which takes off what all of them rise by while they settle, and
    does not mistake a slow quantity for a constant one where the window is short. They are drawn in to five times the
    median distance from their median, so that none of them, lost, speaks for all.
    """

    def __init__(self) -> None:
        self.series = np.empty((0, 0))

    def observe(self, log_prob: Array) -> None:
        """Walkers (W,) after one step."""
        known = np.isfinite(log_prob)
        away = np.where(known, log_prob - (np.median(log_prob[known]) if known.any() else 0.0), 0.0)
        widest = 5 * np.median(np.abs(away))
        away = np.clip(away, -widest, widest)
        self.series = np.append(self.series, away - away.mean()).reshape(-1, len(away))

    @property
    def time(self) -> float:
        """1 + 2 Σ ρ_k, up to the first ρ_k below 0.1; 1 where nothing differs."""
        a, total = self.series, 1.0
        variance = float(np.mean(a * a)) if a.size else 0.0
        for lag in range(1, len(a) // 2 if variance > 0 else 1):
            correlation = float(np.mean(a[:-lag] * a[lag:])) / variance
            if correlation < 0.1:
                break
            total += 2 * correlation
        return total


class Moments:
    """Covariances of positions and of gradients within walkers, pooled or each by itself: neither knows of modes."""

    def __init__(self, *, correlations: bool = True) -> None:
        self.count = 0
        self.mean: Array = np.zeros((2, 1, 1))
        self.correlations = correlations

    def observe(self, x: Array, grad: Array) -> None:
        """Walkers (W, P) after one step; those whose slope is not finite have nothing to say."""
        both = np.stack([x, grad])
        known = np.all(np.isfinite(both), axis=(0, 2))
        if not known.all():
            both = np.where(known[:, None], both, self.mean)
        if self.count == 0:
            self.mean, self.squares = both.copy(), np.zeros_like(both)
            dense = self.correlations and x.shape[1] <= _DENSE
            self.products = np.zeros((2, x.shape[1], x.shape[1]) if dense else 0)
        self.count += 1
        delta = both - self.mean
        self.mean += delta / self.count
        self.squares += delta * (both - self.mean)
        if self.products.size:
            self.products += delta.mT @ (both - self.mean)

    @property
    def variances(self) -> Array:
        """Of positions and of gradients, (2, P)."""
        return np.asarray(self._within.mean(axis=1))

    @property
    def _within(self) -> Array:
        """The same of each walker, (2, W, P)."""
        return np.asarray(self.squares / max(self.count - 1, 1))

    def reach(self, scale: Array) -> float:
        """How far walkers wander in units of that scale: the root of the mean of var z over components of x = L z.

        1 where the density is Gaussian and the scale its sd; more where the density is narrow here in one direction,
        there in another, so that no scale fits and steps are small beside the width of the whole.
        """
        if scale.ndim == 3:
            return float(np.sqrt(np.mean(self._within[0] / scale[:, 0] ** 2)))
        if scale.ndim == 1:
            return float(np.sqrt(np.mean(self.variances[0] / scale**2)))
        half = np.linalg.solve(scale, self.products[0] / (self.mean.shape[1] * max(self.count - 1, 1)))
        return float(np.sqrt(np.trace(np.linalg.solve(scale, half.T)) / len(scale)))

    def scale(self) -> Array:
        """Of each component (P,), or a factor L (P, P) with which x = L z has components of one scale.

        (var x / var g)^¼, the sd where the density is Gaussian, shrunk to its geometric mean. In few dimensions L Lᵀ is
        the geometric mean of cov x and (cov g)⁻¹, which for a Gaussian are the same (Tran & Kleppe 2024), once there
        are draws enough. In more, it is one of each walker and component (W, 1, P) where walkers differ: in modes of a
        network that differ by the order of its units, say.
        """
        variances = self.variances
        log_scale = 0.25 * (np.log(variances[0] + 1e-300) - np.log(variances[1] + 1e-300))
        known = self.count / (self.count + 5.0)
        scale = np.asarray(np.exp(known * log_scale + (1 - known) * log_scale.mean()))
        n_walkers, n_params = self.mean.shape[1:]
        if self.correlations and n_params > _DENSE:
            return self._of_each_walker(scale)
        if not self.products.size or n_params == 1 or self.count * n_walkers < _DRAWS_A_PARAMETER * n_params:
            return scale
        covariances = self.products / (n_walkers * max(self.count - 1, 1))
        unit = np.stack([np.outer(1 / scale, 1 / scale), np.outer(scale, scale)])
        return scale[:, None] * _factor(*(covariances * unit))

    def _of_each_walker(self, scale: Array) -> Array:
        """(W, 1, P), as far as walkers differ by more than chance, whose part is that of the ln of two variances."""
        logs = 0.25 * (np.log(self._within[0] + 1e-300) - np.log(self._within[1] + 1e-300))
        differences = logs - logs.mean(axis=0)
        chance = 0.125 * float(polygamma(1, 0.5 * max(self.count - 1, 1)))
        share = 1 - chance / max(float(differences.var()), 1e-300)
        return np.exp(logs.mean(axis=0) + share * differences)[:, None] if share > _OWN else scale


def packed(name: str, part: object) -> dict[str, Array]:
    """Copies of all attributes of a part, each under "name.attribute"."""
    return {f"{name}.{key}": np.array(value) for key, value in vars(part).items()}


def unpacked(name: str, state: Mapping[str, Array]) -> dict[str, Any]:
    """The attributes of that part, as they were."""
    return {key.removeprefix(f"{name}."): plain(value) for key, value in state.items() if key.startswith(f"{name}.")}


def plain(value: Array) -> Any:
    """A copy: a Python number where it is one, since powers of those round otherwise than NumPy's."""
    return np.array(value) if np.ndim(value) else np.asarray(value).item()


def _factor(of_x: Array, of_grad: Array) -> Array:
    """L (P, P), L Lᵀ the geometric mean of one matrix and the inverse of the other, both near the unit matrix."""
    identity = np.eye(len(of_x)) * 1e-6
    root = np.linalg.cholesky(of_grad + identity)
    values, vectors = np.linalg.eigh(root.T @ (of_x + identity) @ root)
    middle = (vectors * np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    mean = np.linalg.solve(root.T, np.linalg.solve(root.T, middle).T)
    return np.asarray(np.linalg.cholesky(0.5 * (mean + mean.T)))
