"""Networks of tables in other units than their priors know: it is said, and nothing is said where they fit."""

import warnings

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.units import warn_of_units

RNG = np.random.default_rng(0)
X = np.column_stack([RNG.uniform(0, 1, 60), RNG.uniform(-1, 1, 60)])
Y = 2.0 + np.sin(6 * X[:, 0]) + 0.1 * RNG.standard_normal(60)


def posterior(x_scale: float = 1.0, y_scale: float = 1.0, *, standardize: bool = False, **change) -> bnn.Posterior:
    data = bnn.Dataset(X * [1.0, x_scale], Y * y_scale, names=["t [s]", "r [m]", "H"])
    settings = {"likelihood": bnn.Gaussian(sigma=bnn.HalfNormal(1)), "prior": {"*": bnn.Normal(0, 1)}} | change
    return bnn.Posterior(bnn.MLP((2, 8, 1)), data=data.standardize() if standardize else data, **settings)


@pytest.mark.parametrize("scales", [(1e4, 1.0), (1e-5, 1.0), (1.0, 2e4), (1.0, 1e-15)])
def test_columns_that_the_priors_do_not_know_are_named(scales) -> None:
    with pytest.warns(RuntimeWarning, match=r"standardize") as caught:
        warn_of_units(posterior(*scales))
    told = str(caught[0].message)
    assert ("r [m] of" in told) == (scales[0] != 1)
    assert ("H of" in told) == (scales[1] != 1)
    assert "t [s]" not in told


@pytest.mark.parametrize(
    "post",
    [
        posterior(),
        posterior(30.0, 0.02),
        posterior(1e6, 1e-15, standardize=True),
        posterior(1.0, 1e5, prior={"W1": bnn.Normal(0, 1), "W2": bnn.Normal(0, 1e5), "b*": bnn.Normal(0, 1)}),
        posterior(prior={"W*": bnn.Normal(0, "tau"), "tau": bnn.HalfCauchy(1), "b*": bnn.Normal(0, 1)}),
        posterior(prior={"W*": bnn.Cauchy(0, 1), "b*": bnn.Normal(0, 1)}),
        posterior(prior={"W*": bnn.Normal(0, "tau"), "tau": bnn.HalfCauchy(1e-5), "b*": bnn.Normal(0, 1e-5)}),
        bnn.Posterior(
            bnn.MLP((1, 4, 1)),
            bnn.Gaussian(sigma=0.1),
            prior={"*": bnn.Normal(0, 1)},
            data=bnn.Dataset(np.linspace(0, 1, 1_000_000), np.linspace(0, 1, 1_000_000)),
        ),
    ],
    ids=[
        "as it is",
        "within reason",
        "standardized",
        "outputs so large",
        "scales",
        "tails",
        "small scales",
        "in order",
    ],
)
def test_nothing_is_said_of_tables_that_fit(post) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_units(post)


def test_sample_says_it() -> None:
    with pytest.warns(RuntimeWarning, match=r"H of 5\.\d+e\+06"):
        bnn.sample(posterior(1.0, 2.6e6), n_draws=2, n_warmup=2, n_walkers=2, progress=False)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_parameters_may_have_any_units(unit: float) -> None:
    """A level and its scatter, metres or light years: the same draws, for as many evaluations."""
    y = np.array([1.1, 1.3, 1.2, 1.25, 0.9])
    prior = {"a": bnn.Normal(0, 10 * unit), "b": bnn.Normal(0, 1 / unit)}

    def curve(x, a, b):
        return a + b * unit**2 * x

    def posterior(sigma):
        data = bnn.Dataset(np.linspace(-1, 1, 5), unit * y)
        return bnn.Posterior(bnn.FunctionModel(curve), bnn.Gaussian(sigma=sigma), prior=prior, data=data)

    draws = bnn.sample(posterior(bnn.HalfCauchy(unit)), n_warmup=100, n_draws=100, progress=False)
    assert bnn.diagnose(draws).ok
    assert draws.n_evaluations < 400_000
    known = bnn.sample(posterior(0.2 * unit), n_warmup=100, n_draws=100, progress=False)
    design = np.stack([np.ones(5), np.linspace(-1, 1, 5)], axis=1)
    precision = design.T @ design / 0.2**2 + np.diag([1 / 10**2, 1.0])
    mean, covariance = np.linalg.solve(precision, design.T @ y / 0.2**2), np.linalg.inv(precision)
    z = np.stack([known.values["a"] / unit, known.values["b"] * unit], axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=0.1 * np.sqrt(np.diag(covariance)).min())
    np.testing.assert_allclose(np.cov(z.T), covariance, rtol=0.1, atol=0.05 * covariance.max())
