"""The search: a grid of models is a comparison, kept model by model, and the same wherever it is worked on."""

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from scipy.stats import spearmanr

import bayesnn as bnn
from bayesnn.errors import DataError, EvidenceError, FileError, SettingError
from bayesnn.estimation.ensemble import Ensemble
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.search import Search
from bayesnn.evidence.trials import Trial

X = np.linspace(-1, 1, 30)
RNG = np.random.default_rng(5)
DATA = bnn.Dataset(X, 1 + X + 0.8 * X**2 + 0.2 * RNG.standard_normal(30), yerr=0.2)
Z = np.linspace(-0.9, 0.9, 200)
FRESH = bnn.Dataset(Z, 1 + Z + 0.8 * Z**2)
GRID = {"degree": [0, 1, 2, 3, 5], "scale": [0.5, 2.0]}


def polynomial(degree: int, scale: float, data: bnn.Dataset = DATA) -> bnn.Posterior:
    prior = {"w": bnn.Normal(0, scale)}
    return bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(), prior=prior, data=data)


def exactly(posterior: bnn.Posterior, *, rng) -> Evidence:
    """A method with a name of its own."""
    return bnn.log_evidence(posterior, method="exact", rng=rng)


def drawn(posterior: bnn.Posterior, *, rng) -> Evidence:
    """A method that depends on its seed."""
    return Evidence(float(np.random.default_rng(rng).normal(posterior.n_params)), 0.1, "drawn", 1)


def broken(posterior: bnn.Posterior, *, rng) -> Evidence:
    raise AssertionError("not to be asked")


def evidences(found: Search) -> dict[str, Evidence]:
    return {trial.name: trial.evidence for trial in found.trials}


def test_a_search_is_a_comparison_of_all_combinations() -> None:
    found = bnn.search(polynomial, GRID)
    models = {f"degree={d}, scale={s}": polynomial(d, s) for d in GRID["degree"] for s in GRID["scale"]}
    table = bnn.compare(models)
    assert list(evidences(found)) == list(models)
    assert found.table.log_evidence == table.log_evidence
    assert found.probabilities == table.probabilities
    assert found.rank[0].settings == {"degree": 2, "scale": 2.0}
    heights = [trial.evidence.log_z for trial in found.rank]
    assert heights == sorted(heights, reverse=True)
    assert [trial.n_params for trial in found.trials[::2]] == [1, 2, 3, 4, 6]
    assert np.isnan([trial.test_error for trial in found.trials]).all()
    assert found.table.grade("degree=2, scale=2.0", "degree=0, scale=2.0").startswith("very strong")


def test_the_test_error_is_that_of_the_best_fit_in_table_units() -> None:
    found = bnn.search(polynomial, {"degree": [1, 2], "scale": [1.0]}, test=FRESH)
    for trial in found.trials:
        weights = bnn.maximum_a_posteriori(polynomial(**trial.settings)).values["w"]
        missed = np.polynomial.polynomial.polyval(FRESH.X[:, 0], weights) - FRESH.y
        assert trial.test_error == pytest.approx(np.sqrt(np.mean(missed**2)), rel=1e-6)
    standard = partial(polynomial, data=DATA.standardize())
    moved = bnn.search(standard, {"degree": [2], "scale": [50.0]}, test=FRESH.standardize())
    same = bnn.search(polynomial, {"degree": [2], "scale": [50.0]}, test=FRESH)
    assert moved.trials[0].test_error == pytest.approx(same.trials[0].test_error, rel=1e-3)


def test_the_error_of_draws_is_that_of_their_mean() -> None:
    def fit(posterior, *, rng) -> Ensemble:
        """Two draws, far from the truth on either side of it."""
        return Ensemble(np.array([[6.0, 1.0, 0.8], [-4.0, 1.0, 0.8]]))

    (trial,) = bnn.search(polynomial, {"degree": [2], "scale": [1.0]}, test=FRESH, fit=fit).trials
    assert trial.test_error == pytest.approx(0.0, abs=1e-12)
    draws = partial(bnn.sample, n_draws=60, n_warmup=60, progress=False)
    (trial,) = bnn.search(polynomial, {"degree": [1], "scale": [1.0]}, test=FRESH, fit=draws).trials
    prediction = bnn.predict(polynomial(1, 1.0), draws(polynomial(1, 1.0)), FRESH.X)
    assert trial.test_error == pytest.approx(bnn.score(prediction, FRESH.y, yerr=0.2).rmse, rel=0.05)


def test_evidence_and_error_on_unseen_rows_go_against_each_other() -> None:
    found = bnn.search(polynomial, GRID, test=FRESH)
    assert found.rank_correlation < -0.5
    pairs = [(t.evidence.log_z, t.test_error) for t in found.trials]
    assert found.rank_correlation == pytest.approx(spearmanr(*zip(*pairs, strict=True)).statistic)


