"""Figures have axes with units, legends and everything in view."""

import matplotlib as mpl
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError

mpl.use("Agg")


@pytest.fixture(scope="module")
def run(hubble):
    post = bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=hubble)
    return post, bnn.sample(post, n_draws=20, n_warmup=20, n_walkers=4, progress=False)


def test_predictive_shows_all_data_in_their_units(run) -> None:
    post, draws = run
    z = np.linspace(0, 2, 20)
    raw = bnn.load_dataset("hz")
    best = {"MAP": bnn.predict(post, bnn.maximum_a_posteriori(post), z)}
    figure = bnn.plot.predictive(bnn.predict(post, draws, z), raw, curves=best, title="H(z)")
    axis = figure.axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("redshift z", "H(z) [km/s/Mpc]")
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["posterior, 95%", "posterior, 68%", "posterior mean", "MAP", "data"]
    low, high = axis.get_ylim()
    assert low < (raw.y - raw.yerr).min()
    assert high > (raw.y + raw.yerr).max()
    standardized = bnn.plot.predictive(bnn.predict(post, draws, z), post.data).axes[0]
    np.testing.assert_allclose(standardized.get_ylim(), axis.get_ylim())


def test_trace_comparison_and_training(run) -> None:
    post, draws = run
    figure = bnn.plot.trace(draws, at=[0.5, 2.0])
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == [
        "log posterior", "H(z) [km/s/Mpc]\nat 0.5", "H(z) [km/s/Mpc]\nat 2",
    ]  # fmt: skip
    assert len(bnn.plot.trace(draws).axes) == 8
    table = bnn.compare({"net": post})
    assert "nats" in bnn.plot.comparison(table).axes[0].get_xlabel()
    trained = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.001), n_epochs=5)
    assert bnn.plot.training(trained).axes[0].get_xlabel() == "epoch"
    judged = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.001), n_epochs=5, validation=0.3)
    lower = bnn.plot.training(judged).axes[1]
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), judged.history.validation)
    assert lower.lines[1].get_xdata()[0] == np.argmax(judged.history.validation)
    with pytest.raises(SettingError, match="history"):
        bnn.plot.training(bnn.maximum_a_posteriori(post))


def test_only_one_input_can_be_drawn(run) -> None:
    post, draws = run
    wide = bnn.Dataset(np.zeros((3, 2)), np.arange(3.0))
    with pytest.raises(SettingError, match="one input"):
        bnn.plot.predictive(bnn.predict(post, draws, [1.0]), wide)


@pytest.fixture(scope="module")
def scored():
    """A straight line through the Hubble rates in five folds, and what a plot needs to be tried on."""

    def polynomial(data, degree=1):
        w = np.polyfit(data.X[:, 0], data.y, degree)
        return lambda X: np.polyval(w, X[:, 0])

    return bnn.load_dataset("hz"), polynomial


def test_learning_and_validation_curves_have_units_and_show_all_held_out_errors(scored) -> None:
    data, fit = scored
    units = {
        "mse": "mean squared error of H(z) [(km/s/Mpc)²]",
        "mae": "mean absolute error of H(z) [km/s/Mpc]",
        "r2": "R² of H(z)",
    }
    for score, label in units.items():
        curve = bnn.learning_curve(fit, data, sizes=[5, 10, 24], score=score)
        axis = bnn.plot.learning_curve(curve, title="line").axes[0]
        assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == ("training rows", label, "line")
        assert [text.get_text() for text in axis.get_legend().get_texts()] == ["training rows", "held-out rows"]
        low, high = axis.get_ylim()
        assert high > np.max(curve.scores.validation_mean + curve.scores.validation_error)
        assert low < max(-0.9, np.min(curve.scores.validation_mean))
        np.testing.assert_array_equal(axis.lines[0].get_ydata(), curve.scores.train_mean)
        np.testing.assert_array_equal(axis.lines[1].get_ydata(), curve.scores.validation_mean)
    curve = bnn.validation_curve(fit, data, values=range(6))
    axis = bnn.plot.validation_curve(curve, xlabel="degree").axes[0]
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels[2:] == [f"best: {curve.best}", f"simplest within one standard error: {curve.simplest}"]
    assert [line.get_xdata()[0] for line in axis.lines[2:]] == [curve.best, curve.simplest]
    assert axis.get_xlabel() == "degree"
    assert axis.get_yscale() == "log"


