"""Labels of axes, made of names that carry their units in brackets."""

import re
from textwrap import wrap

_LINE = 54
"""Letters of a heading that go on six inches."""


def of(quantity: str, name: str, *, power: int = 1) -> str:
    """The label of a quantity that has the unit of `name` to a power of 0, 1 or 2.

    Examples
    --------
    >>> from bayesnn.plotting import labels
    >>> labels.of("mean squared error", "H(z) [km/s/Mpc]", power=2)
    'mean squared error of H(z) [(km/s/Mpc)²]'
    >>> labels.of("R²", "x [m]", power=0), labels.of("variance", "x", power=2)
    ('R² of x', 'variance of x')
    """
    found = re.fullmatch(r"(.*?)\s*\[(.+)\]", name)
    if found is None or power == 0:
        return f"{quantity} of {name if found is None else found[1]}"
    unit = found[2] if power == 1 else f"{found[2] if found[2].isalpha() else f'({found[2]})'}²"
    return f"{quantity} of {found[1]} [{unit}]"


def heading(title: str, warning: str) -> str:
    r"""A title, and below it, in lines that fit a figure of six inches, what has to be said of what is drawn.

    Examples
    --------
    >>> from bayesnn.plotting import labels
    >>> labels.heading("H(z)", "NOT CONVERGED: nested R-hat <= 1.300, ESS >= 41 for log posterior. Interrupted.")
    'H(z)\nNOT CONVERGED: nested R-hat <= 1.300, ESS >= 41'
    >>> print(labels.heading("", "NOT CONVERGED: 2000 epochs; largest slope 8.7e-01; the last tenth gained 0.02 nats"))
    NOT CONVERGED: 2000 epochs; largest slope 8.7e-01;
    the last tenth gained 0.02 nats
    >>> labels.heading("H(z)", "")
    'H(z)'
    """
    said = wrap(warning.split(" for ")[0], _LINE, max_lines=2, placeholder=" ...")
    return "\n".join(filter(None, [title, *said]))
