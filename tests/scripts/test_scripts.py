"""The main job as a person runs it, and what bad tables give."""

import json
import subprocess
import sys

import pytest

import bayesnn as bnn
from tests.conftest import ROOT

SCRIPT = ROOT / "scripts" / "reconstruct_hubble.py"


def run(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"MPLBACKEND": "Agg", "HOME": "/tmp"}
    )


def test_scripts_are_short() -> None:
    for script in (ROOT / "scripts").glob("*.py"):
        assert len(script.read_text().splitlines()) <= 60, script


def test_the_main_job_leaves_what_it_promises(tmp_path) -> None:
    done = run("--out", tmp_path / "hz", "--draws", 20)
    assert done.returncode == 0, done.stderr
    files = {"summary.json", "draws.h5", "predictive.png", "trace.png", "evidence.png"}
    assert {path.name for path in (tmp_path / "hz").iterdir()} == files
    summary = json.loads((tmp_path / "hz" / "summary.json").read_text())
    log_posterior = {name: estimate["log_posterior"] for name, estimate in summary["estimates"].items()}
    assert 0 <= log_posterior["MAP"] - log_posterior["SGD + weight decay"] < 0.05
    assert summary["evidence"]["degree 1"]["log_z"] == pytest.approx(-18.272952, abs=1e-6)
    assert bnn.load(tmp_path / "hz" / "draws.h5").theta.shape == (4, 16, 20, 49)
    assert summary["diagnosis"]["verdict"] in done.stdout


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("z,H\n0.1,70\n0.2,80\n", "column 'sigma'"),
        ("z,H,sigma\n0.1,nan,5\n0.2,80,5\n", "column 'H', data row 1"),
        ("z,H,sigma\nnan,70,5\n0.2,80,5\n", "column 'z', data row 1"),
        ("z,H,sigma\n0.1,70,0\n0.2,80,5\n", "positive standard deviations"),
        ("z,H,sigma\n0.1,70,-5\n0.2,80,5\n", "positive standard deviations"),
        ("z,H,sigma\n0.1,70,5\n0.2,80\n", "expected 3 columns, got 2"),
        ("", "empty table"),
        ("z,H,sigma\n0.1,seventy,5\n0.2,80,5\n", "the text 'seventy'"),
        ("z,H,sigma\n0.1,70,5\n", "at least two rows"),
    ],
)
def test_bad_input_is_one_clear_line_and_no_traceback(tmp_path, table: str, message: str) -> None:
    (tmp_path / "table.csv").write_text(table)
    done = run("--table", tmp_path / "table.csv", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
