"""Bias and variance against closed forms: sample variances, least squares and ridge."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import DataError, ModelError, SettingError

N, SIGMA = 6, 1.5
INPUTS = np.linspace(-1.0, 1.0, 12)
DESIGN = np.vander(INPUTS, 3, increasing=True)
NEW = np.linspace(-1.2, 1.2, 7)
NEW_DESIGN = np.vander(NEW, 3, increasing=True)
TRUE = np.array([1.0, -2.0, 0.5])


def scatter(rng) -> bnn.Dataset:
    return bnn.Dataset(np.arange(N), 7 + SIGMA * rng.standard_normal(N))


def quadratic(rng) -> bnn.Dataset:
    return bnn.Dataset(INPUTS, DESIGN @ TRUE + 0.3 * rng.standard_normal(len(INPUTS)), yerr=0.3)


def maximum(data: bnn.Dataset, prior=None):
    model = bnn.LinearModel(bnn.polynomial(degree=2))
    post = bnn.Posterior(model, bnn.Gaussian(), prior={"w": prior or bnn.Flat()}, data=data)
    return bnn.maximum_a_posteriori(post)


def within(found, truth, error, *, sigmas=5) -> None:
    assert np.all(np.abs(found - truth) < sigmas * error), (found, truth, error)


def test_sample_variances_with_n_and_with_n_minus_1() -> None:
    def both(data: bnn.Dataset):
        return [data.y.var(), data.y.var(ddof=1)]

    result = bnn.bias_variance(scatter, both, truth=[SIGMA**2] * 2, n_sets=8000)
    errors = result.standard_errors
    within(result.bias, [-(SIGMA**2) / N, 0.0], errors["bias"])
    within(result.squared_bias, [(SIGMA**2 / N) ** 2, 0.0], errors["squared_bias"])
    unbiased = 2 * SIGMA**4 / (N - 1)
    variance = np.array([unbiased * ((N - 1) / N) ** 2, unbiased])  # 2 (n − 1) σ⁴ / n² and 2 σ⁴ / (n − 1)
    within(result.variance, variance, errors["variance"])
    within(result.squared_error, variance + np.array([SIGMA**2 / N, 0.0]) ** 2, errors["squared_error"])
    np.testing.assert_allclose(result.squared_error, result.squared_bias + result.variance, rtol=1e-12)
    np.testing.assert_allclose(errors["bias"], np.sqrt(variance / 8000), rtol=0.1)
    assert result.squared_error[0] < result.squared_error[1]  # the biased one is nearer on average


def test_least_squares_has_no_bias_and_the_textbook_variance() -> None:
    result = bnn.bias_variance(quadratic, maximum, X=NEW, truth=NEW_DESIGN @ TRUE, noise=0.3)
    errors = result.standard_errors
    within(result.bias, 0.0, errors["bias"])
    within(result.squared_bias, 0.0, errors["squared_bias"])
    variance = 0.3**2 * np.sum(NEW_DESIGN @ np.linalg.inv(DESIGN.T @ DESIGN) * NEW_DESIGN, axis=1)
    within(result.variance, variance, errors["variance"])
    np.testing.assert_allclose(result.prediction_error - result.squared_error, 0.09)
    assert result.estimates.shape == (200, 7)
    assert result.average["variance"] == pytest.approx(result.variance.mean())
    assert "prediction_error" in result.summary()


def test_ridge_has_the_bias_and_variance_of_its_closed_form() -> None:
    tau = 0.4
    hat = np.linalg.solve(DESIGN.T @ DESIGN + (0.3 / tau) ** 2 * np.eye(3), DESIGN.T)

    def ridge(data: bnn.Dataset):
        return maximum(data, bnn.Normal(0, tau))

    result = bnn.bias_variance(quadratic, ridge, X=NEW, truth=NEW_DESIGN @ TRUE, n_sets=400)
    bias = NEW_DESIGN @ (hat @ DESIGN @ TRUE - TRUE)
    variance = 0.3**2 * np.sum((NEW_DESIGN @ hat) ** 2, axis=1)
    within(result.bias, bias, result.standard_errors["bias"])
    within(result.squared_bias, bias**2, result.standard_errors["squared_bias"])
    within(result.variance, variance, result.standard_errors["variance"])
    truth = {"squared_bias": np.mean(bias**2), "variance": np.mean(variance)}
    truth["squared_error"] = truth["prediction_error"] = sum(truth.values())
    for name, value in truth.items():
        within(result.average[name], value, result.average_errors[name])


@pytest.mark.parametrize("shift", [0.0, 0.05, 1.0])
def test_monte_carlo_errors_are_the_scatter_over_repetitions(shift: float) -> None:
    """Three numbers that are shifted from the truth, correlated between components, 300 times over.

    The error of bias² is up to √2 too large where there is hardly any: the bias that enters it is itself found.
    """
    mix = np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.5], [0.0, 0.0, 1.0]])
    results = [
        bnn.bias_variance(
            lambda rng: rng.standard_normal(3) @ mix + shift, lambda y: y, truth=np.zeros(3), n_sets=60, rng=seed
        )
        for seed in range(300)
    ]
    for name in ("squared_bias", "variance", "squared_error"):
        scatter = np.std([getattr(result, name) for result in results], axis=0)
        said = np.sqrt(np.mean([result.standard_errors[name] ** 2 for result in results], axis=0))
        most = 1.65 if name == "squared_bias" and shift < 0.1 else 1.2
        assert np.all((0.8 * scatter < said) & (said < most * scatter))
        scatter = np.std([result.average[name] for result in results])
        said = np.sqrt(np.mean([result.average_errors[name] ** 2 for result in results]))
        assert 0.8 * scatter < said < most * scatter
    mean = np.mean([result.squared_bias for result in results], axis=0)
    within(mean, shift**2, np.std([result.squared_bias for result in results], axis=0) / np.sqrt(300))


def test_an_optimum_of_standardized_data_predicts_in_the_units_of_the_table() -> None:
    """Least squares does not care about units, so that standardizing each data set changes nothing."""

    def raw(rng) -> bnn.Dataset:
        return bnn.Dataset(100 + 30 * INPUTS, 500 + 20 * quadratic(rng).y, yerr=6.0)

    def wide(data: bnn.Dataset):
        w = np.polyfit(data.X[:, 0], data.y, 2)
        return lambda X: np.polyval(w, X[:, 0])

    at = {"X": 100 + 30 * NEW, "truth": 500 + 20 * NEW_DESIGN @ TRUE, "n_sets": 3}
    standardized = bnn.bias_variance(raw, lambda data: maximum(data.standardize()), **at)
    np.testing.assert_allclose(standardized.estimates, bnn.bias_variance(raw, wide, **at).estimates, rtol=1e-7)


def test_one_seed_one_result_whatever_the_executor() -> None:
    alone = bnn.bias_variance(scatter, lambda data: data.y.var(), truth=1.0, n_sets=30, rng=4)
    with ThreadPoolExecutor(3) as pool:
        together = bnn.bias_variance(scatter, lambda data: data.y.var(), truth=1.0, n_sets=30, rng=4, executor=pool)
    np.testing.assert_array_equal(alone.estimates, together.estimates)
    more = bnn.bias_variance(scatter, lambda data: data.y.var(), truth=1.0, n_sets=40, rng=4)
    np.testing.assert_array_equal(more.estimates[:30], alone.estimates)  # a stream for each data set
    assert len(set(alone.estimates.tolist())) == 30
    other = bnn.bias_variance(scatter, lambda data: data.y.var(), truth=1.0, n_sets=30, rng=5)
    assert not np.array_equal(alone.estimates, other.estimates)


def test_several_targets_and_functions_that_overwrite_their_input() -> None:
    def hostile(X: np.ndarray) -> np.ndarray:
        values = np.hstack([X, 2 * X])
        X[:] = np.nan
        return values

    result = bnn.bias_variance(scatter, lambda data: hostile, X=NEW, truth=np.zeros((7, 2)), n_sets=2)
    np.testing.assert_allclose(result.mean, np.column_stack([NEW, 2 * NEW]))
    assert result.standard_errors["variance"].shape == (7, 2)


def test_refusals() -> None:
    def constant(data: bnn.Dataset):
        return lambda X: np.zeros(len(X))

    for n_sets in (1, 0, 2.5):
        with pytest.raises(SettingError, match="n_sets"):
            bnn.bias_variance(scatter, constant, X=NEW, truth=np.zeros(7), n_sets=n_sets)
    for truth in (np.zeros(6), 0.0, []):
        with pytest.raises(DataError, match="truth: expected"):
            bnn.bias_variance(scatter, constant, X=NEW, truth=truth)
    with pytest.raises(DataError, match="X: expected finite"):
        bnn.bias_variance(scatter, constant, X=[0.0, np.nan], truth=[0.0, 0.0])
    for noise in (-1.0, [1.0, 2.0]):
        with pytest.raises(DataError, match="noise"):
            bnn.bias_variance(scatter, constant, X=NEW, truth=np.zeros(7), noise=noise)
    curve = bnn.FunctionPosterior(lambda a: -(a**2), {"a": bnn.Flat()})
    bad_fits = {
        r"shape \(7,\), got \(7, 1\)": lambda data: lambda X: X,
        "finite": lambda data: lambda X: np.full(len(X), np.inf),
        "function of X, got Dataset": lambda data: data,
        "FunctionPosterior": lambda data: bnn.maximum_likelihood(curve),
        "real numbers": lambda data: lambda X: ["a"] * len(X),
    }
    for message, fit in bad_fits.items():
        with pytest.raises(ModelError, match=message):
            bnn.bias_variance(scatter, fit, X=NEW, truth=np.zeros(7), n_sets=2)
    with pytest.raises(ModelError, match="pass X"):
        bnn.bias_variance(scatter, constant, truth=1.0, n_sets=2)
    with pytest.raises(DataError, match=r"\(M, 1\)"):
        bnn.bias_variance(quadratic, maximum, X=np.zeros((7, 2)), truth=np.zeros(7), n_sets=2)
