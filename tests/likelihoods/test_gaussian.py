"""The Gaussian likelihood against scipy's densities, in all four forms of its error."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import DataError, PriorError, SettingError

RNG = np.random.default_rng(1)
X, Y, ERR = RNG.standard_normal(6), RNG.standard_normal(6), RNG.uniform(0.5, 2, 6)
ROOT = np.tril(RNG.standard_normal((6, 6)) * 0.3) + np.eye(6)
COV = ROOT @ ROOT.T
LINE = bnn.LinearModel(bnn.polynomial(degree=1))


def posterior(likelihood: bnn.Gaussian, **errors) -> bnn.Posterior:
    return bnn.Posterior(LINE, likelihood, prior={"w": bnn.Normal(0, 1)}, data=bnn.Dataset(X, Y, **errors))


CASES = {
    "known": (posterior(bnn.Gaussian(), yerr=ERR), lambda s: np.diag(ERR**2)),
    "given": (posterior(bnn.Gaussian(sigma=0.7)), lambda s: 0.49 * np.eye(6)),
    "unknown": (posterior(bnn.Gaussian(sigma=bnn.HalfNormal(1))), lambda s: s**2 * np.eye(6)),
    "jitter": (posterior(bnn.Gaussian(jitter=bnn.HalfNormal(1)), yerr=ERR), lambda s: np.diag(ERR**2 + s**2)),
    "covariance": (posterior(bnn.Gaussian(), cov=COV), lambda s: COV),
}


@pytest.mark.parametrize("case", CASES)
def test_log_likelihood_is_the_multivariate_normal(case: str) -> None:
    post, covariance = CASES[case]
    theta = RNG.standard_normal((5, post.n_params))
    got = post.log_likelihood(theta)
    for t, value in zip(theta, got, strict=True):
        s = np.exp(t[2]) if len(t) > 2 else 0.0
        truth = stats.multivariate_normal(t[0] + t[1] * X, covariance(s)).logpdf(Y)
        assert value == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_gradient(case: str) -> None:
    post, _ = CASES[case]
    theta, direction = RNG.standard_normal((2, 4, post.n_params))
    h = 1e-6
    numeric = (post(theta + h * direction) - post(theta - h * direction)) / (2 * h)
    value, grad = post.value_and_grad(theta)
    np.testing.assert_allclose(value, post(theta), rtol=1e-13)
    np.testing.assert_allclose(np.sum(grad * direction, axis=-1), numeric, rtol=1e-6)


def test_pointwise_sums_to_the_whole_and_is_conditional_with_a_covariance() -> None:
    theta = RNG.standard_normal(2)
    known, _ = CASES["known"]
    assert known.pointwise_log_likelihood(theta).sum() == pytest.approx(float(known.log_likelihood(theta)))
    post, _ = CASES["covariance"]
    residual, rest = Y - theta[0] - theta[1] * X, np.arange(6) != 2
    gain = COV[2, rest] @ np.linalg.inv(COV[np.ix_(rest, rest)])
    truth = stats.norm(gain @ residual[rest], np.sqrt(COV[2, 2] - gain @ COV[rest, 2])).logpdf(residual[2])
    assert post.pointwise_log_likelihood(theta)[2] == pytest.approx(truth, rel=1e-10)


def test_a_covariance_keeps_single_precision() -> None:
    post, _ = CASES["covariance"]
    outputs = RNG.standard_normal((3, 6, 1))
    _, grad, _ = post.likelihood.grad_outputs(outputs, post.rows, {})
    value, single, _ = post.likelihood.grad_outputs(outputs.astype(np.float32), post.rows, {})
    assert single.dtype == value.dtype == np.float32
    np.testing.assert_allclose(single, grad, rtol=1e-4, atol=1e-4)


def test_errors_that_are_missing_or_twice() -> None:
    with pytest.raises(DataError, match="got neither"):
        posterior(bnn.Gaussian())
    with pytest.raises(DataError, match="got both"):
        posterior(bnn.Gaussian(sigma=1.0), yerr=ERR)
    with pytest.raises(DataError, match="positive sigma"):
        posterior(bnn.Gaussian(sigma=-1.0))
    with pytest.raises(SettingError, match="got both"):
        bnn.Gaussian(sigma=bnn.HalfNormal(1), jitter=bnn.HalfNormal(1))
    labels = bnn.Dataset(X, ["a", "b", "a", "b", "a", "b"])
    with pytest.raises(DataError, match="got labels"):
        bnn.Posterior(LINE, bnn.Gaussian(sigma=1), prior={"w": bnn.Flat()}, data=labels)


@pytest.mark.parametrize(
    "bad",
    [
        {"jitter": 0.1},
        {"sigma": bnn.Normal(0, 1)},
        {"sigma": bnn.HalfNormal(1, shape=(2,))},
    ],
)
def test_an_unknown_noise_level_is_a_positive_scalar(bad) -> None:
    with pytest.raises(SettingError, match="expected a"):
        bnn.Gaussian(**bad)
    with pytest.raises(DataError, match="numbers or a distribution"):
        posterior(bnn.Gaussian(sigma="a"))


def test_an_unknown_has_one_prior() -> None:
    with pytest.raises(PriorError, match="one prior"):
        bnn.Posterior(
            LINE,
            bnn.Gaussian(sigma=bnn.HalfNormal(1)),
            prior={"w": bnn.Flat(), "sigma": bnn.HalfNormal(99)},
            data=bnn.Dataset(X, Y),
        )


def test_a_sigma_for_each_target_scatters_its_predictions() -> None:
    data = bnn.Dataset(X, np.column_stack([Y, Y]))
    post = bnn.Posterior(bnn.MLP((1, 2)), bnn.Gaussian(sigma=[0.1, 0.5]), prior={"*": bnn.Normal(0, 1)}, data=data)
    p = bnn.predict(post, bnn.maximum_a_posteriori(post), [0.0, 1.0])
    np.testing.assert_allclose(p.aleatoric_sd, [[0.1, 0.5], [0.1, 0.5]])
