"""Seeds, NaN, files and refusals of the sampler."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError, PriorError, SettingError, StartError

SHORT = {"n_draws": 30, "n_warmup": 30, "n_walkers": 4, "n_ensembles": 2, "progress": False}


def test_one_seed_gives_the_same_draws_bit_for_bit(network) -> None:
    post = network(1, 4, 1)
    first, again, other = (bnn.sample(post, rng=seed, **SHORT) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.theta, again.theta)
    np.testing.assert_array_equal(first.log_prob, again.log_prob)
    assert not np.any(first.theta[:, :, -1] == other.theta[:, :, -1])


@pytest.mark.parametrize("moves", ["stretch", [("hmc", 0.7), ("stretch", 0.3)]])
def test_seeds_hold_for_other_moves_and_executors(network, moves) -> None:
    post, settings = network(1, 1), {**SHORT, "n_walkers": 8, "moves": moves}
    alone = bnn.sample(post, rng=1, **settings)
    with ThreadPoolExecutor(2) as pool:
        together = bnn.sample(post, rng=1, executor=pool, **settings)
    np.testing.assert_array_equal(alone.theta, together.theta)
    assert not np.array_equal(alone.theta, bnn.sample(post, rng=2, **settings).theta)


def test_ensembles_are_independent_and_kernels_frozen(network) -> None:
    draws = bnn.sample(network(1, 4, 1), **SHORT)
    assert not np.any(draws.theta[0, :, -1] == draws.theta[1, :, -1])
    assert len(set(draws.kernels)) == 2  # each tuned by itself
    np.testing.assert_allclose(draws.log_prob, draws.posterior(draws.theta), rtol=1e-12)


class Holed:
    """A standard normal whose log density is NaN on half of the space; the truth is the half-normal."""

    n_params = 3

    def __init__(self, broken: bool) -> None:
        self.broken = broken

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        value = -0.5 * np.sum(theta**2, axis=-1)
        hole = np.nan if self.broken else -np.inf
        return np.where(theta[..., 0] > 1.0, hole, value), -theta


@pytest.mark.parametrize("moves", ["hmc", "stretch"])
def test_nan_does_not_end_a_run_and_is_counted_and_reported(moves: str) -> None:
    settings = {"start": np.random.default_rng(0).uniform(-1, 0, (2, 8, 3)), "n_walkers": 8, "n_ensembles": 2}
    settings |= {"moves": moves, "n_draws": 400, "n_warmup": 100, "progress": False}
    draws = bnn.sample(Holed(broken=True), **settings)
    same = bnn.sample(Holed(broken=False), **settings)
    assert draws.n_nan > 50
    assert same.n_nan == 0
    np.testing.assert_array_equal(draws.theta, same.theta)  # NaN is zero probability, nothing else
    assert draws.theta[..., 0].max() <= 1.0
    assert f"{draws.n_nan} log densities were NaN" in str(bnn.diagnose(draws))


def test_draws_come_back_from_disk(network, tmp_path) -> None:
    post = network(1, 2, 1)
    draws = bnn.sample(post, **SHORT)
    draws.save(tmp_path / "draws.h5")
    back = bnn.load(tmp_path / "draws.h5", posterior=post)
    for name in ("theta", "log_prob", "log_likelihood", "acceptance"):
        np.testing.assert_array_equal(getattr(back, name), getattr(draws, name))
    for name in ("names", "kernels", "n_nan", "n_evaluations", "interacting", "seed", "n_warmup"):
        assert getattr(back, name) == getattr(draws, name)
    assert list(back.values) == list(draws.values) == ["W1", "b1", "W2", "b2"]
    assert bnn.diagnose(back).worst_ess == bnn.diagnose(draws).worst_ess
    assert list(tmp_path.iterdir()) == [tmp_path / "draws.h5"]


def test_files_that_are_not_draws(network, tmp_path) -> None:
    bnn.sample(network(1, 2, 1), **SHORT).save(tmp_path / "draws.h5")
    whole = (tmp_path / "draws.h5").read_bytes()
    (tmp_path / "half.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.h5").write_text("not HDF5")
    for name in ("none.h5", "half.h5", "text.h5"):
        with pytest.raises(FileError, match="expected"):
            bnn.load(tmp_path / name)
    with pytest.raises(FileError, match="expected the parameters"):
        bnn.load(tmp_path / "draws.h5", posterior=network(1, 3, 1))
    assert (tmp_path / "half.h5").read_bytes() == whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"n_draws": 0}, SettingError, "n_draws >= 1"),
        ({"n_ensembles": 0}, SettingError, "n_ensembles >= 1"),
        ({"moves": "snooker"}, SettingError, "expected"),
        ({"moves": "stretch", "n_walkers": 20}, SettingError, "13 parameters need at least 26 walkers"),
        ({"start": np.zeros(5)}, StartError, "expected shape"),
        ({"start": np.full(13, np.nan)}, StartError, "finite"),
    ],
)
def test_bad_settings(network, settings, error, message) -> None:
    with pytest.raises(error) as caught:
        bnn.sample(network(1, 4, 1), **{**SHORT, **settings})
    assert message in str(caught.value)


def test_nowhere_finite_and_no_prior() -> None:
    class Nowhere(Holed):
        def value_and_grad(self, theta):
            return np.full(theta.shape[:-1], -np.inf), -theta

    with pytest.raises(StartError, match="expected start="):
        bnn.sample(Holed(broken=False), **SHORT)
    with pytest.raises(StartError, match="finite log density for some walker"):
        bnn.sample(Nowhere(broken=False), start=np.zeros(3), **SHORT)


def test_stuck_ensembles_are_said_not_to_have_converged() -> None:
    """Two narrow modes far apart, ensembles in one each: a pooled R-hat would not see much, the verdict does."""

    class TwoModes:
        n_params = 3

        def __call__(self, theta):
            return self.value_and_grad(theta)[0]

        def value_and_grad(self, theta):
            side = np.where(theta[..., :1] > 0, 1.0, -1.0)
            delta = theta - 10 * side
            return -0.5 * np.sum(delta**2, axis=-1), -delta

    start = np.array([10.0, -10.0, 10.0, -10.0])[:, None, None] * np.ones((4, 8, 3))
    draws = bnn.sample(TwoModes(), moves="mams", start=start, n_draws=200, n_warmup=100, progress=False)
    diagnosis = bnn.diagnose(draws)
    assert not diagnosis.ok
    assert diagnosis.verdict.startswith("NOT CONVERGED")
    assert diagnosis.worst_rhat > 1.5


def test_a_hierarchy_is_not_started_in_its_funnel() -> None:
    """The joint density of weights and their scale has no maximum (τ → 0); its posterior, by quadrature, is wide."""
    x = np.linspace(-1, 1, 20)
    data = bnn.Dataset(x, x**2 + 0.1 * np.random.default_rng(0).standard_normal(20), yerr=1.0)
    model = bnn.LinearModel(bnn.polynomial(5))
    post = bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, "tau"), "tau": bnn.HalfNormal(1)}, data=data)
    tau = np.linspace(0.002, 4, 800)
    fixed = (bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, t)}, data=data) for t in tau)
    log_z = np.array([bnn.log_evidence(p).log_z for p in fixed])
    weight = np.exp(log_z - log_z.max() - 0.5 * tau**2)
    truth = np.sum(tau * weight) / np.sum(weight)
    draws = bnn.sample(post, progress=False)
    by_ensemble = draws.values["tau"].mean(axis=(1, 2))
    assert np.all(np.abs(by_ensemble - truth) < 0.2 * truth), (by_ensemble, truth)


def test_moves_between_walkers_need_walkers_that_span_the_space(network) -> None:
    flat = np.random.default_rng(0).standard_normal((2, 8, 2))
    flat[..., 1] = 0.4
    for start in (np.zeros(2), flat):
        with pytest.raises(StartError, match="differ in every direction"):
            bnn.sample(network(1, 1), moves="stretch", start=start, n_walkers=8, n_ensembles=2, progress=False)


def test_draws_that_never_moved_have_not_converged() -> None:
    class Spike(Holed):
        def value_and_grad(self, theta):
            value = np.where(np.all(theta == 0, axis=-1), 0.0, -np.inf)
            return value, np.zeros_like(theta)

    diagnosis = bnn.diagnose(bnn.sample(Spike(broken=False), start=np.zeros(3), **SHORT))
    assert not diagnosis.ok
    assert "never moved" in diagnosis.advice


def test_a_file_of_another_problem_of_the_same_shape_is_refused(network, tmp_path) -> None:
    bnn.sample(network(1, 2, 1), **SHORT).save(tmp_path / "draws.h5")
    with pytest.raises(FileError, match="another model, prior or data"):
        bnn.load(tmp_path / "draws.h5", posterior=network(1, 2, 1, activation="relu"))
    with pytest.raises(FileError, match="got a folder"):
        bnn.sample(network(1, 2, 1), **SHORT).save(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_draws": 5.5},
        {"n_walkers": 0},
        {"n_walkers": -1},
        {"moves": []},
        {"moves": 3},
        {"moves": ["hmc", "stretch"]},
        {"moves": [("hmc", -1.0)]},
        {"rng": -1},
        {"rng": np.random.RandomState(0)},
        {"rng": "seed"},
    ],
    ids=lambda settings: f"{next(iter(settings))}, {type(next(iter(settings.values()))).__name__}",
)
def test_more_bad_settings(network, settings) -> None:
    with pytest.raises(SettingError, match="expected"):
        bnn.sample(network(1, 2, 1), **{**SHORT, **settings})


def test_hidden_biases_without_a_prior_are_refused_those_of_outputs_are_not(hubble) -> None:
    """Far away, a unit is a constant and the likelihood stays as it is: its integral is infinite."""
    net, likelihood = bnn.MLP((1, 2, 1)), bnn.Gaussian()
    free = bnn.Posterior(net, likelihood, prior=bnn.Normal(0, 1), data=hubble)
    far = free.unpack(np.zeros(free.n_params)) | {"b1": np.array([1e3, 2e3])}
    farther = far | {"b1": np.array([1e6, 2e6])}
    assert free(free.pack(far)) == free(free.pack(farther)) > -np.inf
    with pytest.raises(PriorError, match="sample: expected proper priors of hidden biases, got flat ones of b1"):
        bnn.sample(free, progress=False)
    proper = bnn.Posterior(net, likelihood, prior={"*": bnn.Normal(0, 1), "b2": bnn.Flat()}, data=hubble)
    assert bnn.sample(proper, n_walkers=2, n_draws=2, n_warmup=2, progress=False).theta.shape == (4, 2, 2, 7)


def test_a_plain_function_is_told_the_way_out() -> None:
    with pytest.raises(SettingError, match="FunctionPosterior"):
        bnn.sample(lambda theta: -np.sum(theta**2, axis=-1), **SHORT)


def test_children_of_one_seed_are_told_apart(network) -> None:
    first, second = (bnn.sample(network(1, 1), rng=child, **SHORT) for child in np.random.SeedSequence(7).spawn(2))
    assert first.seed != second.seed
    assert not np.array_equal(first.theta, second.theta)


@pytest.mark.parametrize("moves", ["hmc", "stretch"])
def test_one_ensemble_has_no_rhat_and_is_not_called_converged(network, moves) -> None:
    settings = {**SHORT, "n_draws": 400, "n_walkers": 16, "n_ensembles": 1, "moves": moves}
    diagnosis = bnn.diagnose(bnn.sample(network(1, 1), **settings))
    assert not diagnosis.ok
    assert np.isnan(diagnosis.worst_rhat)
    assert diagnosis.verdict.startswith("NOT CONVERGED: no R-hat from one ensemble")
    assert "pass n_ensembles=4" in diagnosis.advice


def test_a_slow_function_is_not_called_again_for_the_likelihood_and_its_time_counts() -> None:
    calls = []

    def slow(a, b):
        calls.append(1)
        time.sleep(1e-3)
        return -((a - 1) ** 2) - np.abs(b)

    posterior = bnn.FunctionPosterior(slow, {"a": bnn.Normal(0, 1), "b": bnn.HalfNormal(2)})
    run = {"n_draws": 150, "n_warmup": 10, "n_walkers": 8, "n_ensembles": 2}
    began = time.perf_counter()
    draws = bnn.sample(posterior, moves="stretch", **run, progress=False, executor=bnn.Joblib(n_jobs=1))
    took, n_calls = time.perf_counter() - began, len(calls)
    assert draws.seconds > 0.9 * took
    assert n_calls - draws.n_evaluations < 2 * 4 * 2 * 100 + 20  # where to begin; 2400 are drawn
    np.testing.assert_allclose(draws.log_likelihood, posterior.log_likelihood(draws.theta), rtol=1e-12, atol=1e-12)
