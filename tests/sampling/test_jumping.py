"""Jumps between modes: exact, with the weights of modes, and none where there is one hill."""

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from bayesnn.sampling.moves.named import weighted_moves
from bayesnn.sampling.moves.tuned import TunedMove
from tests.problems.densities import CorrelatedGaussian
from tests.sampling.test_ensemble import in_pieces
from tests.sampling.test_exactness import moments_agree

INNER = [bnn.HMC, bnn.MAMS, bnn.WalkHMC]


class TwoHills:
    """Two normals in four dimensions: 0.7 about −5 with unit sds, 0.3 about 5 with sds 0.6 and one correlation."""

    n_params = 4
    weights = np.array([0.7, 0.3])
    centers = np.array([[-5.0] * 4, [5.0] * 4])
    covariances = np.stack([np.eye(4), 0.36 * (np.eye(4) + 0.5 * np.eye(4)[[1, 0, 3, 2]])])
    precisions = np.linalg.inv(covariances)

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        deltas = theta[..., None, :] - self.centers
        solved = np.einsum("...kp,kpq->...kq", deltas, self.precisions)
        logs = np.log(self.weights) - 0.5 * np.sum(deltas * solved, -1) - 0.5 * np.linalg.slogdet(self.covariances)[1]
        value = np.logaddexp(logs[..., 0], logs[..., 1])
        return value, -np.sum(np.exp(logs - value[..., None])[..., None] * solved, axis=-2)

    @property
    def mean(self):
        return self.weights @ self.centers

    @property
    def variance(self):
        spread = (self.centers - self.mean) ** 2 + np.diagonal(self.covariances, axis1=1, axis2=2)
        return self.weights @ spread


HILLS = TwoHills()


def apart(n_ensembles: int = 4, n_walkers: int = 16) -> np.ndarray:
    """Walkers in both, as many in each."""
    rng = np.random.default_rng(0)
    return HILLS.centers[np.arange(n_walkers) % 2] + rng.standard_normal((n_ensembles, n_walkers, 4))


@pytest.mark.parametrize("kind", INNER)
def test_modes_get_their_weights_and_shapes(kind) -> None:
    """Means and second moments; a start with as many walkers in each mode is forgotten."""
    draws = bnn.sample(HILLS, moves=bnn.Jumping(kind()), start=apart(), n_draws=800, n_warmup=100, progress=False)
    assert draws.interacting == (kind is bnn.WalkHMC)
    assert draws.kernels[0].startswith("jumping ")
    moments_agree(draws.theta, HILLS.mean, HILLS.variance, least_ess=400)
    right = draws.theta[..., 0] > 0
    delta = draws.theta[right] - HILLS.centers[1]
    np.testing.assert_allclose(delta.T @ delta / len(delta), HILLS.covariances[1], atol=0.03)


def test_where_all_walkers_are_on_one_hill_it_is_the_move_alone() -> None:
    density = CorrelatedGaussian.of(3, condition=100.0, seed=1)
    settings = {"start": density.mean + np.zeros((4, 8, 3)), "n_draws": 30, "n_warmup": 40, "progress": False}
    settings["start"] = settings["start"] + np.random.default_rng(0).standard_normal((4, 8, 3))
    alone, around = (bnn.sample(density, moves=moves, **settings) for moves in (bnn.MAMS(), bnn.Jumping()))
    np.testing.assert_array_equal(alone.theta, around.theta)
    assert around.kernels == alone.kernels
    assert not around.interacting


def test_modes_that_others_began_in_are_visited() -> None:
    """By a single walker, from another mode; and the one ensemble that began there leaves it."""
    start = HILLS.centers[[0, 0, 0, 1]][:, None]
    draws = bnn.sample(HILLS, moves="jumping", start=start, n_draws=4000, n_warmup=200, progress=False)
    assert draws.theta.shape[:2] == (4, 1)
    moments_agree(draws.theta, HILLS.mean, HILLS.variance, least_ess=400)
    np.testing.assert_allclose(np.mean(draws.theta[..., 0] > 0, axis=(1, 2)), 0.3, atol=0.1)