def test_settings_that_span_decades_or_are_no_numbers(scored) -> None:
    data, _ = scored

    def ridge(data, decay):
        slope = np.cov(data.X[:, 0], data.y)[0, 1] / (data.X.var() + decay)
        return lambda X: data.y.mean() + slope * (X[:, 0] - data.X.mean())

    decays = bnn.plot.validation_curve(bnn.validation_curve(ridge, data, values=[10.0, 1.0, 0.1, 0.01])).axes[0]
    assert decays.get_xscale() == "log"
    assert decays.xaxis_inverted()  # complexity grows to the right
    words = bnn.validation_curve(lambda data, how: lambda X: np.full(len(X), getattr(np, how)(data.y)), data,
                                 values=["mean", "median"])  # fmt: skip
    axis = bnn.plot.validation_curve(words).axes[0]
    assert [text.get_text() for text in axis.get_xticklabels()] == ["mean", "median"]


def test_a_single_split_has_no_band_and_no_one_standard_error_rule(scored) -> None:
    from sklearn.model_selection import ShuffleSplit

    data, fit = scored
    curve = bnn.validation_curve(fit, data, values=range(3), cv=ShuffleSplit(1, random_state=0))
    legend = bnn.plot.validation_curve(curve).axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend] == ["training rows", "held-out rows", f"best: {curve.best}"]


def test_capacity_panels_share_their_scale(scored) -> None:
    result = bnn.capacity_curve(scored[0], degrees=range(9), decays=(0.0, 0.1))
    figure = bnn.plot.capacity_curve(result, title="H")
    assert [axis.get_title() for axis in figure.axes] == ["no weight decay", "weight decay 0.1"]
    assert len({(*axis.get_ylim(), axis.get_yscale()) for axis in figure.axes}) == 1
    assert all(axis.get_xlabel() == "degree of the polynomial" for axis in figure.axes)
    assert figure.axes[0].get_ylabel() == "mean squared error of H(z) [(km/s/Mpc)²]"


def test_bias_and_variance_over_an_input_and_by_component(scored) -> None:
    def noise(rng):
        return bnn.Dataset(np.arange(5.0), rng.standard_normal(5))

    x = np.array([3.0, 1.0, 2.0])
    result = bnn.bias_variance(noise, scored[1], X=x, truth=np.zeros(3), noise=1.0, n_sets=20)
    top, bottom = bnn.plot.bias_variance(result, xlabel="t [s]", ylabel="x [m]").axes
    assert (top.get_ylabel(), bottom.get_xlabel()) == ("x [m]", "t [s]")
    assert bottom.get_ylabel() == "squared error of x [m²]"
    names = [text.get_text() for text in bottom.get_legend().get_texts()]
    assert names == ["bias²", "variance", "bias² + variance", "noise²"]
    drawn = (result.squared_bias, result.variance, result.squared_error, np.ones(3))
    for line, values in zip(bottom.lines, drawn, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), values[[1, 2, 0]])
    both = bnn.bias_variance(noise, lambda data: [data.y.mean(), data.y.var()], truth=[0.0, 1.0], n_sets=20)
    bottom = bnn.plot.bias_variance(both).axes[1]
    assert bottom.get_xlabel() == "component"
    np.testing.assert_array_equal(bottom.get_xticks(), [0, 1])
    assert bnn.plot.bias_variance(bnn.bias_variance(noise, lambda data: 1.0, truth=1.0, n_sets=2)).axes
    wide = bnn.bias_variance(noise, lambda data: lambda X: np.zeros((3, 2)), X=x, truth=np.zeros((3, 2)), n_sets=2)
    with pytest.raises(SettingError, match="one target, got 2"):
        bnn.plot.bias_variance(wide)


