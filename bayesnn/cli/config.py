"""The TOML file of a run: what may stand in it, and where it does not fit."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bayesnn.cli.lines import Where, line_of
from bayesnn.errors import BayesnnError, ConfigError, FileError

Number = int | float
Section = TypeVar("Section")
Refuse = Callable[[Where, str], ConfigError]


@dataclass(frozen=True)
class DataSection:
    """[data]: a file beside the TOML file, or a bundled data set."""

    file: str | None = None
    dataset: str | None = None
    target: str | None = None
    features: tuple[str, ...] | None = None
    yerr: str | None = None
    covariance: str | None = None
    standardize: bool = True


@dataclass(frozen=True)
class ModelSection:
    """[model]: a network, or a polynomial."""

    hidden: tuple[int, ...] | None = None
    activation: str | tuple[str, ...] = "tanh"
    polynomial: int | None = None


@dataclass(frozen=True)
class LikelihoodSection:
    """[likelihood]: how y scatters."""

    kind: str = "gaussian"
    sigma: str | Number | None = None
    jitter: str | None = None
    df: Number = 4.0


@dataclass(frozen=True)
class InferenceSection:
    """[inference]: what `fit` and `sample` do."""

    estimates: tuple[str, ...] = ("map",)
    n_starts: int = 4
    n_draws: int | None = None
    n_warmup: int | None = None
    n_ensembles: int = 4
    n_walkers: int | None = None
    moves: str = "auto"
    ess: Number | None = None
    rhat: Number | None = None
    max_seconds: Number | None = None


@dataclass(frozen=True)
class CompareSection:
    """[compare]: the evidence of this model beside others."""

    method: str = "smc"
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputSection:
    """[output]: the folder of the run, beside the TOML file."""

    folder: str = "run"
    level: float = 0.9


@dataclass(frozen=True)
class Config:
    """A whole file: `prior` and `models` have keys of the user's own."""

    data: DataSection
    prior: Mapping[str, Any]
    model: ModelSection = field(default_factory=ModelSection)
    likelihood: LikelihoodSection = field(default_factory=LikelihoodSection)
    inference: InferenceSection = field(default_factory=InferenceSection)
    compare: CompareSection = field(default_factory=CompareSection)
    output: OutputSection = field(default_factory=OutputSection)
    models: Mapping[str, ModelSection] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class RunFile:
    """A TOML file as it was read, with the lines of its keys."""

    path: Path
    text: str
    config: Config

    @contextmanager
    def at(self, *where: str) -> Iterator[None]:
        """What is refused inside is refused on the line of that key."""
        try:
            yield
        except ConfigError:
            raise
        except BayesnnError as error:
            raise self.refused(where, str(error)) from error

    def refused(self, where: Where, why: str) -> ConfigError:
        """An error that says the line of a key."""
        return _refused(self.path, self.text, where, why)

    def beside(self, name: str) -> Path:
        """A file or folder as the TOML file names it."""
        return self.path.parent / name


def read_config(path: Path) -> RunFile:
    """The file, checked key by key.

    Raises
    ------
    FileError : nothing of that name, or not text.
    ConfigError : not TOML, an unknown or a missing key, a value of the wrong type; with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(f"{path}: expected a run file, got nothing of that name; `bayesnn init` writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: expected a run file, got {error}") from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: expected TOML, got: {error}; text goes in quotes, a list in brackets") from None
    return RunFile(path, text, _config(path, text, found))


def _config(path: Path, text: str, found: dict[str, Any]) -> Config:
    def refuse(where: Where, why: str) -> ConfigError:
        return _refused(path, text, where, why)

    types = {"data": DataSection, "model": ModelSection, "likelihood": LikelihoodSection, "inference": InferenceSection}
    types |= {"compare": CompareSection, "output": OutputSection}
    known = {f.name for f in fields(Config)}
    for name, value in found.items():
        if name not in known:
            raise refuse((name,), _unknown(name, known))
        if name != "seed" and not isinstance(value, dict):
            raise refuse((name,), f"{name}: expected a table, [{name}], got {value!r}")
    for name, example in {"data": 'dataset = "hz"', "prior": '"*" = "Normal(0, 1)"'}.items():
        if name not in found:
            raise refuse((name,), f"[{name}]: expected this table, got none; add [{name}] and {example}, say")
    seed = found.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise refuse(("seed",), f"seed: expected a whole number >= 0, got {seed!r}; 0, say")
    sections: dict[str, Any] = {
        name: _section(cls, found.get(name, {}), (name,), refuse) for name, cls in types.items()
    }
    models = {
        name: _section(ModelSection, table, ("models", name), refuse) for name, table in found.get("models", {}).items()
    }
    return Config(**sections, prior=found["prior"], models=models, seed=seed)


def _section(cls: type[Section], table: Any, where: Where, refuse: Refuse) -> Section:
    """A table as its section."""
    hints, known = get_type_hints(cls), [f.name for f in fields(cls)]  # type: ignore[arg-type]
    if not isinstance(table, dict):
        raise refuse(where, f"{where[-1]}: expected a table, [{'.'.join(where)}], got {table!r}")
    for name, value in table.items():
        if name not in known:
            raise refuse((*where, name), _unknown(name, known))
        if not _fits(value, hints[name]):
            wanted = _said(hints[name])
            raise refuse((*where, name), f"{name}: expected {wanted}, got {value!r} ({type(value).__name__})")
    return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})


def _fits(value: Any, hint: Any) -> bool:
    """Is a value of TOML one of that type? A whole number is a float too; true and false are no numbers."""
    if isinstance(hint, UnionType):
        return any(_fits(value, option) for option in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    return type(value) is hint or (hint is float and type(value) is int)


def _said(hint: Any) -> str:
    """A type in words."""
    if isinstance(hint, UnionType):
        return " or ".join(dict.fromkeys(_said(option) for option in get_args(hint) if option is not NoneType))
    if get_origin(hint) is tuple:
        return f"a list of {'whole numbers' if get_args(hint)[0] is int else 'texts'}"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[hint]


def _unknown(name: str, known: Any) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "remove it"
    return f"{name}: expected one of {', '.join(sorted(known))}, got an unknown key; {hint}"


def _refused(path: Path, text: str, where: Where, why: str) -> ConfigError:
    return ConfigError(f"{path}, line {line_of(text, where)}: {why}")