@pytest.mark.parametrize("has_gradient", [True, False])
def test_a_mode_that_no_walker_is_in_at_times_has_its_weight(has_gradient: bool) -> None:
    """Few walkers, a rare mode: all of an ensemble are in the other one for 0.44 of the time."""
    weight, centers = 0.05, np.array([5.0, -5.0])

    def of_each(x):
        return np.log([weight, 1 - weight]) - 0.5 * np.sum((x[..., None, :] - centers[:, None]) ** 2, axis=-1)

    def log_likelihood(x):
        return np.logaddexp(*np.moveaxis(of_each(x), -1, 0))

    def grad(x):
        share = np.exp(of_each(x) - log_likelihood(x)[..., None])
        return {"x": -np.sum(share[..., None] * (x[..., None, :] - centers[:, None]), axis=-2)}

    prior = {"x": bnn.Uniform(-20, 20, shape=(2,))}
    post = bnn.FunctionPosterior(log_likelihood, prior, grad=grad if has_gradient else None, vectorized=True)
    draws = bnn.sample(post, n_walkers=16, n_draws=1000, n_warmup=250, rng=1, progress=False)
    there = draws.theta[..., :1] > 0
    moments_agree(there.astype(float), np.array([weight]), np.array([weight * (1 - weight)]), least_ess=400)
    assert bnn.diagnose(draws).ok
    assert np.all(np.mean(there, axis=(1, 2, 3)) > 0.02)


def test_modes_that_warm_up_leads_to_are_jumped_between() -> None:
    """From a start of a user that is far out, where the density half-way is higher."""
    start = 20.0 * np.random.default_rng(0).standard_normal((4, 64, 4))
    draws = bnn.sample(HILLS, start=start, n_draws=400, n_warmup=100, progress=False)
    assert all(kernel.startswith("jumping") for kernel in draws.kernels)
    moments_agree(draws.theta, HILLS.mean, HILLS.variance, least_ess=400)


@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS])
def test_exact_draws_stay_exact(kind) -> None:
    """The share of a mode, means and second moments, each by what has changed: a quarter of the draws change modes."""
    rng, n = np.random.default_rng(0), 200_000
    mode = rng.choice(2, size=n, p=HILLS.weights)
    roots = np.linalg.cholesky(HILLS.covariances)
    x = HILLS.centers[mode] + np.einsum("npq,nq->np", roots[mode], rng.standard_normal((n, 4)))
    sampler = emcee.EnsembleSampler(n, 4, HILLS, vectorize=True, moves=bnn.Jumping(kind(step_size=0.7, n_steps=3)))
    sampler._random = np.random.RandomState(1)
    for state in sampler.sample(x, iterations=6, skip_initial_state_check=True, store=False):
        after = state.coords
    assert np.mean((x[:, 0] > 0) != (after[:, 0] > 0)) > 0.2

    def all_of(theta):
        return np.hstack([theta[:, :1] > 0, theta, (theta - HILLS.mean) ** 2])

    change = all_of(after) - all_of(x)
    z = change.mean(axis=0) / change.std(axis=0) * np.sqrt(n)
    assert np.abs(z).max() < 5


def test_in_emcee_alone_walkers_jump_between_where_they_began() -> None:
    sampler = emcee.EnsembleSampler(16, 4, HILLS, vectorize=True, moves=bnn.Jumping(bnn.HMC()))
    sampler.run_mcmc(apart()[0], 60)
    there = sampler.get_chain()[30:, :, 0] > 0
    assert np.any(there[1:] != there[:-1])


@pytest.mark.parametrize("stop", [1, 7, 30, 40, 41, 55])
def test_an_ensemble_that_goes_on_elsewhere_is_the_same_bit_for_bit(stop) -> None:
    task = EnsembleTask(HILLS, [(bnn.Jumping(), 0.7), (bnn.HMC(), 0.3)], 40)
    first = begin(task, apart()[0], np.random.SeedSequence(1))
    whole, parts = advance((task, first, 60)), in_pieces(task, first, [stop, 60])
    assert whole.error is None
    np.testing.assert_array_equal(parts[-1].state.coords, whole.state.coords)
    np.testing.assert_array_equal(np.concatenate([part.log_prob for part in parts], axis=1), whole.log_prob)


