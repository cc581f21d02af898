"""Eight members of a deep ensemble beside one network: whole trainings on digits, 64-64-10 rectifiers.

Writes benchmarks/results/members.md. Processes are started anew for each training, so that their start counts.
"""

import time

import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_digits

import bayesnn as bnn
from benchmarks.report import write

N_EPOCHS, REPEATS, RATE, MOMENTUM = 1_000, 1, 0.001, 0.9
"""As many epochs as the estimators train."""

X, Y = load_digits(return_X_y=True)
DATA = bnn.Dataset(X, Y).standardize(target=False)
PRIOR = {"W*": bnn.Normal(0, 1 / 8), "b*": bnn.Normal(0, 1)}
POSTERIOR = bnn.Posterior(bnn.MLP((64, 64, 10), activation="relu"), bnn.Categorical(), prior=PRIOR, data=DATA)
OPTIMIZERS = {"adam": bnn.Adam(learning_rate=RATE), "sgd": bnn.SGD(learning_rate=RATE, momentum=MOMENTUM)}
WAYS = {
    "one": {},
    "eight": {"n_members": 8},
    "eight in one process": {"n_members": 8, "executor": bnn.Joblib(n_jobs=1)},
}


def seconds(settings: dict[str, object]) -> float:
    """Of one training, from no processes on."""
    get_reusable_executor().shutdown(wait=True)
    began = time.perf_counter()
    bnn.train(POSTERIOR, n_epochs=N_EPOCHS, **settings)
    return time.perf_counter() - began


def row(optimizer: str, batch_size: int, dtype: type) -> str:
    """The least of interleaved repetitions."""
    common = {"optimizer": OPTIMIZERS[optimizer], "batch_size": batch_size, "dtype": dtype}
    found = np.array([[seconds({**common, **way}) for way in WAYS.values()] for _ in range(REPEATS)]).min(axis=0)
    times, ratios = (" | ".join(f"{value:.2f}" for value in values) for values in (found, found[1:] / found[0]))
    return f"{optimizer} | {dtype.__name__} | {batch_size} | {times} | {ratios}"


def main() -> None:
    cases = [(o, b, dtype) for dtype in (np.float64, np.float32) for b in (32, 256) for o in OPTIMIZERS]
    rows: list[str] = []
    for case in cases:
        rows.append(row(*case))
        print(rows[-1], flush=True)
        page(rows)


def page(rows: list[str]) -> None:
    """What is measured so far."""
    write(
        "members",
        "Training: eight members of a deep ensemble beside one",
        notes=f"Seconds of a whole training of {N_EPOCHS:,} epochs of digits (1,797 rows, 64-64-10 rectifiers), the "
        f"least of {REPEATS} interleaved repetitions, threads of linear algebra as they are by default. Asked for: "
        "eight at most 4 times one. Eight: `train(n_members=8)` as it is, which takes the spare core by itself when a "
        "training is long; the start of its process counts. In one process: one batched pass, as shorter trainings "
        "are done.",
        columns=["optimizer", "precision", "batch", *WAYS, "eight / one", "in one process / one"],
        rows=rows,
        peers="joblib",
    )


if __name__ == "__main__":
    main()
