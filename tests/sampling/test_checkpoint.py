"""Runs that end before their time, in every way that there is, go on as if nothing had happened."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
import warnings
from _thread import interrupt_main
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError, SettingError
from bayesnn.sampling import checkpoint, gather, whole_file, workers
from bayesnn.sampling.moves.around import AroundMove
from tests.conftest import ROOT
from tests.problems.densities import LogGammas
from tests.problems.failing import Failing
from tests.sampling.killed import MOVES, SHAPES, settings

SKEWED = LogGammas(SHAPES)
TIMED = {"seconds", "values", "posterior"}


def same(one: bnn.sampling.draws.Draws, other) -> None:
    for field in fields(one):
        if field.name not in TIMED:
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def python(*arguments: str, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, env=environment, **options
    )


@pytest.fixture
def often(monkeypatch) -> None:
    """The file is written after every slice, and slices are short."""
    monkeypatch.setattr(checkpoint, "_SHARE", 1e9)
    monkeypatch.setattr(checkpoint, "_EVERY", 0.0)
    monkeypatch.setattr(workers, "_HERE", 0.01)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize(
    ("moves", "where"),
    [
        ("hmc", "anywhere"),
        ("stretch and de", "half way"),
        ("mams", "half way"),
        pytest.param("walk-hmc", "before", marks=pytest.mark.slow),
        pytest.param("hmc and stretch", "after", marks=pytest.mark.slow),
        *(pytest.param(moves, "anywhere", marks=pytest.mark.slow) for moves in list(MOVES)[1:]),
    ],
)
def test_a_killed_run_goes_on_to_the_same_draws(moves: str, where: str, tmp_path) -> None:
    done = python("-m", "tests.sampling.killed", moves, where, str(tmp_path / "run.h5"))
    deaths = done.stdout.split()
    assert done.returncode == 0, done.stderr
    assert len(deaths) >= 5, "it has hardly died"
    assert list(tmp_path.iterdir()) == [tmp_path / "run.h5"]
    same(bnn.load(tmp_path / "run.h5"), bnn.sample(SKEWED, **settings(moves)))


class Within(AroundMove):
    """Nothing but the move inside."""

    name = "within"

    def propose(self, model, state):
        return self.move.propose(model, state)


def late(moves: str) -> int:
    """A call of the density well after warm-up, and before the end."""
    counting = Failing(0, ValueError())
    bnn.sample(counting, **settings(moves))
    return int(-0.9 * counting.left)


@pytest.mark.parametrize("moves", ["hmc", "stretch and de"])
def test_an_error_of_the_density_loses_nothing(moves: str, tmp_path, capsys) -> None:
    """With slices of a second; then again with the density mended."""
    path = tmp_path / "run.h5"
    calls = late(moves)
    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        bnn.sample(Failing(calls, ZeroDivisionError("mine")), checkpoint=path, **settings(moves))
    assert "draws of each walker are safe in" in caught.value.__notes__[0]
    so_far = bnn.load(path)
    assert so_far.stopped == f"Unfinished: {so_far.n_draws} draws, 60 were wanted."
    whole = bnn.sample(SKEWED, **settings(moves))
    np.testing.assert_array_equal(so_far.theta, whole.theta[:, :, : so_far.n_draws])
    with h5py.File(path) as file:
        drawn = [file[f"run/{e}"].attrs["step"] for e in (0, 1)]
    assert 60 < min(drawn) < 120
    same(bnn.sample(SKEWED, checkpoint=path, **settings(moves)), whole)


def test_an_interrupt_ends_it_with_what_there_is(tmp_path, often) -> None:
    path, here = tmp_path / "run.h5", bnn.Joblib(n_jobs=1)  # a busy machine takes seconds to write so often
    with pytest.warns(RuntimeWarning, match=r"Interrupted after \d+ draws, 60 were wanted; the same call goes on"):
        draws = bnn.sample(Failing(late("hmc"), KeyboardInterrupt()), checkpoint=path, executor=here, **settings("hmc"))
    assert 0 < draws.n_draws < 60
    assert draws.stopped == f"Interrupted after {draws.n_draws} draws, 60 were wanted."
    whole = bnn.sample(SKEWED, **settings("hmc"))
    np.testing.assert_array_equal(draws.theta, whole.theta[:, :, : draws.n_draws])
    same(bnn.sample(SKEWED, checkpoint=path, **settings("hmc")), whole)


def test_an_interrupt_after_the_last_draw_costs_none(monkeypatch) -> None:
    def interrupted(*_):
        raise KeyboardInterrupt

    line = bnn.FunctionPosterior(lambda a, b: -((a - b) ** 2), {"a": bnn.Normal(0, 1), "b": bnn.Normal(0, 1)})
    run = {"n_draws": 5, "n_warmup": 5, "n_walkers": 4, "n_ensembles": 2, "progress": False}
    whole = bnn.sample(line, **run)
    monkeypatch.setattr(gather, "log_likelihood", interrupted)
    with pytest.warns(RuntimeWarning, match="Interrupted after 5 draws"):
        draws = bnn.sample(line, **run)
    np.testing.assert_array_equal(draws.theta, whole.theta)
    assert np.all(np.isnan(draws.log_likelihood))


def test_an_interrupt_in_warm_up_says_what_is_kept(tmp_path, often) -> None:
    path, run = tmp_path / "run.h5", {**settings("hmc"), "executor": bnn.Joblib(n_jobs=1)}
    with pytest.raises(KeyboardInterrupt, match="before the first draw; with checkpoint=, the same call would go on"):
        bnn.sample(Failing(150, KeyboardInterrupt()), **run)
    with pytest.raises(KeyboardInterrupt, match="before the first draw; the same call goes on from there"):
        bnn.sample(Failing(150, KeyboardInterrupt()), checkpoint=path, **run)
    with h5py.File(path) as file:
        assert 0 < file["run/0"].attrs["step"] < 60
    same(bnn.sample(SKEWED, checkpoint=path, **run), bnn.sample(SKEWED, **run))


INTERRUPTED = """
import sys, threading, os, signal, numpy as np, bayesnn as bnn
from bayesnn.sampling import workers
from tests.sampling.killed import LogGammas, SHAPES, settings
run, sample = {**settings("stretch and de"), "n_draws": 1_000_000}, bnn.sample  # all is imported before the interrupt
workers.spare_cores = lambda: int(sys.argv[2])
workers._WORTH, workers._KNOWN, workers._ELSEWHERE = 0.0, 0.5, 0.1
threading.Timer(1.0 if sys.argv[2] == "1" else 3.0, lambda: os.killpg(0, signal.SIGINT)).start()
draws = sample(LogGammas(SHAPES), checkpoint=sys.argv[1], **run)
print(draws.n_draws, draws.stopped)
"""


@pytest.mark.parametrize("n_processes", [1, 2])
def test_ctrl_c(tmp_path, n_processes: int) -> None:
    """Which a terminal sends to workers too."""
    done = python("-c", INTERRUPTED, str(tmp_path / "run.h5"), str(n_processes), start_new_session=True)
    assert done.returncode == 0, done.stderr
    n_draws, stopped = done.stdout.split(maxsplit=1)
    assert int(n_draws) > 10
    assert stopped.startswith(f"Interrupted after {n_draws} draws")
    assert "goes on from there" in done.stderr
    assert "Traceback" not in done.stderr
    assert bnn.load(tmp_path / "run.h5").n_draws == int(n_draws)
    assert list(tmp_path.iterdir()) == [tmp_path / "run.h5"]


def test_a_finished_run_returns_at_once(network, tmp_path) -> None:
    post, path = network(1, 2, 1), tmp_path / "run.h5"
    run = {"n_draws": 30, "n_warmup": 30, "n_walkers": 4, "n_ensembles": 2, "progress": False, "checkpoint": path}
    first = bnn.sample(post, **run)
    stamp = path.stat().st_mtime_ns
    same(bnn.sample(post, **run), first)
    assert path.stat().st_mtime_ns == stamp
    assert bnn.sample(post, **run).posterior is post
    same(bnn.load(path, posterior=post), first)


def test_an_unfinished_run_is_loaded_with_all_that_draws_have(network, tmp_path, often) -> None:
    post, copies = network(1, 2, 1), []
    run = {"n_draws": 30, "n_warmup": 10, "n_walkers": 4, "n_ensembles": 2, "progress": False}

    class Copying(type(checkpoint.Checkpoint(None, {}))):
        def save(self, draws, runs, **options) -> None:
            super().save(draws, runs, **options)
            copies.append((self.path.read_bytes(), draws.n_draws))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "Checkpoint", Copying)
        whole = bnn.sample(post, checkpoint=tmp_path / "run.h5", **run)
    image, n_draws = next((image, n) for image, n in copies if 0 < n < 30)
    (tmp_path / "then.h5").write_bytes(image)
    then = bnn.load(tmp_path / "then.h5", posterior=post)
    np.testing.assert_allclose(then.log_likelihood, whole.log_likelihood[:, :, :n_draws], rtol=1e-12)
    assert np.all(np.isnan(bnn.load(tmp_path / "then.h5").log_likelihood))
    assert then.stopped.startswith(f"Unfinished: {n_draws} draws")
    assert "Unfinished" in repr(then)


def test_more_draws_go_on_from_there_and_fewer_are_refused(tmp_path) -> None:
    run = settings("hmc")
    bnn.sample(SKEWED, checkpoint=tmp_path / "run.h5", **{**run, "n_draws": 25})
    same(bnn.sample(SKEWED, checkpoint=tmp_path / "run.h5", **run), bnn.sample(SKEWED, **run))
    with pytest.raises(SettingError, match="at least 60, which the checkpoint holds, got 25"):
        bnn.sample(SKEWED, checkpoint=tmp_path / "run.h5", **{**run, "n_draws": 25})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (emcee.moves.GaussianMove(0.1), emcee.moves.GaussianMove(3.0)),
        (emcee.moves.GaussianMove([0.1, 0.2, 0.1]), emcee.moves.GaussianMove([0.1, 0.2, 0.3])),
        (Within(bnn.HMC()), Within(bnn.MAMS())),
        (Within(bnn.HMC()), Within(bnn.HMC(n_steps=20))),
    ],
)
def test_another_move_inside_a_move_is_another_run(one, other, tmp_path) -> None:
    run = {"n_draws": 5, "n_warmup": 5, "n_ensembles": 2, "start": SKEWED.mean, "progress": False}
    bnn.sample(SKEWED, moves=one, checkpoint=tmp_path / "run.h5", **run)
    with pytest.raises(FileError, match="expected moves = "):
        bnn.sample(SKEWED, moves=other, checkpoint=tmp_path / "run.h5", **{**run, "n_draws": 6})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rng": 6}, "rng"),
        ({"n_warmup": 61}, "n_warmup"),
        ({"moves": "stretch"}, "moves"),
        ({"moves": bnn.HMC(step_size=0.2)}, "moves"),
        ({"moves": bnn.HMC(n_steps=20)}, "moves"),
        ({"start": np.zeros(3)}, "start"),
        ({"n_ensembles": 3, "start": np.zeros(3)}, "n_ensembles"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_another_run_is_refused_by_name(change, named: str, tmp_path) -> None:
    path = tmp_path / "run.h5"
    bnn.sample(SKEWED, checkpoint=path, **settings("hmc"))
    held = path.read_bytes()
    with pytest.raises(FileError, match=rf"expected {named} = .*|expected start = .*"):
        bnn.sample(SKEWED, checkpoint=path, **{**settings("hmc"), **change})
    assert path.read_bytes() == held


@pytest.mark.parametrize(
    "rng",
    [None, np.random.default_rng(1), np.random.SeedSequence(3).spawn(2)[1]],
    ids=["the clock", "a generator", "a child"],
)
def test_a_seed_that_was_drawn_is_told_to_whoever_comes_back(rng, tmp_path) -> None:
    run = {**settings("hmc"), "checkpoint": tmp_path / "run.h5"}
    first = bnn.sample(SKEWED, **{**run, "n_draws": 10, "rng": rng})
    with pytest.raises(FileError, match=r"pass rng=(.*) to go on with it, take another path") as caught:
        bnn.sample(SKEWED, **{**run, "rng": 99 if isinstance(rng, np.random.SeedSequence) else rng})
    told = eval(re.search(r"pass rng=(.*) to go on", str(caught.value))[1], {"np": np})
    again = bnn.sample(SKEWED, **{**run, "rng": told})
    assert again.n_draws == 60
    np.testing.assert_array_equal(again.theta[:, :, :10], first.theta)


def test_another_problem_is_refused(hubble, tmp_path) -> None:
    def posterior(scale: float = 1.0, data=hubble, activation: str = "tanh"):
        model = bnn.MLP((1, 2, 1), activation=activation)
        return bnn.Posterior(model, bnn.Gaussian(), prior={"*": bnn.Normal(0, scale)}, data=data)

    run = {"n_draws": 10, "n_warmup": 10, "n_walkers": 4, "n_ensembles": 2, "progress": False}
    run |= {"checkpoint": tmp_path / "run.h5"}
    bnn.sample(posterior(), **run)
    moved = bnn.Dataset(hubble.X, hubble.y + np.eye(31)[4] * 1e-12, yerr=hubble.yerr)
    for other, message in (
        (posterior(scale=1.001), "another model, prior or data"),
        (posterior(activation="relu"), "another model, prior or data"),
        (posterior(data=moved), "expected data = 31 rows"),
    ):
        with pytest.raises(FileError, match=message):
            bnn.sample(other, **run)
    with pytest.raises(FileError, match=r"another model, prior or data|expected parameters"):
        bnn.sample(SKEWED, start=np.zeros(3), **run)


def test_a_walker_without_a_density_is_no_other_problem(tmp_path) -> None:
    """What a run stores is −inf where the density is NaN."""

    def half(p):
        return np.where(np.abs(p) > 5, np.nan, -0.5 * p**2)

    post = bnn.FunctionPosterior(half, {"p": bnn.Normal(0, 3)}, vectorized=True)
    start = np.array([[20.0], [0.1], [0.2], [0.3]])
    run = {"n_warmup": 4, "n_walkers": 4, "n_ensembles": 2, "moves": "hmc", "start": start, "progress": False}
    path = tmp_path / "run.h5"
    draws = bnn.sample(post, checkpoint=path, n_draws=4, **run)
    assert np.any(draws.log_prob[:, 0, -1] == -np.inf)
    assert np.any(np.isnan(post(draws.theta[:, 0, -1])))
    same(bnn.load(path, posterior=post), draws)
    same(bnn.sample(post, checkpoint=path, n_draws=6, **run), bnn.sample(post, n_draws=6, **run))


def test_files_that_are_no_checkpoint_are_left_alone(tmp_path) -> None:
    run = settings("hmc")
    whole = tmp_path / "whole.h5"
    draws = bnn.sample(SKEWED, checkpoint=whole, **run)
    held = whole.read_bytes()
    (tmp_path / "half.h5").write_bytes(held[: len(held) // 2])
    (tmp_path / "nearly.h5").write_bytes(held[:-1])
    (tmp_path / "empty.h5").write_bytes(b"")
    (tmp_path / "thesis.txt").write_text("not HDF5")
    draws.save(tmp_path / "draws.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["theta"] = 1.0
    for name in ("half.h5", "nearly.h5", "empty.h5", "thesis.txt", "draws.h5", "other.h5"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(FileError, match="expected"):
            bnn.sample(SKEWED, checkpoint=tmp_path / name, **run)
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(FileError, match="got a folder"):
        bnn.sample(SKEWED, checkpoint=tmp_path, **run)
    with pytest.raises(FileError, match="folder that can be written"):
        bnn.sample(SKEWED, checkpoint=tmp_path / "thesis.txt" / "run.h5", **run)
    assert not list(tmp_path.glob("*.lock"))


WAITING = """
import sys, time, numpy as np, bayesnn as bnn
from tests.sampling.killed import LogGammas, SHAPES, settings, write_often
write_often()
class Slow(LogGammas):
    def value_and_grad(self, theta):
        time.sleep(0.02)
        return super().value_and_grad(theta)
