"""Comparisons: probabilities and their errors, grades, warnings, and what is no comparison."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit

import bayesnn as bnn
from bayesnn.errors import EvidenceError, SettingError
from bayesnn.evidence.comparison import Comparison
from bayesnn.evidence.result import Evidence
from tests.problems.exact_draws import as_draws, exact_draws

NORMAL = bnn.Normal(0, 1)
UNKNOWN = float("nan")


def table(**evidences: tuple[float, float]) -> Comparison:
    return Comparison({name: Evidence(log_z, error, "fake", 1) for name, (log_z, error) in evidences.items()})


def polynomial(degree: int, data: bnn.Dataset, prior=NORMAL) -> bnn.Posterior:
    return bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(), prior={"w": prior}, data=data)


def test_errors_of_log_z_are_carried_to_probabilities() -> None:
    """With two models p = 1 / (1 + e^−δ), δ ~ N(ln B, e² + f²): its sd by quadrature."""
    found = table(a=(-10.0, 0.3), b=(-11.0, 0.4))

    def moment(power: int) -> float:
        return quad(lambda d: expit(d) ** power * stats.norm(1.0, 0.5).pdf(d), -5, 7)[0]

    truth = np.sqrt(moment(2) - moment(1) ** 2)
    assert found.probabilities == pytest.approx({"a": expit(1.0), "b": expit(-1.0)})
    assert found.probability_errors == pytest.approx({"a": truth, "b": truth}, rel=0.03)
    assert found.log_bayes_factor("a", "b") == pytest.approx((1.0, 0.5))
    assert found.bayes_factor("b", "a") == pytest.approx(np.exp(-1))
    assert table(a=(-10.0, 0.0), b=(-11.0, 0.0)).probability_errors == {"a": 0, "b": 0}
    rough = table(a=(-10.0, UNKNOWN), b=(-11.0, 0.1))
    assert np.isnan(list(rough.probability_errors.values())).all()
    assert rough.probabilities == found.probabilities
    assert table(a=(0.0, 0.0), b=(-2000.0, 0.0)).bayes_factor("a", "b") == np.inf


@pytest.mark.parametrize(
    ("scale", "cuts", "words"),
    [
        (  # 2 ln B, Kass & Raftery (1995)
            "kass-raftery",
            np.array([2, 6, 10]) / 2,
            ["not worth more than a bare mention", "positive", "strong", "very strong"],
        ),
        (  # B, Jeffreys (1961)
            "jeffreys",
            np.log([np.sqrt(10), 10, 10**1.5, 100]),
            ["not worth more than a bare mention", "substantial", "strong", "very strong", "decisive"],
        ),
    ],
)
def test_grades_change_at_the_cut_points(scale: str, cuts, words) -> None:
    for cut, (below, above) in zip(cuts, pairwise(words), strict=True):
        for size, word in ((cut - 1e-9, below), (cut + 1e-9, above)):
            said = word if word == words[0] else f"{word} evidence for a"
            assert table(a=(size, 0.0), b=(0.0, 0.0)).grade("a", "b", scale=scale) == said
            assert table(a=(size, 0.0), b=(0.0, 0.0)).grade("b", "a", scale=scale) == said
            assert table(a=(0.0, UNKNOWN), b=(size, 0.0)).grade("a", "b", scale=scale) == said.replace(
                " a", " b", 1
            ) or (word == words[0])


def test_a_grade_says_what_its_error_leaves_open() -> None:
    assert table(a=(3.1, 0.3), b=(0.0, 0.4)).grade("a", "b") == (
        "strong evidence for a (within one error, positive to strong)"
    )
    assert table(a=(0.5, 0.6), b=(0.0, 0.0)).grade("a", "b") == (
        "not worth more than a bare mention (within one error, not worth more than a bare mention to positive)"
    )
    assert table(a=(4.0, 0.3), b=(0.0, 0.4)).grade("a", "b") == "strong evidence for a"
    with pytest.raises(SettingError, match="kass-raftery, jeffreys, got 'feelings'"):
        table(a=(0.0, 0.0), b=(1.0, 0.0)).grade("a", "b", scale="feelings")
    with pytest.raises(EvidenceError, match="expected one of a, b"):
        table(a=(0.0, 0.0), b=(1.0, 0.0)).grade("a", "c")


def test_criteria_stand_beside_the_evidence_and_are_those_of_their_functions() -> None:
    x, y = np.array([-0.2, -0.1, 0.0, 0.1, 20.0, 0.2]), np.array([0.1, -0.2, 0.3, 0.0, 3.0, -0.1])
    data = bnn.Dataset(x, y, yerr=[0.3, 0.3, 0.3, 0.3, 0.01, 0.3])  # the slope hangs on one row
    models = {"mean": polynomial(0, bnn.Dataset(x, y, yerr=data.yerr)), "line": polynomial(1, data, bnn.Normal(0, 3))}
    draws = {name: exact_draws(post, n=8000) for name, post in models.items()}
    names = ("aic", "aicc", "bic", "dic", "waic", "loo", "k_fold")
    both = bnn.compare(models, criteria=names[:6], draws=draws)
    best = bnn.maximum_likelihood(models["line"])
    for name in names[:3]:
        assert both.criteria[name]["line"].value == pytest.approx(getattr(bnn.criteria, name)(best).value)
    for name in names[3:6]:
        assert both.criteria[name]["line"].value == getattr(bnn.criteria, name)(draws["line"]).value
    found, error = both.difference("loo", "line", "mean")
    assert found == pytest.approx(both.criteria["loo"]["line"].value - both.criteria["loo"]["mean"].value)
    assert error > 0
    assert any(w.startswith("line, loo: Pareto k̂ above 0.70 at row 4 (") for w in both.warnings)
    text, html = str(both), both._repr_html_()
    loo = both.criteria["loo"]["line"]
    for page in (text, html):
        assert "larger is better" in page
        assert "Pareto" in page
        assert f"{loo.value:.3f} ± {loo.error:.3f}" in page
    assert text.splitlines()[1].split()[-7:] == [*names[:6], "method"]
    (_, row) = both.rows()
    assert (row["model"], row["log_evidence"], row["method"]) == ("line", both.log_evidence["line"], "exact")
    assert (row["loo"], row["loo_error"], row["aic_parameters"]) == (loo.value, loo.error, 2)
    with pytest.raises(EvidenceError, match=r"expected one of aic, .* got 'mdl'"):
        both.difference("mdl", "line", "mean")


def test_all_models_see_the_same_folds(hubble) -> None:
    found = bnn.compare({"a": polynomial(1, hubble), "b": polynomial(1, hubble)}, criteria="k_fold").criteria["k_fold"]
    assert found["a"].minus(found["b"]) == (0, 0)


def test_draws_are_made_where_none_are_given(hubble, monkeypatch) -> None:
    quick = partial(bnn.sample, n_draws=60, n_warmup=30)
    monkeypatch.setattr("bayesnn.evidence.criteria.by_name.sample", quick)
    models = {"mean": polynomial(0, hubble)}
    found = bnn.compare(models, criteria=["dic"], rng=3)
    again = bnn.compare(models, criteria=["dic"], rng=3)
    assert found.criteria["dic"]["mean"].value == again.criteria["dic"]["mean"].value
    assert (
        found.criteria["dic"]["mean"].value
        != bnn.compare(models, criteria=["dic"], rng=4).criteria["dic"]["mean"].value
    )


def test_what_is_not_defined_is_a_sentence(hubble, network) -> None:
    flat, line, net = polynomial(1, hubble, bnn.Flat()), polynomial(1, hubble), network(1, 1, 1)
    short = bnn.sample(net, n_draws=10, n_warmup=10, n_walkers=4, progress=False)
    theta = exact_draws(line, n=6400).theta
    given = {"line": as_draws(line, theta), "flat": as_draws(flat, theta)}
    found = bnn.compare(
        {"flat": flat, "line": line, "net": net}, criteria=("aic", "loo"), draws={"net": short, **given}
    )
    assert np.isnan(found.log_evidence["flat"])
    assert np.isfinite([found.log_evidence["line"], found.criteria["aic"]["flat"].value]).all()
    assert np.isnan(list(found.probabilities.values())).all()
    assert found.warnings[0].startswith("flat: expected proper priors, got an improper one on w")
    assert any(w.startswith("net, loo: expected") for w in found.warnings)
    assert np.isnan(found.criteria["loo"]["net"].value)
    assert "nan" not in str(found)
    with pytest.raises(EvidenceError, match="model 'flat': expected proper priors"):
        found.bayes_factor("line", "flat")
    json_rows = found.rows()
    assert len(json_rows) == 3


def test_methods_that_disagree_are_named(hubble, monkeypatch) -> None:
    values = {"smc": (-20.0, 0.1), "bridge": (-20.3, 0.1), "laplace": (-21.0, UNKNOWN)}

    def fake(posterior, *, method, draws, rng):
        assert (method == "bridge") == (draws is not None)
        return Evidence(*values[method], method, 1)

    monkeypatch.setattr("bayesnn.evidence.compare.log_evidence", fake)
    monkeypatch.setattr(
        "bayesnn.evidence.criteria.by_name.sample", lambda post, **_: as_draws(post, np.zeros((4, 8, 1, 2)))
    )
    found = bnn.compare({"line": polynomial(1, hubble)}, method=("smc", "bridge", "laplace"))
    assert found.log_evidence["line"] == -20.0
    assert list(found.checks) == ["bridge", "laplace"]
    bridge, laplace = found.warnings
    assert bridge.startswith("line: smc (-20.000, ± 0.100) and bridge (-20.300, ± 0.100) differ by 0.30 nats")
    assert "laplace (-21.000, error unknown) differ by 1.00 nats" in laplace
    values["bridge"], values["laplace"] = (-20.27, 0.1), (-20.19, UNKNOWN)  # 2 √2 · 0.1 = 0.283
    assert bnn.compare({"line": polynomial(1, hubble)}, method=("smc", "bridge", "laplace")).warnings == ()
    monkeypatch.undo()
    assert bnn.compare({"line": polynomial(1, hubble)}, method=("exact", "laplace")).warnings == ()


def test_methods_take_settings(hubble) -> None:
    line, seen = polynomial(1, hubble), []

    def counted(posterior, *, rng, n: int) -> Evidence:
        seen.append(n)
        return replace(bnn.log_evidence(posterior, method="exact", rng=rng), n_evaluations=n)

    smc = partial(bnn.methods.smc, n_particles=40, n_repeats=5)
    found = bnn.compare({"line": line}, method=(partial(counted, n=7), smc, partial(bnn.methods.laplace, n_starts=1)))
    assert found.evidences["line"].n_evaluations == 7
    assert list(found.checks) == ["smc(n_particles=40, n_repeats=5)", "laplace(n_starts=1)"]
    assert found.checks["smc(n_particles=40, n_repeats=5)"]["line"] == smc(line, rng=0)
    alone = bnn.log_evidence(line, method=smc, rng=3)
    assert alone == smc(line, rng=3)
    assert alone.notes[0].startswith("5 runs of 40 particles")
    one = bnn.compare({"line": line}, method=partial(counted, n=8), prior_scales=(0.5,))
    assert one.evidences["line"].n_evaluations == 8
    assert seen == [7, 8, 8, 8]
    for bad in ("simpson", 3, None):
        with pytest.raises(EvidenceError, match="or a function of a posterior, got"):
            bnn.log_evidence(line, method=bad)
    with pytest.raises(EvidenceError, match="method: expected auto"):
        bnn.compare({"line": line}, method=("exact", "simpson"))
    with pytest.raises(SettingError, match=r"models: expected posteriors by name, .*got list"):
        bnn.compare([line])
    with pytest.raises(EvidenceError, match="expected draws for"):
        bnn.log_evidence(line, method=smc, draws=exact_draws(line, n=6400))


def test_the_bridge_takes_the_draws_of_each_model(hubble) -> None:
    models = {"mean": polynomial(0, hubble), "line": polynomial(1, hubble)}
    draws = {name: exact_draws(post, n=6400) for name, post in models.items()}
    found = bnn.compare(models, method=("bridge", "exact"), draws=draws)
    for name, post in models.items():
        bridge, exact = found.evidences[name], found.checks["exact"][name]
        assert bridge == bnn.log_evidence(post, method="bridge", draws=draws[name])
        assert bridge.log_z == pytest.approx(exact.log_z, abs=4 * bridge.error)


def test_the_same_data_in_other_units_of_x_are_the_same(hubble) -> None:
    x, y = np.linspace(3, 7, 8), np.linspace(3, 7, 8) ** 2
    raw = bnn.Dataset(x, y, yerr=0.5)
    only_x = raw.standardize(target=False)
    for pair in ((raw, only_x), (only_x, raw)):
        assert not bnn.compare({name: polynomial(1, data) for name, data in zip("ab", pair, strict=True)}).warnings
    for other, what in (
        (bnn.Dataset(x + 1e-3, y, yerr=0.5), "inputs X"),
        (bnn.Dataset(x, y + 1e-3, yerr=0.5), "targets y"),
        (bnn.Dataset(x, y, yerr=0.6), "errors of y"),
        (bnn.Dataset(x, y, cov=0.25 * np.eye(8)), "errors of y"),
        (raw.take(slice(7)), "inputs X"),
        (raw.standardize(), "units of y"),
    ):
        with pytest.raises(EvidenceError, match=f"got different {what} in 'a' and 'b'"):
            bnn.compare({"a": polynomial(1, raw), "b": polynomial(1, other)})
    learned = bnn.Posterior(
        bnn.LinearModel(bnn.polynomial(1)),
        bnn.Gaussian(sigma=bnn.HalfNormal(1)),
        prior={"w": NORMAL},
        data=bnn.Dataset(x, y),
    )
    assert not bnn.compare({"a": polynomial(1, raw), "b": learned}).warnings  # another noise model of the same y


def test_functions_carry_no_data_that_could_be_checked(hubble) -> None:
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    line = polynomial(1, hubble)
    draws = {"line": exact_draws(line, n=6400)}
    found = bnn.compare({"line": line, "coin": coin}, criteria=("bic", "loo", "k_fold"), draws=draws)
    assert found.warnings[0].startswith("coin: a log likelihood that is a function")
    assert [w[:10] for w in found.warnings if w.startswith("coin, ")] == ["coin, bic:", "coin, loo:", "coin, k_fo"]
    assert bnn.compare({"coin": coin}).warnings == ()


def test_a_careless_call_is_one_sentence(hubble) -> None:
    line = polynomial(1, hubble)
    draws = exact_draws(line, n=3200)
    with pytest.raises(SettingError, match=r"criteria: expected some of aic, .* got 'mdl'"):
        bnn.compare({"a": line}, criteria=("aic", "mdl"))
    with pytest.raises(SettingError, match="draws: expected names among a, got 'b'"):
        bnn.compare({"a": line}, criteria=("loo",), draws={"b": draws})
    with pytest.raises(EvidenceError, match="those of the posterior 'a' itself"):
        bnn.compare({"a": polynomial(2, hubble)}, criteria=("loo",), draws={"a": draws})
    with pytest.raises(EvidenceError, match="model 'a': expected a posterior, got Draws"):
        bnn.compare({"a": draws})
    with pytest.raises(SettingError, match="expected one name at least"):
        bnn.compare({"a": line}, method=())
    with pytest.raises(EvidenceError, match="harmonic: expected"):
        bnn.compare({"a": line}, method="harmonic")
    assert list(bnn.compare({"a": line}, criteria="aic").criteria) == ["aic"]
