"""A figure as a picture that follows the light or dark scheme of its reader."""

import io
import re
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DARK = {
    "000000": "e8eaed",
    "333333": "d2d5da",
    "404040": "c8ccd2",
    "4d4d4d": "c0c4ca",
    "666666": "a8adb5",
    "ffffff": "16181d",
    "0072b2": "4da3e0",
    "d55e00": "f0843c",
    "009e73": "35c79a",
    "cc79a7": "dd93bb",
}
"""What the colors of figures become on a dark page; others stay as they are."""
_COLOR = re.compile(r'#([0-9a-f]{6})(?=[;"])')


def svg(figure: "Figure", *, title: str = "") -> str:
    """The figure as SVG without background, in the colors of the page that shows it; `title` names it for readers.

    The same figure gives the same text.
    """
    import matplotlib as mpl

    written = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "bayesnn", "svg.fonttype": "path", "path.simplify_threshold": 0.5}):
        figure.savefig(
            written,
            format="svg",
            dpi=150,
            transparent=True,
            metadata={"Date": None, **({"Title": title} if title else {})},
        )
    text = written.getvalue()
    text = text[text.index("<svg") :]
    head, body = text.split(">", 1)
    return f"{head}>{_style()}{_COLOR.sub(_by_scheme, body)}"


def data_uri(figure: "Figure", *, title: str = "") -> str:
    """The same, to stand in the src of an image."""
    return f"data:image/svg+xml;base64,{b64encode(svg(figure, title=title).encode()).decode()}"


def _by_scheme(found: re.Match[str]) -> str:
    return f"var(--c{found[1]})" if found[1] in DARK else found[0]


def _style() -> str:
    """Both schemes as variables; what has no color of its own is ink."""
    light, dark = (
        "".join(f"--c{name}:#{color};" for name, color in colors.items())
        for colors in ({name: name for name in DARK}, DARK)
    )
    scheme = "@media (prefers-color-scheme: dark)"
    return f"<style>:root{{{light}fill:var(--c000000)}}{scheme}{{:root{{{dark}}}}}</style>"
