"""The commands. Each imports what it needs when it runs, so that `bayesnn --help` is quick."""

from pathlib import Path
from typing import Annotated

import typer

from bayesnn.cli.exits import EPILOG, NOT_CONVERGED, ending, say

app = typer.Typer(
    name="bayesnn",
    help="Estimation and Bayesian inference for curves and small networks: one TOML file a run, one folder a result.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Run = Annotated[Path, typer.Argument(help="The TOML file of the run.", metavar="RUN.toml")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


@app.command(epilog="Example: bayesnn init hubble && bayesnn sample hubble.toml")
def init(
    name: Annotated[str, typer.Argument(help="Of the run; NAME.toml is written.")],
    data: Annotated[str | None, typer.Option(help="A table to begin from; left out, the bundled Hubble rates.")] = None,
    as_json: Json = False,
) -> None:
    """Write a commented TOML file to begin from."""
    from bayesnn.cli.template import write_template

    with ending(as_json=as_json):
        path = write_template(Path(name), table=None if data is None else Path(data))
        say(f"Written: {path}. Edit it, then: bayesnn sample {path}", {"written": str(path)}, as_json=as_json)


@app.command(epilog="Example: bayesnn fit run.toml")
def fit(run: Run, as_json: Json = False) -> None:
    """Point estimates: MAP, maximum likelihood, Laplace's intervals; fit.json."""
    from bayesnn.cli.work import fit_run

    with ending(as_json=as_json):
        done = fit_run(run)
        say(done.text, done.content, as_json=as_json)
        _unless_converged(done.converged)


@app.command(epilog="Example: bayesnn sample run.toml; the same again returns what is there.")
def sample(run: Run, as_json: Json = False, quiet: Quiet = False) -> None:
    """Draws from the posterior, and whether they have converged; draws.h5, summary.json."""
    from bayesnn.cli.work import sample_run

    with ending(as_json=as_json):
        done = sample_run(run, progress=not (quiet or as_json))
        say(done.text, done.content, as_json=as_json)
        _unless_converged(done.converged)


@app.command(epilog="Example: bayesnn compare line.toml network.toml; or \\[models.NAME] tables in one file.")
def compare(
    runs: Annotated[list[Path], typer.Argument(help="TOML files, of the same data.", metavar="RUN.toml...")],
    as_json: Json = False,
) -> None:
    """Evidence of several models of one data set; compare.json."""
    from bayesnn.cli.work import compare_runs

    with ending(as_json=as_json):
        done = compare_runs(runs)
        say(done.text, done.content, as_json=as_json)


@app.command(epilog="Example: bayesnn predict run.toml new.csv --out predictions.csv")
def predict(
    run: Run,
    table: Annotated[Path | None, typer.Argument(help="New rows; left out, the rows of the run.")] = None,
    out: Annotated[Path | None, typer.Option(help="A CSV file to write; left out, standard output.")] = None,
    as_json: Json = False,
) -> None:
    """Predictions for new rows from the draws of a run, or its MAP estimate before there are any."""
    from bayesnn.cli.plain import write_text
    from bayesnn.cli.work import predict_run

    with ending(as_json=as_json):
        done = predict_run(run, table)
        if out is None or as_json:
            say(done.text, done.content, as_json=as_json)
        if out is not None:
            write_text(out, done.text + "\n")
        _unless_converged(done.converged)


@app.command(epilog="Example: bayesnn report run.toml; of a folder alone, what needs no model: bayesnn report runs/hz")
def report(
    run: Annotated[Path, typer.Argument(help="The TOML file of the run, or its folder.", metavar="RUN.toml")],
    out: Annotated[Path | None, typer.Option(help="The page; left out, report.html in the folder of the run.")] = None,
    as_json: Json = False,
) -> None:
    """One HTML page of a run, which needs nothing else; report.html."""
    from bayesnn.cli.work import report_run

    with ending(as_json=as_json):
        done = report_run(run, out)
        say(done.text, done.content, as_json=as_json)
        _unless_converged(done.converged)


@app.command(epilog="Example: bayesnn datasets --json")
def datasets(as_json: Json = False) -> None:
    """What data are bundled."""
    from bayesnn.data.bundled import list_datasets

    found = list_datasets()
    say("\n".join(f"{name:<10} {about}" for name, about in found.items()), found, as_json=as_json)


@app.command(epilog="Example: bayesnn doctor")
def doctor(as_json: Json = False) -> None:
    """Versions, BLAS and threads: what to send with a report of a fault."""
    from bayesnn.cli.environment import described, environment

    found = environment()
    say(described(found), found, as_json=as_json)


def _unless_converged(converged: bool) -> None:
    if not converged:
        raise typer.Exit(NOT_CONVERGED)
