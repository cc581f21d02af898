"""A bar in a terminal, lines in a log, nothing when it is not wanted."""

import io
import re
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import bayesnn as bnn
from bayesnn.diagnostics.convergence import convergence
from bayesnn.sampling import progress, session
from bayesnn.sampling.progress import Report
from tests.conftest import ROOT

SHORT = {"n_draws": 40, "n_warmup": 20, "n_walkers": 4, "n_ensembles": 2}


def test_a_log_gets_lines_with_all_that_is_known(network, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    monkeypatch.setattr(session, "_FIGURES_EVERY", 0.0)
    monkeypatch.setattr(session, "_FIGURES_SHARE", 1e9)
    bnn.sample(network(1, 2, 1), **SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"step 1 of 60: warm-up, \d+ s left, log posterior -?[\d.]+", lines[0])
    assert re.fullmatch(
        r"step 60 of 60: ESS \d+, R-hat \d\.\d{3}, 0 s left, acceptance [01]\.\d\d, log posterior -?[\d.]+", lines[-1]
    )


class Closed(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError("nobody reads")


def test_a_stream_that_is_closed_ends_the_bar_not_the_run(network, monkeypatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    monkeypatch.setattr(sys, "stderr", Closed())
    assert bnn.sample(network(1, 2, 1), **SHORT).n_draws == 40


@pytest.mark.parametrize("wanted", [True, False])
def test_a_terminal_gets_a_bar(network, capsys, monkeypatch, wanted: bool) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    bnn.sample(network(1, 2, 1), progress=wanted, **SHORT)
    shown = capsys.readouterr().err
    assert ("100 % step 60 of 60" in shown) is wanted


def test_a_narrow_terminal_shows_what_one_looks_for(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    report = Report(1234, 2000, 500, 0.85, -1234.5, 12345.0, 1.012, 600.0)
    for width in (60, 80, 100, 140):
        monkeypatch.setenv("COLUMNS", str(width))
        with progress.show_progress(True) as show:
            show(report)
        shown = capsys.readouterr().err.split("\r")[-1]
        assert "step 1234 of 2000: ESS 12345, R-hat 1.012, 10 min left" in shown, width
        assert ("62 %" in shown) is (width > 60)
        assert ("log posterior -1234.5" in shown) is (width > 80)
        assert ("━" in shown) is (width > 100)


@pytest.mark.parametrize("n_draws", [1, 2, 3, 4, 40])
def test_the_last_figures_are_those_of_all_draws(network, capsys, monkeypatch, n_draws: int) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    draws = bnn.sample(network(1, 2, 1), **{**SHORT, "n_draws": n_draws})
    found = convergence(draws.log_prob[..., None])
    last = capsys.readouterr().err.splitlines()[-1]
    assert (f"ESS {found.ess_bulk[0]:.0f}, R-hat {found.rhat[0]:.3f}" in last) is bool(np.isfinite(found.rhat[0]))
    assert n_draws < 40 or "R-hat" in last


CELL = """
import bayesnn as bnn
post = bnn.FunctionPosterior(lambda p: -p**2, {"p": bnn.Normal(0, 1)})
draws = bnn.sample(post, n_draws=40, n_warmup=20, n_walkers=4, n_ensembles=2)
"""


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_a_notebook_gets_one_output_that_is_replaced() -> None:
    """And needs no ipywidgets for it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT)}}).execute()
    [shown] = notebook.cells[0].outputs
    assert shown.data["text/plain"].startswith("step 60 of 60: ESS ")
    assert shown.data["text/html"].startswith('<progress value="60" max="60"></progress> step 60 of 60: ESS ')


def test_times_are_told_as_people_tell_them() -> None:
    def left(seconds: float) -> str:
        return str(Report(1, 9, 5, 0.0, -1.0, np.nan, np.nan, seconds)).split(", ")[1]

    assert [left(s) for s in (0.4, 90, 600, 9000)] == ["0 s left", "90 s left", "10 min left", "2.5 h left"]
