"""The report of an estimate: every figure by its definition, in text and HTML."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import bayesnn as bnn

RNG = np.random.default_rng(2)
X = np.linspace(0, 1, 20)
Y = 1 + 2 * X + 0.1 * RNG.standard_normal(20)


def fitted(**options) -> "bnn.Optimum":
    line = bnn.LinearModel(bnn.polynomial(degree=1))
    prior = options.pop("prior", {"w": bnn.Flat()})
    data = bnn.Dataset(X, Y, **options.pop("errors", {}))
    return bnn.maximum_likelihood(bnn.Posterior(line, bnn.Gaussian(**options), prior=prior, data=data))


def test_criteria_by_their_definitions() -> None:
    opt = fitted(sigma=bnn.HalfNormal(1))
    residual = Y - np.column_stack([np.ones(20), X]) @ opt.values["w"]
    rss = residual @ residual
    log_likelihood = -10 * (np.log(2 * np.pi * rss / 20) + 1)
    assert opt.log_likelihood == pytest.approx(log_likelihood)
    assert opt.aic == pytest.approx(-2 * log_likelihood + 2 * 3)
    assert opt.bic == pytest.approx(-2 * log_likelihood + 3 * np.log(20))
    assert opt.chi2 == pytest.approx(rss)
    assert opt.reduced_chi2 == pytest.approx(rss / 18)


def test_chi_squared_is_in_units_of_known_errors() -> None:
    opt = fitted(errors={"yerr": 0.1})
    residual = Y - np.column_stack([np.ones(20), X]) @ opt.values["w"]
    assert opt.chi2 == pytest.approx(np.sum((residual / 0.1) ** 2))


def test_a_function_has_no_rows_to_count() -> None:
    opt = bnn.maximum_likelihood(bnn.FunctionPosterior(lambda a: -(a**2), {"a": bnn.Normal()}))
    assert np.isnan(opt.bic)
    assert np.isnan(opt.chi2)
    assert "BIC" not in opt.summary()


def test_the_text_holds_what_the_optimum_says() -> None:
    opt = fitted(sigma=bnn.HalfNormal(1))
    text = opt.summary()
    for name, value in (("AIC", opt.aic), ("BIC", opt.bic), ("reduced chi-squared", opt.reduced_chi2)):
        assert float(re.search(rf"{name} +(\S+)", text)[1]) == pytest.approx(value, rel=1e-4)
    line = re.search(r"w\[1\] +(\S+) +± (\S+) \((\S+)%\)", text)
    slope, error = opt.values["w"][1], opt.standard_errors["w"][1]
    assert [float(line[1]), float(line[2]), float(line[3])] == pytest.approx(
        [slope, error, 100 * error / slope], rel=2e-3
    )
    assert f"w[0], w[1]: {opt.correlation[0, 1]:+.3f}" in text
    assert text.startswith("maximum likelihood\nconverged: ")


def test_fixed_and_undetermined_values_are_marked() -> None:
    model = bnn.FunctionModel(lambda x, a, b, c: a + b * x + 0 * c)
    prior = {"a": 1.0, "b": bnn.Flat(), "c": bnn.Flat()}
    post = bnn.Posterior(model, bnn.Gaussian(sigma=0.1), prior=prior, data=bnn.Dataset(X, Y))
    text = bnn.maximum_likelihood(post).summary()
    assert re.search(r"a +1 +\(fixed\)", text)
    assert re.search(r"c .*not determined", text)
    assert "NOT CONVERGED" in text


class Cells(HTMLParser):
    """What stands in the cells; tags must be closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] == "td":
            self.cells.append(data)


def test_html_says_the_same_as_the_text() -> None:
    opt = fitted(sigma=bnn.HalfNormal(1))
    page, text = Cells(), opt.summary()
    page.feed(opt._repr_html_())
    assert page.open == []
    assert {"w[0]", "w[1]", "sigma", "AIC", "BIC"} <= set(page.cells)
    assert all(cell.strip() in text for cell in page.cells)


def test_a_long_report_says_what_it_leaves_out(network) -> None:
    post = network(1, 16, 1)
    rough = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.001), n_epochs=1)
    assert "... and 9 more" in rough.summary()
