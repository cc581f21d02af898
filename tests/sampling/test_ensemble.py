"""An ensemble is a value: advanced in one call or in many, with whatever moves, it draws the same."""

from dataclasses import fields

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from tests.problems.densities import CorrelatedGaussian, LogGammas
from tests.problems.failing import Failing

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
START = SKEWED.mean + np.random.default_rng(0).standard_normal((11, 3))
KINDS = {
    "hmc": [(bnn.HMC(), 1.0)],
    "mams": [(bnn.MAMS(), 1.0)],
    "walk-hmc": [(bnn.WalkHMC(), 1.0)],
    "stretch, de": [(emcee.moves.StretchMove(), 0.5), (emcee.moves.DEMove(), 0.5)],
    "walk, kde": [(emcee.moves.WalkMove(), 0.5), (emcee.moves.KDEMove(), 0.5)],
    "two tuned": [(bnn.HMC(), 0.5), (bnn.MAMS(), 0.3), (emcee.moves.StretchMove(), 0.2)],
}


def task_of(kind: str, density=SKEWED, n_warmup: int = 40) -> EnsembleTask:
    return EnsembleTask(density, KINDS[kind], n_warmup)


def begun(task: EnsembleTask):
    return begin(task, START, np.random.SeedSequence(3))


def in_pieces(task, state, stops):
    segments = []
    for stop in stops:
        segments.append(advance((task, state, stop)))
        state = segments[-1].state
    return segments


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stops", [[1, 8, 9, 20, 39, 40, 41, 42, 60, 80], [80]], ids=["in pieces", "again"])
def test_pieces_make_no_difference(kind: str, stops) -> None:
    """Ends of windows (8, 16, 32, 40 steps) among them."""
    task = task_of(kind)
    whole = advance((task, begun(task), 80))
    parts = in_pieces(task, begun(task), stops)
    np.testing.assert_array_equal(np.concatenate([part.theta for part in parts], axis=1), whole.theta)
    np.testing.assert_array_equal(np.concatenate([part.log_prob for part in parts], axis=1), whole.log_prob)
    for field in fields(whole.state):
        one, other = getattr(whole.state, field.name), getattr(parts[-1].state, field.name)
        assert str(one) == str(other), field.name
    assert whole.theta.shape == (11, 40, 3)
    assert whole.state.accepted.max() > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
@pytest.mark.parametrize("calls", [57, 600])
def test_an_error_ends_it_after_its_last_whole_step(kind: str, error, calls: int, capsys) -> None:
    task = task_of(kind, Failing(calls, error))
    first = begun(task)
    segment = advance((task, first, 100_000))
    assert segment.error is error
    assert capsys.readouterr().out == ""
    assert segment.state.step > 0
    healthy = task_of(kind)
    on, whole = advance((healthy, segment.state, 300)), advance((healthy, begun(healthy), 300))
    np.testing.assert_array_equal(np.concatenate([segment.theta, on.theta], axis=1), whole.theta)
    np.testing.assert_array_equal(on.state.accepted, whole.state.accepted)


def test_a_state_is_not_touched_by_what_follows() -> None:
    task = task_of("two tuned")
    state = advance((task, begun(task), 30)).state
    before = str([getattr(state, field.name) for field in fields(state)])
    advance((task, state, 60))
    assert str([getattr(state, field.name) for field in fields(state)]) == before


def test_what_warm_up_counted_is_not_counted() -> None:
    class Nan(Failing):
        """Of every third walker, for as many calls."""

        def value_and_grad(self, theta):
            self.left -= 1
            value, grad = SKEWED.value_and_grad(theta)
            return np.where((np.arange(len(theta)) % 3 == 1) & (self.left > 0), np.nan, value), grad

    task = task_of("hmc", Nan(40, ValueError()))
    warm = advance((task, begun(task), 40)).state
    assert warm.n_nan > 0
    after = advance((task, warm, 60)).state
    assert (after.n_nan, after.n_divergent) == (0, 0)


def test_a_move_that_was_used_elsewhere_remembers_nothing_of_it() -> None:
    """Where its last step on another density ended is where this run begins."""
    raised = CorrelatedGaussian.of(3, condition=2.0, seed=0)
    move = bnn.HMC(step_size=0.3, n_steps=5)
    other = emcee.EnsembleSampler(8, 3, Raised(raised, 1000.0), vectorize=True, moves=move)
    state = other.run_mcmc(np.random.default_rng(0).standard_normal((8, 3)), 20, skip_initial_state_check=True)
    sizes = {"n_draws": 30, "n_warmup": 0, "n_ensembles": 1, "progress": False}
    draws = bnn.sample(raised, moves=move, start=state.coords, **sizes)
    assert draws.acceptance.min() > 0.3


class Raised:
    """A density with a constant more."""

    def __init__(self, density, constant) -> None:
        self.density, self.constant, self.n_params = density, constant, density.n_params

    def __call__(self, theta):
        return self.density(theta) + self.constant

    def value_and_grad(self, theta):
        value, grad = self.density.value_and_grad(theta)
        return value + self.constant, grad
