"""Labels become indices, and what does not fit is refused in one sentence."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import DataError, ModelError, PriorError, SettingError

X = np.arange(4.0)
COIN = ["a", "b", "a", "b"]
LINE = bnn.LinearModel(bnn.polynomial(degree=1))
StudentT = bnn.likelihoods.StudentT


def posterior(likelihood, y, *, model=LINE, standardize=False, **errors) -> bnn.Posterior:
    data = bnn.Dataset(X, y, **errors)
    data = data.standardize() if standardize else data
    return bnn.Posterior(model, likelihood, prior={"*": bnn.Normal(0, 1)}, data=data)


@pytest.mark.parametrize(
    ("likelihood", "y", "message"),
    [
        (bnn.Bernoulli(), ["a"] * 4, "two classes or more, got a only; pass classes"),
        (bnn.Bernoulli(), [1, 1, 1, 1], "got 1 only"),
        (bnn.Bernoulli(), [True] * 4, "got True only"),
        (bnn.Bernoulli(), ["a", "b", "c", "a"], "got 3; use Categorical"),
        (bnn.Bernoulli(), [0, 1, 0.5, 1], "whole numbers, got 0.5"),
        (bnn.Bernoulli(), np.eye(4)[:, :2], "one label a row"),
        (bnn.Bernoulli(classes=["a", "c"]), COIN, r"among \['a', 'c'\], got 'b'"),
        (bnn.Categorical(), ["a"] * 4, "two classes or more"),
        (bnn.Categorical(), np.eye(4), r"one label a row, got shape \(4, 4\)"),
        (bnn.Categorical(), [0.1, 1.7, 2.0, 3.0], "whole numbers, got 0.1"),
        (bnn.Categorical(classes=[0, 1, 2]), [0, 1, 2, 3], "got 3; add it to classes"),
        (bnn.Categorical(classes=["0", "1"]), [0, 1, 0, 1], "got 0"),
        (bnn.Poisson(), ["many", "few", "none", "few"], "expected counts, got labels"),
        (bnn.Poisson(), [True, False, True, False], "expected counts, got labels"),
        (bnn.Poisson(), [1, 2, -3, 4], "got -3"),
        (bnn.Poisson(), [1, 2, 3.5, 4], "got 3.5"),
        (bnn.HeteroscedasticGaussian(), COIN, "got labels"),
        (StudentT(scale=1), COIN, "got labels"),
        (StudentT(scale=0), X, "positive scale"),
        (StudentT(scale=[1, 1, -1, 1]), X, "positive scale"),
        (StudentT(scale=np.nan), X, "positive scale"),
        (StudentT(scale=[1, 2, 3]), X, r"shape \(4, 1\)"),
        (StudentT(scale="wide"), X, "numbers or a distribution"),
        (StudentT(), X, "got neither; pass scale"),
    ],
)
def test_targets_that_do_not_fit(likelihood, y, message: str) -> None:
    with pytest.raises(DataError, match=message):
        posterior(likelihood, y)


COUNTED = [(bnn.Bernoulli(), [0, 1, 1, 0]), (bnn.Categorical(), [0, 1, 1, 2]), (bnn.Poisson(), [0, 1, 5, 2])]


@pytest.mark.parametrize(("likelihood", "y"), [*COUNTED, (bnn.HeteroscedasticGaussian(), X)])
def test_error_bars_are_refused_where_they_mean_nothing(likelihood, y) -> None:
    with pytest.raises(DataError, match="got yerr"):
        posterior(likelihood, y, yerr=1.0)
    with pytest.raises(DataError, match="got cov"):
        posterior(likelihood, y, cov=np.eye(4))


def test_errors_of_student_t_are_given_once_and_row_by_row() -> None:
    with pytest.raises(DataError, match="got both"):
        posterior(StudentT(scale=1), X, yerr=1.0)
    with pytest.raises(DataError, match="got cov"):
        posterior(StudentT(), X, cov=np.eye(4))


@pytest.mark.parametrize(("likelihood", "y"), COUNTED)
def test_classes_and_counts_are_not_standardized(likelihood, y) -> None:
    for wrong in (y, [3, 3, 3, 3], [-2, 2, -2, 2]):  # a constant target is only shifted, a centered one only scaled
        with pytest.raises(DataError, match=r"standardized target; use standardize\(target=False\)"):
            posterior(likelihood, wrong, standardize=True)
    likelihood.targets(bnn.Dataset(X, y).standardize(target=False))


@pytest.mark.parametrize(
    "make",
    [
        lambda: StudentT(df=0),
        lambda: StudentT(df=-3),
        lambda: StudentT(df=np.nan),
        lambda: StudentT(df=np.inf),
        lambda: StudentT(df="4"),
        lambda: StudentT(df=[3, 4]),
        lambda: StudentT(df=bnn.Normal(4, 1)),
        lambda: StudentT(scale=bnn.Normal(0, 1)),
        lambda: StudentT(scale=bnn.HalfNormal(1, shape=(2,))),
        lambda: bnn.Bernoulli(classes=["a"]),
        lambda: bnn.Bernoulli(classes=["a", "b", "c"]),
        lambda: bnn.Categorical(classes="abc"),
        lambda: bnn.Categorical(classes=3),
        lambda: bnn.Categorical(classes=[]),
        lambda: bnn.Categorical(classes=["a", "b", "a"]),
    ],
)
def test_settings_that_cannot_be(make) -> None:
    with pytest.raises(SettingError, match="expected"):
        make()


def test_a_model_has_one_output_a_class_and_two_for_mean_and_scatter() -> None:
    with pytest.raises(ModelError, match="3 outputs for these targets and Categorical"):
        posterior(bnn.Categorical(), [0, 1, 2, 0])
    with pytest.raises(ModelError, match="3 outputs"):
        posterior(bnn.Categorical(classes=[0, 1, 2]), [0, 1, 1, 0], model=bnn.MLP((1, 2)))
    with pytest.raises(ModelError, match="2 outputs for these targets and HeteroscedasticGaussian"):
        posterior(bnn.HeteroscedasticGaussian(), X)


def test_a_prior_family_is_no_likelihood() -> None:
    with pytest.raises(SettingError, match=r"got the prior family StudentT; use .* bnn\.likelihoods\.StudentT"):
        posterior(bnn.StudentT(df=4, scale=0.1), X)


def test_an_unknown_has_one_prior() -> None:
    with pytest.raises(PriorError, match="one prior"):
        bnn.Posterior(
            LINE,
            StudentT(df=bnn.Gamma(2, 0.1), scale=1),
            prior={"w": bnn.Flat(), "df": bnn.Gamma(2, 0.1)},
            data=bnn.Dataset(X, X),
        )


def test_correlated_rows_have_no_information_row_by_row() -> None:
    post = posterior(bnn.Gaussian(), X, cov=np.eye(4))
    with pytest.raises(SettingError, match="independent rows, got a covariance"):
        post.likelihood.information(np.zeros((4, 1)), post.rows, {})


@pytest.mark.parametrize(
    ("y", "classes", "labels", "codes"),
    [
        (["b", "a", "b", "b"], None, ["a", "b"], [1, 0, 1, 1]),
        ([True, False, True, True], None, [False, True], [1, 0, 1, 1]),
        ([1, 0, 1, 1], None, [0, 1], [1, 0, 1, 1]),
        ([-1, 1, 1, 1], None, [-1, 1], [0, 1, 1, 1]),
        (["b", "a", "b", "b"], ["b", "a"], ["b", "a"], [0, 1, 0, 0]),
        ([1, 1, 1, 1], (0, 1), [0, 1], [1, 1, 1, 1]),
        (np.array(["b", "a", "b", "b"], dtype=object), None, ["a", "b"], [1, 0, 1, 1]),
        (np.array([[1], [0], [1], [1]]), None, [0, 1], [1, 0, 1, 1]),
    ],
)
@pytest.mark.parametrize("family", [bnn.Bernoulli, bnn.Categorical])
def test_labels_of_every_kind_become_indices(family, y, classes, labels, codes) -> None:
    data, likelihood = bnn.Dataset(X, y), family(classes)
    assert likelihood.labels(data).tolist() == labels
    assert likelihood.targets(data)[0][:, 0].tolist() == codes


def test_given_classes_hold_for_a_table_that_lacks_one() -> None:
    likelihood = bnn.Categorical(classes=["c", "a", "b"])
    y, _ = likelihood.targets(bnn.Dataset(X, COIN))
    assert y[:, 0].tolist() == [1, 2, 1, 2]
    assert likelihood.n_outputs(y) == 3


@pytest.mark.parametrize(
    ("scale", "y", "known"),
    [
        (2.0, X, np.full((4, 1), 2.0)),
        ([1, 2, 3, 4], X, np.array([[1], [2], [3], [4]])),
        ([1, 2, 3, 4], np.column_stack([X, X]), np.array([[1, 1], [2, 2], [3, 3], [4, 4]])),
        ([1, 2], np.column_stack([X, X]), np.array([[1, 2]] * 4)),
    ],
)
def test_a_known_scale_is_one_for_all_or_one_a_row_or_one_a_target(scale, y, known) -> None:
    for likelihood in (StudentT(scale=scale), bnn.Gaussian(sigma=scale)):
        np.testing.assert_array_equal(likelihood.targets(bnn.Dataset(X, y))[1], known)
