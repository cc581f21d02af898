"""A bar in a terminal, lines in a log, nothing when it is not wanted."""

import pytest

import bayesnn as bnn
from bayesnn.sampling import progress

SHORT = {"n_draws": 20, "n_warmup": 20, "n_walkers": 4, "n_ensembles": 2}


def test_a_log_gets_lines(network, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    bnn.sample(network(1, 2, 1), **SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 80
    assert lines[0].startswith("ensemble 1 of 2, step 1 of 40: warm-up, log posterior")
    assert "step 40 of 40: acceptance" in lines[-1]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_terminal_gets_a_bar(network, capsys, monkeypatch, wanted: bool) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    bnn.sample(network(1, 2, 1), progress=wanted, **SHORT)
    shown = capsys.readouterr().err
    assert ("100 % ensemble 2 of 2, step 40 of 40" in shown) is wanted
