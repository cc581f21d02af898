"""Draws as chains of CosmoMC, as GetDist reads them."""

import re
from pathlib import Path

import numpy as np

from bayesnn.distributions.supports import Elementwise
from bayesnn.errors import FileError
from bayesnn.exchange.columns import columns
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws


def to_getdist(draws: Draws, root: str | Path) -> tuple[Path, ...]:
    r"""Write root_1.txt ... (one chain an ensemble, its walkers one after the other), root.paramnames and root.ranges.

    A line of a chain is: weight, −ln posterior, natural values. Draws that repeat the one before are one line with
    their number as weight. The posterior is that of the parameters as written, without the log-det, if the draws know
    it; else that of θ. Values that are tied are marked as derived.

    Returns
    -------
    The files.

    Raises
    ------
    FileError : a place where nothing can be written.
    SettingError : draws in which nothing varies.

    References
    ----------
    Lewis, GetDist: a Python package for analysing Monte Carlo samples, arXiv:1910.13970 (2019).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np, pathlib, tempfile
    >>> coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    >>> draws = bnn.sample(coin, n_draws=50, n_warmup=50, n_walkers=4, n_ensembles=2, progress=False)
    >>> files = bnn.to_getdist(draws, pathlib.Path(tempfile.mkdtemp()) / "coin")
    >>> [file.name for file in files]
    ['coin_1.txt', 'coin_2.txt', 'coin.paramnames', 'coin.ranges']
    >>> files[-1].read_text()
    'p 0.0 1.0\n'
    """
    found, base = columns(draws), Path(root)
    names = {label: _name(label) for label in found}
    values = np.stack(list(found.values()), axis=-1)
    heights = -_log_posterior(draws)
    tied = _tied(draws)
    lines = [f"{name}{'*' * (label.split('[')[0] in tied)}\t{_latex(label)}" for label, name in names.items()]
    ranges = [" ".join((name, *_ends(draws, label))) for label, name in names.items()]
    texts = {f"_{e + 1}.txt": _chain(heights[e].ravel(), values[e].reshape(-1, len(names)))
             for e in range(draws.n_ensembles)}  # fmt: skip
    texts |= {".paramnames": "\n".join(lines) + "\n", ".ranges": "\n".join(ranges) + "\n"}
    return tuple(_written(base.with_name(base.name + ending), text) for ending, text in texts.items())


def _log_posterior(draws: Draws) -> Array:
    if draws.posterior is None:
        return draws.log_prob
    return draws.log_likelihood + draws.posterior.log_prior(draws.theta)


def _chain(heights: Array, values: Array) -> str:
    """Lines of one chain, repetitions weighted."""
    new = np.append(True, np.any(values[1:] != values[:-1], axis=1))
    starts = np.flatnonzero(new)
    weights = np.diff(np.append(starts, len(values)))
    rows = zip(weights, heights[starts], values[starts], strict=True)
    return "".join(f"{w} {' '.join(repr(float(x)) for x in (h, *row))}\n" for w, h, row in rows)


def _name(label: str) -> str:
    """GetDist's names have no spaces: W1[0, 3] is W1_0_3."""
    return re.sub(r"[^\w]+", "_", label).strip("_")


def _latex(label: str) -> str:
    block, _, index = label.rstrip("]").partition("[")
    text = block.replace("_", r"\_")
    return f"{text}_{{{index}}}" if index else text


def _ends(draws: Draws, label: str) -> tuple[str, str]:
    """Where the support ends, N where it does not."""
    name = label.split("[")[0]
    support = None if draws.posterior is None else draws.posterior.parameters.block(name).support
    if name in _tied(draws) or not isinstance(support, Elementwise):
        return "N", "N"
    low, high = support.from_real(np.array([-np.inf, np.inf])).tolist()
    return str(low) if np.isfinite(low) else "N", str(high) if np.isfinite(high) else "N"


def _tied(draws: Draws) -> set[str]:
    if draws.posterior is None:
        return set()
    return {block.name for block, _, _ in draws.posterior.parameters.ties}


def _written(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"getdist {path}: expected a file that can be written, got {error}; choose another") from None
    return path
