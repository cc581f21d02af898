"""Predictions under each observation model, against closed forms."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, softmax

import bayesnn as bnn
from bayesnn.errors import SettingError

LINE = bnn.LinearModel(bnn.polynomial(degree=1))
X = np.linspace(-1, 2, 12)
AT = np.array([-0.5, 0.3, 2.5])
RNG = np.random.default_rng(4)


def run(likelihood, y, *, model=LINE, scaled=False) -> tuple[bnn.Posterior, object]:
    """A posterior and a few draws of it."""
    data = bnn.Dataset(X, y).standardize(target=scaled)
    post = bnn.Posterior(model, likelihood, prior={"*": bnn.Normal(0, 1)}, data=data)
    return post, bnn.sample(post, n_draws=25, n_warmup=25, n_walkers=8, n_ensembles=2, progress=False)


def outputs(post, draws, at=AT) -> np.ndarray:
    return post.outputs(draws.flat, post.data.scaling.inputs(at[:, None]))


def test_two_classes() -> None:
    post, draws = run(bnn.Bernoulli(), np.where(RNG.random(12) < 0.5, "no", "yes"))
    p = bnn.predict(post, draws, AT)
    each = expit(outputs(post, draws))[..., 0]
    np.testing.assert_allclose(p.mean, each.mean(axis=0))
    np.testing.assert_allclose(p.probabilities, np.column_stack([1 - p.mean, p.mean]))
    np.testing.assert_allclose(p.epistemic_sd, each.std(axis=0))
    np.testing.assert_allclose(p.sd, np.sqrt(p.mean * (1 - p.mean)))  # of a coin, whatever one knows of its bias
    assert p.classes.tolist() == ["no", "yes"]
    y = p.sample(np.random.default_rng(0), 20_000)
    assert y.shape == (20_000, 3, 1)
    assert set(y.ravel()) == {"no", "yes"}
    assert np.all(np.abs((y[..., 0] == "yes").mean(axis=0) - p.mean) < 5 * p.sd / np.sqrt(20_000))


def test_several_classes() -> None:
    post, draws = run(bnn.Categorical(), np.array([7, 3, 5] * 4), model=bnn.MLP((1, 3)))
    p = bnn.predict(post, draws, AT)
    truth = softmax(outputs(post, draws), axis=-1).mean(axis=0)
    np.testing.assert_allclose(p.probabilities, truth)
    np.testing.assert_allclose(p.mean, truth)
    np.testing.assert_allclose(p.probabilities.sum(axis=1), 1)
    np.testing.assert_allclose(p.sd, np.sqrt(truth * (1 - truth)))
    assert p.classes.tolist() == [3, 5, 7]
    y = p.sample(np.random.default_rng(0), 20_000)
    assert np.all(np.abs((y == p.classes).mean(axis=0) - truth) < 5 * p.sd / np.sqrt(20_000))
    for ask in (lambda: p.quantile(0.5), p.interval):
        with pytest.raises(SettingError, match="got classes; use probabilities"):
            ask()


def test_a_class_that_a_part_of_the_table_lacks() -> None:
    data = bnn.Dataset(X, ["a", "b", "c"] * 4).take([0, 1, 3, 4])
    post = bnn.Posterior(
        bnn.MLP((1, 3)), bnn.Categorical(classes=("a", "b", "c")), prior={"*": bnn.Normal(0, 1)}, data=data
    )
    p = bnn.predict(post, bnn.maximum_a_posteriori(post), AT)
    assert p.classes.tolist() == ["a", "b", "c"]
    assert p.probabilities.shape == (3, 3)


def test_counts() -> None:
    post, draws = run(bnn.Poisson(), RNG.poisson(4, 12))
    p = bnn.predict(post, draws, AT)
    rate = np.exp(outputs(post, draws))[..., 0]
    np.testing.assert_allclose(p.mean, rate.mean(axis=0))
    np.testing.assert_allclose(p.sd, np.sqrt(rate.mean(axis=0) + rate.var(axis=0)))
    best = bnn.predict(post, bnn.maximum_a_posteriori(post), AT)
    low, high = best.interval(0.9)
    for edge, q in ((low, 0.05), (high, 0.95)):  # draws find the quantile of a count, or its neighbor at a tie
        below, above = stats.poisson(best.mean).cdf(edge - 1), stats.poisson(best.mean).cdf(edge)
        assert np.all((below < q + 0.01) & (above > q - 0.01))
    with pytest.raises(SettingError, match="expected a target of classes, got numbers"):
        _ = p.probabilities
    assert p.classes is None


@pytest.mark.parametrize("df", [5.0, 1.5])
def test_heavy_tails_in_the_units_of_the_table(df: float) -> None:
    y = 100 + 30 * X + RNG.standard_normal(12)
    post, _ = run(bnn.likelihoods.StudentT(df=df, scale=0.2), y, scaled=True)
    p = bnn.predict(post, bnn.maximum_a_posteriori(post), AT)
    scale = 0.2 * y.std()
    law = stats.t(df, p.mean, scale)
    np.testing.assert_allclose(p.sd, law.std())  # infinite for df = 1.5
    for q in (0.05, 0.5, 0.95):
        error = np.sqrt(q * (1 - q) / 20_000) / law.pdf(law.ppf(q))
        assert np.all(np.abs(p.quantile(q) - law.ppf(q)) < 5 * error)


def test_scales_known_row_by_row_say_nothing_of_a_new_row() -> None:
    data = bnn.Dataset(X, X, yerr=0.1)
    post = bnn.Posterior(LINE, bnn.likelihoods.StudentT(df=1.5), prior={"w": bnn.Normal(0, 1)}, data=data)
    p = bnn.predict(post, bnn.maximum_a_posteriori(post), AT)
    np.testing.assert_array_equal(p.aleatoric_sd, 0)
    np.testing.assert_array_equal(p.quantile(0.9), p.mean)


def test_unknown_tails_have_an_infinite_variance_if_any_draw_has() -> None:
    y = 100 + 30 * X + RNG.standard_normal(12)
    likelihood = bnn.likelihoods.StudentT(df=bnn.Gamma(2, 0.1), scale=bnn.HalfNormal(1))
    post, draws = run(likelihood, y, scaled=True)
    p = bnn.predict(post, draws, AT)
    values = post.unpack(draws.flat)
    df, scale = values["df"], values["scale"] * y.std()
    truth = np.mean(scale**2 * df / (df - 2)) if df.min() > 2 else np.inf
    np.testing.assert_allclose(p.aleatoric_sd, np.sqrt(truth))
    low, high = p.interval(0.5)
    assert np.all(np.isfinite([low, high]))


def test_scatter_that_varies_in_the_units_of_the_table() -> None:
    y = 100 + RNG.standard_normal((12, 2)) * [10, 0.1]
    post, draws = run(bnn.HeteroscedasticGaussian(), y, model=bnn.MLP((1, 4)), scaled=True)
    p = bnn.predict(post, draws, AT)
    f = outputs(post, draws)
    np.testing.assert_allclose(p.mean, f[..., :2].mean(axis=0) * y.std(axis=0) + y.mean(axis=0))
    np.testing.assert_allclose(p.epistemic_sd, f[..., :2].std(axis=0) * y.std(axis=0))
    np.testing.assert_allclose(p.aleatoric_sd, np.sqrt(np.exp(2 * f[..., 2:]).mean(axis=0)) * y.std(axis=0))
    new = p.sample(np.random.default_rng(1), 20_000)
    assert np.all(np.abs(new.mean(axis=0) - p.mean) < 5 * p.sd / np.sqrt(20_000))


def test_each_draw_scatters_by_its_own_noise() -> None:
    """A mixture of wide and narrow Gaussians has more than three times its variance squared as fourth moment."""
    post, draws = run(bnn.Gaussian(sigma=bnn.HalfNormal(1)), RNG.standard_normal(12))
    p = bnn.predict(post, draws, AT)
    f, sigma = outputs(post, draws)[..., 0], post.noise(draws.flat)["sigma"][:, None]
    d = f - p.mean
    truth = np.mean(d**4 + 6 * d**2 * sigma**2 + 3 * sigma**4, axis=0)
    fourth = (p.sample(np.random.default_rng(2), 100_000)[..., 0] - p.mean) ** 4
    assert np.all(np.abs(fourth.mean(axis=0) - truth) < 5 * fourth.std(axis=0) / np.sqrt(100_000))
    assert np.corrcoef(p.noise_sd[:, 0, 0], sigma[:, 0])[0, 1] > 0.999


@pytest.mark.parametrize("several", [bnn.Categorical(), bnn.HeteroscedasticGaussian()])
def test_a_run_with_several_outputs_is_diagnosed_and_traced(several) -> None:
    y = np.array([0, 1] * 6)
    _, draws = run(several, y, model=bnn.MLP((1, 2)), scaled=isinstance(several, bnn.HeteroscedasticGaussian))
    diagnosis = bnn.diagnose(draws, at=AT)
    assert diagnosis.function.mean.shape == (6,)  # two outputs at each of three inputs
    assert "f at 3 points" in diagnosis.verdict
    assert len(bnn.plot.trace(draws, at=AT).axes) == 8


def test_a_trace_shows_the_mean_of_the_first_target_in_its_units() -> None:
    y = 100 + RNG.standard_normal((12, 2)) * [10, 0.1]
    post, draws = run(bnn.HeteroscedasticGaussian(), y, model=bnn.MLP((1, 4)), scaled=True)
    line = bnn.plot.trace(draws, at=[0.3]).axes[2].lines[0]
    truth = post.outputs(draws.theta[0, 0], post.data.scaling.inputs(np.array([[0.3]])))[:, 0, 0]
    np.testing.assert_allclose(line.get_ydata(), truth * y[:, 0].std() + y[:, 0].mean())
