"""Draws as columns of numbers, one an element of a parameter."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws


def columns(draws: Draws) -> dict[str, Array]:
    """name, or name[i, j] of each element, on the parameter's own scale: each (E, W, S). What is fixed is left out.

    Raises
    ------
    SettingError : draws in which nothing varies.
    """
    found = {
        f"{name}[{', '.join(map(str, index))}]" if index else name: values[(..., *index)]
        for name, values in draws.values.items()
        if _varies(draws, name)
        for index in np.ndindex(*values.shape[3:])
    }
    if not found:
        raise SettingError("draws: expected a parameter that varies, got none; give one of them a prior")
    return found


def to_array(draws: Draws) -> tuple[FloatArray, tuple[str, ...]]:
    """All draws as one array (E · W · S, Q) of natural values, and the Q labels, as the `corner` package takes them.

    What is fixed is left out; tied values are there.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    >>> array, labels = bnn.to_array(bnn.sample(coin, n_draws=50, n_warmup=50, n_walkers=4, progress=False))
    >>> array.shape, labels, bool((0 < array).all() and (array < 1).all())
    ((800, 1), ('p',), True)
    """
    found = columns(draws)
    return np.stack([values.ravel() for values in found.values()], axis=1), tuple(found)


def _varies(draws: Draws, name: str) -> bool:
    if draws.posterior is not None:
        return draws.posterior.parameters.block(name).fixed is None
    return bool(np.ptp(draws.values[name]) > 0)
