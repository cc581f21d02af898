"""The folder of a run of the command line, as far as it can be read without its run file."""

import json
from pathlib import Path

from bayesnn.errors import FileError
from bayesnn.reporting.results import Results
from bayesnn.sampling.archive import load

_ALONE = (
    "The folder does not hold the model and its data: what needs them is left out. Pass Results(draws=load(path, "
    "posterior=...)) for the whole page."
)


def from_folder(path: str | Path) -> Results:
    """Results of draws.h5, with config.json where there is one.

    Raises
    ------
    FileError : no folder, no draws in it, or files that are damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileError(f"run {folder}: expected a folder with draws.h5, got none of that name; check the path")
    draws = load(folder / "draws.h5")
    return Results(draws=draws, config=_config(folder / "config.json"), notes=(_ALONE,))


def _config(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileError(f"{path}: expected JSON, got {error}; write it anew, or remove it") from None
    if not isinstance(found, dict):
        raise FileError(f"{path}: expected settings by name, got a {type(found).__name__}; remove it")
    return found