bnn.sample(Slow(SHAPES), checkpoint=sys.argv[1], **settings("stretch and de"))
"""


def test_the_second_of_two_processes_is_told(tmp_path) -> None:
    path = tmp_path / "run.h5"
    first = subprocess.Popen([sys.executable, "-c", WAITING, str(path)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with pytest.raises(FileError, match="got another process at work on it"):
            bnn.sample(SKEWED, checkpoint=path, **settings("stretch and de"))
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    run = settings("stretch and de")
    same(bnn.sample(SKEWED, checkpoint=path, **run), bnn.sample(SKEWED, **run))


@contextmanager
def small_files_only(most: int = 45_000):
    """No file may have more bytes."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_second_ctrl_c_while_the_draws_are_written_waits(tmp_path, monkeypatch) -> None:
    path, fsync, writings = tmp_path / "run.h5", os.fsync, []

    def pressed(handle: int) -> None:
        writings.append(handle)
        if len(writings) == 2:
            interrupt_main()
        fsync(handle)

    monkeypatch.setattr(whole_file.os, "fsync", pressed)
    run = {**settings("hmc"), "executor": bnn.Joblib(n_jobs=1)}
    with pytest.warns(RuntimeWarning, match="the same call goes on from there"):
        draws = bnn.sample(Failing(late("hmc"), KeyboardInterrupt()), checkpoint=path, **run)
    assert len(writings) == 2
    assert draws.n_draws == bnn.load(path).n_draws > 0


