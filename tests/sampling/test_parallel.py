"""The workers make no difference, whoever they are."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numpy as np
import pytest

import bayesnn as bnn
from tests.problems.densities import LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
START = SKEWED.mean + np.random.default_rng(0).standard_normal((3, 8, 3))
RUN = {"start": START, "n_draws": 40, "n_warmup": 30, "n_walkers": 8, "n_ensembles": 3, "progress": False}
MOVES = [("hmc", 0.7), ("stretch", 0.3)]


@pytest.fixture(scope="module")
def alone() -> np.ndarray:
    return bnn.sample(SKEWED, moves=MOVES, **RUN).theta


def test_threads(alone) -> None:
    with ThreadPoolExecutor(2) as pool:
        np.testing.assert_array_equal(bnn.sample(SKEWED, moves=MOVES, executor=pool, **RUN).theta, alone)


def test_processes(alone) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        np.testing.assert_array_equal(bnn.sample(SKEWED, moves=MOVES, executor=pool, **RUN).theta, alone)


def test_joblib(alone, tmp_path) -> None:
    draws = bnn.sample(SKEWED, moves=MOVES, executor=bnn.Joblib(n_jobs=2), checkpoint=tmp_path / "run.h5", **RUN)
    np.testing.assert_array_equal(draws.theta, alone)
    with joblib.parallel_config("threading", n_jobs=3):
        assert not bnn.Joblib().is_here
        np.testing.assert_array_equal(bnn.sample(SKEWED, moves=MOVES, **RUN).theta, alone)
    assert bnn.Joblib().is_here


def test_dask(alone) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        np.testing.assert_array_equal(bnn.sample(SKEWED, moves=MOVES, **RUN).theta, alone)


def test_what_a_density_raises_in_a_worker_arrives_here() -> None:
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError, match="mine"):
        bnn.sample(Raising(SKEWED.shapes), executor=pool, **RUN)


class Raising(LogGammas):
    def value_and_grad(self, theta):
        if np.any(theta != START[0]) and theta.shape == START[0].shape and np.any(theta[:, 0] > 0.8):
            raise ZeroDivisionError("mine")
        return super().value_and_grad(theta)


def test_closures_travel() -> None:
    """Functions that a person has just typed, in other processes."""
    offset = 1.5
    post = bnn.FunctionPosterior(lambda x: -0.5 * (x - offset) ** 2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    run = {"n_draws": 20, "n_warmup": 20, "n_ensembles": 2, "progress": False}
    here, there = (bnn.sample(post, executor=bnn.Joblib(n_jobs=n), **run).theta for n in (1, 2))
    np.testing.assert_array_equal(here, there)
