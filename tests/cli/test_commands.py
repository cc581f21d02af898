"""The command line: every command, every refusal with its line, exit codes, a second start."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

typer = pytest.importorskip("typer")

from typer.testing import CliRunner, Result  # noqa: E402

import bayesnn as bnn  # noqa: E402
from bayesnn.cli.app import app  # noqa: E402

LINE = """\
seed = 1
[data]
dataset = "hz"
[model]
polynomial = 1
[prior]
"*" = "Normal(0, 1)"
[inference]
n_draws = 100
n_warmup = 80
n_walkers = 16
[output]
folder = "kept"
[compare]
method = "exact"
[models.flat]
polynomial = 0
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A straight line through the bundled data, conjugate."""
    path = tmp_path / "line.toml"
    path.write_text(LINE)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """y = 1 + 2 x with noise, and a column of its errors."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 5, 20)
    rows = np.column_stack([x, 1 + 2 * x + 0.1 * rng.standard_normal(20), np.full(20, 0.1)])
    path = tmp_path / "table.csv"
    np.savetxt(path, rows, delimiter=",", header="x,y,s", comments="")
    return path


def own(table: Path, **sections: str) -> Path:
    """A run file for a table; sections replace those of the same name."""
    texts = {
        "data": f'file = "{table.name}"\ntarget = "y"\nfeatures = ["x"]\nyerr = "s"',
        "model": "hidden = []",
        "prior": '"*" = "Normal(0, 1)"',
        "inference": 'n_draws = 100\nn_warmup = 60\nmoves = "hmc"',
        **sections,
    }
    path = table.with_name("own.toml")
    path.write_text("".join(f"[{name}]\n{text}\n" for name, text in texts.items()))
    return path


def test_init_writes_a_file_that_runs(tmp_path: Path) -> None:
    result = run("init", tmp_path / "new")
    path = tmp_path / "new.toml"
    assert result.exit_code == 0
    assert tomllib.loads(path.read_text())["data"] == {"dataset": "hz"}
    assert run("fit", path).exit_code == 0
    again = run("init", tmp_path / "new")
    assert (again.exit_code, "expected a new name" in again.stderr) == (2, True)


def test_every_comment_of_the_template_is_a_key_that_is_known(tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    path = tmp_path / "new.toml"
    keys = [
        text[2:] if text.startswith(("# ", "#  ")) and " = " in text else text for text in path.read_text().split("\n")
    ]
    without = ("file", "target", "features", "yerr", "covariance", "polynomial", "jitter", '"W2"', "tau", "sigma")
    kept = [key for key in keys if not key.lstrip("# ").startswith(without)]
    (tmp_path / "all.toml").write_text("\n".join(kept).replace("# [models", "[models"))
    assert run("fit", tmp_path / "all.toml").exit_code == 0


def test_init_by_the_name_of_a_table_says_how_to_begin_from_it(table: Path) -> None:
    """It would else begin from the bundled rates, and nobody would notice."""
    result = run("init", table)
    assert (result.exit_code, f"--data {table}" in " ".join(result.stderr.split())) == (2, True)
    assert not table.with_name(f"{table.name}.toml").exists()


def test_init_for_a_table_takes_its_columns(table: Path) -> None:
    path = table.with_name("mine.toml")
    assert run("init", path, "--data", table).exit_code == 0
    found = tomllib.loads(path.read_text())
    assert found["data"] == {"file": "table.csv", "target": "y", "features": ["x"], "yerr": "s"}
    assert "sigma" not in found["likelihood"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("z,H,sigma_H", {"target": "H", "features": ["z"], "yerr": "sigma_H"}),
        ("a,b,y", {"target": "y", "features": ["a", "b"]}),
        ("age,sd,price_err,price", {"target": "price", "features": ["age", "sd"], "yerr": "price_err"}),
        ("x,s", {"target": "s", "features": ["x"]}),
        ("x,speed", {"target": "speed", "features": ["x"]}),
    ],
)
def test_init_knows_errors_by_their_name(tmp_path: Path, header: str, expected: dict) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n{','.join('1234'[: header.count(',') + 1])}\n")
    assert run("init", tmp_path / "t", "--data", tmp_path / "t.csv").exit_code == 0
    found = tomllib.loads((tmp_path / "t.toml").read_text())
    assert found["data"] == {"file": "t.csv", **expected}
    assert ("sigma" in found["likelihood"]) == ("yerr" not in expected)


