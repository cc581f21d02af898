"""Scales that move together with what they scale: right where walkers else hardly come, the same after a restart."""

import numpy as np
import pytest
from scipy.stats import halfnorm, norm

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from bayesnn.sampling.moves.named import weighted_moves
from bayesnn.sampling.moves.tuned import TunedMove
from tests.sampling.test_exactness import moments_agree

FUNNEL = bnn.FunctionPosterior(
    lambda x, tau: np.zeros(x.shape[:-1]),
    {"x": bnn.Normal(0, "tau", shape=(4,)), "tau": bnn.LogNormal(s=1.5)},
    grad=lambda x, tau: {"x": np.zeros_like(x), "tau": np.zeros_like(tau)},
    vectorized=True,
)
"""ln τ ~ N(0, 1.5²), x ~ N(0, τ²): Neal's funnel, in whose neck trajectories alone do not come."""
DATA = bnn.Dataset(np.linspace(-1, 1, 12), np.sin(3 * np.linspace(-1, 1, 12)))
PRIOR = {"W*": bnn.Normal(0, "tau"), "b*": bnn.Normal(0, 1), "tau": bnn.InverseGamma(2, 1)}
NETWORK = bnn.Posterior(bnn.MLP((1, 3, 1)), bnn.Gaussian(sigma=0.3), prior=PRIOR, data=DATA)


@pytest.mark.parametrize("inner", [bnn.HMC, bnn.MAMS])
def test_a_strong_funnel(inner) -> None:
    sizes = {"n_draws": 200, "n_warmup": 60, "n_walkers": 64, "n_ensembles": 2}
    draws = bnn.sample(FUNNEL, moves=bnn.Rescaled(inner()), **sizes, progress=False, executor=bnn.Joblib(1))
    log_tau = np.log(draws.values["tau"])
    z = draws.values["x"] / draws.values["tau"][..., None]
    x = np.concatenate([log_tau[..., None], z], axis=-1)
    moments_agree(x, np.zeros(5), np.array([2.25, 1.0, 1.0, 1.0, 1.0]), least_ess=400)
    np.testing.assert_allclose(draws.log_prob, FUNNEL(draws.theta), rtol=1e-9)


def test_a_center_that_is_the_scale_itself() -> None:
    """x ~ N(τ, τ²) and data: moments of ln τ by quadrature, x integrated out."""
    posterior = bnn.FunctionPosterior(
        lambda x: -0.5 * ((1.0 - x) ** 2 + (2.0 - x) ** 2),
        {"x": bnn.Normal("tau", "tau"), "tau": bnn.HalfNormal(1)},
        vectorized=True,
    )
    draws = bnn.sample(posterior, n_draws=300, n_walkers=32, progress=False, executor=bnn.Joblib(1))
    log_tau = np.linspace(-20, 4, 20001)
    tau = np.exp(log_tau)
    log_prob = norm.logpdf(1.5, tau, np.sqrt(tau**2 + 0.5)) + halfnorm.logpdf(tau) + log_tau
    weights = np.exp(log_prob) / np.exp(log_prob).sum()
    mean = weights @ log_tau
    variance = weights @ (log_tau - mean) ** 2
    moments_agree(np.log(draws.values["tau"])[..., None], np.array([mean]), np.array([variance]), least_ess=1000)
    found = bnn.diagnose(draws)
    assert found.ok, found


def test_auto_takes_it_where_a_scale_is_unknown() -> None:
    (move, _), *_ = weighted_moves("auto", NETWORK)
    assert isinstance(move, bnn.Rescaled)
    assert isinstance(move.move, bnn.Collapsed)
    assert isinstance(move, TunedMove)
    plain = NETWORK.with_priors({name: bnn.Normal(0, 1) for name in ("W1", "b1", "W2", "b2")})
    assert isinstance(weighted_moves("auto", plain)[0][0], bnn.Collapsed)


@pytest.mark.parametrize("stop", [7, 30, 55])
def test_an_ensemble_that_goes_on_elsewhere_is_the_same_bit_for_bit(stop) -> None:
    moves = [(bnn.Rescaled(bnn.Collapsed(bnn.MAMS())), 0.7), (bnn.HMC(), 0.3)]
    task = EnsembleTask(NETWORK, moves, 40, "mixed")
    start = 0.3 * np.random.default_rng(0).standard_normal((5, NETWORK.n_params))
    first = begin(task, start, np.random.SeedSequence(1))
    whole, part = advance((task, first, 60)), advance((task, first, stop))
    rest = advance((task, part.state, 60))
    assert whole.error is part.error is rest.error is None
    np.testing.assert_array_equal(whole.state.coords, rest.state.coords)
    np.testing.assert_array_equal(whole.log_prob, np.concatenate([part.log_prob, rest.log_prob], axis=1))


def test_what_it_cannot_be_used_for() -> None:
    plain = bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Normal(0, 1)}, data=DATA)
    with pytest.raises(SettingError, match="expected a posterior with a prior whose scale is unknown"):
        bnn.sample(plain, moves="rescaled", n_draws=5, n_warmup=5, progress=False)
    with pytest.raises(SettingError, match="expected a move that is tuned"):
        bnn.Rescaled("hmc")
