"""The dual form is the primal one where features exist, and scikit-learn's where they do not."""

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as oracle
from sklearn.kernel_ridge import KernelRidge

import bayesnn as bnn
from bayesnn.errors import ModelError
from bayesnn.linear.conjugate import conjugate

RNG = np.random.default_rng(29)
X = RNG.uniform(-1, 1, (9, 2))
Y = np.sin(2 * X[:, 0]) + X[:, 1] ** 2 + 0.1 * RNG.standard_normal(9)
NEW = RNG.uniform(-2, 2, (6, 2))
ERRORS = np.linspace(0.1, 0.6, 9)
ROOT = np.linalg.cholesky(0.05 * np.eye(9) + 0.02)
MATERN = bnn.kernels.Matern(1.5, 0.8, 1.2)


def polynomial_features(X, degree: int, offset: float) -> np.ndarray:
    """φ with φ(x)·φ(z) = (x·z + offset)^degree, by the multinomial theorem."""
    columns = []
    for powers in product(range(degree + 1), repeat=X.shape[1]):
        rest = degree - sum(powers)
        if rest >= 0:
            ways = factorial(degree) / (factorial(rest) * prod(map(factorial, powers)))
            columns.append(np.sqrt(ways * offset**rest) * np.prod(X ** np.array(powers), axis=1))
    return np.column_stack(columns)


@pytest.mark.parametrize("noise_root", [np.full(9, 0.3), ERRORS, ROOT], ids=["sigma", "yerr", "cov"])
@pytest.mark.parametrize(("degree", "offset"), [(1, 1.0), (3, 0.7), (5, 2.0)])  # 3, 10 and 21 features for 9 rows
def test_the_polynomial_kernel_is_the_linear_model_of_its_features(noise_root, degree: int, offset: float) -> None:
    design = polynomial_features(X, degree, offset)
    m = design.shape[1]
    primal = conjugate(design, Y - 0.4, noise_root=noise_root, prior_mean=np.zeros(m), prior_root=np.ones(m))
    dual = bnn.gaussian_process(bnn.kernels.Polynomial(degree, offset), X, y=Y, noise_root=noise_root, b=0.4)
    (mean, sd), (dual_mean, dual_sd) = primal.predictive(polynomial_features(NEW, degree, offset)), dual.predictive(NEW)
    np.testing.assert_allclose(dual_mean, mean + 0.4, rtol=1e-8)
    np.testing.assert_allclose(dual_sd, sd, rtol=1e-8, atol=1e-8)
    assert dual.log_evidence == pytest.approx(primal.log_evidence, abs=1e-8)
    np.testing.assert_allclose(design.T @ dual.alpha, primal.mean, atol=1e-8)  # w = Φᵀ alpha


def test_the_same_through_a_posterior_whose_features_are_monomials() -> None:
    """(xz + 1)² has the features 1, √2 x, x²: polynomial(2) under N(0, {1, √2, 1})."""
    data = bnn.Dataset(X[:, 0], Y, yerr=ERRORS)
    prior = {"w": bnn.Normal(0, [1.0, np.sqrt(2), 1.0])}
    exact = bnn.exact_posterior(
        bnn.Posterior(bnn.LinearModel(bnn.polynomial(2)), bnn.Gaussian(), prior=prior, data=data)
    )
    dual = bnn.gaussian_process(bnn.kernels.Polynomial(2, 1.0), X[:, 0], y=Y, noise_root=ERRORS)
    p, (mean, sd) = exact.predictive(NEW[:, 0]), dual.predictive(NEW[:, 0])
    np.testing.assert_allclose(mean, p.mean, rtol=1e-8)
    np.testing.assert_allclose(sd, p.epistemic_sd, rtol=1e-8)
    assert dual.log_evidence == pytest.approx(exact.log_evidence, abs=1e-8)


def test_scikit_learn_gives_the_same() -> None:
    kernel = 1.44 * oracle.Matern(0.8, nu=1.5)
    theirs = GaussianProcessRegressor(kernel, alpha=ERRORS**2, optimizer=None).fit(X, Y)
    ours = bnn.gaussian_process(MATERN, X, y=Y, noise_root=ERRORS)
    (mean, sd), (their_mean, their_sd) = ours.predictive(NEW), theirs.predict(NEW, return_std=True)
    np.testing.assert_allclose(mean, their_mean, rtol=1e-8)
    np.testing.assert_allclose(sd, their_sd, rtol=1e-8)
    assert ours.log_evidence == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-8)
    ridge = KernelRidge(kernel="precomputed", alpha=0.09).fit(MATERN(X, X), Y)
    dual = bnn.gaussian_process(MATERN, X, y=Y, noise_root=0.3)
    np.testing.assert_allclose(dual.alpha, ridge.dual_coef_, rtol=1e-9)
    np.testing.assert_allclose(dual.predictive(NEW)[0], ridge.predict(MATERN(NEW, X)), rtol=1e-9)


