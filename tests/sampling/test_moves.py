"""What holds of every tuned move: it goes on from a saved state bit for bit, and it is frozen after warm-up."""

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.leapfrog import Phase
from bayesnn.sampling.metric import Diagonal
from bayesnn.sampling.moves import gradient
from bayesnn.sampling.moves.tuned import TunedMove
from tests.problems.densities import Funnel, LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))
TUNED = [bnn.HMC, bnn.MAMS, bnn.WalkHMC]


def sampler_of(move, density=SKEWED, n_walkers=8):
    sampler = emcee.EnsembleSampler(n_walkers, density.n_params, density, vectorize=True, moves=move)
    sampler.random_state = np.random.RandomState(3).get_state()
    return sampler


def advance(sampler, state, n, *, tune=False):
    """The last of n states, as a copy."""
    states = sampler.sample(state, iterations=n, tune=tune, store=False, skip_initial_state_check=True)
    return emcee.State(list(states)[-1], copy=True)


@pytest.mark.parametrize("kind", TUNED)
@pytest.mark.parametrize("at", ["before it begins", "in warm-up", "after a window", "when frozen"])
def test_a_chain_that_goes_on_from_a_saved_state_is_the_same_bit_for_bit(kind, at) -> None:
    move = kind()
    assert isinstance(move, TunedMove)
    sampler, state = sampler_of(move), np.random.default_rng(0).standard_normal((8, 3))
    if at != "before it begins":
        state = advance(sampler, state, 17, tune=True)
    if at == "after a window":
        move.end_window()
        state = advance(sampler, state, 9, tune=True)
    if at == "when frozen":
        move.freeze()
    saved = move.state()
    on_file = {name: np.array(value) for name, value in saved.items()}
    other = kind()
    other.restore(on_file)
    again = sampler_of(other)
    again.random_state = sampler.random_state
    for name in ("step_size", "n_steps", "scale", "length", "in_warmup", "n_divergent"):
        np.testing.assert_array_equal(getattr(other, name), getattr(move, name))
    begin = emcee.State(state, copy=True)
    tune = at != "when frozen"
    ends = []
    for one, its_move in ((sampler, move), (again, other)):
        end = advance(one, begin, 12, tune=tune)
        if tune:
            its_move.end_window()
        ends.append(advance(one, end, 12, tune=tune))
    np.testing.assert_array_equal(ends[0].coords, ends[1].coords)
    np.testing.assert_array_equal(ends[0].log_prob, ends[1].log_prob)
    first, second = move.state(), other.state()
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])
    assert move.kernel == other.kernel
    for name, value in saved.items():  # what was saved does not follow the chain
        np.testing.assert_array_equal(value, on_file[name])


@pytest.mark.parametrize("kind", TUNED)
def test_what_a_step_leaves_behind_belongs_to_where_the_walkers_are(kind) -> None:
    """Value and gradient kept for the next step, after rejections too."""
    move = kind(step_size=0.9, n_steps=4)
    sampler = sampler_of(move)
    state = sampler.run_mcmc(np.random.default_rng(0).standard_normal((8, 3)), 20, skip_initial_state_check=True)
    assert 0.1 < sampler.acceptance_fraction.mean() < 0.95
    density, here = move._cache
    assert density is sampler.log_prob_fn.f
    np.testing.assert_array_equal(here.x, state.coords)
    np.testing.assert_array_equal(here.log_prob, state.log_prob)
    np.testing.assert_allclose(here.log_prob, SKEWED(here.x), rtol=1e-13)
    np.testing.assert_allclose(here.grad, SKEWED.value_and_grad(here.x)[1], rtol=1e-13)


@pytest.mark.parametrize("kind", TUNED)
@pytest.mark.parametrize("by", ["rare short steps alone", "retries alone"])
def test_a_walker_where_the_density_is_too_narrow_for_its_steps_does_not_stand_there_for_good(
    kind, by, monkeypatch
) -> None:
    """The sd is 0.08 in that neck of a funnel: a step is six of them, where leapfrog is stable up to two."""
    monkeypatch.setattr(gradient, *(("N_TRIES", 1) if by.startswith("rare") else ("_RARELY", 0.0)))
    funnel, random = Funnel(4, 2.0), np.random.default_rng(0)
    v = np.append(np.full(4, -5.0), 2.0 * random.standard_normal(28))
    x = np.column_stack([v, np.exp(0.5 * v)[:, None] * random.standard_normal((32, 3))])
    sampler = sampler_of(kind(step_size=0.5, n_steps=8), funnel, n_walkers=32)
    sampler.run_mcmc(x, 300, skip_initial_state_check=True)
    assert np.all(sampler.acceptance_fraction[:4] > 0)
    assert np.all(sampler.get_chain()[-1, :4, 0] != v[:4])


@pytest.mark.parametrize("kind", TUNED)
def test_short_steps_are_not_what_warm_up_tunes(kind) -> None:
    """Theirs are accepted more often, which would make the others too long."""
    move = kind()
    advance(sampler_of(move), np.random.default_rng(0).standard_normal((8, 3)), 400, tune=True)
    assert 370 < move._steps.count < 400


@pytest.mark.parametrize("kind", TUNED)
def test_energy_is_kept_to_second_order(kind) -> None:
    """The same trajectory, from the same momenta, in half as long steps: a quarter of the error."""
    x = np.random.default_rng(1).standard_normal((50, 3))
    units, momenta = Diagonal(np.array([1.0, 0.5, 2.0])), kind().momenta((50, 3), np.random.RandomState(0))
    begin = Phase(x, *SKEWED.value_and_grad(x), momenta)
    errors = [np.abs(kind(step_size=1 / n).trajectory(SKEWED, begin, n, units)[1]).sum() for n in (50, 100)]
    assert 3.5 < errors[0] / errors[1] < 4.5


@pytest.mark.parametrize("kind", TUNED)
def test_a_density_without_gradient_is_refused(kind) -> None:
    class Plain:
        n_params = 2

        def __call__(self, theta):
            return -np.sum(theta**2, axis=-1)

    with pytest.raises(SettingError, match="value_and_grad"):
        sampler_of(kind(), Plain()).run_mcmc(np.zeros((8, 2)), 1, skip_initial_state_check=True)


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (emcee.moves.DESnookerMove(), "DESnookerMove"),
        (emcee.moves.GaussianMove(np.eye(3)), "full covariance"),
    ],
)
def test_moves_of_emcee_that_sample_another_distribution_are_refused(move, message) -> None:
    with pytest.raises(SettingError, match=message):
        bnn.sample(SKEWED, moves=[(move, 0.2), ("stretch", 0.8)], start=np.zeros(3), progress=False)
    sound = emcee.moves.GaussianMove(0.5 * np.ones(3))
    draws = bnn.sample(SKEWED, moves=sound, start=np.zeros(3), n_draws=5, n_warmup=5, progress=False)
    assert draws.acceptance.max() > 0


def test_one_parameter_cannot_turn() -> None:
    with pytest.raises(SettingError, match="two parameters"):
        sampler_of(bnn.MAMS(), LogGammas(np.ones(1))).run_mcmc(np.ones((8, 1)), 1, skip_initial_state_check=True)
