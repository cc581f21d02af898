"""Blocks, threads and precisions: the same numbers, whoever computes them."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.pace import Pace
from bayesnn.posterior import blocks
from bayesnn.threads import in_threads, n_threads, one_library_thread

RNG = np.random.default_rng(8)


@pytest.fixture
def posterior():
    """Many blocks of rows, of walkers, and of both, with an unknown noise level."""
    X = RNG.standard_normal((5_000, 3))
    data = bnn.Dataset(X, np.sin(X.sum(axis=1)) + 0.1 * RNG.standard_normal(5_000))
    prior = {"*": bnn.Normal(0, 1)}
    return bnn.Posterior(bnn.MLP((3, 20, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=prior, data=data)


@pytest.fixture(autouse=True)
def _threads_as_before():
    yield
    bnn.set_threads()


@pytest.mark.parametrize("n_walkers", [1, 3, 40])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers_do_not_depend_on_threads(posterior, n_walkers, dtype) -> None:
    density, theta = posterior.astype(dtype), RNG.standard_normal((n_walkers, posterior.n_params))
    found = []
    for n in (1, 2, 5):
        bnn.set_threads(n)
        found += [(*density.value_and_grad(theta), density(theta)) for _ in range(3)]
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_walker_alone_has_the_numbers_that_it_has_in_company(posterior, dtype, blocks_of) -> None:
    blocks_of(2**12)
    density, theta = posterior.astype(dtype), RNG.standard_normal((9, posterior.n_params)).astype(dtype)
    together = density.value_and_grad(theta)
    for some in (slice(0, 1), slice(2, 5), slice(4, 9)):
        for whole, part in zip(together, density.value_and_grad(theta[some]), strict=True):
            np.testing.assert_array_equal(whole[some], part)


@pytest.mark.parametrize("size", [1, 60, 1_000, 10**7])
def test_sums_do_not_depend_on_blocks_but_for_rounding(posterior, size, blocks_of) -> None:
    theta = RNG.standard_normal((3, posterior.n_params))
    value, grad = posterior.value_and_grad(theta)
    blocks_of(size)
    part = posterior.take(slice(0, 700)) if size == 1 else posterior
    value, grad = part.value_and_grad(theta) if size > 1 else (part(theta), part.value_and_grad(theta)[1])
    alone = [part.pointwise_log_likelihood(t).sum() for t in theta]
    np.testing.assert_allclose(value - part.blend(likelihood=0.0)(theta), alone, rtol=1e-11)
    assert np.all(np.isfinite(grad))


@pytest.mark.parametrize("sizes", [(1, 1), (64, 31), (7, 5_000), (128, 1_000), (3, 100_001)])
@pytest.mark.parametrize("divisible", [True, False])
def test_blocks_cover_every_walker_and_row_once(sizes, divisible) -> None:
    seen = np.zeros(sizes, dtype=int)
    for task in blocks.tasks(*sizes, width=50, divisible=divisible):
        assert len({walkers.start for walkers, _ in task}) == 1
        for walkers, rows in task:
            seen[walkers, rows] += 1
            assert not divisible or seen[walkers, rows].size * 50 <= blocks._NUMBERS_IN_CACHE
    assert np.all(seen == 1)


def test_float32_rounds_to_seven_digits_and_sums_in_float64(posterior) -> None:
    theta = 0.5 * RNG.standard_normal((6, posterior.n_params))
    rounded = posterior.astype(np.float32)
    (value, grad), (about, slope) = posterior.value_and_grad(theta), rounded.value_and_grad(theta)
    assert about.dtype == slope.dtype == np.float64
    np.testing.assert_allclose(about, value, rtol=2e-6)
    assert np.abs(slope - grad).max() < 1e-5 * np.abs(grad).max()
    natural = posterior.parameters.natural(theta)
    assert rounded.natural_log_likelihood(natural).dtype == np.float64
    _, of_one_block = rounded.take(slice(0, 50)).natural_log_likelihood_and_grad(natural)
    np.testing.assert_array_equal(of_one_block, of_one_block.astype(np.float32))
    base = posterior.blend(likelihood=0.0)
    np.testing.assert_array_equal(rounded.blend(likelihood=0.0)(theta), base(theta))


def test_what_is_ignored_here_is_ignored_by_every_thread(posterior) -> None:
    bnn.set_threads(3)
    value, _ = posterior.value_and_grad(np.full((40, posterior.n_params), 1e200))
    assert not np.any(np.isfinite(value))


def test_an_error_of_one_task_comes_out_and_leaves_the_pool_free() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda n: 1 // n, [1, 2, 0, 3], 2)
    assert in_threads(lambda n: in_threads(str, [n, n + 1], 2), [1, 2, 3], 2) == [["1", "2"], ["2", "3"], ["3", "4"]]


def _in_child(task):
    density, theta = task
    return blocks._ways(), density.value_and_grad(theta)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_give_the_same_and_take_one_thread_each(posterior, method) -> None:
    theta = RNG.standard_normal((5, posterior.n_params))
    here = posterior.value_and_grad(theta)  # the pool is running when the process is forked
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as executor:
        ways, there = executor.submit(_in_child, (pickle.loads(pickle.dumps(posterior)), theta)).result(timeout=60)
    assert ways == (1,)
    np.testing.assert_array_equal(there[0], here[0])
    np.testing.assert_array_equal(there[1], here[1])


@pytest.mark.parametrize("bad", [0, -1, 1.5, "two", np.nan])
def test_numbers_of_threads_that_cannot_be(bad, monkeypatch) -> None:
    with pytest.raises(SettingError, match="whole number of threads"):
        bnn.set_threads(bad)
    monkeypatch.setenv("BAYESNN_THREADS", str(bad))
    with pytest.raises(SettingError, match="BAYESNN_THREADS: expected a whole number"):
        n_threads()


def test_the_environment_says_how_many(monkeypatch) -> None:
    monkeypatch.setenv("BAYESNN_THREADS", "3")
    assert n_threads() == 3
    bnn.set_threads(2)
    assert n_threads() == 2


def test_libraries_keep_to_one_thread_until_the_last_is_out() -> None:
    def n_blas() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        first, second = one_library_thread(), one_library_thread()
        first.__enter__()
        second.__enter__()
        assert n_blas() == {1}
        first.__exit__(None, None, None)
        assert n_blas() == {1}
        second.__exit__(None, None, None)
        assert n_blas() == {2}


def test_the_way_that_took_least_is_taken_and_found_out_anew() -> None:
    """On a clock of our own: at first the second way is the faster one, later the first."""
    pace, taken, clock = Pace(), [], [0.0]

    def work(way: int) -> str:
        taken.append(way)
        clock[0] += {1: 2.0, 2: 1.0}[way] if len(taken) < 250 else {1: 1.0, 2: 2.0}[way]
        return "done"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bayesnn.pace.time.perf_counter", lambda: clock[0])
        assert {pace.run(work, ways=(1, 2)) for _ in range(2100)} == {"done"}
    assert set(taken[6:300]) == {2}
    for begin, end in ((306, 600), (606, 900), (906, 1500), (1506, 2100)):  # asked less often while the same way wins
        assert set(taken[begin:end]) == {1}
    for begin in (0, 300, 600, 900, 1500):
        assert sorted(taken[begin : begin + 6]) == [1, 1, 1, 2, 2, 2]


def test_one_block_shared_by_two_threads_has_the_same_bits(posterior) -> None:
    part, theta = posterior.take(slice(0, 200)), RNG.standard_normal((9, posterior.n_params))  # enough for threads
    for density in (part, part.astype(np.float32)):
        bnn.set_threads(1)
        alone = (*density.value_and_grad(theta), density(theta))
        bnn.set_threads(2)
        for a, b in zip(alone, (*density.value_and_grad(theta), density(theta)), strict=True):
            np.testing.assert_array_equal(a, b)