@pytest.mark.parametrize(
    "executor",
    [bnn.Joblib(n_jobs=2), ThreadPoolExecutor(2), ProcessPoolExecutor(1)],
    ids=["joblib", "threads", "processes"],
)
def test_results_do_not_depend_on_the_workers(executor, tmp_path) -> None:
    grid = {"degree": [0, 1, 2], "scale": [1.0]}
    alone = bnn.search(polynomial, grid, method=drawn, test=FRESH, rng=3)
    found = bnn.search(polynomial, grid, method=drawn, test=FRESH, rng=3, executor=executor, folder=tmp_path)
    assert found.trials == alone.trials
    assert found.trials[1].evidence == bnn.log_evidence(polynomial(1, 1.0), method=drawn, rng=3)
    assert found.trials[1].evidence != bnn.log_evidence(polynomial(1, 1.0), method=drawn, rng=4)
    assert len(list(tmp_path.iterdir())) == 3


def test_dask(tmp_path) -> None:
    joblib, distributed = pytest.importorskip("joblib"), pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        found = bnn.search(polynomial, GRID, executor=bnn.Joblib(), folder=tmp_path)
    assert evidences(found) == evidences(bnn.search(polynomial, GRID))


def test_what_is_finished_is_not_done_again(tmp_path) -> None:
    """After an interrupt between two models, and on a larger grid; what a file holds comes back bit for bit."""
    calls = []

    def interrupted(posterior, *, rng) -> Evidence:
        calls.append(posterior.n_params)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return bnn.log_evidence(posterior, method="exact", rng=rng)

    small, large = {"degree": [0, 1, 2, 3], "scale": [1.0]}, {"degree": [0, 1, 2, 3, 4], "scale": [1.0]}
    with pytest.raises(KeyboardInterrupt):
        bnn.search(polynomial, small, method=interrupted, folder=tmp_path, test=FRESH)
    assert len(list(tmp_path.iterdir())) == 2
    found = bnn.search(polynomial, small, method=interrupted, folder=tmp_path, test=FRESH)
    assert calls == [1, 2, 3, 3, 4]
    assert found.trials == bnn.search(polynomial, small, method=interrupted, test=FRESH).trials
    bnn.search(polynomial, large, method=interrupted, folder=tmp_path, test=FRESH)
    assert calls[9:] == [5]
    again = bnn.search(polynomial, large, method=interrupted, folder=tmp_path, test=FRESH)
    assert calls[10:] == []
    assert again.trials[:4] == found.trials
    for path in tmp_path.iterdir():
        json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN, which JSON does not know


def search_in(folder, **changes) -> Search:
    settings = {
        "build": polynomial,
        "grid": {"degree": [1], "scale": [1.0]},
        "test": FRESH,
        "method": exactly,
        "rng": 0,
    }
    return bnn.search(**{**settings, **changes}, folder=folder)


def shifted(data: bnn.Dataset) -> bnn.Dataset:
    return bnn.Dataset(data.X, data.y + 0.01, yerr=data.yerr)


def other_prior(degree: int, scale: float) -> bnn.Posterior:
    return polynomial(degree, 1.1 * scale)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"build": partial(polynomial, data=shifted(DATA))}, "expected data = 30 rows"),
        ({"build": lambda degree, scale: polynomial(degree + 1, scale)}, "expected parameters = w"),
        ({"build": other_prior}, "expected this model, got one of another architecture or prior"),
        ({"method": "exact"}, "expected method = exact, got exactly"),
        ({"method": partial(exactly)}, r"expected method = exactly\(\), got exactly"),
        ({"test": shifted(FRESH)}, "expected test = 200 rows"),
        ({"test": None}, "expected test = none"),
        ({"fit": bnn.maximum_likelihood}, "expected fit = maximum_likelihood"),
        ({"rng": 1}, "expected rng = 1"),
    ],
)
def test_a_stale_file_is_one_clear_error(tmp_path, changes, what: str) -> None:
    search_in(tmp_path)
    search_in(tmp_path, grid={"degree": [1, 2], "scale": [1.0]})
    with pytest.raises(FileError, match=f"search .*degree=1.*: {what}.*; take another folder, or remove the file"):
        search_in(tmp_path, **{"method": exactly, **changes})