def test_classes_and_several_targets_are_not_drawn_as_a_band() -> None:
    x = np.arange(6.0)
    coin, pair = bnn.Dataset(x, ["a", "b"] * 3), bnn.Dataset(x, np.column_stack([x, x]))
    for data, likelihood, model, message in (
        (coin, bnn.Bernoulli(), bnn.MLP((1, 1)), "plot.predictive: .* got classes"),
        (coin, bnn.Categorical(), bnn.MLP((1, 2)), "plot.predictive: .* got classes"),
        (pair, bnn.Gaussian(sigma=1), bnn.MLP((1, 2)), "1 inputs and 2 targets"),
    ):
        post = bnn.Posterior(model, likelihood, prior={"*": bnn.Normal(0, 1)}, data=data)
        with pytest.raises(SettingError, match=message):
            bnn.plot.predictive(bnn.predict(post, bnn.maximum_a_posteriori(post), x), data)
    post = bnn.Posterior(
        bnn.MLP((1, 2)), bnn.HeteroscedasticGaussian(), prior={"*": bnn.Normal(0, 1)}, data=bnn.Dataset(x, np.sin(x))
    )
    figure = bnn.plot.predictive(bnn.predict(post, bnn.maximum_a_posteriori(post), x), post.data)
    assert len(figure.axes[0].collections) >= 2


def test_the_path_of_a_descent_is_drawn_on_the_contours() -> None:
    def bowl(x):
        return x[0] ** 2 + 5 * x[1] ** 2

    found = bnn.minimize(bowl, [-1.0, 1.5], optimizer=bnn.SGD(learning_rate=0.05), n_steps=30)
    axis = bnn.plot.path(found, bowl).axes[0]
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), found.path)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["30 steps", "start", "end"]
    (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    assert np.all((left < found.path[:, 0]) & (found.path[:, 0] < right))
    assert np.all((bottom < found.path[:, 1]) & (found.path[:, 1] < top))
    runaway = bnn.minimize(bowl, [-1.0, 1.5], optimizer=bnn.SGD(learning_rate=0.5), n_steps=3000)
    axis = bnn.plot.path(runaway, bowl).axes[0]
    assert axis.get_xlim()[1] - axis.get_xlim()[0] < 10  # the part below the start, not the whole flight
    line = bnn.minimize(lambda x: x[0] ** 2, [1.0], optimizer=bnn.SGD(learning_rate=0.5), n_steps=3)
    with pytest.raises(SettingError, match="two parameters"):
        bnn.plot.path(line, lambda x: x[0] ** 2)


def test_a_profile_and_a_contour_show_their_interval_and_regions() -> None:
    x = np.linspace(0, 3, 12)
    model = bnn.FunctionModel(lambda x, a, b: a * np.exp(-b * x))
    data = bnn.Dataset(x, 2 * np.exp(-1.3 * x) + 0.1 * np.cos(9 * x), yerr=0.2)
    post = bnn.Posterior(model, bnn.Gaussian(), prior={"a": bnn.Flat(), "b": bnn.Flat()}, data=data)
    found = bnn.profile_likelihood(post, "b", level=0.9)
    axis = bnn.plot.profile(found).axes[0]
    assert axis.get_xlabel() == "b"
    assert any(f"{found.low:.4g} to {found.high:.4g}" in text.get_text() for text in axis.get_legend().get_texts())
    region = bnn.contour(post, "a", "b", n_points=7)
    axis = bnn.plot.contour(region).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("a", "b")
    assert axis.get_xlim()[0] <= region.x[0] < region.x[-1] <= axis.get_xlim()[1]
