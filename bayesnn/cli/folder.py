"""The folder of a run: what was asked, with what, and what came out."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bayesnn.cli.config import RunFile
from bayesnn.cli.environment import environment
from bayesnn.cli.lines import Where
from bayesnn.cli.plain import as_json, write_text
from bayesnn.data.dataset import Dataset
from bayesnn.errors import FileError

_DRAWS_HANG_ON = ("seed", "data", "prior", "model", "likelihood", "inference")
_BUT_NOT_ON = {("inference", name) for name in ("estimates", "n_starts", "n_draws", "ess", "rhat", "max_seconds")}


@dataclass(frozen=True)
class RunFolder:
    """config.json, environment.json, fit.json, draws.h5, summary.json, compare.json, log.txt; comparison.json, which
    `load_results` reads, and report.html.
    """

    path: Path

    @property
    def draws(self) -> Path:
        """Where the draws are, or will be."""
        return self.path / "draws.h5"

    @property
    def comparison(self) -> Path:
        """Where the last comparison is, as `load_results` reads it."""
        return self.path / "comparison.json"

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """A JSON file."""
        write_text(self.path / name, as_json(content) + "\n")

    def log(self, text: str) -> None:
        """A line of log.txt, with the time."""
        with (self.path / "log.txt").open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n")


def open_folder(run: RunFile, data: Dataset) -> RunFolder:
    """The folder of a run, made on its first start; draws that are in it must be of the same problem.

    Raises
    ------
    ConfigError : the folder holds draws of another problem; says which key differs.
    FileError : a file where the folder should be.
    """
    folder = RunFolder(run.beside(run.config.output.folder))
    resolved = {"config": json.loads(json.dumps(asdict(run.config))), "data_sha256": fingerprint(data)}
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileError(f"{folder.path}: expected a folder, got a file; change [output] folder") from None
    if folder.draws.exists():
        _require_same(run, folder, resolved)
    folder.write("config.json", resolved)
    folder.write("environment.json", environment())
    return folder


def fingerprint(data: Dataset) -> str:
    """SHA-256 of the numbers of a table, in the units in which the model sees them."""
    digest = sha256()
    for part in (data.X, data.y, data.yerr, data.cov):
        digest.update(b"none" if part is None else f"{part.shape}{part.dtype.str}".encode() + part.tobytes())
    return digest.hexdigest()


def _require_same(run: RunFile, folder: RunFolder, new: dict[str, Any]) -> None:
    old = json.loads((folder.path / "config.json").read_text(encoding="utf-8"))
    made_with = f"with which {folder.draws} was made"
    before, now = _keys(old["config"]), _keys(new["config"])
    for where in now | before:
        if before.get(where) != now.get(where):
            why = f"{where[-1]}: expected {before.get(where)!r}, {made_with}, got {now.get(where)!r}"
            raise run.refused(where, f"{why}; change [output] folder, or remove the draws")
    if old["data_sha256"] != new["data_sha256"]:
        why = f"data: expected the table {made_with}, got another; change [output] folder, or remove the draws"
        raise run.refused(("data",), why)


def _keys(config: dict[str, Any]) -> dict[Where, Any]:
    """The values on which draws hang, by section and key."""
    sections = {name: config[name] for name in _DRAWS_HANG_ON}
    tables = {name: table for name, table in sections.items() if isinstance(table, dict)}
    numbers = {(name,): value for name, value in sections.items() if name not in tables}
    return numbers | {
        (name, key): value
        for name, table in tables.items()
        for key, value in table.items()
        if (name, key) not in _BUT_NOT_ON
    }
