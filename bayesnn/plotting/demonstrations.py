"""The textbook's demonstrations, drawn."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.demonstrations.depth import DepthAgainstWidth
from bayesnn.demonstrations.regions import LinearRegions
from bayesnn.demonstrations.universal import Approximation
from bayesnn.demonstrations.xor import Xor, mirror_image
from bayesnn.estimation.optimum import Optimum
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.posterior.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 2000
"""Draws of a cloud."""


def xor(result: Xor, *, title: str = "") -> "Figure":
    """The surfaces of the linear model and of the best network, weights in the posterior, and their mirror images."""
    figure, axes = canvas(2, 2, size=(9.0, 8.0))
    for axis, (name, optimum) in zip(axes[0], {"linear": result.linear, "2-2-1": result.best}.items(), strict=True):
        filled = _surface(axis, optimum)
        for label, marker in {0: "o", 1: "^"}.items():
            points = result.data.X[result.data.y == label]
            axis.plot(*points.T, marker, color="white", mec="black", ms=11, ls="none", label=f"y = {label}")
        axis.set(xlabel="x1", ylabel="x2", title=f"{name} model" if name == "linear" else f"{name} network")
    axes[0, 0].legend(loc="center", framealpha=1.0, edgecolor="none")
    figure.colorbar(filled, ax=axes[0, :], label="prediction of y", ticks=[-0.5, 0, 0.5, 1, 1.5])
    theta = result.draws.thinned(_SHOWN)
    images, axis = mirror_image(theta), axes[1, 0]
    axis.scatter(theta[:, 0], theta[:, 2], s=5, c=[(*COLORS, "0.3", "0.65")[image] for image in images], lw=0)
    axis.set(xlabel="W1[0, 0]", ylabel="W1[1, 0]", title="weights into the first hidden unit")
    axis.set_aspect("equal")
    axis = axes[1, 1]
    axis.bar(range(1, 9), result.image_shares, color=[*COLORS, "0.3", "0.65"])
    axis.axhline(1 / 8, color="black", lw=1, ls="--", label="exact: 1/8")
    axis.set(xlabel="mirror image", ylabel="share of the draws", title="2! 2² mirror images")
    axis.set_ylim(0, 1.25 * max(0.125, float(result.image_shares.max())))
    axis.legend(frameon=False)
    figure.suptitle(title or f"XOR: {result.n_solved} of {len(result.networks)} starts solve it")
    return figure


def universal_approximation(result: Approximation, *, title: str = "") -> "Figure":
    """Error against width on logarithmic axes, and the function with some of its fits."""
    figure, axes = canvas(1, 2, size=(10.0, 4.2))
    left, right = axes[0]
    left.loglog(result.widths, result.largest_errors, "s-", ms=5, color=COLORS[1], label="largest")
    left.loglog(result.widths, result.rms_errors, "o-", ms=5, color=COLORS[0], label="root mean square")
    left.set_xticks(result.widths, [str(width) for width in result.widths])
    left.minorticks_off()
    left.set(xlabel="hidden units", ylabel="error")
    left.legend(frameon=False)
    right.plot(result.x, result.truth, color="0.6", lw=4, label="function")
    for i in sorted({0, len(result.widths) // 2, len(result.widths) - 1}):
        units = f"{result.widths[i]} unit{'s' if result.widths[i] > 1 else ''}"
        right.plot(result.x, result.fits[i], color=COLORS[i % len(COLORS)], lw=1.4, label=units)
    right.set(xlabel="x", ylabel="f(x)")
    right.legend(framealpha=1.0, edgecolor="none", fontsize="small")
    figure.suptitle(title)
    return figure


def depth_against_width(result: DepthAgainstWidth, *, title: str = "") -> "Figure":
    """The error of each start by architecture, with medians, and the best fit of each."""
    figure, axes = canvas(1, 2, size=(10.0, 4.2))
    left, right = axes[0]
    names = [f"1-{'-'.join(map(str, widths))}-1" for widths in result.hidden]
    for i, errors in enumerate(result.errors):
        aside = i + np.linspace(-0.15, 0.15, len(errors))
        left.semilogy(aside, np.sort(errors), "o", ms=4, color=COLORS[i % len(COLORS)])
        left.hlines(np.median(errors), i - 0.3, i + 0.3, color="black", lw=1.5, label="" if i else "median")
    labels = [f"{name}\n{count} parameters" for name, count in zip(names, result.n_params, strict=True)]
    left.set_xticks(range(len(names)), labels)
    left.set_ylabel("root mean square error")
    left.legend(frameon=False)
    right.plot(result.x, result.truth, color="0.75", lw=4, label="folded line")
    for i, (name, fit) in enumerate(zip(names, result.best, strict=True)):
        right.plot(result.x, fit, color=COLORS[i % len(COLORS)], lw=1.2, label=f"{name}, best start")
    right.set(xlabel="x", ylabel="f(x)", ylim=(-1.3, 2.2))
    right.legend(framealpha=1.0, edgecolor="none", fontsize="small", loc="upper right")
    figure.suptitle(title)
    return figure


def linear_regions(result: LinearRegions, *, title: str = "") -> "Figure":
    """The regions in colors of no meaning, with contours of the first output over them."""
    figure, axes = canvas(size=(6.0, 5.5))
    axis = axes[0, 0]
    shades = np.random.default_rng(0).permutation(result.n_regions)[result.labels]
    axis.pcolormesh(result.x1, result.x2, shades, cmap="turbo", alpha=0.6, lw=0, rasterized=True)
    output = result.outputs[..., 0]
    if np.ptp(output) > 0:
        axis.contour(result.x1, result.x2, output, 15, colors="black", linewidths=0.7, linestyles="solid")
    axis.set(xlabel="x1", ylabel="x2", title=title or f"{result.n_regions} linear regions, contours of the output")
    axis.set_aspect("equal")
    return figure


def _surface(axis: Any, optimum: Optimum) -> Any:
    """E[y] around the unit square in shades."""
    side = np.linspace(-0.3, 1.3, 80)
    X = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    posterior = optimum.density.posterior
    assert isinstance(posterior, Posterior)
    values = posterior.moments(optimum.theta, X)[0].reshape(len(side), len(side))
    filled = axis.contourf(side, side, values, np.linspace(-0.55, 1.55, 22), cmap="RdBu_r", extend="both")
    if np.ptp(values) > 1e-6:
        axis.contour(side, side, values, [0.5], colors="black", linewidths=1.2)
    axis.set_aspect("equal")
    return filled
