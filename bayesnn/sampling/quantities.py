"""What draws can be compared by: f(X), norms of blocks, and parameters that mean one thing."""

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.inputs import as_inputs
from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws

_MAX_POINTS = 32


def outputs_of(draws: Draws, at: ArrayLike | None) -> Array | None:
    """f (E, W, S, M, K) at inputs, or at up to 32 rows of the table, in its units; None where there is no model.

    Raises
    ------
    SettingError : `at` is given for draws that do not know their model.
    DataError : `at` is empty, or of another width than the table's inputs.
    """
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        if at is not None:
            raise SettingError(
                "diagnose: expected draws that know their model, got draws alone; load(path, posterior=...)"
            )
        return None
    if not draws.n_draws:
        return None
    scaling = posterior.data.scaling
    if at is None:
        rows = np.unique(np.linspace(0, posterior.rows.n_rows - 1, _MAX_POINTS).astype(int))
        X = posterior.rows.X[rows]
    else:
        X = scaling.inputs(as_inputs(at, posterior.data))
    outputs = posterior.outputs(draws.theta, X)
    return scaling.restore(outputs) if outputs.shape[-1] == posterior.rows.y.shape[-1] else outputs


def norms_of(draws: Draws) -> dict[str, Array]:
    """√Σ w² (E, W, S) of each free block of a model with permutable units, which no permutation changes."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior) or posterior.model.log_symmetries == 0.0:
        return {}
    blocks = [name for name in posterior.model.blocks if name in posterior.parameters.free]
    axes = {name: tuple(range(3, draws.values[name].ndim)) for name in blocks}
    return {f"|{name}|": np.sqrt(np.sum(draws.values[name] ** 2, axis=axes[name])) for name in blocks}


def identified(draws: Draws) -> Array:
    """Components of θ (P,) that mean one thing: not the weights of units that may be permuted."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior) or posterior.model.log_symmetries == 0.0:
        return np.ones(len(draws.names), dtype=bool)
    permutable = set(posterior.model.blocks)
    return np.array([name.split("[")[0] not in permutable for name in draws.names], dtype=bool)
