"""What each row of a table says of θ: its score, and the information to be expected from it."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.rows import DataRows
from bayesnn.protocols import Array, FloatArray


def scores(posterior: Posterior, theta: FloatArray) -> FloatArray:
    """∂ ln p(y_n | θ) / ∂θ of each row, at one θ (P,): (N, P).

    Raises
    ------
    SettingError : correlated errors: no row then has a score of its own.
    """
    if posterior.rows.root is not None:
        raise SettingError("scores: expected independent rows, got a covariance; use the curvature in their place")
    return np.concatenate([_scores(posterior, theta, part) for part in posterior.blocks_of_rows(width=len(theta))])


def fisher_information(posterior: Posterior, theta: FloatArray) -> FloatArray:
    """Σ_n Gᵀ I G (P, P): I, the expected information of a row about its outputs and the noise; G, their slopes by θ."""
    total = np.zeros((len(theta), len(theta)))
    for part in posterior.blocks_of_rows(width=len(theta)):
        outputs, G = _slopes(posterior, theta, part)
        information = posterior.likelihood.information(outputs, part, posterior.noise(theta))
        total += np.einsum("njp,njk,nkq->pq", G, information, G, optimize=True)
    return total


def _scores(posterior: Posterior, theta: FloatArray, part: DataRows) -> FloatArray:
    outputs, G = _slopes(posterior, theta, part)
    noise = {name: np.broadcast_to(value, len(outputs)) for name, value in posterior.noise(theta).items()}
    _, by_outputs, by_noise = posterior.likelihood.grad_outputs(outputs[:, None, :], _one_by_one(part), noise)
    slopes = np.concatenate([by_outputs[:, 0], *(by_noise[name][:, None] for name in noise)], axis=1)
    return np.asarray(np.einsum("nj,njp->np", slopes, G))


def _one_by_one(part: DataRows) -> DataRows:
    """Each row as a table of its own, along a leading axis."""
    yerr = None if part.yerr is None else part.yerr[:, None, :]
    return DataRows(part.X[:, None, :], part.y[:, None, :], yerr)


def _slopes(posterior: Posterior, theta: FloatArray, part: DataRows) -> tuple[Array, Array]:
    """Outputs (n, K), and the derivatives by θ of these and of the unknowns of the noise (n, K + M, P)."""
    outputs, by_theta = posterior.linearize(theta, part.X)
    parameters, names = posterior.parameters, list(posterior.likelihood.noise_priors)
    if not names:
        return outputs, by_theta
    unit = np.zeros((len(names), sum(block.size for block in parameters.blocks)))
    for row, name in enumerate(names):
        unit[row, parameters.natural_slices[name]] = 1.0
    by_noise = parameters.pullback(np.broadcast_to(theta, (len(names), len(theta))), unit)
    return outputs, np.concatenate([by_theta, np.broadcast_to(by_noise, (len(outputs), *by_noise.shape))], axis=1)
