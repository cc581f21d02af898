"""Draws come in parts, whose borders nobody sees."""

import numpy as np
import pytest

from bayesnn.sampling.ensemble import EnsembleState, Segment
from bayesnn.sampling.rounds import EnsembleRun

N_WALKERS, N_PARAMS = 3, 2


def run_of(sizes: list[int]) -> tuple[EnsembleRun, np.ndarray, np.ndarray]:
    """Draws of parts of these sizes, and the same in one piece."""
    rng = np.random.default_rng(0)
    coords, n = rng.standard_normal((N_WALKERS, N_PARAMS)), sum(sizes)
    state = EnsembleState(n, coords, coords[:, 0], ("MT19937", np.arange(624), 0, 0, 0.0), (), np.zeros(N_WALKERS), 0)
    theta, log_prob = rng.standard_normal((N_WALKERS, n, N_PARAMS)), rng.standard_normal((N_WALKERS, n))
    run, at = EnsembleRun(state), 0
    for size in sizes:
        run = run.extended(Segment(state, theta[:, at : at + size], log_prob[:, at : at + size]))
        at += size
    return run, theta, log_prob


@pytest.mark.parametrize("sizes", [[], [4], [1, 0, 5, 2], [2, 2, 2]])
def test_draws_are_in_one_piece_from_anywhere(sizes: list[int]) -> None:
    run, theta, log_prob = run_of(sizes)
    assert run.n_draws == sum(sizes)
    for first in range(run.n_draws + 2):
        found = run.draws(first)
        np.testing.assert_array_equal(found[0], theta[:, first:])
        np.testing.assert_array_equal(found[1], log_prob[:, first:])
        for n in range(run.n_draws - first):
            out = np.empty((N_WALKERS, n, N_PARAMS)), np.empty((N_WALKERS, n))
            assert run.draws(first, out=out) is out
            np.testing.assert_array_equal(out[0], theta[:, first : first + n])
            np.testing.assert_array_equal(out[1], log_prob[:, first : first + n])