def test_a_full_disk_is_no_safe_place(tmp_path, often) -> None:
    """What is said to be safe after an error, or an interrupt, is what the file holds."""
    path, run = tmp_path / "run.h5", {**settings("hmc"), "executor": bnn.Joblib(n_jobs=1)}
    calls, full = late("hmc"), pytest.warns(RuntimeWarning, match="could not be written")
    with small_files_only(), full, pytest.raises(ZeroDivisionError) as caught:
        bnn.sample(Failing(calls, ZeroDivisionError("mine")), checkpoint=path, **run)
    assert f"{bnn.load(path).n_draws} draws of each walker are safe in" in caught.value.__notes__[0]
    path.unlink()
    with small_files_only(), pytest.warns(RuntimeWarning) as warned:
        bnn.sample(Failing(calls, KeyboardInterrupt()), checkpoint=path, **run)
    assert f"the same call goes on from {bnn.load(path).n_draws}, of which {path} knows" in str(warned[-1].message)


def test_a_full_disk_costs_no_draws(tmp_path, often) -> None:
    """Files may not grow beyond 45 kB: the first writings fit, the later ones do not."""
    path, run = tmp_path / "run.h5", settings("hmc")
    whole = bnn.sample(SKEWED, **run)
    with small_files_only(), pytest.warns(RuntimeWarning, match="could not be written .* is still there"):
        same(bnn.sample(SKEWED, checkpoint=path, **run), whole)
    so_far = bnn.load(path)
    assert 0 < so_far.n_draws < 60
    np.testing.assert_array_equal(so_far.theta, whole.theta[:, :, : so_far.n_draws])
    assert list(tmp_path.iterdir()) == [path]
    same(bnn.sample(SKEWED, checkpoint=path, **run), whole)