def test_fit_finds_the_maximum(line: Path) -> None:
    result = run("fit", line, "--json")
    found = json.loads(result.stdout)["map"]
    data = bnn.load_dataset("hz").standardize()
    model = bnn.LinearModel(bnn.polynomial(1))
    post = bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    np.testing.assert_allclose(found["values"]["w"], bnn.maximum_a_posteriori(post).values["w"], rtol=1e-8)
    assert json.loads((line.parent / "kept" / "fit.json").read_text())["map"] == found
    assert "w[1]" in run("fit", line).stdout


def test_sample_keeps_a_folder_and_a_second_start_returns_it(line: Path) -> None:
    first = run("sample", line, "--quiet")
    folder = line.parent / "kept"
    assert (first.exit_code, "Converged" in first.stdout) == (0, True)
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "environment.json", "draws.h5", "summary.json", "log.txt"),
    }
    written = (folder / "draws.h5").stat().st_mtime_ns
    second = run("sample", line, "--json")
    assert json.loads(second.stdout)["draws"] == 6400
    assert (folder / "draws.h5").stat().st_mtime_ns == written
    assert bnn.load(folder / "draws.h5").seed == "1"
    assert json.loads((folder / "config.json").read_text())["config"]["seed"] == 1
    assert len((folder / "log.txt").read_text().splitlines()) == 4


def test_another_problem_in_the_same_folder_is_refused_with_its_line(line: Path) -> None:
    assert run("sample", line, "--quiet").exit_code == 0
    line.write_text(LINE.replace("Normal(0, 1)", "Normal(0, 2)"))
    changed = run("sample", line, "--quiet")
    assert changed.exit_code == 2
    assert "line 7: *: expected 'Normal(0, 1)', with which" in changed.stderr
    line.write_text(LINE.replace("n_warmup = 80\n", ""))
    assert "line 8: n_warmup: expected 80, with which" in run("sample", line, "--quiet").stderr
    line.write_text(LINE.replace("n_draws = 100", 'n_draws = 100  # as before\nestimates = ["mle"]'))
    assert run("sample", line, "--quiet").exit_code == 0
    line.write_text(LINE.replace("seed = 1", "seed = 2"))
    assert "line 1: seed: expected 1, with which" in run("sample", line, "--quiet").stderr
    (line.parent / "kept" / "draws.h5").unlink()
    assert run("sample", line, "--quiet").exit_code == 0


def test_another_table_in_the_same_folder_is_refused(table: Path) -> None:
    path = own(table)
    assert run("sample", path, "--quiet").exit_code == 0
    table.write_text(table.read_text().replace("1.0", "1.1", 1))
    result = run("sample", path)
    assert (result.exit_code, "line 1: data: expected the table" in result.stderr) == (2, True)


