"""Which block has which prior."""

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from operator import index
from typing import Any

import numpy as np

from bayesnn.distributions.coerce import as_prior
from bayesnn.distributions.family import Family
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.joint_family import JointFamily
from bayesnn.distributions.supports import Real
from bayesnn.errors import PriorError
from bayesnn.posterior.joint_prior import JointPrior
from bayesnn.posterior.named_block import Block
from bayesnn.posterior.order import in_order
from bayesnn.posterior.parameters import Parameters
from bayesnn.posterior.prior_terms import references
from bayesnn.posterior.ties import SameAs, Tie
from bayesnn.protocols import Array, Distribution

_N_TRIED = 7
"""Values of each block at once, with which a tie is tried."""

Entry = Distribution | Array | Tie
"""What a block may be given: a prior, its fixed values, or a tie to other blocks."""
Priors = Mapping[str, Any] | Distribution
"""By name or pattern of a block, or one for all."""


def assign(
    prior: Priors,
    shapes: Mapping[str, tuple[int, ...] | None],
    noise: Mapping[str, Distribution],
    *,
    free: Collection[str] = (),
) -> tuple[Parameters, JointPrior]:
    """Give every block its prior: names, patterns, numbers, tuples, ties, and hyper-parameters by reference.

    An exact name goes before a pattern, a later pattern before an earlier one. Patterns speak of the model's
    blocks only; the likelihood brings the priors of its own unknowns. A shape that is None is the prior's own. One
    prior in place of the mapping is that of all blocks which it does not leave `free`.

    Raises
    ------
    PriorError : a block without a prior, a prior that matches no block, a reference to no block or in a circle, a tie
        that is not analytic.
    """
    chosen = prior if isinstance(prior, Mapping) else {"*": prior, **dict.fromkeys(free, Flat())}
    every = _entries(chosen, shapes, noise)
    order = in_order({name: _needs(entry) for name, entry in every.items()})
    found: dict[str, Block] = {}
    for name in order:
        found[name] = _block(name, every[name], shapes.get(name), found)
    blocks = tuple(found[name] for name in every)
    _check_shapes(every, {block.name: block.shape for block in blocks})
    if not any(block.is_free for block in blocks):
        raise PriorError("priors: expected at least one free block, got numbers for all; nothing is left to estimate")
    parameters = Parameters(blocks)
    joint = JointPrior(parameters, {name: entry for name, entry in every.items() if isinstance(entry, Distribution)})
    _check_ties(parameters, joint)
    return parameters, joint


def _entries(
    prior: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...] | None], noise: Mapping[str, Distribution]
) -> dict[str, Entry]:
    """The entry of each block, those of the model first, then the noise, then hyper-parameters."""
    chosen, used = {}, set()
    for name in shapes:
        key = _key_for(name, prior)
        if key is None:
            raise PriorError(f"block {name!r}: expected a prior, got none; add {name!r}: Normal(0, 1), say, or Flat()")
        chosen[name] = _entry(prior[key], block=name)
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
    return every


def _entry(value: object, *, block: str) -> Entry:
    if isinstance(value, str):
        return SameAs((value,))
    return value if isinstance(value, Tie) else as_prior(value, block=block)


def _needs(entry: Entry) -> Collection[str]:
    """Blocks without which this one has no prior or no value."""
    return entry.sources if isinstance(entry, Tie) else references(entry).values()


def _key_for(name: str, prior: Mapping[str, Any]) -> str | None:
    if name in prior:
        return name
    matching = [pattern for pattern in prior if fnmatchcase(name, pattern)]
    return matching[-1] if matching else None


def _hyper_blocks(priors: Mapping[str, Entry], rest: Mapping[str, Any]) -> dict[str, Entry]:
    """Blocks that no model has but some prior or tie refers to, and those that these refer to in turn."""
    found: dict[str, Entry] = {}
    wanted = [(name, block) for block, entry in priors.items() for name in _needs(entry)]
    while wanted:
        name, block = wanted.pop(0)
        if name in priors or name in found:
            continue
        if name not in rest:
            raise PriorError(
                f"block {block!r}, reference {name!r}: expected a block of that name, got none; "
                f"add {name!r} with a prior or a number"
            )
        found[name] = _entry(rest[name], block=name)
        wanted += [(source, name) for source in _needs(found[name])]
    return found


def _block(name: str, entry: Entry, given: tuple[int, ...] | None, found: Mapping[str, Block]) -> Block:
    own = _tied_shape(name, entry, found) if isinstance(entry, Tie) else _own_shape(name, entry)
    shape = own if given is None else given
    _check_fit(f"block {name!r}", own, shape)
    if isinstance(entry, Tie):
        return Block(name, shape, Real(), tie=entry)
    if isinstance(entry, np.ndarray):
        return Block(name, shape, Real(), fixed=np.broadcast_to(entry, shape))
    return Block(name, shape, entry.support)


def _own_shape(name: str, entry: object) -> tuple[int, ...]:
    """What a prior or an array says of its shape; a whole number is a vector's length."""
    shape = getattr(entry, "shape", ())
    try:
        return tuple(index(n) for n in (shape if isinstance(shape, Sequence) else (shape,)))
    except TypeError:
        raise PriorError(
            f"block {name!r}: expected shape= of whole numbers, got {shape!r}; shape=3 or (3, 2)"
        ) from None


def _tied_shape(name: str, tie: Tie, found: Mapping[str, Block]) -> tuple[int, ...]:
    """The shape that a tie gives, from a call with numbers that mean nothing."""
    try:
        with np.errstate(all="ignore"):
            values = tie.values([np.full((_N_TRIED, *found[source].shape), 0.5) for source in tie.sources])
    except (TypeError, ValueError, IndexError) as error:
        raise PriorError(
            f"tie of {name!r}: {error}; it is called with M values of each block at once, along the first axis"
        ) from error
    return values.shape[1:]


def _check_shapes(entries: Mapping[str, Entry], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for name, entry in entries.items():
        if isinstance(entry, JointFamily) and shapes[name][-1:] != entry.shape[-1:]:
            raise PriorError(
                f"prior of {name!r}: expected vectors as long as the block's last axis, shape {shapes[name]}, got a "
                f"{type(entry).__name__} of {entry.shape[-1]}"
            )
        if isinstance(entry, Family):
            for parameter, value in entry.parameters().items():
                size = shapes[value] if isinstance(value, str) else np.shape(value)
                _check_fit(f"prior of {name!r}, {parameter}", size, shapes[name])


def _check_ties(parameters: Parameters, joint: JointPrior) -> None:
    """At draws of the prior; a rule that holds there is taken to hold everywhere."""
    if parameters.ties:
        with np.errstate(all="ignore"):
            natural = parameters.natural(joint.sample(np.random.default_rng(0), _N_TRIED))
            for block, tie, sources in parameters.ties:
                tie.check(block.name, [parameters.take(natural, source) for source in sources])


def _check_fit(what: str, shape: tuple[int, ...], block: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(shape, block) == block
    except ValueError:
        fits = False
    if not fits:
        raise PriorError(f"{what}: expected a shape that broadcasts to the block's {block}, got {shape}")