def test_a_damaged_or_foreign_file_is_one_clear_error(tmp_path) -> None:
    search_in(tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_text()
    for text in ("", whole[: len(whole) // 2], "[]", "{}", '{"format": "recipe"}', "\x00", whole.replace("log_z", "z")):
        path.write_text(text)
        with pytest.raises(FileError, match=r"expected a finished model, got .*; take another folder"):
            search_in(tmp_path, method=broken)
    path.write_text(whole)
    (tmp_path / "notes.txt").write_text("a file of somebody else's is left alone")
    assert search_in(tmp_path).trials == search_in(None).trials
    with pytest.raises(FileError, match="expected a folder that can be made"):
        search_in(path)


def test_a_model_without_an_evidence_is_a_sentence(tmp_path) -> None:
    def build(prior) -> bnn.Posterior:
        model = bnn.LinearModel(bnn.polynomial(1))
        return bnn.Posterior(model, bnn.Gaussian(), prior={"w": prior}, data=DATA)

    grid = {"prior": [bnn.Normal(0, 1), bnn.Flat()]}
    for _ in range(2):  # the second time from the files
        found = bnn.search(build, grid, test=FRESH, folder=tmp_path)
        assert list(found.probabilities.values()) == [1.0]
        assert len(found.rank) == 1
        (warning,) = found.warnings
        assert "expected proper priors" in warning
        assert f"Warning: {warning}" in str(found)
        assert np.isnan(found.rows()[1]["probability"])
        assert found.rows()[1]["test_error"] < 0.5
    with pytest.raises(EvidenceError, match=r"expected a model with an evidence, got none; prior=.*proper priors"):
        bnn.search(build, {"prior": [bnn.Flat()]})


def test_rows_make_a_data_frame_and_a_page() -> None:
    found = bnn.search(polynomial, {"degree": [1, 2], "scale": [1.0]}, test=FRESH)
    frame = bnn.to_dataframe(found)
    assert list(frame["degree"]) == [1, 2]
    assert list(frame["probability"]) == list(found.probabilities.values())
    assert list(frame["test_error"]) == [trial.test_error for trial in found.trials]
    assert list(bnn.to_dataframe(found.table)["log_evidence"]) == list(frame["log_evidence"])
    head, best, _ = str(found).splitlines()
    assert head.split() == ["model", "parameters", "ln", "evidence", "probability", "test", "error", "method"]
    assert best.startswith("degree=2, scale=1.0           3")
    assert f"{found.rank[0].test_error:.4g}" in best


def test_what_cannot_be_searched() -> None:
    for grid in ({"degree": [1, 1]}, {"degree": []}, {"degree": [1, "1"]}):
        with pytest.raises(SettingError, match="grid: expected values of degree that differ, at least one"):
            bnn.search(polynomial, {**grid, "scale": [1.0]})
    for grid in ([1, 2], {"degree": 3, "scale": [1.0]}, None):
        with pytest.raises(SettingError, match="grid: expected lists of values by setting"):
            bnn.search(polynomial, grid)
    for grid in ({"width": [1]}, {}, {"degree": [1]}):
        with pytest.raises(SettingError, match="grid: expected the settings that build takes"):
            bnn.search(polynomial, grid)
    with pytest.raises(EvidenceError, match="method: expected auto"):
        bnn.search(polynomial, GRID, method="simpson")
    with pytest.raises(EvidenceError, match="different inputs X"):
        bnn.search(lambda n: polynomial(1, 1.0, DATA.take(slice(n))), {"n": [20, 30]})
    with pytest.raises(EvidenceError, match="expected a posterior, got float"):
        bnn.search(lambda n: float(n), {"n": [1]})
    for test in (FRESH.y, bnn.Dataset(X, ["a", "b"] * 15)):
        with pytest.raises(SettingError, match="test: expected a Dataset whose targets are numbers"):
            bnn.search(polynomial, GRID, test=test)
    for test in (bnn.Dataset(np.ones((3, 2)), X[:3]), bnn.Dataset(X, np.ones((30, 2)))):
        with pytest.raises(DataError, match="test: expected 1 inputs and 1 targets"):
            bnn.search(polynomial, GRID, test=test)
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    with pytest.raises(SettingError, match="a log likelihood that is a function"):
        bnn.search(lambda n: coin, {"n": [1]}, test=FRESH, method="laplace")


def test_the_hill_is_drawn() -> None:
    log_z = {1: 5.0, 2: 8.0, 4: 8.5}
    trials = [
        Trial({"width": w, "activation": a}, w, Evidence(z - (a == "relu"), 0.1, "smc", 1), 1.0 / w)
        for w, z in log_z.items()
        for a in ("tanh", "relu")
    ]
    bare = Search(tuple(Trial(t.settings, 1, t.evidence, np.nan) for t in trials))
    (hill,) = bnn.plot.occam_hill(bare, x="width", title="networks").axes
    assert (hill.get_xlabel(), hill.get_title()) == ("width", "networks")
    np.testing.assert_array_equal(hill.lines[0].get_xdata(), [1, 2, 4])
    np.testing.assert_array_equal(hill.lines[0].get_ydata(), [5, 8, 8.5])
    assert all(float(tick).is_integer() for tick in hill.get_xticks())
    labels = [text.get_text() for text in hill.get_legend().get_texts()]
    assert labels == ["most probable", "activation=tanh", "activation=relu"]
    full = Search((*trials, Trial({"width": 8, "activation": "tanh"}, 8, Evidence(np.nan, np.nan, "smc", 0), 0.1)))
    hill, scatter = bnn.plot.occam_hill(full, x="activation").axes
    assert [label.get_text() for label in hill.get_xticklabels()] == ["tanh", "relu"]
    np.testing.assert_array_equal(scatter.lines[0].get_xdata(), [5, 4])
    np.testing.assert_array_equal(scatter.lines[0].get_ydata(), [1, 1])
    assert f"{full.rank_correlation:+.2f}" in scatter.get_title()
    with pytest.raises(SettingError, match="x: expected one of width, activation, got 'depth'"):
        bnn.plot.occam_hill(full, x="depth")