def test_the_evidence_is_the_density_of_the_data() -> None:
    fit = bnn.gaussian_process(MATERN, X, y=Y, noise_root=ROOT, b=-0.7)
    truth = stats.multivariate_normal(np.full(9, -0.7), MATERN(X, X) + ROOT @ ROOT.T).logpdf(Y)
    assert fit.log_evidence == pytest.approx(truth, abs=1e-9)


def dual_posterior(prior, **errors) -> bnn.Posterior:
    return bnn.Posterior(bnn.KernelModel(MATERN, X), bnn.Gaussian(), prior=prior, data=bnn.Dataset(X, Y, **errors))


@pytest.mark.parametrize(
    "errors", [{"yerr": 0.3}, {"yerr": ERRORS}, {"cov": ROOT @ ROOT.T}], ids=["sigma", "yerr", "cov"]
)
def test_map_under_the_prior_of_the_process_is_kernel_ridge(errors) -> None:
    model = bnn.KernelModel(MATERN, X)
    prior = bnn.MultivariateNormal(0, model.prior_covariance())
    post = dual_posterior({"alpha": prior, "b": 0.4}, **errors)
    best = bnn.maximum_a_posteriori(post)
    noise_root = ROOT if "cov" in errors else errors["yerr"]
    exact = bnn.gaussian_process(MATERN, X, y=Y, noise_root=noise_root, b=0.4)
    np.testing.assert_allclose(best.values["alpha"], exact.alpha, atol=1e-8)
    at_centers = MATERN(X, X) @ best.covariance @ MATERN(X, X)
    np.testing.assert_allclose(np.sqrt(np.diag(at_centers)), exact.predictive(X)[1], rtol=1e-4)
    primal = bnn.exact_posterior(post)
    assert primal.log_evidence == pytest.approx(exact.log_evidence, abs=1e-8)
    np.testing.assert_allclose(primal.predictive(X).epistemic_sd, exact.predictive(X)[1], rtol=1e-7)


def test_the_prior_of_alpha_gives_f_the_covariance_of_the_kernel() -> None:
    covariance, matrix = bnn.KernelModel(MATERN, X).prior_covariance(), MATERN(X, X)
    np.testing.assert_allclose(matrix @ covariance @ matrix, matrix, atol=1e-12)
    np.testing.assert_array_equal(covariance, covariance.T)
    exact = conjugate(matrix, Y, noise_root=ERRORS, prior_mean=np.zeros(9), prior_root=np.linalg.cholesky(covariance))
    process = bnn.gaussian_process(MATERN, X, y=Y, noise_root=ERRORS)
    np.testing.assert_allclose(exact.mean, process.alpha, atol=1e-8)
    assert exact.log_evidence == pytest.approx(process.log_evidence, abs=1e-8)
    np.testing.assert_allclose(exact.predictive(matrix)[1], process.predictive(X)[1], rtol=1e-8)


def test_maximum_likelihood_interpolates() -> None:
    best = bnn.maximum_likelihood(dual_posterior({"alpha": bnn.Flat(), "b": 0.0}, yerr=0.3))
    np.testing.assert_allclose(best.values["alpha"], np.linalg.solve(MATERN(X, X), Y), atol=1e-8)


def test_sampling_agrees_with_the_exact_answer() -> None:
    post = dual_posterior({"alpha": bnn.Normal(0, 1), "b": bnn.Normal(0, 2)}, yerr=0.3)
    exact = bnn.exact_posterior(post)
    draws = bnn.sample(post, n_draws=150, n_warmup=150, n_ensembles=2, n_walkers=16, rng=1, progress=False)
    sd = np.sqrt(np.diag(exact.covariance))
    theta = draws.theta.reshape(-1, 10)
    n = 500  # of 4,800 draws, whatever their correlation
    assert np.all(np.abs(theta.mean(axis=0) - exact.mean) < 5 * sd / np.sqrt(n))
    assert np.all(np.abs(theta.var(axis=0) / sd**2 - 1) < 5 * np.sqrt(2 / n))


def test_the_forward_pass_and_its_backprop() -> None:
    model = bnn.KernelModel(MATERN, X)
    theta = RNG.standard_normal((3, 2, 10))
    outputs, backprop = model.forward(theta, NEW)
    one_by_one = [[t[9] + sum(t[n] * MATERN(NEW, X[n : n + 1])[:, 0] for n in range(9)) for t in w] for w in theta]
    np.testing.assert_allclose(outputs[..., 0], one_by_one, rtol=1e-10)
    grad = RNG.standard_normal(outputs.shape)
    np.testing.assert_allclose(np.sum(backprop(grad) * theta), np.sum(grad * outputs))
    assert model.blocks == {"alpha": (9,), "b": ()}
    values, slopes = model.linearize(theta[0, 0], NEW)
    np.testing.assert_allclose(values, outputs[0, 0], rtol=1e-12)
    np.testing.assert_allclose(slopes[:, 0], backprop(np.eye(6)[:, :, None]), rtol=1e-12)


