"""A bridge from draws that exist: what it finds, what draws cannot teach it, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.bridge import Ends, _apart, _bridged, _forwards, bridge, log_ratio
from bayesnn.evidence.smc import smc
from bayesnn.sampling.draws import Draws
from tests.problems.exact_draws import as_draws
from tests.problems.mixtures import TwoModes

NORMAL = bnn.Normal(0, 1)
SHORT = {"n_particles": 200, "n_repeats": 16}


@pytest.mark.parametrize(("moves", "n_groups"), [("hmc", 32), ("stretch", 5)])
def test_a_bridge_from_draws_of_a_conjugate_posterior(hubble, moves: str, n_groups: int) -> None:
    line = bnn.LinearModel(bnn.polynomial(1))
    post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": NORMAL}, data=hubble)
    draws = bnn.sample(post, n_draws=200, n_warmup=100, n_ensembles=5, moves=moves, progress=False)
    evidence = bridge(post, draws, **SHORT)
    truth = bnn.log_evidence(post, method="exact").log_z
    assert abs(evidence.log_z - truth) <= max(0.05, 3 * evidence.error)
    assert evidence.error < 0.3
    assert f"{n_groups} groups" in evidence.notes[0]


def drawn(problem: TwoModes, *, first: float, walkers_stay: bool = False) -> Draws:
    """Exact within each mode, the first of which is visited that often."""
    shape = (4, 16, 1 if walkers_stay else 200)
    modes = np.broadcast_to(np.random.default_rng(3).uniform(size=shape) > first, (4, 16, 200)).astype(int)
    return as_draws(problem.posterior, problem.draws(modes, seed=4))


UNEQUAL = [
    TwoModes(2, (0.8, 0.2), (1.0, 1.0)),
    TwoModes(2, (0.5, 0.5), (1.0, 0.4)),
    TwoModes(5, (0.95, 0.05), (1.0, 0.5)),
    TwoModes(10, (0.8, 0.2), (0.5, 0.5)),
]


@pytest.mark.parametrize("problem", UNEQUAL, ids=str)
def test_draws_that_count_modes_wrongly_do_not_move_the_value(problem: TwoModes) -> None:
    for first in (problem.probabilities[0], 0.1):
        evidence = bridge(problem.posterior, drawn(problem, first=first), **SHORT, rng=1)
        assert abs(evidence.log_z - problem.log_z) < 3 * evidence.error
        assert evidence.error < 0.25


def test_draws_that_are_left_out_have_no_part_in_the_value() -> None:
    problem = TwoModes(10, (0.8, 0.2), (0.5, 0.5))
    right, *wrong = (bridge(problem.posterior, drawn(problem, first=first), **SHORT) for first in (0.8, 0.1, 0.3))
    assert "left out" not in right.notes[0]
    assert all("draws were left out: their mean of ln L is -" in some.notes[0] for some in wrong)
    assert wrong[0].log_z == wrong[1].log_z != right.log_z
    assert abs(wrong[0].log_z - smc(problem.posterior, **SHORT).log_z) > 1e-6  # with which it is to be compared


def test_draws_are_not_blamed_where_their_modes_cannot_be_told_apart() -> None:
    """Mirror images, as of a network: which of them a walker stays in does not matter to the value, nor to R-hat."""
    problem = TwoModes(3, (0.5, 0.5), (0.5, 0.5))
    evidence = bridge(problem.posterior, drawn(problem, first=0.9, walkers_stay=True), **SHORT)
    assert "left out" not in evidence.notes[0]
    assert abs(evidence.log_z - problem.log_z) < 3 * evidence.error


def test_a_mode_that_only_the_draws_have_found() -> None:
    """Half of the mass lies in a spike that no draw of the prior comes near."""
    problem = TwoModes(20, (0.5, 0.5), (2.0, 0.001))
    with pytest.raises(EvidenceError, match=r"what the draws have found, got [45][0-9]% of the draws"):
        bridge(problem.posterior, drawn(problem, first=0.5), **SHORT)


def test_a_likelihood_that_says_almost_nothing() -> None:
    """One step from the prior to the posterior, with no rung between: Z = 1 / √(1 + 0.02)."""
    post = bnn.FunctionPosterior(lambda x: -0.01 * x**2, {"x": NORMAL}, vectorized=True)
    draws = as_draws(post, np.random.default_rng(0).normal(0, 1.02**-0.5, (4, 16, 200, 1)))
    evidence = bridge(post, draws, **SHORT)
    assert abs(evidence.log_z + 0.5 * np.log(1.02)) < 3 * evidence.error < 0.002


def test_the_ratio_of_two_densities() -> None:
    """q_1 = exp(a x) q_0 of a standard normal q_0: the ratio of evidences is exp(a² / 2)."""
    rng, a = np.random.default_rng(5), 1.5
    ratios = [log_ratio(a * (a + rng.standard_normal(500)), a * rng.standard_normal(500)) for _ in range(50)]
    assert abs(np.mean(ratios) - a**2 / 2) < 4 * np.std(ratios) / np.sqrt(50) < 0.06


def test_particles_of_a_run_weigh_as_much_as_its_mass() -> None:
    """Two runs of masses 1 and 3 with l of 1 and e: Z = (1 + 3 e) / 2, whichever way."""
    log_l = np.array([[0.0, 0.0], [1.0, 1.0]])
    share = 3 * np.e / (1 + 3 * np.e)  # of the posterior, where l is e
    n_high = round(share * 10_000)
    draws = (np.repeat([0.0, 1.0], [10_000 - n_high, n_high]),)
    ends = Ends(np.log([1.0, 3.0]), log_l, 1.0, draws)
    assert _forwards(ends) == pytest.approx(np.log((1 + 3 * np.e) / 2), abs=1e-12)
    assert _bridged(ends) == pytest.approx(_forwards(ends), abs=1e-4)
    assert _apart(ends) == pytest.approx(0.0, abs=1e-4)


def function(log_likelihood):
    return bnn.FunctionPosterior(log_likelihood, {"x": NORMAL}, vectorized=True)


def test_bridges_that_cannot_be() -> None:
    post, other = function(lambda x: -(x**2)), function(lambda x: -2 * (x**2))
    draws = bnn.sample(post, n_draws=10, n_warmup=10, n_walkers=1, n_ensembles=2, progress=False)
    with pytest.raises(EvidenceError, match="at least 4 independent chains, got 2"):
        bridge(post, draws)
    with pytest.raises(EvidenceError, match="draws of this posterior"):
        bridge(other, draws)
    line = bnn.sample(post, n_draws=50, n_warmup=50, n_walkers=8, n_ensembles=4, progress=False)
    drifting = replace(line, log_likelihood=line.log_likelihood - np.linspace(3, 0, 50))
    apart = replace(line, log_likelihood=line.log_likelihood - 3.0 * np.arange(4)[:, None, None])
    for unconverged in (drifting, apart):
        with pytest.raises(EvidenceError, match=r"draws that have converged, got R-hat [1-9]"):
            bridge(post, unconverged)
