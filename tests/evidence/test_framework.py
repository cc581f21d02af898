"""MacKay's evidence framework: where a linear model's exact evidence is stationary, and inputs that do not matter."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.laplace import laplace

RNG = np.random.default_rng(11)
X = np.linspace(-1, 1, 40)
DATA = bnn.Dataset(X, 0.5 + X - 0.7 * X**2 + 0.2 * RNG.standard_normal(40))
CUBIC = bnn.LinearModel(bnn.polynomial(3))
NORMAL = bnn.Normal(0, 1)


def exact(scale: float, sigma: float) -> float:
    post = bnn.Posterior(CUBIC, bnn.Gaussian(sigma=sigma), prior={"w": bnn.Normal(0, scale)}, data=DATA)
    return bnn.log_evidence(post, method="exact").log_z


def test_the_exact_evidence_is_highest_there() -> None:
    post = bnn.Posterior(CUBIC, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"w": NORMAL}, data=DATA)
    fit = bnn.evidence_framework(post)
    scale, best = fit.alpha["w"].item() ** -0.5, fit.log_evidence
    assert fit.converged
    assert best == pytest.approx(exact(scale, fit.sigma), abs=1e-6)
    for factor in (0.95, 1.05):
        assert exact(factor * scale, fit.sigma) < best > exact(scale, factor * fit.sigma)
    slopes = [(exact(scale * r, fit.sigma * s) - exact(scale / r, fit.sigma / s)) for r, s in ((1.001, 1), (1, 1.001))]
    assert np.max(np.abs(slopes)) < 1e-5
    assert 2 < fit.gamma["w"].item() < 4
    assert 0.15 < fit.sigma < 0.25


def test_known_noise_stays() -> None:
    fit = bnn.evidence_framework(bnn.Posterior(CUBIC, bnn.Gaussian(sigma=0.2), prior={"w": NORMAL}, data=DATA))
    assert fit.sigma is None
    scale = fit.alpha["w"].item() ** -0.5
    assert exact(0.95 * scale, 0.2) < exact(scale, 0.2) > exact(1.05 * scale, 0.2)


def test_an_input_without_relevance_is_switched_off() -> None:
    inputs = RNG.standard_normal((60, 2))
    data = bnn.Dataset(inputs, np.sin(inputs[:, 0]) + 0.1 * RNG.standard_normal(60))
    post = bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(sigma=0.1), prior={"*": NORMAL}, data=data)
    fit = bnn.evidence_framework(post, relevance=["W1"], n_iterations=40)
    assert fit.alpha["W1"].shape == (2, 1)
    assert fit.alpha["W1"][1, 0] > 30 * fit.alpha["W1"][0, 0]
    assert fit.posterior.n_params == 13


def test_what_it_does_not_handle() -> None:
    coin = bnn.FunctionPosterior(lambda p: np.log(p), {"p": bnn.Beta(1, 1)})
    with pytest.raises(EvidenceError, match="got another likelihood"):
        bnn.evidence_framework(coin)
    for prior in (bnn.Laplace(0, 1), bnn.Normal(1, 1), bnn.Flat()):
        with pytest.raises(EvidenceError, match="got another on 'w'"):
            bnn.evidence_framework(bnn.Posterior(CUBIC, bnn.Gaussian(sigma=0.2), prior={"w": prior}, data=DATA))
    line = bnn.Posterior(CUBIC, bnn.Gaussian(sigma=0.2), prior={"w": NORMAL}, data=DATA)
    with pytest.raises(EvidenceError, match="n_iterations >= 1"):
        bnn.evidence_framework(line, n_iterations=0)
    for bad in ("w", ["W1"], "W1"):
        with pytest.raises(EvidenceError, match="relevance: expected names among none"):
            bnn.evidence_framework(line, relevance=bad)


@pytest.mark.parametrize("curvature", ["full", "gauss-newton"])
def test_both_curvatures_are_exact_for_a_linear_model(curvature: str) -> None:
    post = bnn.Posterior(CUBIC, bnn.Gaussian(sigma=0.2), prior={"w": bnn.Normal(0.3, 0.8)}, data=DATA)
    assert laplace(post, curvature=curvature).log_z == pytest.approx(exact_of(post), abs=1e-6)


def exact_of(post: bnn.Posterior) -> float:
    return bnn.log_evidence(post, method="exact").log_z


def test_two_modes_are_pooled() -> None:
    """Two sharp normal peaks of unequal weight: the sum of their masses, each counted once."""

    def log_likelihood(x):
        return np.log(0.7 * np.exp(-0.5 * ((x - 2) / 0.1) ** 2) + 0.3 * np.exp(-0.5 * ((x + 2) / 0.05) ** 2))

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 2)}, vectorized=True)
    evidence = laplace(post, n_starts=20)
    density = np.exp(-0.5) / (2 * np.sqrt(2 * np.pi))
    assert evidence.log_z == pytest.approx(np.log((0.07 + 0.015) * np.sqrt(2 * np.pi) * density), abs=2e-3)
    assert "2 modes pooled" in evidence.notes


def test_settings_of_laplace() -> None:
    post = bnn.FunctionPosterior(lambda x: -x * x, {"x": NORMAL})
    for bad in ({"n_starts": 0}, {"curvature": "half"}):
        with pytest.raises(EvidenceError, match="laplace: expected n_starts >= 1 and curvature"):
            laplace(post, **bad)
    with pytest.raises(EvidenceError, match="expected a model and a table"):
        laplace(post, curvature="gauss-newton")
