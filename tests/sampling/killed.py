"""A run that is killed again and again and always begun anew: python -m tests.sampling.killed MOVES WHERE PATH.

The children are forks, so that a dozen deaths take no longer than their sampling. Prints how they died.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import bayesnn as bnn
from bayesnn.sampling import checkpoint, whole_file, workers
from tests.problems.densities import LogGammas

SHAPES = np.array([0.7, 1.0, 2.0])
MOVES = {
    "hmc": "hmc",
    "mams": "mams",
    "walk-hmc": "walk-hmc",
    "stretch and de": [("stretch", 0.5), ("de", 0.5)],
    "hmc and stretch": [(bnn.HMC(), 0.7), ("stretch", 0.3)],
}


def settings(moves: str) -> dict:
    """Of a run of a second or less; an odd number of normals a step, so that the generator keeps one back."""
    start = LogGammas(SHAPES).mean + np.random.default_rng(0).standard_normal((2, 7, 3))
    sizes = {"n_warmup": 60, "n_draws": 60, "n_walkers": 7, "n_ensembles": 2}
    return {"moves": MOVES[moves], "start": start, "rng": 5, "progress": False, **sizes}


def write_often() -> None:
    """After every slice, and slices of a few steps."""
    workers._HERE = 0.01
    checkpoint._SHARE, checkpoint._EVERY = 1e9, 0.0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_while_writing(where: str, count: int) -> None:
    """At the count-th writing: half way through the file, before it takes its place, or after."""
    left = [count]
    fsync, replace = os.fsync, os.replace

    def reached() -> bool:
        left[0] -= 1
        return left[0] <= 0

    def half(handle: int) -> None:
        if where == "half way" and reached():
            os.ftruncate(handle, os.fstat(handle).st_size // 2)
            die()
        fsync(handle)

    def put(temporary, path) -> None:
        if where == "before" and reached():
            die()
        replace(temporary, path)
        if where == "after" and reached():
            die()

    whole_file.os.fsync, whole_file.os.replace = half, put


def child(moves: str, where: str, path: Path, count: int) -> None:
    write_often()
    if where != "anywhere":
        die_while_writing(where, count)
    bnn.sample(LogGammas(SHAPES), checkpoint=path, **settings(moves))
    os._exit(0)


def main(moves: str, where: str, path: Path) -> None:
    rng, steps = np.random.default_rng(len(moves)), []
    for death in range(30):
        pid = os.fork()
        if pid == 0:
            child(moves, where, path, count=3 + 2 * death)
        if where == "anywhere" and death < 12:  # then it may live
            time.sleep(rng.uniform(0.03, 0.3))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            break
        steps.append(bnn.load(path).n_draws if path.exists() else -1)
    print(*steps)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
