"""Problems whose ln Z is known, as a user of this package would write them."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

import bayesnn as bnn
from tests.problems.mixtures import TwoModes

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


def own() -> dict[str, Problem]:
    """Others than those of log_evidence.json; networks by quadrature."""
    hubble = bnn.load_dataset("hz").standardize()
    mixed = {f"mixture {d}": Problem(mixture(d), -d * np.log(2 * _BOX)) for d in (2, 5, 10, 20)}
    unequal = {f"two modes {d}": TwoModes(d, (0.8, 0.2), (0.5, 0.4)) for d in (2, 5, 10, 20)}
    paired = {name: Problem(problem.posterior, problem.log_z) for name, problem in unequal.items()}
    tailed = {f"student {d}": Problem(student(d), d * float(np.log(_inside() / (2 * _BOX)))) for d in (2, 5, 10)}
    networks = {
        f"1-{width}-1, scale {scale}": bnn.Posterior(
            bnn.MLP((1, width, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, scale)}, data=hubble
        )
        for width, scale in ((1, 0.3), (1, 3.0), (2, 0.5), (2, 1.5))
    }
    known = {name: Problem(post, bnn.log_evidence(post, method="quadrature").log_z) for name, post in networks.items()}
    return {**mixed, **paired, **tailed, **known}


_BOX, _DF, _SCALE = 10.0, 3.0, 0.2


def _inside() -> float:
    """The part of Student's t that is in the box."""
    return float(1 - 2 * stats.t(_DF, scale=_SCALE).sf(_BOX))


def mixture(n_dimensions: int) -> bnn.FunctionPosterior:
    """Three normals of sd ½ in a box that hold 60, 30 and 10 % of its mass."""
    centers = np.random.default_rng(n_dimensions).uniform(-6, 6, (3, n_dimensions))
    constants = np.log([0.6, 0.3, 0.1]) - 0.5 * n_dimensions * np.log(0.5 * np.pi)

    def parts(x):
        delta = x[..., None, :] - centers
        return delta, constants - 2 * np.sum(delta**2, axis=-1)

    def log_likelihood(x):
        return np.logaddexp.reduce(parts(x)[1], axis=-1)

    def grad(x):
        delta, log_l = parts(x)
        share = np.exp(log_l - np.logaddexp.reduce(log_l, axis=-1)[..., None])
        return {"x": -4 * np.sum(share[..., None] * delta, axis=-2)}

    prior = {"x": bnn.Uniform(-_BOX, _BOX, shape=(n_dimensions,))}
    return bnn.FunctionPosterior(log_likelihood, prior, grad=grad, vectorized=True)


def student(n_dimensions: int) -> bnn.FunctionPosterior:
    """A product of Student's t in a box: a sharp peak with tails that reach its walls."""
    peak = float(stats.t(_DF, scale=_SCALE).logpdf(0.0))

    def log_likelihood(x):
        return np.sum(peak - 0.5 * (_DF + 1) * np.log1p((x / _SCALE) ** 2 / _DF), axis=-1)

    def grad(x):
        return {"x": -(_DF + 1) * x / (_DF * _SCALE**2 + x**2)}

    prior = {"x": bnn.Uniform(-_BOX, _BOX, shape=(n_dimensions,))}
    return bnn.FunctionPosterior(log_likelihood, prior, grad=grad, vectorized=True)
