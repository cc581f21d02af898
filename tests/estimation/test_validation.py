"""Cross-validation and its curves against scikit-learn's own, on the same splits."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, LeaveOneOut, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import bayesnn as bnn
from bayesnn.errors import DataError, ModelError, SettingError

RNG = np.random.default_rng(8)
X = np.sort(RNG.standard_normal((40, 2)), axis=0)
DATA = bnn.Dataset(X, X @ [1.0, -2.0] + 0.4 * RNG.standard_normal(40), names=["a", "b", "x [m]"])
CV = KFold(4, shuffle=True, random_state=3)
SCORES = {"mse": "neg_mean_squared_error", "mae": "neg_mean_absolute_error", "r2": "r2"}


def ridge(data: bnn.Dataset, alpha: float = 1.0):
    return Ridge(alpha=alpha).fit(data.X, data.y).predict


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("cv", [CV, ShuffleSplit(3, test_size=0.25, random_state=1)])
def test_cross_validation_is_scikit_learns(score: str, cv) -> None:
    found = bnn.cross_validate(ridge, DATA, cv=cv, score=score)
    sign = 1 if score == "r2" else -1
    theirs = model_selection.cross_validate(Ridge(), X, DATA.y, cv=cv, scoring=SCORES[score], return_train_score=True)
    np.testing.assert_allclose(found.validation, sign * theirs["test_score"], rtol=1e-10)
    np.testing.assert_allclose(found.train, sign * theirs["train_score"], rtol=1e-10)
    by_hand = np.std(found.validation, ddof=1) / np.sqrt(len(found.validation))
    assert found.validation_error == pytest.approx(by_hand)
    assert found.validation_mean == pytest.approx(np.mean(found.validation))
    assert (found.train_mean, found.n_folds) == (pytest.approx(np.mean(found.train)), len(found.train))
    assert found.train_error == pytest.approx(np.std(found.train, ddof=1) / np.sqrt(found.n_folds))


def test_the_validation_curve_is_scikit_learns() -> None:
    alphas = np.logspace(3, -3, 7)
    curve = bnn.validation_curve(ridge, DATA, values=alphas, cv=CV)
    train, test = model_selection.validation_curve(
        Ridge(), X, DATA.y, param_name="alpha", param_range=alphas, cv=CV, scoring=SCORES["mse"]
    )
    np.testing.assert_allclose(curve.scores.train, -train, rtol=1e-10)
    np.testing.assert_allclose(curve.scores.validation, -test, rtol=1e-10)
    assert curve.best == alphas[np.argmax(test.mean(axis=1))]


def test_the_learning_curve_is_scikit_learns_on_the_same_rows() -> None:
    """The rows are shuffled within each fold: what the largest fits saw gives scikit-learn the order."""
    seen = []

    def remember(data: bnn.Dataset):
        seen.append([int(np.flatnonzero(np.all(row == X, axis=1))[0]) for row in data.X])
        return ridge(data)

    curve = bnn.learning_curve(remember, DATA, sizes=[30, 2, 10], cv=CV)
    largest = [rows for rows in seen if len(rows) == 30]
    held_out = [test for _, test in CV.split(X)]
    sizes, train, test = model_selection.learning_curve(
        Ridge(), X, DATA.y, train_sizes=[2, 10, 30], cv=list(zip(largest, held_out, strict=True)), scoring=SCORES["mse"]
    )
    np.testing.assert_array_equal(curve.sizes, sizes)
    np.testing.assert_allclose(curve.scores.train, -train, rtol=1e-10, atol=1e-28)
    np.testing.assert_allclose(curve.scores.validation, -test, rtol=1e-10)
    for fold, (rows, (all_rows, _)) in enumerate(zip(largest, CV.split(X), strict=True)):
        assert sorted(rows) == all_rows.tolist()
        assert np.mean(np.abs(np.diff(rows))) > 5  # not as sorted as the table
        assert seen[fold] == rows[:2]  # smaller sets lie within larger ones
    assert not np.array_equal(np.argsort(largest[0]), np.argsort(largest[1]))  # an order for each fold


def test_a_number_of_folds_shuffles_and_a_single_split_has_no_error() -> None:
    scores = bnn.cross_validate(ridge, DATA, cv=5)
    ordered = bnn.cross_validate(ridge, DATA, cv=KFold(5))
    assert scores.validation.shape == (5,)
    assert not np.allclose(scores.validation, ordered.validation)
    assert not np.allclose(scores.validation, bnn.cross_validate(ridge, DATA, cv=5, rng=1).validation)
    holdout = bnn.validation_curve(ridge, DATA, values=[1.0], cv=ShuffleSplit(1, random_state=0))
    assert holdout.scores.validation.shape == (1, 1)
    assert np.isnan(holdout.scores.validation_error[0])
    with pytest.raises(SettingError, match="at least 2 folds"):
        _ = holdout.simplest


@pytest.mark.parametrize("score", ["mse", "r2"])
def test_the_best_and_the_simplest_within_one_standard_error(score: str) -> None:
    """Losses in folds by hand: means 5, 2.2, 2, 4; the standard error of the best is 0.5, then 0.1."""
    from bayesnn.estimation.cross_validation import FoldScores
    from bayesnn.estimation.validation_curve import ValidationCurve

    sign = -1 if score == "r2" else 1
    for spread, simplest in ((0.5, "b"), (0.1, "c")):
        validation = np.array([[5.0, 5.0], [2.2, 2.2], [2 - spread, 2 + spread], [4.0, 4.0]])
        scores = FoldScores(np.zeros((4, 2)), sign * validation, score, "y")
        curve = ValidationCurve(("a", "b", "c", "d"), scores)
        assert scores.validation_error[2] == pytest.approx(spread)
        assert (curve.best, curve.simplest) == ("c", simplest)


def test_leave_one_out_of_least_squares_is_press() -> None:
    """The residual of a row that was held out is r / (1 − h)."""

    def least_squares(data: bnn.Dataset):
        w = np.linalg.lstsq(data.X, data.y)[0]
        return lambda X: X @ w

    hat = X @ np.linalg.pinv(X)
    press = (DATA.y - hat @ DATA.y) / (1 - np.diag(hat))
    found = bnn.cross_validate(least_squares, DATA, cv=LeaveOneOut())
    np.testing.assert_allclose(found.validation, press**2, rtol=1e-9)
    every = bnn.cross_validate(least_squares, DATA, cv=40)
    np.testing.assert_allclose(np.sort(every.validation), np.sort(press**2), rtol=1e-9)


def test_an_optimum_of_standardized_rows_is_scored_in_the_units_of_the_table() -> None:
    """No prior, so that units do not matter: two targets on scales far apart."""
    wide = bnn.Dataset(100 * X, np.column_stack([1000 * DATA.y, 5 + X[:, 0] ** 2]))

    def network(data: bnn.Dataset):
        model = bnn.MLP((2, 2))
        post = bnn.Posterior(model, bnn.Gaussian(sigma=1.0), prior={"*": bnn.Flat()}, data=data.standardize())
        return bnn.maximum_likelihood(post)

    def scaled(y: np.ndarray, prediction: np.ndarray) -> float:
        return float(np.mean(((y - prediction) / [1000, 1]) ** 2))

    mine = bnn.cross_validate(network, wide, cv=CV, score=scaled)
    theirs = bnn.cross_validate(lambda data: ridge(data, 1e-9), wide, cv=CV, score=scaled)
    np.testing.assert_allclose(mine.validation, theirs.validation, rtol=1e-6)
    assert mine.score == "scaled"


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_capacity_curve_is_ridge_on_standardized_polynomials(decay: float) -> None:
    found = bnn.capacity_curve(DATA, degrees=range(1, 4), decays=[decay, 1.0], cv=CV)
    curve = found.curves[decay]
    n_train = 30  # scikit-learn sums squares where J takes their mean, and leaves y in its units
    for degree, scores in zip(curve.values, curve.scores.validation, strict=True):
        model = make_pipeline(StandardScaler(), PolynomialFeatures(degree, include_bias=False), Ridge(n_train * decay))
        theirs = -model_selection.cross_val_score(model, X, DATA.y, cv=CV, scoring=SCORES["mse"])
        np.testing.assert_allclose(scores, theirs, rtol=1e-8)
    assert list(found.curves) == [decay, 1.0]


def test_weight_decay_of_the_capacity_curve_is_a_gaussian_prior() -> None:
    decay, rows = 0.2, DATA.take(slice(0, 20))
    tau = bnn.weight_decay_to_scale(decay, sigma=1.0, n=10)

    def maximum(data: bnn.Dataset):
        prior = {"W1": bnn.Normal(0, tau), "b1": bnn.Flat()}
        post = bnn.Posterior(bnn.MLP((2, 1)), bnn.Gaussian(sigma=1.0), prior=prior, data=data.standardize())
        return bnn.maximum_a_posteriori(post)

    cv = KFold(2)
    curve = bnn.capacity_curve(rows, degrees=[1], decays=[decay], cv=cv).curves[decay]
    np.testing.assert_allclose(curve.scores.train[0], bnn.cross_validate(maximum, rows, cv=cv).train, rtol=1e-7)


def test_capacity_lowers_the_training_error_and_all_decays_see_the_same_folds() -> None:
    result = bnn.capacity_curve(DATA, degrees=range(5), decays=(0.0, 1e-12))
    plain, decayed = (curve.scores for curve in result.curves.values())
    assert np.all(np.diff(plain.train, axis=0) <= 1e-9)
    np.testing.assert_allclose(plain.validation, decayed.validation, rtol=1e-2)


def test_one_seed_one_result_whatever_the_executor() -> None:
    runs = []
    with ThreadPoolExecutor(3) as pool:
        for executor in (None, pool):
            runs.append(
                (
                    bnn.cross_validate(ridge, DATA, rng=2, executor=executor),
                    bnn.learning_curve(ridge, DATA, sizes=[3, 20], rng=2, executor=executor).scores,
                    bnn.validation_curve(ridge, DATA, values=[1.0, 2.0], rng=2, executor=executor).scores,
                    bnn.capacity_curve(DATA, degrees=[1, 2], rng=2, executor=executor).curves[0.0].scores,
                )
            )
    for alone, together in zip(*runs, strict=True):
        np.testing.assert_array_equal(alone.validation, together.validation)
        np.testing.assert_array_equal(alone.train, together.train)
    assert not np.array_equal(runs[0][1].train, bnn.learning_curve(ridge, DATA, sizes=[3, 20], rng=3).scores.train)


def test_fits_and_score_survive_a_trip_to_another_process() -> None:
    import pickle
    from functools import partial

    from bayesnn.estimation.bias_variance import _estimate
    from bayesnn.estimation.capacity_curve import _ridge
    from bayesnn.estimation.cross_validation import Job, _Scoring

    job, one = Job(np.arange(30), np.arange(30, 40), (2,)), _Scoring(partial(_ridge, decay=0.1), DATA, "mse")
    assert pickle.loads(pickle.dumps(one))(job) == one(job)
    assert pickle.loads(pickle.dumps(partial(_estimate, ridge, ridge))).args == (ridge, ridge)


def test_refusals() -> None:
    for cv in (1, 0, 41, "five", 0.25, None):
        with pytest.raises(SettingError, match="cv: expected 2 to 40 folds"):
            bnn.cross_validate(ridge, DATA, cv=cv)
    for sizes in ([], [0, 3], [5, 31], [2.5], "all", [np.nan]):
        with pytest.raises(SettingError, match="sizes: expected whole numbers from 1 to 30"):
            bnn.learning_curve(ridge, DATA, sizes=sizes, cv=CV)
    with pytest.raises(SettingError, match="values: expected at least one"):
        bnn.validation_curve(ridge, DATA, values=[])
    with pytest.raises(SettingError, match="values: expected at least one"):
        bnn.capacity_curve(DATA, degrees=[])
    for decays in ([], [-1.0], [np.nan], [np.inf]):
        with pytest.raises(SettingError, match="decays"):
            bnn.capacity_curve(DATA, degrees=[1], decays=decays)
    with pytest.raises(ModelError, match="degree"):
        bnn.capacity_curve(DATA, degrees=[-1])
    for data in (bnn.Dataset([1, 2, 3], ["a", "b", "a"]), bnn.Dataset([1, 2], [True, False]), np.zeros((4, 2))):
        with pytest.raises(DataError, match="real targets"):
            bnn.cross_validate(ridge, data, cv=2)
    for data in (DATA, bnn.Dataset([2.0, 4.0], [6.0, 8.0])):  # the second is only shifted
        with pytest.raises(DataError, match="standardize inside fit"):
            bnn.cross_validate(ridge, data.standardize(), cv=2)
    for score in ("rmse", 3):
        with pytest.raises(SettingError, match="score: expected one of mse, mae, r2"):
            bnn.cross_validate(ridge, DATA, score=score)
    for score in (lambda y, f: np.nan, lambda y, f: (y - f) ** 2):
        with pytest.raises(SettingError, match="one finite number"):
            bnn.cross_validate(ridge, DATA, score=score)
    with pytest.raises(ModelError, match=r"shape \(30,\), got \(30, 1\)"):
        bnn.cross_validate(lambda data: lambda X: X[:, :1], DATA, cv=CV)
    with pytest.raises(ModelError, match=r"predict"):
        bnn.cross_validate(lambda data: Ridge().fit(data.X, data.y), DATA)
