"""Draws as a data frame."""

from typing import Any, Protocol

import numpy as np

from bayesnn.exchange.columns import columns
from bayesnn.sampling.draws import Draws


class Rows(Protocol):
    """A comparison, or a search: one dictionary a model."""

    def rows(self) -> list[dict[str, Any]]: ...


def to_dataframe(result: Draws | Rows) -> Any:
    """A pandas data frame of draws, of a comparison or of a search.

    One row a draw: ensemble, walker, draw (from 0), log_prob, log_likelihood, and every free or tied parameter on its
    own scale, element by element; ``attrs["verdict"]`` says whether they have converged. Or one row a model: its
    evidence, probability and criteria; its settings.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    >>> frame = bnn.to_dataframe(bnn.sample(coin, n_draws=50, n_warmup=50, n_walkers=4, progress=False))
    >>> list(frame.columns), len(frame)
    (['ensemble', 'walker', 'draw', 'log_prob', 'log_likelihood', 'p'], 800)
    """
    import pandas

    if not isinstance(result, Draws):
        return pandas.DataFrame(result.rows())
    draws = result
    index = dict(zip(("ensemble", "walker", "draw"), np.indices(draws.log_prob.shape), strict=True))
    numbers = {"log_prob": draws.log_prob, "log_likelihood": draws.log_likelihood}
    frame = pandas.DataFrame({name: values.ravel() for name, values in (index | numbers | columns(draws)).items()})
    frame.attrs["verdict"] = draws.diagnosis.verdict
    return frame
