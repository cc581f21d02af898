"""A bar in a terminal, lines in a log, nothing when it is not wanted."""

import re

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling import progress, session
from bayesnn.sampling.progress import Report

SHORT = {"n_draws": 40, "n_warmup": 20, "n_walkers": 4, "n_ensembles": 2}


def test_a_log_gets_lines_with_all_that_is_known(network, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    monkeypatch.setattr(session, "_FIGURES_EVERY", 0.0)
    monkeypatch.setattr(session, "_FIGURES_SHARE", 1e9)
    bnn.sample(network(1, 2, 1), **SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"step 1 of 60: warm-up, log posterior -?[\d.]+, \d+ s left", lines[0])
    assert re.fullmatch(
        r"step 60 of 60: acceptance [01]\.\d\d, log posterior -?[\d.]+, ESS \d+, R-hat \d\.\d{3}, 0 s left", lines[-1]
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_a_terminal_gets_a_bar(network, capsys, monkeypatch, wanted: bool) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    bnn.sample(network(1, 2, 1), progress=wanted, **SHORT)
    shown = capsys.readouterr().err
    assert ("100 % step 60 of 60" in shown) is wanted


def test_times_are_told_as_people_tell_them() -> None:
    def left(seconds: float) -> str:
        return str(Report(1, 9, 5, 0.0, -1.0, np.nan, np.nan, seconds)).split(", ")[-1]

    assert [left(s) for s in (0.4, 90, 600, 9000)] == ["0 s left", "90 s left", "10 min left", "2.5 h left"]
