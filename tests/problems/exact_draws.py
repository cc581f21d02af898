"""Independent draws from the exact posterior of a conjugate model, as a sampler would leave them."""

import numpy as np

import bayesnn as bnn
from bayesnn.sampling.draws import Draws


def exact_draws(post: bnn.Posterior, *, n: int = 64_000, seed: int = 0) -> Draws:
    """n draws in four ensembles of eight walkers."""
    exact = bnn.exact_posterior(post)
    z = np.random.default_rng(seed).standard_normal((n, post.n_params))
    theta = (exact.mean + z @ np.linalg.cholesky(exact.covariance).T).reshape(4, 8, -1, post.n_params)
    return as_draws(post, theta)


def as_draws(post, theta: np.ndarray) -> Draws:
    """Draws θ (E, W, S, P) of a posterior."""
    return Draws(
        theta=theta,
        log_prob=post(theta),
        log_likelihood=post.log_likelihood(theta),
        acceptance=np.ones(theta.shape[:2]),
        names=post.names,
        n_warmup=0,
        n_evaluations=theta.shape[2],
        n_nan=0,
        n_divergent=0,
        seconds=0.0,
        interacting=False,
        kernels=("exact",),
        seed="0",
        values=post.unpack(theta),
        posterior=post,
    )
