"""Every block of Python in the documentation runs and gives what it says; every page is in the contents."""

import doctest
import re

import matplotlib as mpl
import pytest

import bayesnn as bnn
from tests.conftest import ROOT

mpl.use("Agg")
DOCS = ROOT / "docs"
PAGES = [DOCS / "start.md", DOCS / "concepts.md", *sorted((DOCS / "guides").glob("*.md"))]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_code_in_a_page_runs(path, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert all(block.startswith(">>> ") for block in blocks), "a block without a prompt is not tested"
    assert blocks or path.stem == "concepts"
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, path.name, str(path), 0)
    said: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert outcome.failed == 0, "".join(said)


def test_every_page_is_in_the_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    written = {page for page in pages if not page.startswith(("api/", "benchmarks/", "gallery/", "_build/"))}
    assert written - {"index"} <= set(index.split())


def test_every_public_name_has_a_page_with_a_title(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import generate

    rooms = generate.public_names(ROOT / "bayesnn" / "__init__.pyi")
    assert sorted(public for names in rooms.values() for public, _, _ in names) == bnn.__all__
    assert set(rooms) <= {*generate.ROOMS, "likelihoods", "plotting"}


def test_descriptions_become_bodies_and_formulas_stay_text(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import generate

    lines = [
        "Parameters",
        "----------",
        "y, z : (N,), targets.",
        "    More.",
        "",
        "Raises",
        "------",
        "DataError : bad.",
    ]
    generate.describe_names(None, "", "", None, None, lines)
    assert lines[2:5] == ["y, z", "    (N,), targets.", "    More."]
    assert lines[-2:] == ["DataError", "    bad."]
    lines = ["E|Y − y| and *a, `x|y`", ">>> a | b", "1 | 2", "", "|z|"]
    generate.escape_formulas(None, "", "", None, None, lines)
    assert lines == [r"E\|Y − y\| and \*a, `x|y`", ">>> a | b", "1 | 2", "", r"\|z\|"]
