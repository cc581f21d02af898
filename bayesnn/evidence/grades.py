"""What a Bayes factor is worth in words."""

from collections.abc import Mapping

import numpy as np

from bayesnn.errors import SettingError

_LN_10 = float(np.log(10))
SCALES: Mapping[str, tuple[tuple[float, str], ...]] = {
    "kass-raftery": (
        (0.0, "not worth more than a bare mention"),
        (1.0, "positive"),
        (3.0, "strong"),
        (5.0, "very strong"),
    ),
    "jeffreys": (
        (0.0, "not worth more than a bare mention"),
        (0.5 * _LN_10, "substantial"),
        (1.0 * _LN_10, "strong"),
        (1.5 * _LN_10, "very strong"),
        (2.0 * _LN_10, "decisive"),
    ),
}
"""ln B from which on a word holds.

Kass & Raftery, Bayes factors, JASA 90, 773 (1995), section 3.2: 2 ln B of 2, 6 and 10; Jeffreys, Theory of Probability
(1961), appendix B: B of 10^½, 10, 10^1½ and 100.
"""


def word(log_factor: float, *, scale: str) -> str:
    """The word for a Bayes factor, whichever model it favors.

    Raises
    ------
    SettingError : a scale that does not exist.
    """
    if scale not in SCALES:
        raise SettingError(f"scale: expected one of {', '.join(SCALES)}, got {scale!r}")
    return next(name for limit, name in reversed(SCALES[scale]) if abs(log_factor) >= limit)


def sentence(log_factor: float, error: float, *, scale: str, names: tuple[str, str]) -> str:
    """Which of two models is favored, how much, and what the error of ln B makes of it."""
    size, winner = abs(log_factor), names[0] if log_factor >= 0 else names[1]
    found = word(size, scale=scale)
    ends = [word(max(size + sign * np.nan_to_num(error), 0.0), scale=scale) for sign in (-1, 1)]
    doubt = f" (within one error, {ends[0]} to {ends[1]})" if ends[0] != ends[1] else ""
    return (f"{found} evidence for {winner}" if found != SCALES[scale][0][1] else found) + doubt
