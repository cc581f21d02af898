"""The page of a run from the command line: what there is so far, from its file or from its folder."""

from pathlib import Path

import pytest

pytest.importorskip("typer")

from tests.cli.test_commands import LINE, run


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.toml"
    path.write_text(LINE.replace("n_draws = 100", "n_draws = 400").replace("n_warmup = 80", "n_warmup = 150"))
    return path


def test_a_page_grows_with_the_run(line: Path) -> None:
    done = run("report", line)
    assert done.exit_code == 0, done.output
    page = line.with_name("kept") / "report.html"
    assert str(page) in done.output
    before = page.read_text(encoding="utf-8")
    assert 'id="chains"' not in before
    assert run("sample", line, "--quiet").exit_code == 0
    assert run("compare", line).exit_code == 0
    elsewhere = line.with_name("page.html")
    assert run("report", line, "--out", elsewhere).exit_code == 0
    after = elsewhere.read_text(encoding="utf-8")
    assert all(f'id="{name}"' in after for name in ("function", "chains", "evidence", "calibration"))
    assert '<th scope="row">flat</th>' in after
    assert '<th scope="row">model.polynomial</th><td>1</td>' in after
    alone = run("report", line.with_name("kept"))
    assert alone.exit_code == 0, alone.output
    assert 'id="function"' not in page.read_text(encoding="utf-8")
    assert 'id="chains"' in page.read_text(encoding="utf-8")


def test_what_has_not_converged_or_is_not_there_says_so(line: Path) -> None:
    line.write_text(LINE.replace("n_warmup = 80", "n_warmup = 80\nn_ensembles = 1"))
    assert run("sample", line, "--quiet").exit_code == 3
    assert run("report", line).exit_code == 3
    page = line.with_name("kept") / "report.html"
    assert "NOT CONVERGED" in page.read_text(encoding="utf-8")
    assert run("report", line.with_name("nothing.toml")).exit_code == 2
    line.with_name("empty").mkdir()
    assert run("report", line.with_name("empty")).exit_code == 2
