"""The workers make no difference, whoever they are."""

import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn import executors
from bayesnn.executors import Processes, spare_cores
from bayesnn.sampling import workers
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
        if theta.shape == START[0].shape and np.any(theta != START[0]) and np.any(theta[:, 0] > 0.8):
            raise ZeroDivisionError("mine")
        return super().value_and_grad(theta)


def test_closures_travel() -> None:
    """Functions that a person has just typed, in other processes."""
    offset = 1.5
    post = bnn.FunctionPosterior(lambda x: -0.5 * (x - offset) ** 2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    run = {"n_draws": 20, "n_warmup": 20, "n_ensembles": 2, "progress": False}
    here, there = (bnn.sample(post, executor=bnn.Joblib(n_jobs=n), **run).theta for n in (1, 2))
    np.testing.assert_array_equal(here, there)


@pytest.fixture
def long(monkeypatch) -> list[int]:
    """Every run counts as long, and there are two cores; how many tasks went to processes."""
    monkeypatch.setattr(executors, "_WORTH", 0.0)
    monkeypatch.setattr(workers, "_KNOWN", 0.0)
    monkeypatch.setattr(workers, "spare_cores", lambda: 2)
    sent, there = [], Processes.map

    def counted(self, function, tasks):
        sent.append(len(tasks))
        return there(self, function, tasks)

    monkeypatch.setattr(Processes, "map", counted)
    return sent


def test_a_long_run_goes_to_processes_by_itself(alone, long, tmp_path) -> None:
    np.testing.assert_array_equal(bnn.sample(SKEWED, moves=MOVES, checkpoint=tmp_path / "run.h5", **RUN).theta, alone)
    assert set(long) == {3}


def test_what_cannot_travel_is_sampled_here(alone, long) -> None:
    with pytest.warns(
        RuntimeWarning, match=r"expected a posterior that can be sent .* executor=bnn.Joblib\(n_jobs=1\)"
    ):
        draws = bnn.sample(Locked(SKEWED.shapes), moves=MOVES, **RUN)
    np.testing.assert_array_equal(draws.theta, alone)


class Locked(LogGammas):
    def __init__(self, shapes) -> None:
        super().__init__(shapes)
        object.__setattr__(self, "lock", threading.Lock())


def test_a_given_executor_and_a_setting_of_joblib_are_kept(long) -> None:
    bnn.sample(SKEWED, executor=bnn.Joblib(n_jobs=1), **RUN)
    with joblib.parallel_config("threading", n_jobs=2):
        bnn.sample(SKEWED, **RUN)
    assert not long


def test_a_short_run_and_one_with_threads_of_its_own_stay_here(monkeypatch) -> None:
    monkeypatch.setattr(workers, "spare_cores", lambda: 8)
    of_four = workers.Workers(None, 4)
    assert of_four.executor(2.0, 2.0) == bnn.Joblib() == of_four.executor(0.01, 1e9)
    monkeypatch.setattr(workers, "n_threads", lambda: 8)
    assert of_four.executor(10.0, 60.0) == bnn.Joblib()
    monkeypatch.setattr(workers, "n_threads", lambda: 1)
    assert of_four.executor(10.0, 0.0) == Processes(4)
    assert workers.Workers(None, 4).executor(1.0, 10.0) == Processes(4)


def cores_there(_: int) -> int:
    return spare_cores()


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_a_worker_takes_no_more_cores(backend: str, monkeypatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    assert spare_cores() == joblib.cpu_count()
    with joblib.parallel_config(backend, n_jobs=2):
        assert list(bnn.Joblib().map(cores_there, [0, 1])) == [1, 1]
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    assert spare_cores() == 1
