"""The linear model of unknown noise against quadrature over σ² and against Student's t."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.errors import ModelError

RNG = np.random.default_rng(17)
X = RNG.uniform(-1, 1, 7)
DESIGN = bnn.polynomial(2)(X)
Y = 1 + 2 * X + 0.5 * RNG.standard_normal(7)
MEAN = np.array([0.5, 1.0, 0.0])
COV = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 3.0]])
FIT = bnn.normal_inverse_gamma(DESIGN, Y, a=2.5, b=0.7, prior_mean=MEAN, prior_cov=COV)
VARIANCE_PRIOR = stats.invgamma(2.5, scale=0.7)


def over_variance(function) -> float:
    """∫ function(σ²) p(y | σ²) p(σ²) dσ², on a logarithmic scale, relative to the largest integrand."""
    spread = np.eye(7) + DESIGN @ COV @ DESIGN.T

    def integrand(u: float) -> float:
        v = np.exp(u)
        return function(v) * np.exp(
            stats.multivariate_normal(DESIGN @ MEAN, v * spread).logpdf(Y) + VARIANCE_PRIOR.logpdf(v) + u
        )

    return quad(integrand, -6, 6, points=[-2, -1, 0], epsabs=0, epsrel=1e-11, limit=200)[0]


EVIDENCE = over_variance(lambda v: 1.0)


def test_evidence_is_the_integral_of_likelihood_times_prior() -> None:
    assert FIT.log_evidence == pytest.approx(np.log(EVIDENCE), abs=1e-9)


def test_evidence_is_the_multivariate_t_of_the_data() -> None:
    spread = 0.7 / 2.5 * (np.eye(7) + DESIGN @ COV @ DESIGN.T)
    truth = stats.multivariate_t(DESIGN @ MEAN, spread, df=5).logpdf(Y)
    assert FIT.log_evidence == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("v", [0.05, 0.3, 2.0])
def test_the_posterior_of_the_variance(v: float) -> None:
    spread = np.eye(7) + DESIGN @ COV @ DESIGN.T
    joint = stats.multivariate_normal(DESIGN @ MEAN, v * spread).logpdf(Y) + VARIANCE_PRIOR.logpdf(v)
    assert FIT.variance.log_prob(np.array(v)) == pytest.approx(joint - np.log(EVIDENCE), abs=1e-8)


@pytest.mark.parametrize(("method", "noise"), [("function", 0.0), ("predictive", 1.0)])
def test_predictions_average_normals_over_the_variance(method: str, noise: float) -> None:
    """p(f | y) = ∫ N(f | m, v s²) p(v | y) dv, at two places and three values each."""
    gain = COV @ DESIGN.T @ np.linalg.inv(np.eye(7) + DESIGN @ COV @ DESIGN.T)
    mean, spread = MEAN + gain @ (Y - DESIGN @ MEAN), COV - gain @ DESIGN @ COV
    at = bnn.polynomial(2)([0.3, 4.0])
    prediction = getattr(FIT, method)(at)
    for row, phi in enumerate(at):
        s2 = noise + phi @ spread @ phi
        for z in (-2.0, 0.0, 1.0):
            value = phi @ mean + z * np.sqrt(s2)
            density = over_variance(lambda v, d=value - phi @ mean, s2=s2: stats.norm(0, np.sqrt(v * s2)).pdf(d))
            ours = prediction.log_prob(np.full(2, value))[row]
            assert ours == pytest.approx(np.log(density / EVIDENCE), abs=1e-8)


def test_moments_of_the_weights() -> None:
    np.testing.assert_allclose(FIT.weights.loc, FIT.mean)
    df = float(FIT.weights.df)
    np.testing.assert_allclose(FIT.weights.scale**2 * df / (df - 2), np.diag(FIT.covariance), rtol=1e-12)
    expected = over_variance(lambda v: v) / EVIDENCE
    np.testing.assert_allclose(FIT.covariance, expected * FIT.root @ FIT.root.T, rtol=1e-7)
    assert np.all(np.isinf(np.diag(bnn.normal_inverse_gamma([[1.0]], [0.0], a=0.4, b=1.0).covariance)))


def test_the_map_of_the_joint_density_is_the_exact_mode() -> None:
    """Mode of N(w | m, v V) InverseGamma(v | a', b'): w = m and v = b' / (a' + 1 + M/2)."""

    def log_joint(w, v):
        shift = w - MEAN
        weights = -0.5 * shift @ np.linalg.solve(COV, shift) / v - 1.5 * np.log(v)
        return weights - 0.5 * np.sum((Y - DESIGN @ w) ** 2) / v - 3.5 * np.log(v)

    def grad(w, v):
        pull = np.linalg.solve(COV, w - MEAN)
        residual = Y - DESIGN @ w
        energy = (w - MEAN) @ pull + residual @ residual
        return {"w": (DESIGN.T @ residual - pull) / v, "v": 0.5 * energy / v**2 - 5 / v}

    prior = {"w": bnn.Flat(shape=(3,)), "v": bnn.InverseGamma(2.5, 0.7)}
    best = bnn.maximum_a_posteriori(bnn.FunctionPosterior(log_joint, prior, grad=grad))
    np.testing.assert_allclose(best.values["w"], FIT.mean, atol=1e-8)
    assert best.values["v"] == pytest.approx(FIT.b / (FIT.a + 1 + 1.5), abs=1e-8)


def test_a_certain_prior_of_the_variance_is_known_noise() -> None:
    data = bnn.Dataset(X, Y)
    prior = {"w": bnn.Normal(0, 0.6)}
    known = bnn.Posterior(bnn.LinearModel(bnn.polynomial(2)), bnn.Gaussian(sigma=0.3), prior=prior, data=data)
    exact = bnn.exact_posterior(known)
    fit = bnn.normal_inverse_gamma(DESIGN, Y, a=1e9, b=0.09e9, prior_cov=[4.0, 4.0, 4.0])
    np.testing.assert_allclose(fit.mean, exact.mean, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, exact.covariance, rtol=1e-6)
    assert fit.log_evidence == pytest.approx(exact.log_evidence, abs=1e-5)


GOOD = {"design": DESIGN, "y": Y, "a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": Y[:3]}, r"expected y of shape \(7,\), got \(3,\)"),
        ({"y": Y[:, None]}, r"expected y of shape \(7,\)"),
        ({"y": np.full(7, np.nan)}, "y: expected finite numbers"),
        ({"design": X}, r"design: expected a matrix \(N, M\), got shape \(7,\)"),
        ({"design": np.zeros((0, 3)), "y": []}, "design: expected a matrix"),
        ({"design": np.full((7, 3), np.inf)}, "design: expected finite numbers"),
        ({"a": 0.0}, "a: expected a positive number, got 0.0"),
        ({"b": -1.0}, "b: expected a positive number, got -1.0"),
        ({"b": "one"}, "b: expected a positive number, got 'one'"),
        ({"prior_mean": np.zeros(2)}, r"prior_mean: expected a number or \(3,\), got shape \(2,\)"),
        ({"prior_cov": 0.0}, "prior_cov: expected positive variances"),
        ({"prior_cov": np.ones(2)}, "prior_cov: expected positive variances"),
        ({"prior_cov": np.ones((3, 3))}, "prior_cov: expected positive variances"),
        ({"prior_cov": np.eye(3) + np.eye(3, k=1) * 0.1}, "prior_cov: expected positive variances"),
        ({"prior_cov": np.inf}, "prior_cov: expected finite numbers"),
    ],
)
def test_what_cannot_be_used(change, message) -> None:
    with pytest.raises(ModelError, match=message):
        bnn.normal_inverse_gamma(**{**GOOD, **change})


def test_new_designs_must_have_the_same_features() -> None:
    for bad in (np.zeros((2, 2)), np.zeros(3), np.full((1, 3), np.nan)):
        with pytest.raises(ModelError, match="design: expected"):
            FIT.predictive(bad)


def test_more_weights_than_rows() -> None:
    wide = bnn.fourier(6, period=2.0)(X)
    fit = bnn.normal_inverse_gamma(wide, Y, a=2.0, b=0.5)
    truth = stats.multivariate_t(np.zeros(7), 0.25 * (np.eye(7) + wide @ wide.T), df=4).logpdf(Y)
    assert fit.log_evidence == pytest.approx(truth, abs=1e-9)
