"""Exit codes, and how a command ends: a sentence for people, JSON for machines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

from bayesnn.cli import plain
from bayesnn.errors import BayesnnError

FINE, REFUSED, NOT_CONVERGED, INTERRUPTED = 0, 2, 3, 130
EPILOG = (
    "Exit codes: 0 done; 2 a file, an option or the data were refused; 3 done, but not converged; 130 interrupted, "
    "what there was is kept."
)


@contextmanager
def ending(*, as_json: bool) -> Iterator[None]:
    """What is refused, or interrupted, inside ends the command with its code and one sentence."""
    try:
        yield
    except BayesnnError as error:
        _end(str(error), REFUSED, as_json=as_json)
    except KeyboardInterrupt:
        _end(
            "interrupted; what was written is kept, and the same command goes on from there",
            INTERRUPTED,
            as_json=as_json,
        )


def say(text: str, content: Mapping[str, Any], *, as_json: bool) -> None:
    """The result on standard output."""
    typer.echo(plain.as_json(content) if as_json else text)


def _end(sentence: str, code: int, *, as_json: bool) -> None:
    if as_json:
        typer.echo(plain.as_json({"error": sentence, "exit_code": code}))
    Console(stderr=True, highlight=False).print(f"[bold red]error:[/] {_escaped(sentence)}", soft_wrap=True)
    raise typer.Exit(code)


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
