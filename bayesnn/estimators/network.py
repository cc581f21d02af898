"""The network behind both estimators, with the prior that they give it."""

from collections.abc import Mapping, Sequence
from operator import index

from bayesnn.data.dataset import Dataset
from bayesnn.distributions.half_normal import HalfNormal
from bayesnn.distributions.normal import Normal
from bayesnn.errors import SettingError
from bayesnn.nn.mlp import MLP
from bayesnn.nn.units.unit import Unit
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Distribution, Likelihood

PriorScale = float | str
"""A number, or "learn"."""


def network_posterior(
    data: Dataset,
    likelihood: Likelihood,
    *,
    hidden_layer_sizes: int | Sequence[int],
    activation: str | Unit | Sequence[str | Unit],
    prior_scale: PriorScale,
    n_outputs: int,
    output_scale: float,
) -> Posterior:
    """The posterior of an `MLP` from the inputs of a table to so many outputs.

    Raises
    ------
    SettingError : a prior scale that is neither positive nor "learn".
    ModelError : layers or units that no network has.
    """
    net = MLP((data.n_inputs, *_sizes(hidden_layer_sizes), n_outputs), activation=activation)
    prior = network_prior(net.widths, prior_scale=prior_scale, output_scale=output_scale)
    return Posterior(net, likelihood, prior=prior, data=data)


def network_prior(widths: Sequence[int], *, prior_scale: PriorScale, output_scale: float) -> Mapping[str, Distribution]:
    """W_l ~ N(0, scale_l² / fan_in), b_l ~ N(0, scale_l²): sums of every layer are of one scale, however wide it is.

    scale_l is `prior_scale`, times `output_scale` in the last layer. If it is to be learned, each layer has one of its
    own, "scale1", ..., half-normal about 1 (Neal, Bayesian Learning for Neural Networks, 1996, sections 2.1 and 3.3).
    """
    learned = prior_scale == "learn"
    if not learned and not (isinstance(prior_scale, int | float) and 0 < prior_scale < float("inf")):
        raise SettingError(f'prior_scale: expected a positive number or "learn", got {prior_scale!r}; 1.0, say')
    prior: dict[str, Distribution] = {}
    for layer, fan_in in enumerate(widths[:-1], 1):
        scale = (1.0 if learned else float(prior_scale)) * (output_scale if layer == len(widths) - 1 else 1.0)
        prior[f"b{layer}"] = Normal(0, scale)
        prior[f"W{layer}"] = Normal(0, f"scale{layer}" if learned else scale * fan_in**-0.5)
        if learned:
            prior[f"scale{layer}"] = HalfNormal(scale * fan_in**-0.5)
    return prior


def _sizes(hidden_layer_sizes: int | Sequence[int]) -> tuple[int, ...]:
    try:
        return (index(hidden_layer_sizes),)  # type: ignore[arg-type]
    except TypeError:
        return tuple(hidden_layer_sizes)  # type: ignore[arg-type]
