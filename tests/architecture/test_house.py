"""The plan of the house, enforced: floors, third-party doors, public names, no dump rooms."""

import ast
import re
from pathlib import Path

import pytest

import bayesnn

PACKAGE = Path(bayesnn.__file__).parent
NAMES = Path(__file__).with_name("public_names.txt")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.name != "__init__.py")
FLOORS = {
    0: ("protocols", "errors"),
    0.5: ("randomness", "derivatives", "executors", "pace", "threads"),  # what rooms of the first floor share
    1: ("curves", "data", "distributions", "likelihoods", "linear", "nn", "optimizers", "diagnostics"),
    2: ("posterior",),
    3: ("estimation",),
    4: ("sampling",),
    5: ("evidence", "prediction", "demonstrations"),
    6: ("plotting", "exchange", "estimators"),
    7: ("reporting",),
    8: ("cli",),
    9: ("__main__",),
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
DOORS = {
    "emcee": {"sampling"},
    "h5py": {"sampling"},
    "joblib": {"executors"},
    "rich": {"sampling", "cli"},
    "IPython": {"sampling"},
    "typer": {"cli"},
    "pyarrow": {"data"},
    "arviz_stats": {"diagnostics"},
    "arviz": {"exchange"},
    "pandas": {"exchange"},
    "dynesty": {"evidence"},
    "matplotlib": {"plotting"},
    "jinja2": {"reporting"},
    "sklearn": {"estimation", "estimators"},
    "threadpoolctl": {"threads"},
    "numpy": set(FLOOR),
    "scipy": set(FLOOR) - {"protocols", "errors"},
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, bool, bool]]:
    """(module, at the top level of the file, for type checking only) of each import."""
    found = []

    def visit(node: ast.AST, top: bool, typing: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend((alias.name, top, typing) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: relative import"
                found.append((child.module, top, typing))
            inside = isinstance(child, ast.FunctionDef)
            guarded = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            visit(child, top and not inside, typing or guarded)

    visit(ast.parse(path.read_text()), True, False)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_its_room_and_lower_floors_only(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} is on no floor of the house"
    for name, _, _ in imports(path):
        parts = name.split(".")
        if parts[0] == "bayesnn":
            assert len(parts) > 1, f"{path.name} imports the public face"
            other = parts[1]
            assert other == room or FLOOR[other] < FLOOR[room], f"{room} (floor {FLOOR[room]}) imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_parties_come_through_their_own_door(path: Path) -> None:
    for name, top, typing in imports(path):
        package = name.split(".")[0]
        if package in DOORS and not typing:
            assert room_of(path) in DOORS[package], f"{package} imported in {room_of(path)}"
            is_base_class = (package, room_of(path)) == ("sklearn", "estimators")
            assert is_base_class or not (top and package in {"matplotlib", "arviz", "sklearn", "dynesty", "pyarrow"}), (
                f"{package} at the top of {path.name}"
            )


def test_every_third_party_has_a_door() -> None:
    import sys

    used = {name.split(".")[0] for path in MODULES for name, _, _ in imports(path)}
    assert used - set(sys.stdlib_module_names) - {"bayesnn"} <= set(DOORS)


def test_no_room_is_a_dump() -> None:
    names = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(PACKAGE).parts}
    assert not names & {"utils", "helpers", "common", "misc", "core", "base"}


def test_files_are_one_idea() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in MODULES if (n := len(p.read_text().splitlines())) > 250}
    assert not long


def test_public_names_are_these() -> None:
    assert bayesnn.__all__ == sorted(NAMES.read_text().split())
    for name in bayesnn.__all__:
        assert getattr(bayesnn, name).__doc__


def test_public_functions_take_two_positional_arguments_at_most() -> None:
    import inspect

    functions = {name for name in bayesnn.__all__ if not inspect.ismodule(getattr(bayesnn, name))}
    for name in functions:
        kinds = [p.kind for p in inspect.signature(getattr(bayesnn, name)).parameters.values()]
        is_prior = hasattr(getattr(bayesnn, name), "is_proper")  # scipy's parameters, then shape
        most = 4 if is_prior else 3 if name in ("predict", "contour") else 2
        assert sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds) <= most, name


def test_importing_the_package_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = "import bayesnn, sys; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "arviz", "emcee", "sklearn", "h5py", "rich", "pandas", "typer", "jinja2"} & set(loaded)


def test_no_bare_except_and_no_open_end() -> None:
    for path in MODULES:
        text = path.read_text()
        assert not re.search(r"except:|except Exception|TODO|NotImplementedError", text), path
