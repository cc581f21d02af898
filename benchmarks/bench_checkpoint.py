"""What a checkpoint costs: the share of a run that is spent on its file, the last writing and its figures included.

Writes benchmarks/results/checkpoint.md. The smallest network is the worst case: its draws come fastest, and are all on
disk at the end.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes

import bayesnn as bnn
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.session import Session
from benchmarks.report import write

RUNS = [("Hubble 1-16-1", {}, 3), ("Hubble 1-16-1", {"n_draws": 2000}, 3), ("diabetes 10-10-1", {}, 1)]
"""What is sampled, with what settings, and how many times."""


def posteriors() -> dict[str, bnn.Posterior]:
    """Two networks with weights N(0, 1)."""
    X, y = load_diabetes(return_X_y=True)
    tables = {"Hubble 1-16-1": (bnn.load_dataset("hz"), 16), "diabetes 10-10-1": (bnn.Dataset(X, y), 10)}
    return {
        name: bnn.Posterior(
            bnn.MLP((data.n_inputs, units, 1)),
            bnn.Gaussian() if data.yerr is not None else bnn.Gaussian(sigma=bnn.HalfNormal(1)),
            prior={"*": bnn.Normal(0, 1)},
            data=data.standardize(),
        )
        for name, (data, units) in tables.items()
    }


@contextmanager
def saving(spent: list[float]) -> Iterator[None]:
    """Seconds that sessions spend on checkpoints, draws put together for them included, are appended one by one."""
    last, earlier = Session._save, Session._save_unfinished

    def timed_last(self: Session, draws: Draws, *, finished: bool) -> None:
        began = time.perf_counter()
        last(self, draws, finished=finished)
        if finished:
            spent.append(time.perf_counter() - began)

    def timed_earlier(self: Session) -> None:
        began = time.perf_counter()
        earlier(self)
        spent.append(time.perf_counter() - began)

    Session._save, Session._save_unfinished = timed_last, timed_earlier
    try:
        yield
    finally:
        Session._save, Session._save_unfinished = last, earlier


def one(post: bnn.Posterior, settings: dict[str, int]) -> tuple[float, float, int, float]:
    """Share of the time, its seconds, writings, and megabytes in the end."""
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder, saving(spent):
        path = Path(folder) / "run.h5"
        draws = bnn.sample(post, checkpoint=path, progress=False, **settings)
        size = path.stat().st_size / 1e6
    return sum(spent) / draws.seconds, draws.seconds, len(spent), size


def main() -> None:
    rows, posts = [], posteriors()
    for name, settings, repeats in RUNS:
        share, seconds, n, size = np.median([one(posts[name], settings) for _ in range(repeats)], axis=0)
        told = ", ".join(f"{key}={value:,}" for key, value in settings.items()) or "all defaults"
        rows.append(f"{name} | {told} | {seconds:.1f} | {n:.0f} | {size:.0f} | {100 * share:.1f} %")
        print(rows[-1], flush=True)
    write(
        "checkpoint",
        "The share of a run that its checkpoint takes",
        notes="At most 2 % is asked for; the median of three runs in the first two rows. Parts of 8 MB go to the disk "
        "as they are written: a whole file in the memory of the system took this virtual machine 0.5 s, half of it for "
        "pages that were new to it.",
        columns=["posterior", "run", "seconds", "writings", "megabytes", "share"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
