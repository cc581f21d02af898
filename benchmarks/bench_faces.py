"""What it costs to begin, and whether what is handed out is whole: imports, wheel and sdist, a fresh user's path.

Writes benchmarks/results/faces.md. Each part ends the run where it fails; --only makes it shorter and writes nothing.

    python -m benchmarks.bench_faces
    python -m benchmarks.bench_faces --only dist
"""

import argparse
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from benchmarks.report import ROOT, write

RUNS = 7
INSIDE = ("bayesnn/py.typed", "bayesnn/__init__.pyi", "bayesnn/data/hz.csv")
BESIDE = ("LICENSE", "README.md", "pyproject.toml", *INSIDE)


def imports() -> list[str]:
    """CPU time of Python with an import beside that of NumPy and scipy.special, the least of a few runs."""
    unit = cpu_seconds("-c", "import numpy, scipy.special")
    cases = {"import bayesnn": (1.6, "-c", "import bayesnn"), "bayesnn --help": (3.0, "-m", "bayesnn", "--help")}
    rows = []
    for name, (most, *arguments) in cases.items():
        ratio = cpu_seconds(*arguments) / unit
        rows.append(f"{name}, × import numpy, scipy.special ({1e3 * unit:.0f} ms) | {ratio:.2f} | ≤ {most}")
    return rows


def cpu_seconds(*arguments: str) -> float:
    """The least of a few runs."""
    found = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def dist() -> list[str]:
    """Build both, check them, look inside, install each alone, and run it away from the checkout."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = environment(folder / "tools", "build", "twine")
        run(tools / "python", "-m", "build", "--outdir", folder / "dist", ROOT)
        (wheel,), (sdist,) = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
        run(tools / "python", "-m", "twine", "check", "--strict", wheel, sdist)
        with zipfile.ZipFile(wheel) as archive:
            require(set(INSIDE) <= set(archive.namelist()), f"{wheel.name}: something of {INSIDE} is missing")
        with tarfile.open(sdist) as archive:
            held = {member.split("/", 1)[-1] for member in archive.getnames()}
            require(set(BESIDE) <= held, f"{sdist.name}: something of {BESIDE} is missing")
        for built in (wheel, sdist):
            clean = environment(folder / built.suffix, built)
            listed = run(clean / "bayesnn", "datasets", cwd=folder)
            require("hz" in listed, f"{built.name}: the bundled table is not found")
            size = f"{built.stat().st_size / 1e3:.0f} kB"
            rows.append(f"{built.name}, {size}: whole, passes twine check, runs installed alone | yes | yes")
    return rows


def path() -> list[str]:
    """Clone, install, and sample a table of one's own up to its report, by the clock."""
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.perf_counter()
        run("git", "clone", "--quiet", ROOT, folder / "bayesnn")
        table = "\n".join(f"{t / 10},{2 - t / 20 + 0.1 * (-1) ** t},0.1" for t in range(40))
        (folder / "own.csv").write_text(f"t,x,sigma\n{table}\n")
        binaries = environment(folder / "venv", folder / "bayesnn")
        installed = time.perf_counter()
        run(binaries / "bayesnn", "init", "own", "--data", "own.csv", cwd=folder)
        run(binaries / "bayesnn", "sample", "own.toml", cwd=folder)
        run(binaries / "bayesnn", "report", "own.toml", cwd=folder)
        done = time.perf_counter()
        require(any(folder.rglob("report.html")), "no report.html")
    parts = f"clone and installation {installed - began:.0f} s, init, sample and report {done - installed:.0f} s"
    return [f"from clone to the report of one's own table ({parts}), s | {done - began:.0f} | ≤ 300"]


def environment(folder: Path, *packages: object) -> Path:
    """A new one with these; its folder of programs."""
    venv.create(folder, with_pip=True)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    return folder / "bin"


def run(*command: object, cwd: Path | None = None) -> str:
    """What it prints; its complaint ends the run."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd, env=clean)
    require(done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def require(met: bool, complaint: str) -> None:
    """Or end the run."""
    if not met:
        sys.exit(f"error: {complaint}")


PARTS = {"imports": imports, "dist": dist, "path": path}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, help="one part, printed only")
    only = parser.parse_args().only
    if only:
        print("\n".join(PARTS[only]()))
    else:
        load = os.getloadavg()[0]
        rows = [row for part in PARTS.values() for row in part()]
        notes = f"Load of the machine at the start {load:.1f}. Packages come from an index near by."
        write("faces", "What it costs to begin", notes=notes, columns=("what", "found", "target"), rows=rows)
