"""Which block has which prior."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from bayesnn.distributions.coerce import as_prior
from bayesnn.distributions.family import Family
from bayesnn.distributions.supports import Real
from bayesnn.errors import PriorError
from bayesnn.posterior.joint_prior import JointPrior, references
from bayesnn.posterior.parameters import Block, Parameters
from bayesnn.protocols import Array, Distribution


def assign(
    prior: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], noise: Mapping[str, Distribution]
) -> tuple[Parameters, JointPrior]:
    """Give every block its prior: names, patterns, numbers, tuples, and hyper-parameters by reference.

    An exact name goes before a pattern, a later pattern before an earlier one. Patterns speak of the model's
    blocks only; the likelihood brings the priors of its own unknowns.

    Raises
    ------
    PriorError : a block without a prior, a prior that matches no block, a reference to no block.
    """
    chosen, used = {}, set()
    for name in shapes:
        key = _key_for(name, prior)
        if key is None:
            raise PriorError(f"block {name!r}: expected a prior, got none; add {name!r}: Normal(0, 1), say, or Flat()")
        chosen[name] = as_prior(prior[key], block=name)
        used.add(key)
    twice = set(noise) & set(prior)
    if twice:
        raise PriorError(f"prior {twice.pop()!r}: expected one prior, got one here and one in the likelihood; drop one")
    clash = set(noise) & set(shapes)
    if clash:
        raise PriorError(f"block {clash.pop()!r}: expected one meaning, got a parameter of the model and of the noise")
    every = {**chosen, **noise}
    every.update(_hyper_blocks(every, {k: v for k, v in prior.items() if k not in used}))
    unused = set(prior) - used - set(every)
    if unused:
        raise PriorError(
            f"prior {sorted(unused)[0]!r}: expected a name or pattern of a block, got none of {', '.join(shapes)}"
        )
    blocks = tuple(_block(name, value, shapes) for name, value in every.items())
    _check_shapes(every, {block.name: block.shape for block in blocks})
    if all(block.fixed is not None for block in blocks):
        raise PriorError("priors: expected at least one free block, got numbers for all; nothing is left to estimate")
    parameters = Parameters(blocks)
    return parameters, JointPrior(parameters, {n: v for n, v in every.items() if not isinstance(v, np.ndarray)})


def _key_for(name: str, prior: Mapping[str, Any]) -> str | None:
    if name in prior:
        return name
    matching = [pattern for pattern in prior if fnmatchcase(name, pattern)]
    return matching[-1] if matching else None


def _hyper_blocks(priors: Mapping[str, object], rest: Mapping[str, Any]) -> dict[str, Distribution | Array]:
    """Blocks that no model has but some prior refers to, and those that these refer to in turn."""
    found: dict[str, Distribution | Array] = {}
    wanted = [name for prior in priors.values() for name in references(prior).values()]
    while wanted:
        name = wanted.pop(0)
        if name in priors or name in found:
            continue
        if name not in rest:
            raise PriorError(
                f"reference {name!r}: expected a block of that name, got none; add {name!r}: HalfCauchy(1)"
            )
        found[name] = as_prior(rest[name], block=name)
        wanted += references(found[name]).values()
    return found


def _block(name: str, value: Distribution | Array, shapes: Mapping[str, tuple[int, ...]]) -> Block:
    shape = shapes.get(name, getattr(value, "shape", ()))
    if isinstance(value, np.ndarray):
        _check_fit(f"fixed values of {name!r}", value.shape, shape)
        return Block(name, shape, Real(), fixed=np.broadcast_to(value, shape))
    return Block(name, shape, value.support)


def _check_shapes(priors: Mapping[str, object], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for name, prior in priors.items():
        if isinstance(prior, Family):
            for parameter, value in prior.parameters().items():
                size = shapes[value] if isinstance(value, str) else np.shape(value)
                _check_fit(f"prior of {name!r}, {parameter}", size, shapes[name])


def _check_fit(what: str, shape: tuple[int, ...], block: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(shape, block) == block
    except ValueError:
        fits = False
    if not fits:
        raise PriorError(f"{what}: expected a shape that broadcasts to the block's {block}, got {shape}")
