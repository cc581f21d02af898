"""The exact posterior of a problem as a user writes it: units, fixed blocks, and honest refusals."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import DataError, EvidenceError

RNG = np.random.default_rng(7)
X = np.sort(RNG.uniform(10, 30, 12))
Y = 200 + 5 * X + RNG.standard_normal(12)
LINE = bnn.LinearModel(bnn.polynomial(1))
COV = 0.8 * np.eye(12) + 0.3


def posterior(likelihood, *, model=LINE, prior=None, standardize=False, **errors) -> bnn.Posterior:
    data = bnn.Dataset(X, Y, **errors)
    prior = {"w": bnn.Normal([200.0, 0.0], [50.0, 10.0])} if prior is None else prior
    return bnn.Posterior(model, likelihood, prior=prior, data=data.standardize() if standardize else data)


CASES = {
    "sigma": (bnn.Gaussian(sigma=0.8), {}, 0.64 * np.eye(12), 0.8),
    "yerr": (bnn.Gaussian(), {"yerr": np.linspace(0.5, 2, 12)}, np.diag(np.linspace(0.5, 2, 12) ** 2), 0.0),
    "cov": (bnn.Gaussian(), {"cov": COV}, COV, 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_the_predictive_is_bayes_theorem_for_normals(case: str) -> None:
    likelihood, errors, noise, scatter = CASES[case]
    exact = bnn.exact_posterior(posterior(likelihood, **errors))
    new = np.array([0.0, 15.0, 40.0])
    design, at = np.column_stack([np.ones(12), X]), np.column_stack([np.ones(3), new])
    weighted = design.T @ np.linalg.inv(noise)
    covariance = np.linalg.inv(weighted @ design + np.diag([1 / 2500, 1 / 100]))
    p = exact.predictive(new)
    np.testing.assert_allclose(p.mean, at @ covariance @ (weighted @ Y + [200 / 2500, 0]), rtol=1e-9)
    variance = np.diag(at @ covariance @ at.T)
    np.testing.assert_allclose(p.epistemic_sd, np.sqrt(variance), rtol=1e-9)
    np.testing.assert_allclose(p.aleatoric_sd, scatter)
    np.testing.assert_allclose(p.sd, np.sqrt(variance + scatter**2), rtol=1e-9)
    assert exact.log_evidence == bnn.log_evidence(exact.posterior).log_z


def test_the_units_of_the_table_come_back() -> None:
    """The same prior in standardized units as in those of the table: the same prediction."""
    scaled = posterior(bnn.Gaussian(sigma=0.02), prior={"w": bnn.Normal(0, [2.0, 3.0])}, standardize=True)
    scaling = scaled.data.scaling
    slope_sd = 3 * scaling.y_scale / scaling.x_scale[0]
    centered = bnn.Dataset(X - scaling.x_mean, Y - scaling.y_mean)
    raw = bnn.Posterior(
        LINE,
        bnn.Gaussian(sigma=0.02 * scaling.y_scale),
        prior={"w": bnn.Normal(0, [2 * scaling.y_scale, slope_sd])},
        data=centered,
    )
    new = np.array([0.0, 15.0, 40.0])
    p, q = bnn.exact_posterior(scaled).predictive(new), bnn.exact_posterior(raw).predictive(new - scaling.x_mean)
    np.testing.assert_allclose(p.mean, q.mean + scaling.y_mean, rtol=1e-10)
    np.testing.assert_allclose(p.epistemic_sd, q.epistemic_sd, rtol=1e-10)
    np.testing.assert_allclose(p.sd, q.sd, rtol=1e-10)
    np.testing.assert_array_equal(p.X[:, 0], new)


def test_prediction_agrees_with_that_of_the_map_estimate() -> None:
    post = posterior(bnn.Gaussian(sigma=0.02), prior={"w": bnn.Normal(0, 1)}, standardize=True)
    p, q = bnn.exact_posterior(post).predictive(X), bnn.predict(post, bnn.maximum_a_posteriori(post), X)
    np.testing.assert_allclose(p.mean, q.mean, rtol=1e-9)
    np.testing.assert_allclose(p.aleatoric_sd, q.aleatoric_sd, rtol=1e-12)


def test_a_block_fixed_by_a_number_is_taken_off_the_data() -> None:
    model, data = bnn.MLP((1, 1)), bnn.Dataset(X, Y, yerr=1.0)
    prior = {"W1": bnn.Normal(0, 10), "b1": 200.0}
    exact = bnn.exact_posterior(bnn.Posterior(model, bnn.Gaussian(), prior=prior, data=data))
    precision = X @ X + 0.01
    assert exact.mean == pytest.approx(X @ (Y - 200) / precision)
    assert exact.covariance == pytest.approx(1 / precision)
    truth = stats.multivariate_normal(np.full(12, 200.0), np.eye(12) + 100 * np.outer(X, X)).logpdf(Y)
    assert exact.log_evidence == pytest.approx(truth, abs=1e-7)
    np.testing.assert_allclose(exact.predictive([0.0, 10.0]).mean, [200, 200 + 10 * exact.mean[0]])


def test_collinear_columns_and_more_weights_than_rows_are_no_trouble() -> None:
    """Thirty harmonics and a constant of twelve points, half of them equal to others on the grid."""
    grid = np.arange(12.0)
    data = bnn.Dataset(grid, Y, yerr=1.0)
    model = bnn.LinearModel(bnn.fourier(15, period=12.0))
    post = bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, 100)}, data=data)
    design = model.features(grid)
    assert np.linalg.matrix_rank(design) == 12 < post.n_params == 31
    exact = bnn.exact_posterior(post)
    marginal = np.eye(12) + 1e4 * design @ design.T
    assert exact.log_evidence == pytest.approx(stats.multivariate_normal(np.zeros(12), marginal).logpdf(Y), abs=1e-7)
    np.testing.assert_allclose(exact.predictive(grid).mean, Y - np.linalg.solve(marginal, Y), rtol=1e-9)
    best = bnn.maximum_a_posteriori(post)
    assert best.converged
    np.testing.assert_allclose(best.theta, exact.mean, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: posterior(bnn.Gaussian(sigma=1.0), prior={"w": bnn.Flat()}), "the prior Flat on 'w'"),
        (lambda: posterior(bnn.Gaussian(sigma=1.0), prior={"w": bnn.Laplace(0, 1)}), "the prior Laplace on 'w'"),
        (
            lambda: posterior(bnn.Gaussian(sigma=1.0), prior={"w": bnn.Normal(0, "tau"), "tau": bnn.HalfNormal(1)}),
            "the prior Normal on 'w' that refers to another block",
        ),
        (lambda: posterior(bnn.Gaussian(sigma=bnn.HalfNormal(1))), "an unknown sigma .normal_inverse_gamma"),
        (
            lambda: posterior(bnn.Gaussian(sigma=1.0), model=bnn.MLP((1, 2, 1)), prior={"*": bnn.Normal(0, 1)}),
            "a model that is not linear in its parameters, MLP",
        ),
        (lambda: bnn.FunctionPosterior(lambda a: -a * a, {"a": bnn.Normal(0, 1)}), "a log likelihood that is a"),
        (
            lambda: bnn.Posterior(
                bnn.MLP((1, 2)),
                bnn.Gaussian(sigma=1.0),
                prior={"*": bnn.Normal(0, 1)},
                data=bnn.Dataset(X, np.column_stack([Y, Y])),
            ),
            "2 targets",
        ),
    ],
)
def test_other_problems_are_refused_with_the_reason(make, message: str) -> None:
    with pytest.raises(EvidenceError, match=f"expected a linear model of one target .* got {message}"):
        bnn.exact_posterior(make())


def test_new_inputs_must_fit_the_table() -> None:
    exact = bnn.exact_posterior(posterior(bnn.Gaussian(sigma=1.0)))
    for bad in (np.zeros((3, 2)), [np.nan], ["a"]):
        with pytest.raises(DataError, match="X: expected"):
            exact.predictive(bad)
