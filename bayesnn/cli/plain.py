"""Results as files: JSON without NaN, and text."""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from bayesnn.errors import FileError


def as_json(content: Mapping[str, Any]) -> str:
    """JSON, in which numbers that are not finite are null."""
    return json.dumps(_plain(content), indent=2, allow_nan=False)


def write_text(path: Path, text: str) -> None:
    """A file; a FileError where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path}: expected a place to write, got {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
