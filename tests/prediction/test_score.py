"""Scores against closed forms, simulated truth and scikit-learn."""

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp
from sklearn import metrics

import bayesnn as bnn
from bayesnn.errors import DataError, SettingError
from bayesnn.prediction.calibration import reliability, transforms, unevenness
from bayesnn.prediction.score import crps

mpl.use("Agg")
RNG = np.random.default_rng(3)
LINE = bnn.LinearModel(bnn.polynomial(degree=1))
X = np.linspace(-1, 1, 30)
LEVELS = ["low", "high", "middle"]


def gaussian(sigma=2.0, *, at=X, **errors):
    """MAP prediction of a line with Gaussian scatter, in the units of a table that was standardized."""
    y = 100 + 30 * X + RNG.standard_normal(30)
    data = bnn.Dataset(X, y, **errors).standardize()
    scale = sigma if sigma is None or isinstance(sigma, bnn.HalfNormal) else sigma / data.scaling.y_scale
    post = bnn.Posterior(LINE, bnn.Gaussian(sigma=scale), prior={"w": bnn.Normal(0, 1)}, data=data)
    return bnn.predict(post, bnn.maximum_a_posteriori(post), at)


def classes(labels, *, source="map"):
    """A prediction of labels, at inputs that are trained on."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    y = np.array(labels)[np.digitize(x[:, 0] + 0.5 * rng.standard_normal(60), [-0.5, 0.5][: len(labels) - 1])]
    likelihood, n = (bnn.Bernoulli(), 1) if len(labels) == 2 else (bnn.Categorical(), len(labels))
    post = bnn.Posterior(bnn.MLP((2, n)), likelihood, prior={"*": bnn.Normal(0, 1)}, data=bnn.Dataset(x, y))
    found = {
        "map": lambda: bnn.maximum_a_posteriori(post),
        "sgd": lambda: bnn.train(post, optimizer=bnn.SGD(learning_rate=0.1), n_epochs=20),
        "posterior": lambda: bnn.sample(post, n_draws=25, n_warmup=25, n_walkers=4, n_ensembles=2, progress=False),
    }[source]()
    return bnn.predict(post, found, x), y


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_a_gaussian_is_scored_by_its_closed_forms_in_the_units_of_the_table() -> None:
    p = gaussian()
    y = p.mean + 2 * RNG.standard_normal(30) + 1
    z = (y - p.mean) / 2
    found = bnn.score(p, y)
    truth = 2 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert found.lppd == pytest.approx(np.mean(stats.norm(p.mean, 2).logpdf(y)))
    assert found.crps == pytest.approx(truth.mean(), rel=0.03)
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(y, p.mean))
    assert found.coverage.keys() == {0.5, 0.9, 0.95}
    for level, share in found.coverage.items():
        assert abs(share - np.mean(np.abs(z) < stats.norm.ppf(0.5 + level / 2))) <= 1 / 30 + 1e-9


def test_the_density_of_draws_is_that_of_their_mixture() -> None:
    data = bnn.Dataset(X, X)
    post = bnn.Posterior(LINE, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"w": bnn.Normal(0, 1)}, data=data)
    draws = bnn.sample(post, n_draws=10, n_warmup=20, n_walkers=4, n_ensembles=1, progress=False)
    p = bnn.predict(post, draws, X)
    each = stats.norm(p.functions[..., 0], p.noise["sigma"][:, None]).logpdf(X + 0.1)
    assert bnn.score(p, X + 0.1).lppd == pytest.approx(np.mean(logsumexp(each, axis=0) - np.log(len(each))))


def test_errors_known_row_by_row_come_with_the_targets() -> None:
    p = gaussian(None, yerr=1.0)
    y, yerr = p.mean + 3.0, np.linspace(1, 4, 30)
    found = bnn.score(p, y, yerr=yerr)
    assert found.lppd == pytest.approx(np.mean(stats.norm(p.mean, yerr).logpdf(y)))
    pit = np.sort(stats.norm.cdf(3 / yerr))
    expected = np.mean([abs(np.mean(pit <= u) - u) for u in np.arange(1, 100) / 100])
    assert found.calibration_error == pytest.approx(expected, abs=0.02)


def test_crps_of_draws_is_fair_and_that_of_a_point_its_distance() -> None:
    y, draws = np.array([0.3, -2.0]), RNG.standard_normal((6, 2))
    pairs = np.abs(draws[:, None] - draws[None]).sum(axis=(0, 1)) / (6 * 5)
    np.testing.assert_allclose(crps(y, draws), np.abs(draws - y).mean(axis=0) - 0.5 * pairs)
    np.testing.assert_allclose(crps(y, np.ones((6, 2))), np.abs(y - 1))


@pytest.mark.parametrize("law", [stats.norm(3, 2), stats.poisson(1.3), stats.t(2)], ids=["normal", "counts", "t"])
def test_simulated_truth_is_calibrated_and_other_truth_is_not(law) -> None:
    y, draws = law.rvs((2000, 1), random_state=1), law.rvs((500, 2000, 1), random_state=2)
    pit = transforms(y, draws)
    assert stats.kstest(pit.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(transforms(y, draws[:2]).ravel(), "uniform").pvalue > 1e-3  # exact for any number of draws
    assert unevenness(pit) < 0.02
    assert unevenness(transforms(y + law.std() if np.isfinite(law.std()) else y + 1, draws)) > 0.1


def test_two_targets_are_scored_together_in_their_own_units() -> None:
    y = 50 + RNG.standard_normal((30, 2)) * [10, 0.1]
    data = bnn.Dataset(X, y).standardize()
    post = bnn.Posterior(bnn.MLP((1, 2)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Normal(0, 1)}, data=data)
    p = bnn.predict(post, bnn.maximum_a_posteriori(post), X)
    truth = stats.norm(p.mean, data.scaling.y_scale).logpdf(y).sum(axis=1).mean()
    assert bnn.score(p, y).lppd == pytest.approx(truth)


# --- classes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["map", "sgd", "posterior"])
@pytest.mark.parametrize("labels", [["no", "yes"], ["a", "b", "c"], [3, 7]], ids=["two", "three", "numbers"])
def test_classes_are_scored_as_by_scikit_learn(labels, source: str) -> None:
    p, y = classes(labels, source=source)
    found, probabilities = bnn.score(p, y), p.probabilities
    assert found.accuracy == metrics.accuracy_score(y, p.classes[probabilities.argmax(axis=1)])
    assert found.log_loss == pytest.approx(metrics.log_loss(y, probabilities, labels=p.classes), rel=1e-6)
    assert found.lppd == -found.log_loss
    if len(labels) == 2:
        brier = metrics.brier_score_loss(y == labels[1], probabilities[:, 1])
    else:
        brier = np.mean(np.sum((probabilities - (y[:, None] == p.classes)) ** 2, axis=1))
    assert found.brier == pytest.approx(brier)
    confidence = probabilities.max(axis=1)
    right = p.classes[probabilities.argmax(axis=1)] == y
    assert found.calibration_error == pytest.approx(reliability(confidence, right).error)
    assert found.accuracy > 1 / len(labels)


def test_the_calibration_error_of_a_forecaster_who_is_known() -> None:
    """Says 0.95 and is right in 3 of 4, says 0.55 and is right in 1 of 2: (4 · 0.2 + 2 · 0.05) / 6."""
    found = reliability(np.array([0.95] * 4 + [0.55] * 2), np.array([1, 1, 1, 0, 1, 0]))
    assert found.error == pytest.approx(0.15)
    assert found.count.tolist() == [2, 4]
    np.testing.assert_allclose(found.frequency, [0.5, 0.75])
    np.testing.assert_allclose(found.confidence, [0.55, 0.95])
    assert reliability(np.ones(3), np.ones(3)).error == 0
    p = RNG.uniform(0.3, 1, 100_000)
    assert reliability(p, RNG.random(100_000) < p).error < 0.01


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (X[:-1], {}, "align the rows"),
        (np.column_stack([X, X]), {}, "one a prediction"),
        (np.where(X > 0, np.nan, X), {}, "finite"),
        (["a"] * 30, {}, "got labels"),
        (X, {"yerr": 1.0}, "errors from the data or from sigma, got both"),
    ],
)
def test_targets_that_do_not_fit(y, settings, message: str) -> None:
    with pytest.raises(DataError, match=message):
        bnn.score(gaussian(), y, **settings)


def test_labels_and_settings_that_do_not_fit() -> None:
    p, y = classes(["a", "b"])
    with pytest.raises(DataError, match=r"score: expected labels among \['a', 'b'\], got 'c'"):
        bnn.score(p, ["c", *y[1:]])
    with pytest.raises(DataError, match="align the rows"):
        bnn.score(p, y[:5])
    with pytest.raises(DataError, match="finite"):
        bnn.score(p, np.full(60, np.nan))
    with pytest.raises(DataError, match="got yerr"):
        bnn.score(p, y, yerr=1.0)
    with pytest.raises(SettingError, match="levels"):
        bnn.score(gaussian(), X, levels=[90])
    with pytest.raises(DataError, match="expected yerr"):
        bnn.score(gaussian(None, yerr=1.0), X)
    assert bnn.score(p, ["a"] * 60).accuracy == np.mean(p.probabilities[:, 0] > 0.5)  # one class of two is no error


def test_scores_are_frozen() -> None:
    p, y = classes(["a", "b"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        bnn.score(p, y).accuracy = 1.0


# --- figures ---------------------------------------------------------------------------------------------------------


def test_reliability_and_coverage_are_drawn() -> None:
    p, y = classes(["a", "b", "c"])
    top, bottom = bnn.plot.calibration(p, y, title="three classes").axes
    assert top.get_xlabel() == bottom.get_xlabel() == "probability of the predicted class"
    assert f"{bnn.score(p, y).calibration_error:.3f}" in top.get_legend().get_texts()[1].get_text()
    assert sum(patch.get_height() for patch in bottom.patches) == 60
    p = gaussian()
    top, bottom = bnn.plot.calibration(p, p.mean + 2 * RNG.standard_normal(30)).axes
    (line,) = [line for line in top.lines if line.get_label() == "central intervals"]
    assert line.get_ydata()[-1] == 1
    assert sum(patch.get_height() for patch in bottom.patches if patch.get_width() < 0.5) == 30
    with pytest.raises(DataError, match="align"):
        bnn.plot.calibration(p, [1.0])


@pytest.mark.parametrize("kind", [lambda s: bnn.Gaussian(sigma=s), lambda s: bnn.likelihoods.StudentT(4, scale=s)])
def test_errors_that_a_likelihood_knows_row_by_row_are_of_its_own_table(kind) -> None:
    """Rows of another table, or of the same in another order, would be scored by errors that are not theirs."""
    data = bnn.Dataset(X, 2 * X)
    for errors, is_refused in ((np.linspace(0.1, 3, 30), True), (np.full(30, 0.5), False)):
        post = bnn.Posterior(LINE, kind(errors), prior={"w": bnn.Normal(0, 1)}, data=data)
        p = bnn.predict(post, bnn.maximum_a_posteriori(post), X[::-1])
        if is_refused:
            with pytest.raises(DataError, match="errors of y: expected one a row of these"):
                bnn.score(p, 2 * X[::-1])
        else:
            assert np.isfinite(bnn.score(p, 2 * X[::-1]).lppd)


def test_no_inputs_no_prediction() -> None:
    for none in ([], np.zeros((0, 1))):
        with pytest.raises(DataError, match="expected one row of inputs at least, got none"):
            gaussian(at=none)
