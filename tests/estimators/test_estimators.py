"""The estimators: scikit-learn's own checks, closed forms as oracle, and that they are what they are made of."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import bayesnn as bnn
from bayesnn.errors import ConvergenceWarning, DataError, SettingError

SHORT = {"hidden_layer_sizes": (4,), "n_draws": 15, "max_draws": 15, "n_warmup": 15, "n_walkers": 2, "random_state": 0}
SHORTEST = {**SHORT, "n_draws": 8, "max_draws": 8, "n_warmup": 8}
QUICK = {**SHORT, "inference": "map"}
UNCONVERGED = pytest.mark.filterwarnings("ignore::bayesnn.errors.ConvergenceWarning")


@UNCONVERGED  # eight draws are enough to see that the estimators keep to the rules
@parametrize_with_checks([bnn.BayesianMLPRegressor(**SHORTEST), bnn.BayesianMLPClassifier(**SHORTEST)])
def test_checks_of_scikit_learn(estimator, check) -> None:
    check(estimator)


@pytest.mark.slow
@UNCONVERGED
@parametrize_with_checks([bnn.BayesianMLPRegressor(), bnn.BayesianMLPClassifier()])
def test_checks_of_scikit_learn_with_the_defaults(estimator, check) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def line() -> tuple[np.ndarray, np.ndarray]:
    """y = 20 + 3 x, in other units than those of the network, with noise of sd 2."""
    rng = np.random.default_rng(1)
    X = rng.uniform(100, 110, size=(60, 1))
    return X, 20 + 3 * X[:, 0] + 2 * rng.standard_normal(60)


@pytest.fixture(scope="module")
def linear(line: tuple[np.ndarray, np.ndarray]) -> bnn.BayesianMLPRegressor:
    """The network without hidden layer, noise known: conjugate."""
    return bnn.BayesianMLPRegressor((), noise=2.0, max_draws=400, random_state=0).fit(*line)


def test_without_hidden_layer_it_is_the_conjugate_linear_model(line, linear) -> None:
    X, y = line
    new = np.array([[95.0], [105.0]])
    z, t, sd = (X - X.mean()) / X.std(), (y - y.mean()) / y.std(), 2.0 / y.std()
    design, at = (np.column_stack([np.ones(len(v)), v]) for v in (z, (new - X.mean()) / X.std()))
    covariance = np.linalg.inv(np.eye(2) + design.T @ design / sd**2)
    mean = y.mean() + y.std() * at @ covariance @ design.T @ t / sd**2
    spread = y.std() * np.sqrt(np.einsum("mi,ij,mj->m", at, covariance, at))
    found, of_f = linear.predict(new, return_std=True, noise=False)
    _, of_y = linear.predict(new, return_std=True)
    error = spread / np.sqrt(linear.diagnosis_.worst_ess)
    assert linear.diagnosis_.ok
    assert np.all(np.abs(found - mean) < 5 * error)
    np.testing.assert_allclose(of_f, spread, rtol=0.12)
    np.testing.assert_allclose(of_y, np.sqrt(spread**2 + 4), rtol=0.02)


def test_intervals_are_those_of_the_predictive_distribution(line, linear) -> None:
    X, _ = line
    low, high = linear.predict_interval(X[:5], level=0.9)
    mean, sd = linear.predict(X[:5], return_std=True)
    np.testing.assert_allclose(high - low, 2 * 1.645 * sd, rtol=0.04)
    np.testing.assert_allclose((high + low) / 2, mean, atol=0.15)
    y = linear.sample_y(X[:5], 4000)
    assert y.shape == (5, 4000)
    np.testing.assert_allclose(y.mean(axis=1), mean, atol=5 * 2.1 / np.sqrt(4000))
    np.testing.assert_allclose(y.std(axis=1), sd, rtol=0.06)
    np.testing.assert_array_equal(y, linear.sample_y(X[:5], 4000, random_state=0))
    assert not np.array_equal(y, linear.sample_y(X[:5], 4000, random_state=1))


def test_units_do_not_matter(line) -> None:
    X, y = line
    first = bnn.BayesianMLPRegressor(**QUICK).fit(X, y)
    other = bnn.BayesianMLPRegressor(**QUICK).fit(1e3 * X - 7, 1e-3 * y + 5)
    mean, sd = first.predict(X, return_std=True)
    scaled_mean, scaled_sd = other.predict(1e3 * X - 7, return_std=True)
    np.testing.assert_allclose(scaled_mean, 1e-3 * mean + 5, rtol=1e-6)
    np.testing.assert_allclose(scaled_sd, 1e-3 * sd, rtol=1e-4)


def test_known_errors_are_trusted_and_jitter_adds_to_them(line) -> None:
    X, y = line
    known = bnn.BayesianMLPRegressor((), inference="map").fit(X, y, yerr=0.5)
    assert "sigma" not in known.optimum_.values
    weights = 1 / np.linspace(0.1, 5, len(y)) ** 2
    flat = bnn.BayesianMLPRegressor((), prior_scale=1e3, inference="map").fit(X, y, yerr=weights**-0.5)
    np.testing.assert_allclose(
        flat.predict(X), np.polyval(np.polyfit(X[:, 0], y, 1, w=weights**0.5), X[:, 0]), rtol=1e-5
    )
    jitter = bnn.BayesianMLPRegressor((), noise="jitter", inference="map").fit(X, y, yerr=0.5)
    found = float(jitter.optimum_.values["jitter"]) * y.std()
    assert found == pytest.approx(np.sqrt(np.mean((y - jitter.predict(X)) ** 2) - 0.25), rel=0.05)


def test_the_learned_noise_is_that_of_the_residuals(line) -> None:
    X, y = line
    fitted = bnn.BayesianMLPRegressor((), inference="map").fit(X, y)
    _, sd = fitted.predict(X, return_std=True)
    np.testing.assert_allclose(sd, np.sqrt(np.mean((y - fitted.predict(X)) ** 2)), rtol=0.05)


def test_several_targets_at_once(line) -> None:
    X, y = line
    fitted = bnn.BayesianMLPRegressor(**QUICK).fit(X, np.column_stack([y, -10 * y]))
    mean, sd = fitted.predict(X, return_std=True)
    np.testing.assert_allclose(mean[:, 1], -10 * mean[:, 0], rtol=0.02)
    np.testing.assert_allclose(sd[:, 1], 10 * sd[:, 0], rtol=1e-6)
    assert fitted.predict_interval(X)[0].shape == (60, 2)
    assert fitted.sample_y(X, 3).shape == (60, 2, 3)


def test_long_tables_are_predicted_in_blocks(line) -> None:
    fitted = bnn.BayesianMLPRegressor(**QUICK).fit(*line)
    rows = np.linspace(90, 120, 1203)[:, None]
    one_by_one = np.concatenate([fitted.predict(row[None]) for row in rows[[0, 499, 500, 1202]]])
    np.testing.assert_allclose(fitted.predict(rows)[[0, 499, 500, 1202]], one_by_one, rtol=1e-10)


@pytest.mark.parametrize("inference", ["posterior", "laplace", "map", "mle", "sgd"])
@UNCONVERGED
def test_five_ways_to_infer_the_same_posterior(inference: str, line) -> None:
    X, y = line
    settings = {**SHORT, "hidden_layer_sizes": (), "n_draws": 60, "inference": inference}
    fitted = bnn.BayesianMLPRegressor(**settings).fit(X, y)
    assert fitted.score(X, y) > 0.9
    assert fitted.posterior_.n_params == 3
    _, of_f = fitted.predict(X, return_std=True, noise=False)
    assert np.all(of_f > 0) == (inference in ("posterior", "laplace"))
    assert fitted.optimum_.theta.shape == (3,)
    if inference == "posterior":
        assert fitted.diagnosis_.function is not None
        assert fitted.draws_.theta.shape == (4, 2, 60, 3)
    else:
        assert not hasattr(fitted, "draws_")
        with pytest.raises(AttributeError, match=f'expected inference="posterior", got {inference!r}'):
            _ = fitted.diagnosis_


def test_the_evidence_is_that_of_the_linear_model(linear) -> None:
    exact = bnn.log_evidence(linear.posterior_, method="exact").log_z
    found = linear.log_evidence_
    assert found.method.startswith("bridge")
    assert abs(found.log_z - exact) < 5 * found.error + 0.02
    point = (
        clone(linear)
        .set_params(inference="map")
        .fit(
            linear.posterior_.data.scaling.restore_inputs(linear.posterior_.data.X),
            linear.posterior_.data.scaling.restore(linear.posterior_.data.y),
        )
    )
    assert point.log_evidence_.log_z == pytest.approx(exact, abs=1e-6)


@UNCONVERGED
@pytest.mark.parametrize("estimator", [bnn.BayesianMLPRegressor, bnn.BayesianMLPClassifier])
def test_under_the_prior_sums_are_of_one_scale_however_wide_the_layer(estimator: type) -> None:
    X, y = load_iris(return_X_y=True)
    last = 10 if estimator is bnn.BayesianMLPClassifier else 1
    for width in (3, 30):
        settings = {**QUICK, "hidden_layer_sizes": (width,), "inference": "sgd", "n_epochs": 1, "prior_scale": 1.5}
        post = estimator(**settings).fit(X[:100], y[:100]).posterior_
        drawn = post.unpack(post.sample_prior(np.random.default_rng(0), 4000))
        wanted = {"W1": 1.5 / 2, "b1": 1.5, "W2": 1.5 * last * width**-0.5, "b2": 1.5 * last}
        for block, scale in wanted.items():
            assert drawn[block].std() == pytest.approx(scale, rel=0.05), block


def test_learned_scales_are_sampled_only(line) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = bnn.BayesianMLPRegressor(**{**SHORT, "prior_scale": "learn"}).fit(*line)
    assert {"scale1", "scale2"} <= set(fitted.draws_.values)
    with pytest.raises(SettingError, match="expected inference=\"posterior\", got 'map'"):
        bnn.BayesianMLPRegressor(**QUICK, prior_scale="learn").fit(*line)


def test_what_has_not_converged_says_so(line) -> None:
    with pytest.warns(ConvergenceWarning, match="BayesianMLPRegressor: NOT CONVERGED") as caught:
        bnn.BayesianMLPRegressor(**{**SHORT, "n_warmup": 0, "n_draws": 3, "max_draws": 3}).fit(*line)
    assert caught[0].filename == __file__


def test_rounds_go_on_until_they_converge(line) -> None:
    fitted = bnn.BayesianMLPRegressor((), noise=2.0, n_draws=10, n_warmup=25, max_draws=320, random_state=0).fit(*line)
    assert fitted.diagnosis_.ok
    assert fitted.draws_.n_draws in (20, 40, 80, 160)
    with pytest.warns(ConvergenceWarning):
        short = bnn.BayesianMLPRegressor((), noise=2.0, n_draws=3, n_warmup=25, max_draws=11, random_state=0).fit(*line)
    assert short.draws_.n_draws == 6


@pytest.mark.filterwarnings("ignore::bayesnn.errors.ConvergenceWarning")
def test_a_saved_run_is_taken_up(line, tmp_path: Path) -> None:
    first = bnn.BayesianMLPRegressor(**SHORT).fit(*line)
    first.draws_.save(tmp_path / "draws.h5")
    again = {**SHORT, "n_warmup": 0, "n_draws": 1, "max_draws": 1}
    cold, warm = (
        bnn.BayesianMLPRegressor(**again, start=start).fit(*line) for start in (None, str(tmp_path / "draws.h5"))
    )
    before, after = first.draws_.log_prob[:, :, -1], warm.draws_.log_prob[:, :, 0]
    assert abs(after.mean() - before.mean()) < abs(cold.draws_.log_prob.mean() - before.mean())
    np.testing.assert_array_equal(warm.draws_.theta, clone(warm).set_params(start=first.draws_).fit(*line).draws_.theta)
    held = {**SHORT, "inference": "sgd", "n_epochs": 1, "learning_rate": 1e-12}
    still = bnn.BayesianMLPRegressor(**held, start=first.draws_).fit(*line)
    np.testing.assert_allclose(still.optimum_.theta, first.draws_.theta[0, 0, -1], rtol=1e-8)
    with pytest.raises(SettingError, match="start: expected draws of this network"):
        bnn.BayesianMLPRegressor(**{**again, "hidden_layer_sizes": (5,)}, start=first.draws_).fit(*line)


def test_classes_are_what_bernoulli_and_categorical_say() -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    fitted = bnn.BayesianMLPClassifier(**QUICK).fit(X, names)
    p = fitted.predict_proba(X)
    prediction = bnn.predict(fitted.posterior_, fitted.optimum_, X)
    np.testing.assert_allclose(p, prediction.probabilities)
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    assert fitted.score(X, names) > 0.95
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), p)
    labels = fitted.sample_y(X, 2000)
    assert labels.shape == (150, 2000)
    np.testing.assert_allclose(np.mean(labels == "virginica", axis=1), p[:, 2], atol=0.06)
    two = bnn.BayesianMLPClassifier(**QUICK).fit(X[:100], names[:100])
    assert two.posterior_.model.n_outputs(4) == 1
    assert two.predict_proba(X[:100]).shape == (100, 2)
    assert two.score(X[:100], names[:100]) == 1.0


@pytest.fixture(scope="module")
def flowers() -> tuple[np.ndarray, np.ndarray, bnn.BayesianMLPClassifier]:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return X, names, bnn.BayesianMLPClassifier(**SHORT).fit(X, names)


def averaged(fitted: bnn.BayesianMLPClassifier, rows: slice) -> np.ndarray:
    logits = fitted.posterior_.outputs(fitted.draws_.flat, fitted.posterior_.data.X[rows])
    each = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return each.mean(axis=0)


@UNCONVERGED
def test_probabilities_are_averaged_over_draws(flowers) -> None:
    X, names, learned = flowers
    plain = clone(learned).set_params(temperature=1.0).fit(X, names)
    assert plain.temperature_ == 1.0
    np.testing.assert_array_equal(plain.draws_.theta, learned.draws_.theta)
    np.testing.assert_allclose(plain.predict_proba(X[:3]), averaged(plain, slice(3)), rtol=1e-8)


def test_and_their_temperature_is_learned_from_rows_that_are_left_out(flowers) -> None:
    X, _, learned = flowers
    assert learned.temperature_ == bnn.learn_temperature(learned.draws_)
    assert learned.temperature_ != 1.0
    wanted = averaged(learned, slice(None)) ** (1 / learned.temperature_)
    p = learned.predict_proba(X)
    np.testing.assert_allclose(p, wanted / wanted.sum(axis=1, keepdims=True), rtol=1e-7)
    np.testing.assert_allclose(np.exp(learned.predict_log_proba(X)), p)


@pytest.mark.parametrize("temperature", [1.0, 3.0, 0.3])
def test_draws_of_labels_come_as_often_as_their_probability_says(temperature: float, flowers) -> None:
    X, _, learned = flowers
    fitted = pickle.loads(pickle.dumps(learned))
    fitted.temperature_ = temperature
    p = fitted.predict_proba(X)
    drawn = fitted.sample_y(X, 20_000)
    assert drawn.shape == (150, 20_000)
    for k, name in enumerate(fitted.classes_):
        assert np.all(np.abs(np.mean(drawn == name, axis=1) - p[:, k]) < 5 * np.sqrt(p[:, k] / 20_000) + 1e-3)


@UNCONVERGED
def test_temperatures_of_two_classes_and_of_point_estimates(flowers) -> None:
    X, names, _ = flowers
    two = bnn.BayesianMLPClassifier(**SHORT).fit(X[50:], names[50:])
    assert two.temperature_ == bnn.learn_temperature(two.draws_)
    assert two.score(X[50:], names[50:]) > 0.9
    point = bnn.BayesianMLPClassifier(**QUICK).fit(X, names)
    assert point.temperature_ == 1.0
    cold = clone(point).set_params(temperature=0.5).fit(X, names)
    squared = point.predict_proba(X) ** 2
    np.testing.assert_allclose(cold.predict_proba(X), squared / squared.sum(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf"), "cold", None])
def test_bad_temperatures_are_refused_when_fitting(temperature: object, line) -> None:
    X, y = line
    with pytest.raises(SettingError, match="temperature: expected a positive number"):
        bnn.BayesianMLPClassifier(**QUICK, temperature=temperature).fit(X, y > y.mean())


def test_in_the_company_of_scikit_learn(line) -> None:
    X, y = line
    estimator = bnn.BayesianMLPRegressor(**QUICK)
    piped = make_pipeline(MinMaxScaler(), estimator).fit(X, y)
    assert piped.score(X, y) > 0.9
    search = GridSearchCV(estimator, {"prior_scale": [0.01, 1.0]}, cv=3).fit(X, y)
    assert search.best_params_ == {"prior_scale": 1.0}
    assert np.all(cross_val_score(estimator, X, y, cv=3, params={"yerr": np.full(60, 2.0)}) > 0.8)
    assert clone(estimator).get_params() == estimator.get_params()
    copy = pickle.loads(pickle.dumps(estimator.fit(X, y)))
    np.testing.assert_array_equal(copy.predict(X), estimator.predict(X))


@pytest.mark.parametrize("frames", ["pandas", "polars"])
def test_frames_bring_their_names(frames: str) -> None:
    library = pytest.importorskip(frames)
    X, y = load_iris(return_X_y=True)
    table = library.DataFrame({f"length {i}": X[:, i] for i in range(4)})
    fitted = bnn.BayesianMLPClassifier(**QUICK).fit(table, library.Series(list("abc")[label] for label in y))
    assert list(fitted.feature_names_in_) == [f"length {i}" for i in range(4)]
    assert set(fitted.predict(table)) == {"a", "b", "c"}
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(library.DataFrame({f"width {i}": X[:, i] for i in range(4)}))


@pytest.mark.parametrize("estimator", [bnn.BayesianMLPRegressor, bnn.BayesianMLPClassifier])
def test_before_a_fit_there_is_nothing(estimator: type) -> None:
    for name in ("draws_", "diagnosis_", "optimum_", "log_evidence_"):
        with pytest.raises(NotFittedError):
            getattr(estimator(), name)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"inference": "vi"}, "inference: expected one of posterior, laplace, map, mle, sgd"),
        ({"prior_scale": -1.0}, "prior_scale: expected a positive number"),
        ({"prior_scale": "wide"}, "prior_scale: expected a positive number"),
        ({"prior_scale": float("nan")}, "prior_scale: expected a positive number"),
        ({"noise": "known"}, "noise: expected"),
        ({"noise": -1.0}, "noise: expected"),
        ({"noise": None}, "noise: expected"),
        ({"hidden_layer_sizes": (0,)}, "expected at least two widths, all whole and positive"),
        ({"hidden_layer_sizes": "big"}, "expected at least two widths, all whole and positive"),
        ({"activation": "softplu"}, "softplu"),
        ({"n_draws": 0}, "n_draws"),
        ({"max_draws": 0}, "max_draws"),
        ({"n_walkers": 0}, "n_walkers"),
        ({"n_ensembles": 0}, "n_ensembles"),
        ({"n_warmup": -1}, "n_warmup"),
        ({"n_draws": 1.5}, "n_draws"),
        ({"start": "nowhere.h5"}, "nowhere.h5"),
        ({"inference": "sgd", "batch_size": 0}, "batch_size"),
        ({"inference": "sgd", "learning_rate": -1.0}, "learning_rate|value"),
    ],
)
def test_bad_settings_are_refused_when_fitting(settings: dict, what: str, line) -> None:
    estimator = bnn.BayesianMLPRegressor(**{**SHORT, **settings})
    with pytest.raises((SettingError, ValueError, OSError), match=what):
        estimator.fit(*line)


def test_bad_data_are_refused(line) -> None:
    X, y = line
    regressor, classifier = bnn.BayesianMLPRegressor(**QUICK), bnn.BayesianMLPClassifier(**QUICK)
    with pytest.raises(DataError, match="two classes or more"):
        classifier.fit(X, np.ones(60))
    with pytest.raises(DataError, match="yerr"):
        regressor.fit(X, y, yerr=np.zeros(60))
    with pytest.raises(DataError, match="yerr"):
        regressor.fit(X, y, yerr=np.ones(59))
    with pytest.raises(DataError):
        bnn.BayesianMLPRegressor(**QUICK, noise=1.0).fit(X, y, yerr=1.0)
    fitted = regressor.fit(X, y)
    with pytest.raises(SettingError, match="level"):
        fitted.predict_interval(X, level=90)