def test_scales_are_those_of_a_mode_however_far_it_is_from_others() -> None:
    """Walkers do not jump while a window learns scales."""

    class Far(TwoHills):
        centers = 100 * TwoHills.centers

    start = 99 * HILLS.centers[np.arange(16) % 2] + apart()
    draws = bnn.sample(Far(), moves=bnn.Jumping(bnn.HMC()), start=start, n_draws=500, n_warmup=100, progress=False)
    assert abs(np.mean(draws.theta[..., 0] > 0) - 0.3) < 0.05
    step, n_steps = (float(part.split()[i]) for part, i in zip(draws.kernels[0].split(", ")[1:], (1, 0), strict=True))
    assert step > 0.3
    assert n_steps < 8


def test_one_that_has_been_used_before_looks_for_valleys_anew() -> None:
    hill = CorrelatedGaussian(np.zeros(4), np.eye(4))
    move = bnn.Jumping(bnn.HMC())
    sampler = emcee.EnsembleSampler(16, 4, hill, vectorize=True, moves=move)
    sampler.run_mcmc(0.1 * apart()[0], 5)
    assert not move.kernel.startswith("jumping")
    settings = {"start": apart(), "n_draws": 20, "n_warmup": 20, "progress": False}
    used, fresh = (bnn.sample(HILLS, moves=moves, **settings) for moves in (move, bnn.Jumping(bnn.HMC())))
    np.testing.assert_array_equal(used.theta, fresh.theta)
    assert used.kernels[0].startswith("jumping")


def test_a_run_that_jumps_goes_on_from_a_file_to_the_same_draws(tmp_path) -> None:
    """Through a file, from half of its evaluations."""
    settings = {"moves": "jumping", "start": apart(), "n_draws": 40, "n_warmup": 30, "progress": False}
    settings["executor"] = bnn.Joblib(n_jobs=1)
    whole = bnn.sample(HILLS, **settings)
    path = tmp_path / "run.h5"
    part = bnn.sample(HILLS, **settings, checkpoint=path, until=bnn.Until(max_evaluations=whole.n_evaluations // 2))
    assert part.n_draws < 40
    np.testing.assert_array_equal(bnn.sample(HILLS, **settings, checkpoint=path).theta, whole.theta)


def test_auto_takes_it_for_few_parameters_of_no_network() -> None:
    prior = {"x": bnn.Normal(0, 1, shape=(10,))}
    few = bnn.FunctionPosterior(lambda x: np.sum(x, axis=-1), prior, vectorized=True)
    many = bnn.FunctionPosterior(lambda x: np.sum(x, axis=-1), {"x": bnn.Normal(0, 1, shape=(11,))}, vectorized=True)
    data = bnn.Dataset(np.linspace(-1, 1, 9), np.zeros(9))
    network = bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Normal(0, 1)}, data=data)
    taken = [isinstance(weighted_moves("auto", density)[0][0], bnn.Jumping) for density in (few, many, network)]
    assert taken == [True, False, False]
    assert isinstance(weighted_moves("auto", few)[0][0], TunedMove)
    prior = {"x": bnn.Normal(0, 1, shape=(3,))}
    no_slopes = bnn.FunctionPosterior(lambda x: -np.sum(abs(x), axis=-1), prior, vectorized=True)
    assert [isinstance(move, bnn.Jumping) for move, _ in weighted_moves("auto", no_slopes)] == [False, False, True]


def test_what_it_cannot_be_used_for() -> None:
    for wrong in ("hmc", emcee.moves.GaussianMove(1.0)):
        with pytest.raises(SettingError, match="expected a move that is tuned or by other walkers"):
            bnn.Jumping(wrong)
    sampler = emcee.EnsembleSampler(16, 2, lambda x: -0.5 * np.sum(x * x), moves=bnn.Jumping())
    with pytest.raises(SettingError, match="expected a log density with value_and_grad, got function"):
        sampler.run_mcmc(np.random.default_rng(0).standard_normal((16, 2)), 2)
