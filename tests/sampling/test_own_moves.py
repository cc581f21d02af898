"""Moves of a user: what they keep from step to step is kept, wherever a run is cut and from file to file."""

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from tests.problems.densities import LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
RUN = {"n_warmup": 20, "n_walkers": 8, "n_ensembles": 2, "start": SKEWED.mean, "progress": False, "rng": 3}


class Plain(emcee.moves.Move):
    """Random steps whose length, and all else that it keeps, changes with every step."""

    def __init__(self) -> None:
        self.length, self.n_steps, self.drift, self.scales = 0.3, 0, np.float64(1.0), np.ones(3)

    def propose(self, model, state):
        self.change(state)
        away = self.length * self.drift**0.7 * self.scales * model.random.standard_normal(state.coords.shape)
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
        return {"n_steps": np.array(self.kept["n_steps"]), "scales": self.scales.copy()}

    def restore(self, state):
        self.kept, self.scales = {"n_steps": list(state["n_steps"])}, np.array(state["scales"])


def one_by_one() -> emcee.moves.Move:
    """A move of emcee that takes one component after the other."""
    return emcee.moves.GaussianMove([0.5, 1.0, 1.5], mode="sequential")


KINDS = [Plain, Telling, one_by_one]


@pytest.mark.parametrize("kind", KINDS)
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
