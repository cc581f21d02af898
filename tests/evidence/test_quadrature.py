"""Quadrature over one or two hidden units: published truths, brute force, and its refusals."""

import json

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import bayesnn as bnn
from bayesnn.errors import EvidenceError

X = np.linspace(-1, 1, 5)
DATA = bnn.Dataset(X, np.tanh(2 * X) + 0.3)


def network(prior, *, width=1, activation="tanh", sigma=0.4, data=DATA) -> bnn.Posterior:
    likelihood = bnn.Gaussian() if sigma is None else bnn.Gaussian(sigma=sigma)
    return bnn.Posterior(bnn.MLP((1, width, 1), activation=activation), likelihood, prior=prior, data=data)


def test_the_published_truths(reference, hubble) -> None:
    exact = json.loads((reference / "log_evidence.json").read_text())["hz31_mlp"]
    post = network({"*": bnn.Normal(0, 1)}, sigma=None, data=hubble)
    assert bnn.log_evidence(post, method="quadrature").log_z == pytest.approx(exact["log_z"]["1-1-1"], abs=2e-5)


@pytest.mark.slow
def test_the_published_truth_of_two_units(reference, hubble) -> None:
    exact = json.loads((reference / "log_evidence.json").read_text())["hz31_mlp"]
    post = network({"*": bnn.Normal(0, 1)}, width=2, sigma=None, data=hubble)
    assert bnn.log_evidence(post, method="quadrature").log_z == pytest.approx(exact["log_z"]["1-2-1"], abs=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_all_four_weights_by_brute_force(activation: str) -> None:
    """Priors that differ and are not centered: every mean and scale must be in its place."""
    prior = {
        "W1": bnn.Normal(0.5, 0.9),
        "b1": bnn.Normal(-0.2, 0.6),
        "W2": bnn.Normal(0.4, 0.7),
        "b2": bnn.Normal(0.1, 0.5),
    }
    post = network(prior, activation=activation, sigma=1.0)
    axes = [p.loc + p.scale * np.linspace(-6, 6, 33) for p in prior.values()]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
    truth = logsumexp(post(grid)) + sum(np.log(axis[1] - axis[0]) for axis in axes)
    evidence = bnn.log_evidence(post, method="quadrature")
    assert evidence.log_z == pytest.approx(truth, abs=1e-5)
    assert evidence.error < 1e-5


def test_two_units_that_are_nailed_down() -> None:
    """Hidden weights all but known make the network linear: y is normal, its output weights integrated out."""
    w, b, top, sd = np.array([0.5, 1.5]), np.array([-0.3, 0.4]), np.array([0.3, -0.5]), np.array([1.0, 0.7])
    prior = {
        "W1": bnn.Normal(w[None], 1e-7),
        "b1": bnn.Normal(b, 1e-7),
        "W2": bnn.Normal(top[:, None], sd[:, None]),
        "b2": bnn.Normal(0.1, 0.5),
    }
    design = np.column_stack([np.tanh(X[:, None] * w + b), np.ones(5)])
    scales, means = np.append(sd, 0.5), np.append(top, 0.1)
    marginal = stats.multivariate_normal(design @ means, 0.16 * np.eye(5) + (design * scales**2) @ design.T)
    evidence = bnn.log_evidence(network(prior, width=2), method="quadrature")
    assert evidence.log_z == pytest.approx(marginal.logpdf(np.ravel(DATA.y)), abs=1e-5)


def test_correlated_errors() -> None:
    cov = 0.1 * np.eye(5) + 0.05
    data = bnn.Dataset(X, np.tanh(2 * X), cov=cov)
    prior = {"*": bnn.Normal(0, 0.5)}
    post = network(prior, sigma=None, data=data)
    axis = 0.5 * np.linspace(-6, 6, 33)
    grid = np.stack(np.meshgrid(*[axis] * 4), axis=-1).reshape(-1, 4)
    truth = logsumexp(post(grid)) + 4 * np.log(axis[1] - axis[0])
    assert bnn.log_evidence(post, method="quadrature").log_z == pytest.approx(truth, abs=1e-5)


@pytest.mark.parametrize(
    "post",
    [
        network({"*": bnn.Normal(0, 1)}, width=3),
        network({"*": bnn.Laplace(0, 1)}),
        network({"*": bnn.Normal(0, 1), "b1": 0.0}),
        network({"*": bnn.Normal(0, 1)}, sigma=bnn.HalfNormal(1)),
        network({"*": bnn.Normal(0, "tau"), "tau": bnn.HalfNormal(1)}),
        bnn.FunctionPosterior(lambda x: -x * x, {"x": bnn.Normal(0, 1)}),
    ],
)
def test_any_other_problem(post) -> None:
    with pytest.raises(EvidenceError, match="quadrature: expected a 1-1-1 or 1-2-1 network"):
        bnn.log_evidence(post, method="quadrature")


def test_a_posterior_too_narrow_for_the_grid() -> None:
    with pytest.raises(EvidenceError, match="too narrow"):
        bnn.log_evidence(network({"*": bnn.Normal(0, 30)}, sigma=1e-4), method="quadrature")
