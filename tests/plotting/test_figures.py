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
    with pytest.raises(SettingError, match="history"):
        bnn.plot.training(bnn.maximum_a_posteriori(post))


def test_only_one_input_can_be_drawn(run) -> None:
    post, draws = run
    wide = bnn.Dataset(np.zeros((3, 2)), np.arange(3.0))
    with pytest.raises(SettingError, match="one input"):
        bnn.plot.predictive(bnn.predict(post, draws, [1.0]), wide)


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
