"""Many rows are predicted block by block: bounded memory, and what a row gets does not depend on its block."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.datasets import load_iris

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.prediction import predictive

ROWS = np.linspace(0, 2, 23)[:, None]


@pytest.fixture
def in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it makes blocks a few rows long."""
    return lambda: monkeypatch.setattr(predictive, "_NUMBERS", 5 * 8000)


def test_summaries_are_those_of_all_rows_at_once(network, in_small_blocks) -> None:
    post = network(1, 3, 1)
    source = bnn.laplace_posterior(post, n_starts=4)
    whole = bnn.predict(post, source, ROWS)
    in_small_blocks()
    blocks = list(predictive.predict_in_blocks(post, source, ROWS))
    assert [len(block.X) for block in blocks] == [5, 5, 5, 5, 3]
    for summary in (lambda p: p.mean, lambda p: p.sd, lambda p: p.quantile(0.3), lambda p: p.X[:, 0]):
        np.testing.assert_allclose(np.concatenate([summary(block) for block in blocks]), summary(whole), rtol=1e-9)


def test_estimators_give_the_same_in_small_blocks(in_small_blocks) -> None:
    x = np.linspace(-1, 1, 30)[:, None]
    numbers = bnn.BayesianMLPRegressor((3,), noise=0.2, inference="laplace", random_state=0).fit(x, np.sin(3 * x[:, 0]))
    X, y = load_iris(return_X_y=True)
    classes = bnn.BayesianMLPClassifier((), inference="laplace", random_state=0).fit(X, y)

    def all_they_say() -> list[np.ndarray]:
        mean, sd = numbers.predict(ROWS, return_std=True)
        of_numbers = [mean, sd, *numbers.predict_interval(ROWS), numbers.sample_y(ROWS, 7, random_state=3)]
        return [*of_numbers, classes.predict_proba(X[::5]), classes.sample_y(X[::5], 40)]

    before = all_they_say()
    in_small_blocks()
    for found, wanted in zip(all_they_say(), before, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_every_row_has_a_scatter_of_its_own_about_one_function(in_small_blocks) -> None:
    x = np.linspace(-1, 1, 30)[:, None]
    fitted = bnn.BayesianMLPRegressor((), noise=0.2, inference="map").fit(x, 3 * x[:, 0])
    in_small_blocks()
    scatter = fitted.sample_y(np.zeros((40_000 + 5, 1)), 2) - fitted.predict([[0.0]])
    assert np.unique(scatter).size == scatter.size
    of_functions = bnn.BayesianMLPRegressor((), noise=1e-6, inference="laplace").fit(x[:3], 3 * x[:3, 0])
    y = of_functions.sample_y(np.full((12, 1), 9.0), 50)
    np.testing.assert_allclose(y, np.broadcast_to(y[:1], y.shape), rtol=1e-3)


def test_memory_does_not_grow_with_rows() -> None:
    X, y = load_iris(return_X_y=True)
    fitted = bnn.BayesianMLPClassifier((), inference="laplace", random_state=0).fit(X, y)
    rows = np.resize(X, (2000, 4))  # outputs of 8,000 draws would take 384 MB
    tracemalloc.start()
    fitted.predict_proba(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6


def test_max_draws_are_taken_evenly(network) -> None:
    post = network(1, 1)
    draws = bnn.sample(post, n_draws=20, progress=False)
    p = bnn.predict(post, draws, ROWS, max_draws=50)
    assert p.outputs.shape == (50, 23, 1)
    np.testing.assert_array_equal(p.outputs, post.outputs(draws.thinned(50), post.data.scaling.inputs(ROWS)))
    for bad in (0, 2.5, "all"):
        with pytest.raises(SettingError, match="max_draws: expected a whole number >= 1"):
            bnn.predict(post, draws, ROWS, max_draws=bad)
