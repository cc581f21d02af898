"""Pages made from what the project holds already: the API from `__init__.pyi`, results of benchmarks, notebooks."""

import ast
import inspect
import re
import shutil
from collections import defaultdict
from pathlib import Path

ROOMS = {
    "data": "Tables",
    "distributions": "Priors",
    "likelihoods": "Likelihoods",
    "curves": "Curves",
    "linear": "Linear models and kernels",
    "nn": "Networks",
    "optimizers": "Optimizers",
    "posterior": "Posteriors",
    "estimation": "Estimates",
    "sampling": "Sampling",
    "evidence": "Evidence and comparison",
    "prediction": "Prediction",
    "estimators": "Estimators",
    "plotting": "Figures",
    "exchange": "Files and exchange",
    "reporting": "Report",
    "executors": "Executors",
    "threads": "Threads",
    "demonstrations": "Demonstrations",
    "errors": "Errors",
}


def everything(docs: Path, root: Path) -> None:
    """Into docs/api, docs/benchmarks and docs/gallery, which are not kept."""
    _api(docs / "api", root / "bayesnn" / "__init__.pyi")
    _benchmarks(docs / "benchmarks", root / "benchmarks" / "results")
    _gallery(docs / "gallery", root / "notebooks")


def public_names(stub: Path) -> dict[str, list[tuple[str, str, str]]]:
    """By room: (public name, module, name there), as the stub has them."""
    rooms = defaultdict(list)
    for line in ast.parse(stub.read_text(encoding="utf-8")).body:
        for alias in line.names if isinstance(line, ast.ImportFrom) else ():
            parts = [*str(line.module).split("."), alias.name]
            rooms[parts[1]].append((str(alias.asname), str(line.module), alias.name))
    return dict(rooms)


def _api(folder: Path, stub: Path) -> None:
    _fresh(folder)
    rooms = public_names(stub)
    order = [*ROOMS, *sorted(set(rooms) - set(ROOMS))]
    pages = [room for room in order if room in rooms]
    for room in pages:
        entries = [_entry(*names) for names in sorted(rooms[room])]
        title = ROOMS.get(room, room.capitalize())
        (folder / f"{room}.rst").write_text(f"{title}\n{'=' * len(title)}\n\n" + "\n".join(entries), encoding="utf-8")
    listed = "\n".join(pages)
    (folder / "index.md").write_text(
        "# API\n\nEvery public name, by room, generated from `bayesnn/__init__.pyi`.\n\n"
        f"```{{toctree}}\n:maxdepth: 2\n\n{listed}\n```\n",
        encoding="utf-8",
    )


def _entry(public: str, module: str, name: str) -> str:
    import bayesnn

    value = getattr(bayesnn, public)
    if inspect.ismodule(value):
        names = [n for n in getattr(value, "__all__", dir(value)) if not n.startswith("_")]
        gathered = "__all__" in vars(value)
        found = [n for n in names if gathered or _is_ours(getattr(value, n), value.__name__)]
        owned = [n for n in found if n not in bayesnn.__all__]
        head = f".. py:module:: bayesnn.{public}\n\n{(value.__doc__ or '').strip().splitlines()[0]}\n\n"
        return head + "\n".join(_directive(f"bayesnn.{public}", n, getattr(value, n)) for n in owned)
    return _directive("bayesnn", public, value)


def _is_ours(value: object, module: str) -> bool:
    home = str(getattr(value, "__module__", ""))
    return (inspect.isclass(value) or inspect.isfunction(value)) and home.startswith(module)


def _directive(module: str, name: str, value: object) -> str:
    kind = "class" if inspect.isclass(value) else "function" if inspect.isroutine(value) else "data"
    hidden = ", ".join(["__init__", *(n for n in dir(value) if n.endswith("_request"))])  # scikit-learn's own
    members = f"   :members:\n   :exclude-members: {hidden}\n" if kind == "class" else ""
    return f".. auto{kind}:: {module}.{name}\n{members}"


def _benchmarks(folder: Path, results: Path) -> None:
    _fresh(folder)
    pages = sorted(results.glob("*.md"))
    for page in pages:
        shutil.copy(page, folder / page.name)
    for picture in results.glob("*.png"):
        shutil.copy(picture, folder / picture.name)
    listed = "\n".join(page.stem for page in pages)
    (folder / "index.md").write_text(
        "# Benchmarks\n\nResults as they were written by `make bench`, `make bench-nist` and their kin.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n",
        encoding="utf-8",
    )


def _gallery(folder: Path, notebooks: Path) -> None:
    _fresh(folder)
    pages = sorted(notebooks.glob("*.ipynb"))
    for page in pages:
        shutil.copy(page, folder / page.name)
    listed = "\n".join(page.stem for page in pages)
    (folder / "index.md").write_text(
        f"# Gallery\n\nNotebooks, with their outputs.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n",
        encoding="utf-8",
    )


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def describe_names(app: object, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """`name : what it is` on one line, as docstrings here have it, is to numpydoc a name and its type: on two lines it
    is a name and what it is.
    """
    described, section = [], ""
    for i, line in enumerate(lines):
        if i + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[i + 1].strip()):
            section = line.strip()
        found = re.fullmatch(r"(\w[\w, ]*?) : (.+)", line)
        if found is not None and section in ("Parameters", "Raises", "Attributes"):
            described += [found[1], f"    {found[2]}"]
        else:
            described.append(line)
    lines[:] = described


def escape_formulas(app: object, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """|x|, a* and x_ outside literals, doctests and links are characters."""
    in_doctest = False
    for i, line in enumerate(lines):
        in_doctest = line.lstrip().startswith((">>>", "...")) or (in_doctest and bool(line.strip()))
        if not in_doctest and not line.lstrip().startswith(".. "):
            parts = re.split(r"(``.*?``|`[^`]*`_?|:[a-z:]+:`[^`]*`|\*\*[^*]+\*\*)", line)
            lines[i] = "".join(part if k % 2 else _escaped(part) for k, part in enumerate(parts))


def _escaped(text: str) -> str:
    return re.sub(r"(\w)_(?=\W|$)", r"\1\\_", text.replace("|", r"\|").replace("*", r"\*"))
