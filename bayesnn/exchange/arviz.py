"""Draws as ArviZ holds them."""

import warnings
from types import ModuleType
from typing import Any

import numpy as np

from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws


def to_arviz(draws: Draws) -> Any:
    """An InferenceData (ArviZ 0.x) or a DataTree (1.x): every walker is a chain.

    Groups: posterior (natural values by block), sample_stats (lp, ensemble), and, where the draws know their model,
    log_likelihood of each row for PSIS-LOO and observed_data. The attribute `verdict` says whether they have converged.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0, names=["t", "v"])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> exported = bnn.to_arviz(bnn.sample(post, n_draws=30, n_warmup=20, n_walkers=4, progress=False))
    >>> dict(exported.posterior["w"].sizes)
    {'chain': 16, 'draw': 30, 'w_dim_0': 2}
    """
    n_ensembles, n_walkers, n_draws = draws.theta.shape[:3]

    def chains(values: Array) -> Array:
        return values.reshape(n_ensembles * n_walkers, n_draws, *values.shape[3:])

    ensemble = np.broadcast_to(np.arange(n_ensembles)[:, None, None], draws.log_prob.shape)
    groups = {
        "posterior": {name: chains(values) for name, values in draws.values.items()},
        "sample_stats": {"lp": chains(draws.log_prob), "ensemble": chains(ensemble)},
    }
    if isinstance(draws.posterior, Posterior):
        groups["log_likelihood"] = {"y": chains(draws.posterior.pointwise_log_likelihood(draws.theta))}
        groups["observed_data"] = {"y": draws.posterior.data.y}
    arviz = _import_arviz()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "More chains")  # of many walkers, short ones
        exported = arviz.from_dict(**groups) if arviz.__version__.startswith("0.") else arviz.from_dict(groups)
    exported.attrs["verdict"] = draws.diagnosis.verdict
    return exported


def _import_arviz() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ 0.x announces its successor at import, once a day
        import arviz

    module: ModuleType = arviz
    return module
