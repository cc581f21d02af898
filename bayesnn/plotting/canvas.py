"""A figure to draw on, the same look for all."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette: told apart by color-blind readers and in print."""
MANY = 2000
"""Points beyond which a line is kept as pixels in files that are made of lines."""


def canvas(n_rows: int = 1, n_columns: int = 1, *, size: tuple[float, float]) -> tuple["Figure", Any]:
    """A figure and an array (n_rows, n_columns) of axes; pyplot does not keep it, so that notebooks show it once."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, layout="constrained", squeeze=False)
    plt.close(figure)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes
