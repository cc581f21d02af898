"""What a page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from bayesnn.plotting.picture import data_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """Cells as text; the first column names the row; one that is `folded` opens on demand."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """An image as a data URI, with what it shows for those who do not see it; `width` in pixels."""

    source: str
    alt: str
    caption: str
    width: int


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    name: str
    heading: str
    lead: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


def picture(figure: "Figure", alt: str, *, caption: str = "", width: float | None = None) -> Picture:
    """A figure, brought to a width in inches with its shape kept."""
    wide, high = figure.get_size_inches()
    if width is not None:
        figure.set_size_inches(width, high * width / wide)
    return Picture(data_uri(figure, title=alt), alt, caption, round(72 * 4 / 3 * (width or wide)))


def number(value: float, *, digits: int = 4) -> str:
    """Significant digits, a true minus sign, and a dash where there is none."""
    return f"{value:.{digits}g}".replace("-", "−") if isfinite(value) else "–"


def flattened(settings: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as lines: section.key and value.

    Examples
    --------
    >>> from bayesnn.reporting.section import flattened
    >>> flattened({"seed": 0, "model": {"hidden": [16], "rank": None}})
    [('seed', '0'), ('model.hidden', '[16]')]
    """
    lines: list[tuple[str, str]] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            lines += flattened(value, f"{prefix}{name}.")
        elif value is not None:
            lines.append((f"{prefix}{name}", str(value)))
    return lines
