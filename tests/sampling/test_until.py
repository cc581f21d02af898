"""What ends a run: targets, limits, and the sentence that says which it was."""

from dataclasses import replace

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.until import Plan
from tests.problems.densities import CorrelatedGaussian, LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
RUN = {"start": SKEWED.mean, "n_warmup": 60, "n_walkers": 8, "progress": False}


@pytest.fixture(scope="module")
def draws() -> bnn.sampling.draws.Draws:
    return bnn.sample(SKEWED, until=bnn.Until(ess=800, rhat=1.03), **RUN)


def test_targets_are_met_and_said(draws) -> None:
    diagnosis = bnn.diagnose(draws)
    assert diagnosis.worst_ess >= 800
    assert diagnosis.worst_rhat <= 1.03
    assert draws.n_draws < 500
    assert draws.stopped == f"Stopped after {draws.n_draws} draws: ESS >= 800 and nested R-hat <= 1.03 reached."
    assert draws.stopped in diagnosis.verdict


def test_a_target_makes_no_difference_but_of_length(draws) -> None:
    plain = bnn.sample(SKEWED, n_draws=draws.n_draws, **RUN)
    np.testing.assert_array_equal(plain.theta, draws.theta)
    assert plain.stopped == ""


def test_looks_depend_on_the_draws_alone(draws, tmp_path, monkeypatch) -> None:
    from bayesnn.sampling import checkpoint, workers

    monkeypatch.setattr(workers, "_HERE", 0.003)
    monkeypatch.setattr(checkpoint, "_EVERY", 0.0)
    path, until = tmp_path / "run.h5", bnn.Until(ess=800, rhat=1.03)
    bnn.sample(SKEWED, n_draws=30, checkpoint=path, **RUN)
    again = bnn.sample(SKEWED, until=until, checkpoint=tmp_path / "other.h5", **RUN)
    np.testing.assert_array_equal(again.theta, draws.theta)
    on = bnn.sample(SKEWED, until=until, checkpoint=path, **RUN)  # looked at elsewhere, the same draws
    n = min(on.n_draws, draws.n_draws)
    np.testing.assert_array_equal(on.theta[:, :, :n], draws.theta[:, :, :n])


def test_a_run_that_was_interrupted_between_two_looks_keeps_to_them(draws, tmp_path) -> None:
    class Interrupting(LogGammas):
        n_calls = 0

        def value_and_grad(self, theta):
            Interrupting.n_calls += 1
            if Interrupting.n_calls == last:
                raise KeyboardInterrupt
            return super().value_and_grad(theta)

    run = {**RUN, "until": bnn.Until(ess=800, rhat=1.03), "checkpoint": tmp_path / "run.h5"}
    last = draws.n_evaluations // 8 - 300  # all eight walkers in a call
    with pytest.warns(RuntimeWarning, match="Interrupted"):
        assert bnn.sample(Interrupting(SKEWED.shapes), **run).n_draws < draws.n_draws
    on = bnn.sample(SKEWED, **run)
    np.testing.assert_array_equal(on.theta, draws.theta)
    assert (on.stopped, on.n_evaluations) == (draws.stopped, draws.n_evaluations)


def test_a_target_that_cannot_be_met_is_said_not_to_be(draws) -> None:
    short = bnn.sample(SKEWED, n_draws=80, until=bnn.Until(ess=1e9), **RUN)
    assert short.n_draws == 80
    assert short.stopped == "Stopped after 80 draws: n_draws reached, before ESS >= 1e+09."
    assert short.stopped in str(bnn.diagnose(short))


def test_seconds_end_it() -> None:
    limit = bnn.Until(ess=1e9, max_seconds=1.5)
    timed = bnn.sample(SKEWED, until=limit, **RUN)
    assert timed.stopped == f"Stopped after {timed.n_draws} draws: max_seconds=1.5 reached, before ESS >= 1e+09."
    assert timed.seconds < 6
    least = bnn.sample(SKEWED, until=bnn.Until(max_seconds=1e-9), **RUN)
    assert 20 <= least.n_draws < 200  # warm-up is finished, and there is something to look at


@pytest.mark.parametrize("moves", ["hmc", "stretch"])
def test_evaluations_end_it_and_are_hardly_exceeded(moves: str) -> None:
    start = SKEWED.mean + np.random.default_rng(0).standard_normal((8, 3))
    most = {"hmc": 40_000, "stretch": 12_000}[moves]
    run = {**RUN, "start": start, "moves": moves, "until": bnn.Until(max_evaluations=most)}
    draws = bnn.sample(SKEWED, **run)
    assert 0.93 * most < draws.n_evaluations < 1.05 * most
    assert draws.stopped == f"Stopped after {draws.n_draws} draws: max_evaluations={most} reached."
    np.testing.assert_array_equal(bnn.sample(SKEWED, **run).theta, draws.theta)


def test_evaluations_may_be_limited_without_warm_up() -> None:
    run = {**RUN, "n_warmup": 0, "moves": bnn.HMC(step_size=0.3, n_steps=4), "start": np.ones(3)}
    draws = bnn.sample(SKEWED, **{**run, "until": bnn.Until(max_evaluations=3000)})
    assert 0.8 * 3000 < draws.n_evaluations < 1.1 * 3000


def test_a_finished_run_returns_and_a_higher_target_goes_on(tmp_path) -> None:
    run = {**RUN, "checkpoint": tmp_path / "run.h5"}
    first = bnn.sample(SKEWED, until=bnn.Until(ess=300), **run)
    again = bnn.sample(SKEWED, until=bnn.Until(ess=300), **run)
    assert (again.seconds, again.stopped) == (first.seconds, first.stopped)
    more = bnn.sample(SKEWED, until=bnn.Until(ess=1500), **run)
    assert more.n_draws > first.n_draws
    assert more.seconds > first.seconds
    np.testing.assert_array_equal(more.theta[:, :, : first.n_draws], first.theta)


def test_growth_is_bounded_whatever_the_draws_say(draws) -> None:
    """A quarter more at least, twice as many at most, and never beyond n_draws."""
    for target in (300, 1e3, 1e9):
        for n in (60, 200):
            part = replace(draws, theta=draws.theta[:, :, :n], log_prob=draws.log_prob[:, :, :n])
            stopped, following = Plan(10_000, bnn.Until(ess=target)).look(part)
            if stopped is None:
                assert 1.25 * part.n_draws <= following <= 2 * part.n_draws + 1
    assert Plan(90, bnn.Until(ess=1e9)).look(replace(part, theta=part.theta[:, :, :60]))[1] == 90


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"ess": 0},
        {"ess": -5},
        {"rhat": 1.0},
        {"rhat": 0.9},
        {"max_seconds": np.nan},
        {"max_evaluations": np.inf},
        {"ess": "many"},
        {"max_seconds": [1, 2]},
    ],
    ids=str,
)
def test_targets_that_are_none(bad) -> None:
    with pytest.raises(SettingError, match="until: expected"):
        bnn.Until(**bad)


def test_until_that_does_not_fit_the_run() -> None:
    with pytest.raises(SettingError, match="several ensembles"):
        bnn.sample(SKEWED, until=bnn.Until(rhat=1.01), n_ensembles=1, **RUN)
    with pytest.raises(SettingError, match=r"say bnn.Until\(ess=1000\)"):
        bnn.sample(SKEWED, until=1000, **RUN)


def test_modes_that_ensembles_do_not_leave_are_never_called_converged() -> None:
    """Two narrow modes far apart: R-hat is not met, however many draws there are."""

    class TwoModes(CorrelatedGaussian):
        def value_and_grad(self, theta):
            side = np.where(theta[..., :1] > 0, 10.0, -10.0)
            return super().value_and_grad(theta - side)

    start = np.array([10.0, -10.0, 10.0, -10.0])[:, None, None] * np.ones((4, 8, 3))
    modes, until = TwoModes(np.zeros(3), np.eye(3)), bnn.Until(rhat=1.05)
    draws = bnn.sample(modes, moves="mams", until=until, n_draws=150, **{**RUN, "start": start})
    assert draws.stopped == "Stopped after 150 draws: n_draws reached, before nested R-hat <= 1.05."
