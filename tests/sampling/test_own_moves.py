"""Moves of a user: what they keep from step to step is kept, wherever a run is cut and from file to file."""

from dataclasses import replace

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from bayesnn.sampling.moves.kept import going_on, numbers_of
from tests.problems.densities import LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
RUN = {"n_warmup": 20, "n_walkers": 8, "n_ensembles": 2, "start": SKEWED.mean, "progress": False, "rng": 3}


class Plain(emcee.moves.Move):
    """Random steps whose length, and all else that it keeps, changes with every step."""

    def __init__(self) -> None:
        self.length, self.n_steps, self.drift, self.scales = 0.3, 0, np.float64(1.0), np.ones(3)

    def propose(self, model, state):
        self.change(state)
        away = self.length**0.7 * self.drift**0.7 * self.scales * model.random.standard_normal(state.coords.shape)
        log_prob, _ = model.compute_log_prob_fn(state.coords + away)
        accepted = np.log(model.random.uniform(size=len(log_prob))) < log_prob - state.log_prob
        return self.update(state, emcee.State(state.coords + away, log_prob=log_prob), accepted), accepted

    def change(self, state):
        self.n_steps += 1
        self.length = 0.3 + 0.2 * float(np.sin(self.n_steps))
        self.drift = np.float64(1 + 0.1 * np.cos(self.n_steps))
        self.scales = self.scales + 1e-3 * np.abs(state.coords[0])


class Telling(Plain):
    """The same, kept where only it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = {"n_steps": [0]}

    def change(self, state):
        self.n_steps = self.kept["n_steps"][0]
        super().change(state)
        self.kept["n_steps"][0] = self.n_steps

    def state(self):
        return {"n_steps": list(self.kept["n_steps"]), "scales": self.scales.copy(), "made by": b"hand"}

    def restore(self, state):
        assert bytes(state["made by"]) == b"hand"
        self.kept, self.scales = {"n_steps": list(state["n_steps"])}, np.array(state["scales"])


class Held(emcee.moves.Move):
    """One that keeps what no file can hold: a generator, a list, slots, and a move inside."""

    def __init__(self) -> None:
        self.rng, self.lengths, self.inside = np.random.default_rng(0), [0.3], Plain()

    def propose(self, model, state):
        self.lengths.append(0.3 + 0.2 * float(np.sin(len(self.lengths))))
        away = self.lengths[-1] * self.rng.standard_normal(state.coords.shape)
        log_prob, _ = model.compute_log_prob_fn(state.coords + away)
        accepted = np.log(model.random.uniform(size=len(log_prob))) < log_prob - state.log_prob
        state, _ = self.update(state, emcee.State(state.coords + away, log_prob=log_prob), accepted), accepted
        return self.inside.propose(model, state)


class Heir(bnn.HMC):
    """One of ours, with a number of its own."""

    def __init__(self) -> None:
        super().__init__(step_size=0.3, n_steps=4)
        self.n_calls = 0

    def step(self, density, x, rng):
        self.n_calls += 1
        return super().step(density, x, rng)

    def momenta(self, shape, rng):
        return super().momenta(shape, rng) * (1 if self.n_calls % 2 else -1)


def one_by_one() -> emcee.moves.Move:
    """A move of emcee that takes one component after the other."""
    return emcee.moves.GaussianMove([0.5, 1.0, 1.5], mode="sequential")


KINDS = [Plain, Telling, Heir, one_by_one]


@pytest.mark.parametrize("kind", [*KINDS, Held])
def test_draws_do_not_depend_on_where_a_run_is_cut(kind) -> None:
    task = EnsembleTask(SKEWED, [(kind(), 0.7), (emcee.moves.StretchMove(), 0.3)], 20)
    start = SKEWED.mean + np.random.default_rng(0).standard_normal((8, 3))
    state = begin(task, start, np.random.SeedSequence(1))
    whole, pieces = advance((task, state, 120)), []
    for stop in (1, 7, 33, 34, 90, 120):
        pieces.append(advance((task, state, stop)))
        state = pieces[-1].state
    np.testing.assert_array_equal(np.concatenate([piece.theta for piece in pieces], axis=1), whole.theta)


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_goes_on_to_the_same_draws(kind, tmp_path) -> None:
    bnn.sample(SKEWED, moves=kind(), n_draws=15, checkpoint=tmp_path / "run.h5", **RUN)
    resumed = bnn.sample(SKEWED, moves=kind(), n_draws=60, checkpoint=tmp_path / "run.h5", **RUN)
    whole = bnn.sample(SKEWED, moves=kind(), n_draws=60, **RUN)
    np.testing.assert_array_equal(resumed.theta, whole.theta)
    assert np.ptp(whole.theta, axis=(0, 1, 2)).min() > 0


def test_what_a_file_cannot_hold_is_told(tmp_path) -> None:
    with pytest.warns(RuntimeWarning, match=r"got Held\.rng, Held\.lengths, Held\.inside, which a file cannot hold"):
        bnn.sample(SKEWED, moves=Held(), n_draws=5, checkpoint=tmp_path / "run.h5", **RUN)


def test_numbers_come_back_as_they_were(tmp_path) -> None:
    """Of Python, and arrays without axes; one that is too large for a file, and does not change, stays as it is."""

    class Numbers(Plain):
        def __init__(self) -> None:
            super().__init__()
            self.seed, self.level, self.on = 2**100, np.array(0.5), True

        def change(self, state):
            super().change(state)
            self.level[...] = 0.9 * self.level
            assert (type(self.n_steps), type(self.length), type(self.on)) == (int, float, bool)
            assert self.seed == 2**100

    for n_draws in (5, 10):
        bnn.sample(SKEWED, moves=Numbers(), n_draws=n_draws, checkpoint=tmp_path / "run.h5", **RUN)


def test_a_state_from_a_file_is_not_touched_by_what_follows() -> None:
    """A move that writes into its arrays writes into copies."""
    move, kept = Plain(), numbers_of(Plain())
    going_on(move, kept).scales[...] = 7.0
    np.testing.assert_array_equal(kept["own.scales"], 1.0)


def test_a_checkpoint_of_other_moves_than_are_kept_now_is_refused() -> None:
    task = EnsembleTask(SKEWED, [(Plain(), 1.0)], 20)
    state = begin(task, SKEWED.mean + np.zeros((8, 3)), np.random.SeedSequence(1))
    with pytest.raises(FileError, match="expected what 1 moves keep, got 0, perhaps of an earlier version"):
        advance((task, replace(state, moves=()), 5))
