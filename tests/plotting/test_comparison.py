"""Figures of comparisons: what is drawn, and where."""

import matplotlib as mpl
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.evidence.comparison import Comparison
from bayesnn.evidence.criteria import Criterion
from bayesnn.evidence.result import Evidence

mpl.use("Agg")


def criterion(name: str, values) -> Criterion:
    terms = np.array(values, dtype=float)
    return Criterion(name, float(terms.sum()), float(np.sqrt(terms.size * terms.var())), 1.0, terms)


@pytest.fixture
def table() -> Comparison:
    evidences = {"a": Evidence(-10, 0.1, "smc", 1), "b": Evidence(-12, np.nan, "laplace", 1)}
    evidences["c"] = Evidence(np.nan, np.nan, "smc", 0, ("improper",))
    loo = {"a": criterion("loo", [-4, -5]), "b": criterion("loo", [-3, -5]), "c": criterion("loo", [-30, -30])}
    refused = {name: Criterion("dic", np.nan, np.nan, np.nan) for name in "abc"}
    return Comparison(evidences, {"loo": loo, "dic": refused})


def test_criteria_are_drawn_below_their_best_with_paired_errors(table) -> None:
    figure = bnn.plot.comparison(table, title="models")
    left, right = figure.axes
    assert "nats" in left.get_xlabel()
    assert "nats" in right.get_xlabel()
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b", "c"]
    assert [line.get_xdata()[0] for line in left.lines if line.get_marker() == "o"] == [-10, -12]
    below = {line.get_marker(): line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 1}
    assert [line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 1] == [-1, 0, -15]
    assert below["<"] == -15
    (bars,) = right.collections
    np.testing.assert_allclose(bars.get_segments()[0][:, 0], [-1 - np.sqrt(0.5), -1 + np.sqrt(0.5)])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["smc", "laplace (approximation)", "loo"]  # dic has no value anywhere


def test_without_criteria_there_is_one_panel(table) -> None:
    assert len(bnn.plot.comparison(Comparison(table.evidences)).axes) == 1
    nothing = {"c": table.evidences["c"]}
    assert not bnn.plot.comparison(Comparison(nothing)).axes[0].lines


def test_sensitivity_is_drawn_in_order_of_scale(hubble) -> None:
    def line(scale: float) -> bnn.Posterior:
        prior = {"w": bnn.Normal(0, scale)}
        return bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior=prior, data=hubble)

    found = bnn.sensitivity({"line": line, "wide": lambda s: line(9 * s)}, scales=[1.0, 0.1, 10.0])
    axis = bnn.plot.sensitivity(found, title="H(z)").axes[0]
    assert axis.get_xscale() == "log"
    assert (axis.get_ylabel(), axis.get_title()) == ("ln evidence [nats]", "H(z)")
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), [0.1, 1, 10])
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), found.log_evidence["line"][[1, 0, 2]])
    assert {t.get_text() for t in axis.get_legend().get_texts()} == {"line", "wide", "most probable"}


def test_an_average_is_drawn_like_any_prediction(hubble) -> None:
    post = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=hubble)
    part = bnn.predict(post, bnn.laplace_posterior(post), np.linspace(0, 2, 5))
    figure = bnn.plot.predictive(bnn.average({"a": part, "b": part}, weights={"a": 0.5, "b": 0.5}), hubble)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), part.mean)
