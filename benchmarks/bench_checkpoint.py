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
from bayesnn.sampling.session import Session
from benchmarks.report import write

SETTINGS = {"all defaults": {}, "2,000 draws": {"n_draws": 2000}}
REPEATS = 3


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

    def timed_last(self: Session, draws: bnn.Draws, *, finished: bool) -> None:
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
    rows = []
    for name, post in posteriors().items():
        for how, settings in SETTINGS.items():
            runs = [one(post, settings) for _ in range(REPEATS if not settings else 1)]
            share, seconds, n, size = np.median(runs, axis=0)
            rows.append(f"{name} | {how} | {seconds:.1f} | {n:.0f} | {size:.0f} | {100 * share:.1f} %")
            print(rows[-1], flush=True)
    write(
        "checkpoint",
        "The share of a run that its checkpoint takes",
        notes=f"Medians of {REPEATS} runs with all defaults, one run of 2,000 draws; at most 2 % is asked for.",
        columns=["posterior", "run", "seconds", "writings", "megabytes", "share"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
