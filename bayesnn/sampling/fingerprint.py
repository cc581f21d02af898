"""What a run is of: if any of this differs, its draws are not to be continued."""

from hashlib import sha256

import numpy as np
from emcee.moves import Move

from bayesnn.data.dataset import Dataset
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.gather import names_of
from bayesnn.sampling.moves.tuned import TunedMove

Fingerprint = dict[str, str]


def fingerprint(
    posterior: LogDensity,
    moves: list[tuple[Move, float]],
    *,
    start: Array | None,
    seed: str,
    settings: dict[str, int | str],
) -> Fingerprint:
    """Settings by the names that a user knows them by; values of the density are compared apart from these."""
    names = names_of(posterior)
    return {
        "parameters": f"{len(names)}: {', '.join(names[:3])} ... {_digest(np.array(names))}",
        "data": mark_of(posterior.data if isinstance(posterior, Posterior) else None),
        "moves": " + ".join(f"{weight:g} {_settings(move)}" for move, weight in moves),
        "start": "left out" if start is None else _digest(np.asarray(start, dtype=np.float64)),
        "rng": seed,
        **{name: str(value) for name, value in settings.items()},
    }


def mark_of(data: Dataset | None) -> str:
    """A table in few letters."""
    return "none" if data is None else f"{data.n_rows} rows, {_digest(data.X, data.y, data.yerr, data.cov)}"


def as_passed(seed: str) -> str:
    """What to pass for `rng` to have this seed again, be it one that was drawn from a Generator or from the clock."""
    entropy, _, spawn_key = seed.partition(", child ")
    return f"np.random.SeedSequence({entropy}, spawn_key={spawn_key})" if spawn_key else entropy


def _settings(move: object) -> str:
    """The name of a move, or of a part of one, and what it was given; moves inside, too."""
    public = {key: value for key, value in vars(move).items() if not key.startswith("_") and key != "n_divergent"}
    told = {key: _told(value) for key, value in sorted(public.items())}
    given = ", ".join(f"{key}={value}" for key, value in told.items() if value)
    tuned = f" {_digest(np.array(list(move.state())), *move.state().values())}" if isinstance(move, TunedMove) else ""
    return f"{type(move).__name__}({given}){tuned}"


def _told(value: object) -> str:
    """Numbers, words and arrays; moves and what emcee's are made of; nothing of what else a user's move may hold."""
    if isinstance(value, int | float | str | None):
        return str(value)
    if isinstance(value, np.ndarray):
        return _digest(value)
    return _settings(value) if isinstance(value, Move) or type(value).__module__.startswith("emcee.") else ""


def _digest(*arrays: Array | None) -> str:
    found = sha256()
    for array in arrays:
        if array is not None:
            text = array.astype("U") if array.dtype.kind == "O" else array
            found.update(f"{text.dtype.str}{text.shape}".encode() + np.ascontiguousarray(text).tobytes())
    return found.hexdigest()[:12]