def test_what_has_not_converged_has_an_exit_code_of_its_own(line: Path) -> None:
    line.write_text(LINE.replace("n_draws = 100", "n_draws = 2").replace("n_warmup = 80", "n_warmup = 0"))
    result = run("sample", line, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["converged"] is False
    assert run("predict", line).exit_code == 3


def test_ctrl_c_keeps_what_there_is_and_a_second_start_goes_on(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = line.with_name("whole.toml")
    whole.write_text(LINE.replace('"kept"', '"whole"'))
    assert run("sample", whole, "--quiet").exit_code == 0
    calls, evaluate = 0, bnn.Posterior.value_and_grad

    def interrupted(self: bnn.Posterior, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal calls
        calls += 1
        if calls == 2500:
            raise KeyboardInterrupt
        return evaluate(self, theta)

    monkeypatch.setattr(bnn.Posterior, "value_and_grad", interrupted)
    monkeypatch.setattr("bayesnn.sampling.workers.spare_cores", lambda: 1)  # on a busy machine others would do the work
    result = run("sample", line, "--json")
    monkeypatch.undo()
    assert result.exit_code == 130, result.output
    assert json.loads(result.stdout)["exit_code"] == 130
    assert (line.parent / "kept" / "draws.h5").exists()
    assert run("sample", line, "--quiet").exit_code == 0
    first, second = (bnn.load(line.parent / name / "draws.h5") for name in ("whole", "kept"))
    np.testing.assert_array_equal(first.theta, second.theta)


def test_more_draws_continue_a_run_and_targets_end_it(line: Path) -> None:
    line.write_text(LINE.replace("n_draws = 100", "n_draws = 5"))
    run("sample", line, "--quiet")
    few = bnn.load(line.parent / "kept" / "draws.h5")
    line.write_text(LINE)
    assert run("sample", line, "--quiet").exit_code == 0
    many = bnn.load(line.parent / "kept" / "draws.h5")
    np.testing.assert_array_equal(many.theta[:, :, :5], few.theta)
    line.write_text(LINE.replace("n_draws = 100", "ess = 400\nrhat = 1.01").replace('"kept"', '"targets"'))
    content = json.loads(run("sample", line, "--json").stdout)
    assert (content["converged"], "reached" in content["stopped"]) == (True, True)
    assert run("sample", line, "--quiet").stdout.count(content["stopped"]) == 1


def test_compare_weighs_the_models_of_one_file_and_of_several(line: Path) -> None:
    content = json.loads(run("compare", line, "--json").stdout)
    found = {row["model"]: row for row in content["models"]}
    data = bnn.load_dataset("hz").standardize()
    for name, degree in {"line": 1, "flat": 0}.items():
        model = bnn.LinearModel(bnn.polynomial(degree))
        post = bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
        assert found[name]["log_evidence"] == pytest.approx(bnn.log_evidence(post).log_z, rel=1e-12)
    other = line.with_name("curve.toml")
    other.write_text(LINE.split("[models")[0].replace("polynomial = 1", "polynomial = 2").replace("kept", "other"))
    result = run("compare", line, other)
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("line", "flat", "curve"))
    twice = run("compare", line, line)
    assert (twice.exit_code, "expected models of different names" in twice.stderr) == (2, True)


def test_json_has_null_where_there_is_no_number(line: Path) -> None:
    line.write_text(LINE.replace('"*" = "Normal(0, 1)"', '"*" = "Flat()"').split("[models")[0])
    result = run("compare", line, "--json")
    assert json.loads(result.stdout, parse_constant=pytest.fail)["models"][0]["log_evidence"] is None


def test_predict_from_draws_and_before_there_are_any(table: Path, tmp_path: Path) -> None:
    path, new = own(table), tmp_path / "new.csv"
    new.write_text("x,other\n1.0,a\n4.0,b\n")
    before = json.loads(run("predict", path, new, "--json").stdout)
    assert before["source"] == "map"
    np.testing.assert_allclose(before["columns"]["mean"], [3, 9], atol=0.3)
    assert run("sample", path, "--quiet").exit_code == 0
    out = tmp_path / "out.csv"
    assert run("predict", path, new, "--out", out).exit_code == 0
    written = np.genfromtxt(out, delimiter=",", names=True)
    assert written.dtype.names == ("x", "mean", "sd", "low", "high")
    np.testing.assert_array_equal(written["x"], [1, 4])
    np.testing.assert_allclose(written["mean"], [3, 9], atol=0.3)
    assert np.all((written["low"] < written["mean"]) & (written["mean"] < written["high"]))
    np.testing.assert_allclose(json.loads(run("predict", path, "--json").stdout)["columns"]["x"], np.linspace(0, 5, 20))
    nowhere = run("predict", path, new, "--out", tmp_path / "no" / "out.csv")
    assert (nowhere.exit_code, "expected a place to write" in nowhere.stderr) == (2, True)
    new.write_text("z\n1.0\n")
    assert "column 'x': expected one of z" in run("predict", path, new).stderr


def test_classes_are_predicted_as_probabilities(table: Path) -> None:
    x = np.linspace(0, 5, 20)
    table.write_text("x,y\n" + "\n".join(f"{value},{'high' if value > 2.5 else 'low'}" for value in x))
    data = 'file = "table.csv"\ntarget = "y"'
    path = own(table, data=data, likelihood='kind = "bernoulli"', model="hidden = [2]")
    columns = json.loads(run("predict", path, "--json").stdout)["columns"]
    np.testing.assert_allclose(np.add(columns["P(high)"], columns["P(low)"]), 1)
    assert columns["P(high)"][-1] > 0.6 > 0.4 > columns["P(high)"][0]


@pytest.mark.parametrize("end", [".tsv", ".npz", ".parquet"])
def test_tables_of_other_formats_are_the_same_tables(table: Path, end: str) -> None:
    values = np.loadtxt(table, delimiter=",", skiprows=1)
    columns = dict(zip("xys", values.T, strict=True))
    other = table.with_suffix(end)
    if end == ".tsv":
        other.write_text(table.read_text().replace(",", "\t"))
    elif end == ".npz":
        np.savez(other, **columns)
    else:
        parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
        parquet.write_table(arrow.table(columns), other)
    first, second = (bnn.read_table(path, target="y", yerr="s", features=["x"]) for path in (table, other))
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)
    np.testing.assert_array_equal(first.yerr, second.yerr)
    data = f'file = "{other.name}"\ntarget = "y"\nyerr = "s"'
    assert run("fit", own(other, data=data)).exit_code == 0


def test_broken_binary_tables_are_refused(tmp_path: Path) -> None:
    for name in ("t.npz", "t.parquet"):
        (tmp_path / name).write_bytes(b"no table")
        with pytest.raises(bnn.errors.FileError, match=f"{name}: expected"):
            bnn.read_table(tmp_path / name, target="y")
        with pytest.raises(bnn.errors.FileError, match="nothing of that name"):
            bnn.read_table(tmp_path / f"no-{name}", target="y")
    np.savez(tmp_path / "ragged.npz", x=np.ones(3), y=np.ones(4))
    with pytest.raises(bnn.errors.DataError, match="of one length"):
        bnn.read_table(tmp_path / "ragged.npz", target="y")
    np.savez(tmp_path / "wide.npz", X=np.arange(6.0).reshape(3, 2), y=np.arange(3.0))
    wide = bnn.read_table(tmp_path / "wide.npz", target="y")
    assert wide.names == ("X1", "X2")
    np.testing.assert_array_equal(wide.X, np.arange(6.0).reshape(3, 2))


def test_a_covariance_file_takes_the_place_of_errors(table: Path) -> None:
    np.savetxt(table.with_name("cov.txt"), 0.01 * np.eye(20))
    np.save(table.with_name("cov.npy"), 0.01 * np.eye(20))
    values = []
    for name, extra in {
        "cov.txt": 'covariance = "cov.txt"',
        "cov.npy": 'covariance = "cov.npy"',
        "s": 'yerr = "s"',
    }.items():
        path = own(
            table, data=f'file = "table.csv"\ntarget = "y"\nfeatures = ["x"]\n{extra}', output=f'folder = "{name}d"'
        )
        values.append(json.loads(run("fit", path, "--json").stdout)["map"]["log_posterior"])
    np.testing.assert_allclose(values, values[-1], rtol=1e-9)


REFUSED = {
    "unknown key": (
        "polynomial = 1\n",
        "polynomal = 1\n",
        "line 5: polynomal: expected one of",
        "did you mean 'polynomial'",
    ),
    "unknown table": ("[model]", "[modle]", "line 4: modle: expected one of", "did you mean"),
    "wrong type": ("n_draws = 100", 'n_draws = "many"', "line 9: n_draws: expected a whole number, got 'many' (str)"),
    "a number of draws that is not whole": (
        "n_draws = 100",
        "n_draws = 1.5",
        "line 9: n_draws: expected a whole number",
    ),
    "true is no number": ("n_draws = 100", "n_draws = true", "line 9: n_draws: expected a whole number, got True"),
    "no draws": ("n_draws = 100", "n_draws = 0", "line 8: sample: expected whole numbers, n_draws >= 1"),
    "bad seed": ("seed = 1", "seed = -1", "line 1: seed: expected a whole number >= 0"),
    "seed as text": ("seed = 1", 'seed = "one"', "line 1: seed: expected a whole number"),
    "table for a key": ("[model]\npolynomial = 1", "[model.polynomial]", "line 4: polynomial: expected a whole number"),
    "no data": ('[data]\ndataset = "hz"', "", "line 1: [data]: expected this table"),
    "no prior": ('[prior]\n"*" = "Normal(0, 1)"', "", "line 1: [prior]: expected this table"),
    "unknown data set": ('"hz"', '"hx"', "line 3: data set 'hx': expected one of hz"),
    "file and data set": (
        'dataset = "hz"',
        'dataset = "hz"\nfile = "a.csv"',
        "line 2: [data]: expected file or dataset",
    ),
    "no such file": ('dataset = "hz"', 'file = "no.csv"\ntarget = "y"', "line 3: table", "nothing of that name"),
    "no target": ('dataset = "hz"', 'file = "no.csv"', "line 2: [data]: expected target"),
    "unknown family": ("Normal(0, 1)", "Norml(0, 1)", "line 7: prior 'Norml(0, 1)': expected one of Beta"),
    "bad arguments": ("Normal(0, 1)", "Normal(0, -1)", "line 7:", "scale"),
    "too many arguments": ("Normal(0, 1)", "Normal(0, 1, 2, 3)", "line 7:", "expected the parameters of Normal"),
    "no call": ("Normal(0, 1)", "0 + 1", 'line 7: prior: expected a family with numbers, such as "Normal(0, 1)"'),
    "code": ("Normal(0, 1)", "Normal(print(1), 1)", "line 7: prior: expected a family with numbers"),
    "a block that is not there": ('"*" =', '"V*" =', "line 6: block 'w': expected a prior"),
    "likelihood": (
        "[inference]",
        '[likelihood]\nkind = "gauss"\n[inference]',
        "line 9: kind: expected one of gaussian",
    ),
    "sigma twice": ("[inference]", "[likelihood]\nsigma = 1.0\n[inference]", "line 8: Gaussian: expected errors from"),
    "hidden and polynomial": (
        "polynomial = 1\n",
        "polynomial = 1\nhidden = [3]\n",
        "line 4: model: expected hidden or",
    ),
    "negative degree": ("polynomial = 1\n", "polynomial = -1\n", "line 4: polynomial: degree"),
    "moves": ("n_draws = 100", 'moves = "hop"', "line 8: moves: expected"),
    "not TOML": ("n_draws = 100", "n_draws = many", "expected TOML", "line 9"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_on_its_line(name: str, line: Path) -> None:
    old, new, *expected = REFUSED[name]
    assert old in LINE
    line.write_text(LINE.replace(old, new, 1))
    result = run("sample", line, "--quiet")
    assert result.exit_code == 2, result.output
    for text in expected:
        assert text in result.stderr
    assert result.stdout == ""
    as_json = run("sample", line, "--json")
    assert json.loads(as_json.stdout)["exit_code"] == 2


def test_missing_columns_are_refused_on_their_lines(table: Path) -> None:
    for number, key in enumerate(("target", "features", "yerr"), 3):
        path = own(table)
        path.write_text(path.read_text().replace({"target": '"y"', "features": '"x"', "yerr": '"s"'}[key], '"nil"', 1))
        result = run("fit", path)
        assert (result.exit_code, f"line {number}: {key}: expected one of the columns x, y, s" in result.stderr) == (
            2,
            True,
        )
    table.write_text(table.read_text().replace("e-01\n", "e-01?\n", 1))
    result = run("fit", own(table))
    assert "line 2: column 's', data row" in result.stderr


def test_a_bad_estimate_or_level_is_refused_on_its_line(line: Path) -> None:
    line.write_text(LINE.replace("n_draws = 100", 'estimates = ["best"]'))
    assert "line 9: estimates: expected some of map, mle, got 'best'" in run("fit", line).stderr
    line.write_text(LINE.replace("n_draws = 100", "").replace('"kept"', '"kept"\nlevel = 90'))
    assert "line 14: level: expected a number between 0 and 1" in run("predict", line).stderr


def test_a_run_file_that_is_not_there() -> None:
    result = run("sample", "nowhere.toml")
    assert (result.exit_code, "`bayesnn init` writes one" in result.stderr) == (2, True)


def test_datasets_and_doctor() -> None:
    assert json.loads(run("datasets", "--json").stdout) == bnn.list_datasets()
    assert "hz" in run("datasets").stdout
    found = json.loads(run("doctor", "--json").stdout)
    assert found["packages"]["numpy"] == np.__version__
    assert found["blas"]["name"]
    assert "BLAS" in run("doctor").stdout


@pytest.mark.parametrize("command", ["init", "fit", "sample", "compare", "predict", "report", "datasets", "doctor"])
def test_help_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert (result.exit_code, f"Example: bayesnn {command}" in " ".join(result.stdout.split())) == (0, True)
    assert command in run("--help").stdout


def test_usage_errors_have_the_code_of_refusals() -> None:
    assert run("sample").exit_code == 2
    assert run("smaple").exit_code == 2
    assert "Exit codes: 0 done; 2" in " ".join(run("--help").stdout.split())


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "bayesnn", "datasets"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert "hz" in result.stdout
