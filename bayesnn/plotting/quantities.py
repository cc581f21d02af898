"""What of the draws can be drawn: E[y] at inputs, and parameters on their own scale."""

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.inputs import as_inputs
from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws

_SHARES = (0.1, 0.5, 0.9)


def quantities(draws: Draws, at: ArrayLike | None, *, most: int) -> dict[str, Array]:
    """By label, each (E, W, S), `most` at most: E[y] at inputs; or else parameters that mean one thing, on their own
    scale; or else E[y] at three rows of the table, since weights of units that may be permuted mean nothing alone.

    Raises
    ------
    SettingError : `at` is given for draws that do not know their model.
    """
    found = functions(draws, at) if at is not None else identified(draws) or functions(draws, _rows(draws))
    return dict(list(found.items())[:most])


def functions(draws: Draws, at: ArrayLike) -> dict[str, Array]:
    """E[y] (first target or class) at inputs in the units of the table, each (E, W, S)."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        raise SettingError("at: expected draws that know their model, got draws alone; load(path, posterior=...)")
    points = as_inputs(at, posterior.data)
    outputs = posterior.outputs(draws.theta, posterior.data.scaling.inputs(points))
    means = posterior.data.scaling.restore(posterior.likelihood.mean(outputs))
    labels = [", ".join(f"{value:.3g}" for value in point) for point in points]
    return {f"{posterior.data.target}\nat {label}": means[..., i, 0] for i, label in enumerate(labels)}


def identified(draws: Draws) -> dict[str, Array]:
    """Free parameters that are not weights of units that may be permuted, element by element."""
    hidden = permutable(draws)
    return {
        label: values
        for name in free_blocks(draws)
        if name not in hidden
        for label, values in elements(name, draws.values[name], n_leading=3).items()
    }


def free_blocks(draws: Draws) -> list[str]:
    """Names of the blocks that are sampled: as the posterior says, or, without it, those that vary."""
    if draws.posterior is not None:
        return [block.name for block in draws.posterior.parameters.blocks if block.is_free]
    return [name for name, values in draws.values.items() if np.ptp(values) > 0]


def permutable(draws: Draws) -> set[str]:
    """Blocks whose elements may change places and leave the function as it is."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior) or posterior.model.log_symmetries == 0.0:
        return set()
    return set(posterior.model.blocks)


def elements(name: str, values: Array, *, n_leading: int) -> dict[str, Array]:
    """name, or name[i, j] of each element, of values with so many leading axes."""
    shape = values.shape[n_leading:]
    if not shape:
        return {name: values}
    return {f"{name}[{', '.join(map(str, index))}]": values[(..., *index)] for index in np.ndindex(*shape)}


def _rows(draws: Draws) -> Array:
    """Inputs of three rows, low, middle and high in the first input."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        raise SettingError("draws: expected a parameter that varies, got none; check the priors")
    order = np.argsort(posterior.data.X[:, 0], kind="stable")
    chosen = np.unique([order[int(share * (len(order) - 1))] for share in _SHARES])
    X = posterior.data.scaling.restore_inputs(posterior.data.X[chosen])
    return np.asarray(X[np.argsort(X[:, 0], kind="stable")])
