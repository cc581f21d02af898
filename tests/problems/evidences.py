"""Problems whose ln Z is known, as a user of this package would write them."""

from dataclasses import dataclass

import numpy as np

import bayesnn as bnn

_RADIUS, _WIDTH, _OFFSET = 2.0, 0.1, 3.5


@dataclass(frozen=True, eq=False)
class Problem:
    """A posterior and its ln Z."""

    posterior: bnn.FunctionPosterior | bnn.Posterior
    log_z: float


def read(truths: dict) -> dict[str, Problem]:
    """Those of log_evidence.json."""
    hubble = bnn.load_dataset("hz").standardize()
    normal = {"*": bnn.Normal(0, 1)}
    lines = {
        f"polynomial {degree}": Problem(
            bnn.Posterior(
                bnn.LinearModel(bnn.polynomial(int(degree))), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=hubble
            ),
            log_z,
        )
        for degree, log_z in truths["hz31_polynomial"]["log_z"].items()
    }
    networks = {
        name: Problem(
            bnn.Posterior(bnn.MLP(tuple(map(int, name.split("-")))), bnn.Gaussian(), prior=normal, data=hubble), log_z
        )
        for name, log_z in truths["hz31_mlp"]["log_z"].items()
    }
    spheres = {f"shells {d}": Problem(shells(int(d)), z) for d, z in truths["gaussian_shells"]["log_z"].items()}
    return {
        **lines,
        **networks,
        **spheres,
        "gaussian": Problem(correlated_gaussian(), truths["gaussian_3d"]["log_z"]),
        "eggbox": Problem(eggbox(), truths["eggbox"]["log_z"]),
        "rosenbrock": Problem(rosenbrock(), truths["rosenbrock_2d"]["log_z"]),
    }


def shells(n_dimensions: int) -> bnn.FunctionPosterior:
    """Two thin spheres, with the gradient written out."""
    centers = np.zeros((2, n_dimensions))
    centers[:, 0] = _OFFSET, -_OFFSET

    def parts(x):
        delta = x[..., None, :] - centers
        distance = np.linalg.norm(delta, axis=-1)
        log_l = -0.5 * ((distance - _RADIUS) / _WIDTH) ** 2 - 0.5 * np.log(2 * np.pi * _WIDTH**2)
        return delta, distance, log_l

    def log_likelihood(x):
        return np.logaddexp.reduce(parts(x)[2], axis=-1)

    def grad(x):
        delta, distance, log_l = parts(x)
        share = np.exp(log_l - np.logaddexp.reduce(log_l, axis=-1)[..., None])
        pull = -share * (distance - _RADIUS) / _WIDTH**2 / distance
        return {"x": np.sum(pull[..., None] * delta, axis=-2)}

    prior = {"x": bnn.Uniform(-6, 6, shape=(n_dimensions,))}
    return bnn.FunctionPosterior(log_likelihood, prior, grad=grad, vectorized=True)


def eggbox() -> bnn.FunctionPosterior:
    """Many high modes of equal height, some of them cut by the edges of the prior."""
    prior = {"x": bnn.Uniform(0, 10 * np.pi, shape=(2,))}
    return bnn.FunctionPosterior(
        lambda x: (2 + np.cos(x[..., 0] / 2) * np.cos(x[..., 1] / 2)) ** 5, prior, vectorized=True
    )


def rosenbrock() -> bnn.FunctionPosterior:
    """A curved valley."""
    prior = {"x": bnn.Uniform(-10, 10, shape=(2,))}
    return bnn.FunctionPosterior(
        lambda x: -((1 - x[..., 0]) ** 2 + 100 * (x[..., 1] - x[..., 0] ** 2) ** 2), prior, vectorized=True
    )


def correlated_gaussian() -> bnn.FunctionPosterior:
    """A normalized Gaussian with correlations 0.95 well inside a box."""
    covariance = 0.05 * np.eye(3) + 0.95
    precision, log_det = np.linalg.inv(covariance), np.linalg.slogdet(covariance)[1]

    def log_likelihood(x):
        return -0.5 * (np.sum((x @ precision) * x, axis=-1) + log_det + 3 * np.log(2 * np.pi))

    return bnn.FunctionPosterior(log_likelihood, {"x": bnn.Uniform(-10, 10, shape=(3,))}, vectorized=True)
