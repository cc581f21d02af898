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
from bayesnn.data.dataset import Dataset
from bayesnn.errors import FileError

_DESCRIBES = ("data", "prior", "model", "likelihood", "inference", "seed")
"""What draws hang on; the rest may change from one start to the next."""


@dataclass(frozen=True)
class RunFolder:
    """config.json, environment.json, fit.json, draws.h5, summary.json, compare.json, log.txt."""

    path: Path

    @property
    def draws(self) -> Path:
        """Where the draws are, or will be."""
        return self.path / "draws.h5"

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """A JSON file."""
        (self.path / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def log(self, text: str) -> None:
        """A line of log.txt, with the time."""
        with (self.path / "log.txt").open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}\n")


def open_folder(run: RunFile, data: Dataset) -> RunFolder:
    """The folder of a run, made on its first start; on a later one it must be of the same problem.

    Raises
    ------
    ConfigError : the folder holds a run of another problem; says what differs.
    FileError : a file where the folder should be.
    """
    folder = RunFolder(run.beside(run.config.output.folder))
    resolved = {"config": json.loads(json.dumps(asdict(run.config))), "data_sha256": fingerprint(data)}
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileError(f"{folder.path}: expected a folder, got a file; change [output] folder") from None
    known = folder.path / "config.json"
    if known.exists():
        _require_same(run, json.loads(known.read_text(encoding="utf-8")), resolved, folder)
    folder.write("config.json", resolved)
    folder.write("environment.json", environment())
    return folder


def fingerprint(data: Dataset) -> str:
    """SHA-256 of the numbers of a table, in the units in which the model sees them."""
    digest = sha256()
    for part in (data.X, data.y, data.yerr, data.cov):
        digest.update(b"none" if part is None else f"{part.shape}{part.dtype.str}".encode() + part.tobytes())
    return digest.hexdigest()


def _require_same(run: RunFile, old: dict[str, Any], new: dict[str, Any], folder: RunFolder) -> None:
    differing = [name for name in _DESCRIBES if old["config"].get(name) != new["config"][name]]
    if differing:
        why = (
            f"[{differing[0]}]: expected what the run in {folder.path} began with, "
            f"{old['config'].get(differing[0])}, got {new['config'][differing[0]]}; change [output] folder"
        )
        raise run.refused((differing[0],), why)
    if old["data_sha256"] != new["data_sha256"]:
        why = f"data: expected the table with which the run in {folder.path} began, got another; change [output] folder"
        raise run.refused(("data",), why)
