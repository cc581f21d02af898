"""Normal priors as rows of a least-squares problem."""

import numpy as np
from scipy.linalg import block_diag, solve_triangular

from bayesnn.distributions.multivariate_normal import MultivariateNormal
from bayesnn.distributions.normal import Normal
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import FloatArray


def normal_rows(posterior: PosteriorDensity) -> tuple[FloatArray, FloatArray]:
    """mean (P,) and rows A (R, P): the normal priors' part of ln p(θ) is −½ |A (θ − mean)|² and a constant.

    Other priors have no rows. No prior may refer to another block.
    """
    mean, rows = np.zeros(posterior.n_params), np.zeros((0, posterior.n_params))
    for name, prior in posterior.prior.priors.items():
        if isinstance(prior, Normal | MultivariateNormal):
            where, shape = posterior.parameters.free[name], posterior.parameters.block(name).shape
            center, whitening = _whitening(prior, shape)
            part = np.zeros((len(whitening), posterior.n_params))
            part[:, where] = whitening
            mean[where], rows = center, np.vstack([rows, part])
    return mean, rows


def _whitening(prior: Normal | MultivariateNormal, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Mean (n,) and A (n, n) of a block of that shape."""
    if isinstance(prior, Normal):
        return np.broadcast_to(prior.loc, shape).ravel(), np.diag(1 / np.broadcast_to(prior.scale, shape).ravel())
    one = solve_triangular(prior.root, np.eye(len(prior.root)), lower=True)
    n_vectors = int(np.prod(shape[:-1], dtype=int))
    return np.tile(prior.mean, n_vectors), block_diag(*[one] * n_vectors)
