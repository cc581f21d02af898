"""The figures of the demonstrations show what was found."""

import matplotlib as mpl
import numpy as np

import bayesnn as bnn

mpl.use("Agg")
demos = bnn.demonstrations


def test_xor() -> None:
    result = demos.xor(n_seeds=8, n_draws=5)
    figure = bnn.plot.xor(result)
    line, network, cloud, shares = figure.axes[:4]
    assert figure.get_suptitle() == f"XOR: {result.n_solved} of 8 starts solve it"
    assert (line.get_title(), network.get_title()) == ("linear model", "2-2-1 network")
    np.testing.assert_array_equal(line.lines[1].get_xydata(), [[0, 1], [1, 0]])
    assert len(cloud.collections[0].get_offsets()) == 40
    np.testing.assert_allclose([bar.get_height() for bar in shares.patches], result.image_shares)


def test_universal_approximation() -> None:
    result = demos.universal_approximation(np.sin, widths=(1, 2, 3), n_starts=1)
    left, right = bnn.plot.universal_approximation(result, title="sin").axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    np.testing.assert_array_equal(left.lines[0].get_ydata(), result.largest_errors)
    np.testing.assert_array_equal(left.lines[1].get_ydata(), result.rms_errors)
    labels = [text.get_text() for text in right.get_legend().get_texts()]
    assert labels == ["function", "1 unit", "2 units", "3 units"]


def test_depth_against_width() -> None:
    result = demos.depth_against_width(n_folds=1, hidden=((2,), (1, 1)), n_seeds=2)
    left, right = bnn.plot.depth_against_width(result).axes
    names = [text.get_text() for text in left.get_xticklabels()]
    assert names == ["1-2-1\n7 parameters", "1-1-1-1\n6 parameters"]
    np.testing.assert_array_equal(left.lines[0].get_ydata(), np.sort(result.errors[0]))
    np.testing.assert_array_equal(right.lines[1].get_ydata(), result.best[0])


def test_linear_regions() -> None:
    net = bnn.MLP((2, 2, 1), activation="relu")
    result = demos.linear_regions(net, [1, 0, 0, 1, 0, 0, 1, 1, 0], n_points=20)
    axis = bnn.plot.linear_regions(result).axes[0]
    assert axis.get_title().startswith("4 linear regions")
    assert len(np.unique(axis.collections[0].get_array())) == 4
    flat = demos.linear_regions(bnn.MLP((2, 1)), np.zeros(3), n_points=5)
    assert len(bnn.plot.linear_regions(flat).axes[0].collections) == 1


def test_capacity_says_what_it_counts() -> None:
    result = demos.capacity(bnn.load_dataset("hz"), widths=(1, 2), decays=(0.01,), cv=2)
    figure = bnn.plot.capacity_curve(result, xlabel="hidden units")
    assert figure.axes[0].get_xlabel() == "hidden units"