def test_many_rows_in_pieces_equal_all_rows_at_once(blocks_of) -> None:
    post = dual_posterior({"alpha": bnn.Normal(0, 1), "b": bnn.Normal(0, 2)}, yerr=0.3)
    theta = RNG.standard_normal((4, 10))
    value, grad = post.value_and_grad(theta)
    blocks_of(6)
    np.testing.assert_allclose(post.value_and_grad(theta)[0], value, rtol=1e-12)
    np.testing.assert_allclose(post.value_and_grad(theta)[1], grad, rtol=1e-9)


def test_a_singular_kernel_matrix_is_a_sentence_and_a_jitter_mends_it() -> None:
    twice = bnn.KernelModel(MATERN, np.vstack([X, X[:1]]))
    smooth = bnn.KernelModel(bnn.kernels.Gaussian(10.0), np.linspace(0, 1, 30))
    few = bnn.KernelModel(bnn.kernels.Polynomial(1), X)
    for model in (twice, smooth, few):
        with pytest.raises(ModelError, match=r"expected a positive definite kernel matrix.*pass jitter="):
            model.prior_covariance()
        jitter = 1e-6
        matrix = model.kernel(model.centers, model.centers)
        lacking = matrix - matrix @ model.prior_covariance(jitter=jitter) @ matrix
        assert np.abs(np.linalg.eigvalsh(lacking)).max() < 1.1 * jitter
    for bad in (-1e-6, np.nan, np.inf):
        with pytest.raises(ModelError, match="jitter: expected a number >= 0"):
            twice.prior_covariance(jitter=bad)


def test_rows_that_come_twice_are_no_trouble_with_noise_and_a_sentence_without() -> None:
    fit = bnn.gaussian_process(MATERN, np.vstack([X, X]), y=np.tile(Y, 2), noise_root=0.3)
    once = bnn.gaussian_process(MATERN, X, y=Y, noise_root=0.3 / np.sqrt(2))
    for a, b in zip(fit.predictive(NEW), once.predictive(NEW), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    with pytest.raises(ModelError, match="singular to working accuracy; give a noise_root"):
        bnn.gaussian_process(bnn.kernels.Gaussian(10.0), np.linspace(0, 1, 40), y=np.zeros(40), noise_root=1e-12)


def test_the_sd_is_a_number_where_rounding_makes_the_variance_negative() -> None:
    x = np.linspace(0, 1, 5)
    _, sd = bnn.gaussian_process(bnn.kernels.Gaussian(1.0, 1e3), x, y=x, noise_root=1e-7).predictive(x)
    assert np.all((sd >= 0) & (sd < 1e-4))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnn.KernelModel(MATERN, []), "KernelModel: centers: expected at least one point"),
        (lambda: bnn.KernelModel(MATERN, [np.nan]), "KernelModel: centers: expected finite"),
        (lambda: bnn.KernelModel("rbf", X), "KernelModel: expected a kernel, got 'rbf'"),
        (lambda: bnn.KernelModel(bnn.kernels.Gaussian, X), "KernelModel: expected a kernel"),
        (lambda: bnn.KernelModel(MATERN, X).n_outputs(3), "expected 2 inputs, as the centers have, got a table with 3"),
        (lambda: bnn.gaussian_process("rbf", X, y=Y, noise_root=1.0), "gaussian_process: expected a kernel"),
        (lambda: bnn.gaussian_process(MATERN, [], y=[], noise_root=1.0), "gaussian_process: X: expected at least one"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y[:3], noise_root=1.0), r"expected y of shape \(9,\), got \(3,\)"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y[:, None], noise_root=1.0), r"expected y of shape \(9,\)"),
        (lambda: bnn.gaussian_process(MATERN, X, y=np.full(9, np.nan), noise_root=1.0), "y: expected finite"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root=1.0, b=np.nan), "b: expected finite"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root=0.0), "noise_root: expected positive"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root=-ERRORS), "noise_root: expected positive"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root=np.ones(3)), "noise_root: expected positive"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root=ROOT @ ROOT.T), "a lower Cholesky factor"),
        (lambda: bnn.gaussian_process(MATERN, X, y=Y, noise_root="a"), "noise_root: expected real numbers"),
        (lambda: DUAL.predictive(np.zeros((2, 3))), r"expected points \(N, 2\), got shape \(2, 3\)"),
        (lambda: DUAL.predictive([[np.nan, 0.0]]), "expected finite"),
    ],
)
def test_what_cannot_be_used(make, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()


DUAL = bnn.gaussian_process(MATERN, X, y=Y, noise_root=0.3)
