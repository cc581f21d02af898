"""Do events that are said to have a probability come as often?"""

from dataclasses import dataclass

import numpy as np

from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predictions in bins of confidence: its mean, how often they were right, and how many there are, (B,) each.

    Empty bins are left out.
    """

    confidence: FloatArray
    frequency: FloatArray
    count: Array

    @property
    def error(self) -> float:
        """Σ_b (count_b / M) |frequency_b − confidence_b|, the expected calibration error."""
        return float(np.average(np.abs(self.frequency - self.confidence), weights=self.count))


def reliability(confidence: FloatArray, hit: Array, *, n_bins: int = 10) -> Reliability:
    """Confidence (M,) in [0, 1] and hits (M,), in bins of equal width."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    full = count > 0
    said, seen = (
        np.bincount(bins, weights=values, minlength=n_bins)[full] / count[full] for values in (confidence, hit)
    )
    return Reliability(said, seen, count[full])


def transforms(y: FloatArray, draws: FloatArray) -> FloatArray:
    """Probability integral transforms P(Y ≤ y) of y (M, T) by draws (n, M, T): uniform on [0, 1] if these are right.

    The rank of y among the draws, ties broken at random (with a fixed seed) and a uniform part of a rank added, is
    exactly uniform, for counts too (Czado, Gneiting & Held 2009).
    """
    below, equal = np.sum(draws < y, axis=0), np.sum(draws == y, axis=0)
    part = np.random.default_rng(1).random(y.shape)
    return np.asarray((below + part * (equal + 1)) / (len(draws) + 1))


def unevenness(pit: FloatArray) -> float:
    """The mean distance |share of `pit` ≤ u − u| over u = 0.01 ... 0.99; about 0.3 / √M for M calibrated forecasts."""
    u = np.arange(1, 100) / 100
    shares = np.searchsorted(np.sort(pit, axis=None), u, side="right") / pit.size
    return float(np.mean(np.abs(shares - u)))
