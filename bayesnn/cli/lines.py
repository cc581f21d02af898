"""On which line of a TOML file a key stands, which tomllib does not tell."""

import re
from collections.abc import Iterator

Where = tuple[str, ...]
"""The names from the top of the file to a key: ("data", "target")."""

_HEADER = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?P<name>"[^"]*"|'[^']*'|[\w.-]+)\s*=""")
_PART = re.compile(r""""[^"]*"|'[^']*'|[^.\s]+""")


def line_of(text: str, where: Where) -> int:
    """The line, from 1, of that key, or else of the table in which it should be, or else 1."""
    lines = {name: number for number, name in reversed(list(_names(text)))}
    return next((lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in lines), 1)


def _names(text: str) -> Iterator[tuple[int, Where]]:
    """Every header and every key with its number; text in triple quotes is not looked through."""
    table: Where = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header["name"])
            yield number, table
        elif key := _KEY.match(line):
            name = key["name"]
            yield number, (*table, *_parts(name))


def _parts(name: str) -> Where:
    return tuple(part.strip("\"'") for part in _PART.findall(name))
