"""tanh at the speed of the processor."""

import numpy as np
from numpy.lib.introspect import opt_func_info

from bayesnn.protocols import Array

_BY_EXPONENTIALS = "X86_V3"
"""Processors on which NumPy looks the coefficients of tanh up in memory, number by number. Its exp does without: on an
EPYC tanh costs 13 ns in float64 and 2.6 in float32, and by exponentials 5.8 and 1.7. With AVX-512 tables are in
registers, and tanh costs no more than exp."""


def tanh(z: Array, out: Array | None = None) -> Array:
    """tanh z, to rounding of 1: 1 − 2 / (1 + exp 2z) where NumPy's own is slow and z is real."""
    if z.dtype.char not in _slow_types:
        return np.asarray(np.tanh(z, out=out))
    t = np.asarray(z + z)
    with np.errstate(over="ignore"):
        np.exp(t, out=t)
    t += 1
    np.divide(-2, t, out=t)
    return np.asarray(np.add(t, 1, out=out))


def _compiled_for(function: str) -> dict[str, str]:
    """Which processors' code runs, by the character of its type."""
    found = opt_func_info(func_name=f"^{function}$").get(function, {})
    return {types[0]: code["current"] for types, code in found.items()}


_slow_types = "".join(kind for kind, code in _compiled_for("tanh").items() if code == _BY_EXPONENTIALS)
