"""MacKay's evidence framework: where a linear model's exact evidence is stationary, and inputs that do not matter."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.estimation.curvature import hessian
from bayesnn.estimation.levenberg_marquardt import solve
from bayesnn.evidence.laplace import laplace

RNG = np.random.default_rng(11)
X = np.linspace(-1, 1, 40)
DATA = bnn.Dataset(X, 0.5 + X - 0.7 * X**2 + 0.2 * RNG.standard_normal(40))
CUBIC = bnn.LinearModel(bnn.polynomial(3))
NORMAL = bnn.Normal(0, 1)
INPUTS = RNG.standard_normal((30, 3))
PLANE = bnn.Dataset(INPUTS, 0.8 + INPUTS @ [1.0, -0.5, 0.2] + 0.3 * RNG.standard_normal(30))


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


def line(scales: tuple[float, float], sigma: float) -> bnn.Posterior:
    """Depth 0: exact conjugate evidence."""
    prior = {"W1": bnn.Normal(0, scales[0]), "b1": bnn.Normal(0, scales[1])}
    return bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(sigma=sigma), prior=prior, data=PLANE)


def maximized(together: bool) -> tuple[float, np.ndarray]:
    """The exact evidence of depth 0 maximized over ln scales and ln σ, by simplex; and these."""

    def negative(u: np.ndarray) -> float:
        a, b = (u[0], u[0]) if together else u[:2]
        return -exact_of(line((np.exp(a), np.exp(b)), np.exp(u[-1])))

    start = np.log([1.0, 0.3] if together else [1.0, 1.0, 0.3])
    end = optimize.minimize(
        negative, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11, "maxiter": 2000}
    )
    return -end.fun, np.exp(end.x)


@pytest.mark.parametrize("together", [True, False])
def test_depth_zero_has_the_largest_of_exact_evidences(together: bool) -> None:
    noise = bnn.Gaussian(sigma=bnn.HalfNormal(1))
    post = bnn.Posterior(bnn.MLP((3, 1)), noise, prior={"*": bnn.Normal(0, 2)}, data=PLANE)
    fit = bnn.evidence_framework(post, together=[("W1", "b1")] if together else ())
    best, scales = maximized(together)
    found = [fit.alpha[name].item() ** -0.5 for name in ("W1", "b1")]
    assert fit.converged
    assert fit.log_evidence == pytest.approx(best, abs=1e-6)
    assert (found[0] == found[1]) == together
    np.testing.assert_allclose([*found[together:], fit.sigma], scales, rtol=1e-3)
    assert sum(gamma.sum() for gamma in fit.gamma.values()) < 4


def test_groups_that_share_a_scale_gain_no_evidence_over_those_that_do_not() -> None:
    noise = bnn.Gaussian(sigma=bnn.HalfNormal(1))
    post = bnn.Posterior(bnn.MLP((2, 3, 2)), noise, prior={"*": NORMAL}, data=bnn.demonstrations.robot_arm(100))
    one = bnn.evidence_framework(post, together=[("W1", "b1", "W2", "b2")])
    each = bnn.evidence_framework(post)
    assert len({a.item() for a in one.alpha.values()}) == 1
    assert len({a.item() for a in each.alpha.values()}) == 4
    assert one.converged
    assert each.log_evidence > one.log_evidence
    pooled = sum(g.sum() for g in one.gamma.values()) / np.sum(one.theta**2)
    assert one.alpha["W1"].item() == pytest.approx(pooled, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_at_a_maximum(seed: int) -> None:
    """Of ln p(y, θ): no slope, and curvature that is negative in all directions."""
    noise = bnn.Gaussian(sigma=bnn.HalfNormal(1))
    post = bnn.Posterior(bnn.MLP((2, 6, 2)), noise, prior={"*": NORMAL}, data=bnn.demonstrations.robot_arm(100))
    fit = bnn.evidence_framework(post, rng=seed)
    assert fit.converged
    curvature = -hessian(fit.posterior, fit.theta)
    slope = fit.posterior.value_and_grad(fit.theta)[1]
    assert np.linalg.eigvalsh(curvature)[0] > 0
    assert slope @ np.linalg.solve(curvature, slope) < 1e-8
    gauss_newton = laplace(fit.posterior, curvature="gauss-newton", start=fit.theta).log_z
    assert fit.log_evidence == pytest.approx(gauss_newton, abs=1e-4)


def test_an_input_without_relevance_is_switched_off() -> None:
    inputs = RNG.standard_normal((60, 2))
    data = bnn.Dataset(inputs, np.sin(inputs[:, 0]) + 0.1 * RNG.standard_normal(60))
    post = bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(sigma=0.1), prior={"*": NORMAL}, data=data)
    fit = bnn.evidence_framework(post, relevance=["W1"], n_iterations=40)
    assert fit.alpha["W1"].shape == (2, 1)
    assert fit.alpha["W1"][1, 0] > 30 * fit.alpha["W1"][0, 0]
    assert fit.posterior.n_params == 13


def test_a_mode_that_was_not_reached_is_no_convergence(monkeypatch) -> None:
    post = bnn.Posterior(CUBIC, bnn.Gaussian(sigma=0.2), prior={"w": NORMAL}, data=DATA)
    assert bnn.evidence_framework(post, n_iterations=60).converged
    monkeypatch.setattr(
        "bayesnn.evidence.framework.solve", lambda problem, start: replace(solve(problem, start), converged=False)
    )
    lost = bnn.evidence_framework(post, n_iterations=60)
    assert (lost.converged, lost.n_iterations) == (False, 60)


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
    for groups in ("w", ["w"], [("v",)], [("w",), ("w",)], [("w", "w")]):
        with pytest.raises(EvidenceError, match="together: expected groups of names among w, each in one group"):
            bnn.evidence_framework(line, together=groups)
    jitter = bnn.Gaussian(jitter=bnn.HalfNormal(1))
    measured = bnn.Dataset(DATA.X, DATA.y, yerr=0.1)
    with pytest.raises(EvidenceError, match="got a jitter beside known errors"):
        bnn.evidence_framework(bnn.Posterior(CUBIC, jitter, prior={"w": NORMAL}, data=measured))
    net = bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(sigma=0.2), prior={"*": NORMAL}, data=DATA)
    with pytest.raises(EvidenceError, match="among b1, W2, b2, each in one group"):
        bnn.evidence_framework(net, relevance=["W1"], together=[("W1", "b1")])


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
