"""Draws, estimates and comparisons as others hold them, and as files that outlive a version."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError, SettingError

DATA = Path(__file__).with_name("data")
X = np.linspace(0.0, 3.0, 12)


@pytest.fixture(scope="module")
def post() -> bnn.Posterior:
    """A parabola with one free slope on (0, 5), a positive noise level, a fixed offset and a tied curvature."""
    model = bnn.FunctionModel(lambda t, a, b, c: a + b * t + c * t**2)
    prior = {"a": 1.0, "b": (0, 5), "c": bnn.Tied(lambda b: b / 10)}
    data = bnn.Dataset(X, 1.0 + 2.0 * X + 0.2 * X**2 + 0.3 * np.cos(9 * X), names=["t", "x"])
    return bnn.Posterior(model, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=prior, data=data)


@pytest.fixture(scope="module")
def draws(post) -> bnn.sample:
    few = {"n_draws": 30, "n_warmup": 40, "n_walkers": 4, "n_ensembles": 2, "progress": False}
    return bnn.sample(post, **few)


def test_arrays_and_frames_hold_natural_values_in_the_order_of_the_draws(draws) -> None:
    array, labels = bnn.to_array(draws)
    assert labels == ("b", "c", "sigma")
    np.testing.assert_array_equal(array[:, 0], draws.values["b"].ravel())
    np.testing.assert_allclose(array[:, 1], array[:, 0] / 10)
    frame = bnn.to_dataframe(draws)
    assert list(frame.columns) == ["ensemble", "walker", "draw", "log_prob", "log_likelihood", *labels]
    one = frame[(frame.ensemble == 1) & (frame.walker == 2)]
    np.testing.assert_array_equal(one.draw, np.arange(30))
    np.testing.assert_array_equal(one.sigma, draws.values["sigma"][1, 2])
    np.testing.assert_array_equal(one.log_prob, draws.log_prob[1, 2])
    assert list(bnn.to_array(replace(draws, posterior=None))[1]) == list(labels)


def test_elements_of_arrays_have_labels_of_their_own(network) -> None:
    post = network(1, 2, 1)
    draws = bnn.sample(post, n_draws=6, n_warmup=6, n_walkers=2, n_ensembles=2, progress=False)
    array, labels = bnn.to_array(draws)
    assert labels[:3] == ("W1[0, 0]", "W1[0, 1]", "b1[0]")
    np.testing.assert_array_equal(array, draws.flat)


def test_draws_in_which_nothing_varies_are_refused(draws) -> None:
    still = replace(draws, posterior=None, values={"a": np.ones((2, 4, 30))})
    with pytest.raises(SettingError, match="varies"):
        bnn.to_array(still)


def test_getdist_finds_the_same_means_ranges_and_posterior(draws, post, tmp_path) -> None:
    getdist = pytest.importorskip("getdist", reason="getdist is not installed")
    bnn.to_getdist(draws, tmp_path / "chains" / "run")
    found = getdist.loadMCSamples(str(tmp_path / "chains" / "run"), no_cache=True, settings={"ignore_rows": 0})
    assert [name.name for name in found.paramNames.names] == ["b", "c", "sigma"]
    assert [name.isDerived for name in found.paramNames.names] == [False, True, False]
    for name in ("b", "c", "sigma"):
        assert found.mean(name) == pytest.approx(draws.values[name].mean(), rel=1e-12)
        assert found.std(name) == pytest.approx(draws.values[name].std(), rel=1e-9)
    assert [found.ranges.getLower(name) for name in ("b", "c", "sigma")] == [0, None, 0]
    assert [found.ranges.getUpper(name) for name in ("b", "c", "sigma")] == [5, None, None]
    heights = draws.log_likelihood + post.log_prior(draws.theta)
    assert found.loglikes.min() == pytest.approx(-heights.max(), rel=1e-12)
    assert found.weights.sum() == draws.log_prob.size
    assert found.chain_offsets.tolist()[-1] == len(found.weights)
    assert len(found.chain_offsets) == 3  # two chains


def test_repeated_draws_are_one_line_with_a_weight(draws, tmp_path) -> None:
    twice = {name: np.repeat(values, 2, axis=2) for name, values in draws.values.items()}
    same = replace(draws, posterior=None, values=twice, log_prob=np.repeat(draws.log_prob, 2, axis=2))
    chain = np.loadtxt(bnn.to_getdist(same, tmp_path / "run")[0])
    assert chain[:, 0].sum() == 2 * draws.log_prob[0].size
    assert chain[:, 0].min() >= 2
    np.testing.assert_allclose(chain[:, 1].min(), -draws.log_prob[0].max(), rtol=1e-12)
    assert (tmp_path / "run.ranges").read_text().split()[:3] == ["b", "N", "N"]
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="can be written"):
        bnn.to_getdist(same, tmp_path / "file" / "run")


def test_names_for_getdist_have_no_spaces(network, tmp_path) -> None:
    draws = bnn.sample(network(1, 2, 1), n_draws=3, n_warmup=3, n_walkers=2, n_ensembles=2, progress=False)
    lines = bnn.to_getdist(draws, tmp_path / "net")[-2].read_text().splitlines()
    assert lines[:3] == ["W1_0_0\tW1_{0, 0}", "W1_0_1\tW1_{0, 1}", "b1_0\tb1_{0}"]


def test_estimates_and_comparisons_come_back_as_they_were(post, tmp_path) -> None:
    flat = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(sigma=1), prior={"w": bnn.Flat()},
                         data=post.data)  # fmt: skip
    line = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(sigma=1), prior={"w": bnn.Normal(0, 1)},
                         data=post.data)  # fmt: skip
    table = bnn.compare({"flat": flat, "line": line}, method=("laplace", "exact"), criteria=("bic", "loo"))
    best = {"MAP": bnn.maximum_a_posteriori(post), "MLE": bnn.maximum_likelihood(post)}
    path = bnn.save_results(tmp_path / "new" / "results.json", estimates=best, comparison=table)
    assert "NaN" not in path.read_text()
    found, again = bnn.load_results(path, posterior=post)
    for name in best:
        np.testing.assert_array_equal(found[name].theta, best[name].theta)
        assert found[name].summary() == best[name].summary()
        assert found[name].log_prob == best[name].log_prob
    assert str(again) == str(table)
    assert repr(again.evidences) == repr(table.evidences)
    assert repr(again.checks) == repr(table.checks)
    assert again.difference("loo", "flat", "line") == table.difference("loo", "flat", "line")
    np.testing.assert_array_equal(again.criteria["loo"]["line"].pareto_k, table.criteria["loo"]["line"].pareto_k)
    assert list(tmp_path.joinpath("new").iterdir()) == [path]
    only = bnn.save_results(tmp_path / "table.json", comparison=table)
    assert bnn.load_results(only)[0] == {}
    with pytest.raises(FileError, match="posterior="):
        bnn.load_results(path)
    with pytest.raises(FileError, match="another model or table"):
        bnn.load_results(path, posterior=line)
    other = post.with_targets(post.rows.y + 1)
    with pytest.raises(FileError, match="another model or table"):
        bnn.load_results(path, posterior=other)


def test_estimates_do_not_change_their_names(tmp_path) -> None:
    p = bnn.FunctionPosterior(lambda p: -(p**2), {"p": bnn.Normal(0, 1)})
    q = bnn.FunctionPosterior(lambda q: -(q**2), {"q": bnn.Normal(0, 1)})
    path = bnn.save_results(tmp_path / "p.json", estimates={"MAP": bnn.maximum_a_posteriori(p)})
    with pytest.raises(FileError, match="another model"):
        bnn.load_results(path, posterior=q)


def test_damaged_results_are_refused(post, tmp_path) -> None:
    path = bnn.save_results(tmp_path / "results.json", estimates={"MAP": bnn.maximum_a_posteriori(post)})
    content = json.loads(path.read_text())
    for change, message in (
        ({"format": "other"}, "written by save_results"),
        ({"version": 2}, "version <= 1, got 2"),
        ({"estimates": {"MAP": {}}}, "all fields"),
        ({"estimates": None}, "all fields"),
    ):
        path.write_text(json.dumps(content | change))
        with pytest.raises(FileError, match=message):
            bnn.load_results(path, posterior=post)
    path.write_text('{"format"')
    with pytest.raises(FileError, match="JSON file"):
        bnn.load_results(path, posterior=post)
    with pytest.raises(FileError, match="JSON file"):
        bnn.load_results(tmp_path / "nothing.json")
    with pytest.raises(FileError, match="can be written"):
        bnn.save_results(tmp_path)


def test_files_of_version_one_are_read() -> None:
    """draws_version_1.h5 and results_version_1.json: bayesnn 0.1.0, before draws kept what stopped them."""
    data = bnn.Dataset([0.0, 1.0, 2.0], [0.1, 0.9, 2.1], yerr=0.1, names=["t", "v"])
    line = bnn.LinearModel(bnn.polynomial(degree=1))
    post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    draws = bnn.load(DATA / "draws_version_1.h5", posterior=post)  # checks ln p of each walker
    assert draws.theta.shape == (2, 2, 3, 2)
    assert draws.seed == "7"
    np.testing.assert_array_equal(draws.values["w"], draws.theta)
    np.testing.assert_allclose(draws.log_likelihood, post.log_likelihood(draws.theta), rtol=1e-9)
    estimates, table = bnn.load_results(DATA / "results_version_1.json", posterior=post)
    exact = bnn.log_evidence(post, method="exact").log_z
    assert table.log_evidence["line"] == pytest.approx(exact, rel=1e-12)
    best = bnn.maximum_a_posteriori(post)
    np.testing.assert_allclose(estimates["MAP"].theta, best.theta, rtol=1e-6)