def test_writing_takes_a_small_part_of_the_time(tmp_path, monkeypatch) -> None:
    """However large the file: the next writing waits a hundred times as long as the last one took."""
    now, written = [0.0], []

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    monkeypatch.setattr("bayesnn.sampling.budget.time", Clock)
    budget = checkpoint.Checkpoint(Path("x"), {}).budget
    while now[0] < 10_000:
        now[0] += 0.5
        if budget.is_due():
            with budget.spending():
                written.append(now[0])
                now[0] += 0.001 * len(written) ** 2
    assert len(written) > 20
    assert sum(0.001 * n**2 for n in range(1, len(written) + 1)) < 0.011 * 10_000
    now[0] += 1e6
    assert budget.is_due()
    with budget.spending():
        now[0] += 0.01  # of little, which tells nothing of much
    now[0] += 30.0
    assert budget.is_due(at_least=0.05)
    assert not budget.is_due(at_least=0.5)


def test_the_place_of_a_file_is_taken_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    path, order = tmp_path / "run.h5", []
    run = settings("stretch and de")
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(whole_file.os, "fsync", lambda handle: (order.append("on disk"), fsync(handle)))
    monkeypatch.setattr(whole_file.os, "replace", lambda *paths: (order.append("in place"), replace(*paths)))
    bnn.sample(SKEWED, checkpoint=path, **run)
    assert order == ["on disk", "in place"] * 2  # at the beginning and at the end
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bnn.load(path)
