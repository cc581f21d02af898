"""The main job as a person runs it, and what bad tables give."""

import json
import subprocess
import sys

import numpy as np
import pytest

import bayesnn as bnn
from tests.conftest import ROOT

SHORT = {
    "estimate_curve.py": (),
    "sample_posterior.py": ("--hidden", 2, "--warmup", 30, "--ess", 50, "--seconds", 1),
    "compare_models.py": ("--degrees", "0,1", "--hidden", "1", "--criteria", "bic"),
    "train_sgd.py": ("--hidden", 2, "--epochs", 20),
}
PROMISED = {
    "estimate_curve.py": {"estimate.json", "curve.png", "contour.png"},
    "sample_posterior.py": {"draws.h5", "predictive.png", "calibration.png", "trace.png"},
    "compare_models.py": {"comparison.json", "comparison.png", "average.png"},
    "train_sgd.py": {"training.png", "fit.png", "weights.npz"},
}


def run(*arguments: object, script: str = "reconstruct_hubble.py") -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
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
    assert bnn.load(tmp_path / "hz" / "draws.h5").theta.shape == (4, 64, 20, 49)
    assert summary["diagnosis"]["verdict"] in done.stdout


@pytest.mark.parametrize("script", SHORT)
def test_every_script_goes_from_a_table_to_what_it_promises(script: str, tmp_path) -> None:
    done = run("--out", tmp_path / "out", *SHORT[script], script=script)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == PROMISED[script]
    assert all(name in done.stdout for name in PROMISED[script])


@pytest.mark.parametrize("script", [path.name for path in (ROOT / "scripts").glob("*.py")])
def test_help_says_what_a_script_is_for(script: str) -> None:
    done = run("--help", script=script)
    assert done.returncode == 0
    assert (ROOT / "scripts" / script).read_text().splitlines()[0].strip('"')[:40] in done.stdout


def test_a_line_of_ones_own_is_that_of_least_squares(tmp_path) -> None:
    x = np.linspace(0, 4, 12)
    v = 1 + 2 * x + 0.3 * np.cos(9 * x)
    (tmp_path / "own.csv").write_text("t,v\n" + "\n".join(f"{a},{b}" for a, b in zip(x, v, strict=True)))
    done = run("--table", tmp_path / "own.csv", "--x", "t", "--y", "v", "--curve", "line", "--out", tmp_path,
               script="estimate_curve.py")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "estimate.json").read_text())
    design = np.column_stack([np.ones(12), x])
    best, (chi2,) = np.linalg.lstsq(design, v)[:2]
    np.testing.assert_allclose([found["estimate"]["a"], found["estimate"]["b"]], best, rtol=1e-6)
    errors = np.sqrt(chi2 / 10 * np.diag(np.linalg.inv(design.T @ design)))
    np.testing.assert_allclose([found["standard_error"]["a"], found["standard_error"]["b"]], errors, rtol=1e-5)
    assert found["interval"]["b"][0] < best[1] < found["interval"]["b"][1]


def test_classes_are_sampled_too(tmp_path) -> None:
    rows = [f"{x},{x * x},{'high' if x > 1 else 'low'}" for x in np.linspace(0, 2, 20).round(2)]
    (tmp_path / "own.csv").write_text("\n".join(["a,b,kind", *rows]))
    own = ("--table", tmp_path / "own.csv", "--target", "kind", "--out", tmp_path / "out")
    done = run(*own, *SHORT["sample_posterior.py"], script="sample_posterior.py")
    assert done.returncode == 0, done.stderr
    assert "accuracy=1.0" in done.stdout


@pytest.mark.parametrize("script", SHORT)
def test_a_table_that_is_not_there_is_one_line(script: str, tmp_path) -> None:
    done = run("--table", tmp_path / "nowhere.csv", "--out", tmp_path / "out", script=script)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "nowhere.csv" in done.stderr


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
