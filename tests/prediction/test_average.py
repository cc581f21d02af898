"""Averages of predictions against the mixture that they are."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.estimation.ensemble import Ensemble
from tests.problems.exact_draws import exact_draws

DATA = bnn.Dataset(np.linspace(0, 1, 6), np.linspace(0, 1, 6)).standardize()
WEIGHTS = {"line": 0.3, "parabola": 0.7}


def prediction(degree: int, shift: float, sigma: float = 0.5, X=(0.0, 2.0)) -> bnn.predict:
    prior = {"w": bnn.Normal(0, 1)}
    post = bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(sigma=sigma), prior=prior, data=DATA)
    theta = shift + 0.2 * np.random.default_rng(degree).standard_normal((500, degree + 1))
    return bnn.predict(post, Ensemble(theta), np.array(X))


@pytest.fixture(scope="module")
def parts():
    return {"line": prediction(1, 0.0), "parabola": prediction(2, 1.0, 0.1)}


def test_moments_are_those_of_the_mixture(parts) -> None:
    """Draws of both, each with the weight of its model over their number."""
    both = bnn.average(parts, weights={name: WEIGHTS[name] for name in reversed(WEIGHTS)})
    draws = np.concatenate([part.functions[:, :, 0] for part in parts.values()])
    weight = np.repeat([0.3 / 500, 0.7 / 500], 500)
    mean = weight @ draws
    np.testing.assert_allclose(both.mean, mean)
    np.testing.assert_allclose(both.epistemic_sd, np.sqrt(weight @ (draws - mean) ** 2))
    scale = DATA.scaling.y_scale
    np.testing.assert_allclose(both.aleatoric_sd, scale * np.sqrt(0.3 * 0.5**2 + 0.7 * 0.1**2))
    np.testing.assert_allclose(both.sd, np.hypot(both.epistemic_sd, both.aleatoric_sd))
    gap = parts["line"].mean - parts["parabola"].mean
    np.testing.assert_allclose(both.model_sd, np.sqrt(0.3 * 0.7) * np.abs(gap))
    np.testing.assert_array_equal(both.X, parts["line"].X)


def test_draws_and_quantiles_are_those_of_the_mixture(parts) -> None:
    both = bnn.average(parts, weights=WEIGHTS)
    y = both.sample(np.random.default_rng(0), 40_000)
    assert y.shape == (40_000, 2, 1)
    np.testing.assert_allclose(y[:, :, 0].mean(axis=0), both.mean, atol=5 * both.sd.max() / 200)
    np.testing.assert_allclose(y[:, :, 0].std(axis=0), both.sd, rtol=0.03)
    assert abs(np.corrcoef(y[:-1, 0, 0], y[1:, 0, 0])[0, 1]) < 0.03  # models come in random order

    def cdf(q: float) -> float:
        f = {name: part.functions[:, 1, 0] for name, part in parts.items()}
        sd = {name: part.aleatoric_sd[1] for name, part in parts.items()}
        return sum(w * np.mean(stats.norm(f[name], sd[name]).cdf(q)) for name, w in WEIGHTS.items())

    low, high = both.interval(0.8)
    for found, level in ((low, 0.1), (high, 0.9)):
        truth = brentq(lambda q, level=level: cdf(q) - level, -20, 20)
        assert found[1] == pytest.approx(truth, abs=0.05 * both.sd[1])
    np.testing.assert_allclose(both.quantile(0.1), low, rtol=1e-12)


def test_one_model_alone_is_itself(parts) -> None:
    only = bnn.average(parts, weights={"line": 1.0, "parabola": 0.0})
    np.testing.assert_allclose(only.mean, parts["line"].mean)
    np.testing.assert_allclose(only.sd, parts["line"].sd)
    assert np.all(only.model_sd == 0)
    assert only.sample(np.random.default_rng(0), 10).shape == (10, 2, 1)


def test_classes_are_averaged_by_probability() -> None:
    coins = bnn.Dataset([0.0, 1.0, 2.0, 3.0], ["a", "b", "a", "b"])
    parts = {}
    for name, slope in (("flat", 0.0), ("steep", 2.0)):
        post = bnn.Posterior(bnn.MLP((1, 1)), bnn.Bernoulli(), prior={"*": bnn.Normal(0, 1)}, data=coins)
        parts[name] = bnn.predict(post, Ensemble(np.array([[slope, 0.0]])), [0.0, 1.0])
    both = bnn.average(parts, weights={"flat": 0.5, "steep": 0.5})
    np.testing.assert_allclose(both.probabilities[:, 1], [0.5, 0.5 * (0.5 + 1 / (1 + np.exp(-2)))])
    np.testing.assert_allclose(both.probabilities.sum(axis=1), 1)
    assert set(both.sample(np.random.default_rng(0), 50).ravel()) == {"a", "b"}
    with pytest.raises(SettingError, match="got classes; use probabilities"):
        both.interval(0.9)
    with pytest.raises(SettingError, match=r"at the same inputs X|same classes"):
        bnn.average({"a": parts["flat"], "b": prediction(1, 0.0, X=(0.0, 1.0))}, weights={"a": 0.5, "b": 0.5})


def test_what_cannot_be_averaged(parts) -> None:
    for weights in ({"line": 1.0}, {**WEIGHTS, "cubic": 0.0}, {}):
        with pytest.raises(SettingError, match="a weight for each prediction"):
            bnn.average(parts, weights=weights)
    with pytest.raises(SettingError, match="got none for none"):
        bnn.average({}, weights={})
    for line, parabola in ((0.3, 0.6), (-0.1, 1.1), (np.nan, np.nan)):
        with pytest.raises(SettingError, match="probabilities and add up to one"):
            bnn.average(parts, weights={"line": line, "parabola": parabola})
    with pytest.raises(SettingError, match="at the same inputs X"):
        bnn.average({**parts, "line": prediction(1, 0.0, X=(0.0, 3.0))}, weights=WEIGHTS)
    with pytest.raises(SettingError, match="level"):
        bnn.average(parts, weights=WEIGHTS).interval(90)


def test_averaging_over_a_comparison_is_weighing_prior_draws_of_all_models_by_their_likelihood() -> None:
    """p(f) = Σ_k p(k) ∫ p(f | θ, k) p(y | θ, k) p(θ | k) dθ / p(y): no evidence is needed on the way."""
    data = bnn.Dataset([-1.0, 0.0, 1.0], [0.4, -0.3, 0.9], yerr=0.6)
    models = {
        f"degree {d}": bnn.Posterior(
            bnn.LinearModel(bnn.polynomial(d)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data
        )
        for d in (0, 1, 2)
    }
    table = bnn.compare(models)
    rng, values, weights = np.random.default_rng(0), [], []
    for post in models.values():
        theta = post.sample_prior(rng, 100_000)
        values.append(post.outputs(theta, np.array([[1.5]]))[:, 0, 0])
        weights.append(np.exp(post.log_likelihood(theta)))
    f, weight = np.concatenate(values), np.concatenate(weights)
    mean = np.average(f, weights=weight)
    draws = {name: exact_draws(post) for name, post in models.items()}
    both = bnn.average(
        {name: bnn.predict(post, draws[name], [1.5]) for name, post in models.items()}, weights=table.probabilities
    )
    n_functions = min(len(part.functions) for part in both.parts.values())
    assert both.mean[0] == pytest.approx(mean, abs=4 * both.epistemic_sd[0] / np.sqrt(n_functions))
    assert n_functions >= 1000
    assert both.epistemic_sd[0] == pytest.approx(np.sqrt(np.average((f - mean) ** 2, weights=weight)), rel=0.05)
    assert both.model_sd[0] > 0.05
