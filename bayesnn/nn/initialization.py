"""How large weights begin, so that signals neither grow nor fade from layer to layer."""

from bayesnn.errors import ModelError
from bayesnn.nn.units.unit import Scheme

SCHEMES: tuple[Scheme, ...] = ("glorot", "he", "lecun")


def variance(scheme: Scheme, n_in: int, n_out: int) -> float:
    """Of each weight: glorot 2 / (n_in + n_out), he 2 / n_in, lecun 1 / n_in.

    LeCun keeps the variance of signals through units that keep that of their sums (LeCun et al. 1998), Glorot also that
    of gradients on the way back (Glorot & Bengio 2010); He makes up for units that are zero on half the line (He et al.
    2015).
    """
    return {"glorot": 2 / (n_in + n_out), "he": 2 / n_in, "lecun": 1 / n_in}[scheme]


def as_scheme(name: str, otherwise: Scheme) -> Scheme:
    """The scheme of that name, or for "auto" the other, and for "prior" too where there is no prior to draw from.

    Raises
    ------
    ModelError : a name that is none; it lists them.
    """
    if name in ("auto", "prior"):
        return otherwise
    for scheme in SCHEMES:
        if scheme == name:
            return scheme
    raise ModelError(f"initialization: expected one of auto, {', '.join(SCHEMES)}, prior, got {name!r}")
