"""Estimation and Bayesian inference for curves and small neural networks, sampled with emcee.

>>> import bayesnn as bnn
>>> data = bnn.load_dataset("hz").standardize()
>>> post = bnn.Posterior(bnn.MLP((1, 16, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
>>> post.n_params
49

Names are loaded when they are first used, so that ``import bayesnn`` stays as light as NumPy.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "bayesnn.data.bundled": ("list_datasets", "load_dataset"),
    "bayesnn.data.dataset": ("Dataset",),
    "bayesnn.data.tables": ("read_table",),
    "bayesnn.distributions.flat": ("Flat",),
    "bayesnn.distributions.half_normal": ("HalfNormal",),
    "bayesnn.distributions.normal": ("Normal",),
    "bayesnn.distributions.uniform": ("Uniform",),
    "bayesnn.estimation.maximum": ("maximum_a_posteriori", "maximum_likelihood"),
    "bayesnn.estimation.train": ("train",),
    "bayesnn.estimation.weight_decay": ("scale_to_weight_decay", "weight_decay_to_scale"),
    "bayesnn.evidence.compare": ("compare",),
    "bayesnn.evidence.estimate": ("log_evidence",),
    "bayesnn.evidence.exact": ("exact_posterior",),
    "bayesnn.exchange.arviz": ("to_arviz",),
    "bayesnn.exchange.summary": ("summarize",),
    "bayesnn.likelihoods.gaussian": ("Gaussian",),
    "bayesnn.linear.features": ("polynomial",),
    "bayesnn.linear.model": ("LinearModel",),
    "bayesnn.nn.mlp": ("MLP",),
    "bayesnn.optimizers.sgd": ("SGD",),
    "bayesnn.posterior.posterior": ("Posterior",),
    "bayesnn.prediction.predictive": ("predict",),
    "bayesnn.sampling.archive": ("load",),
    "bayesnn.sampling.diagnosis": ("diagnose",),
    "bayesnn.sampling.moves.hmc": ("HMC",),
    "bayesnn.sampling.run": ("sample",),
}
_MODULES = {
    "errors": "bayesnn.errors",
    "plot": "bayesnn.plotting",
    "schedules": "bayesnn.optimizers.schedules",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str) -> object:
    if name in _MODULES:
        value: object = import_module(_MODULES[name])
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'bayesnn' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
