"""Epochs of digits, 64-64-10 rectifiers: ours beside scikit-learn's MLPClassifier and PyTorch.

Writes benchmarks/results/training.md. Runs of a few and of many epochs, interleaved; their difference
is the time of an epoch, what is left the cost of start and end. The least of several repetitions counts.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_info, threadpool_limits

import bayesnn as bnn
from benchmarks.report import write

FEW, MANY, REPEATS = 2, 20, 5
RATE, MOMENTUM = 0.001, 0.9
Run = Callable[[int], object]

X, Y = load_digits(return_X_y=True)
DATA = bnn.Dataset(X, Y).standardize(target=False)
PRIOR = {"W*": bnn.Normal(0, 1 / 8), "b*": bnn.Normal(0, 1)}
POSTERIOR = bnn.Posterior(bnn.MLP((64, 64, 10), activation="relu"), bnn.Categorical(), prior=PRIOR, data=DATA)


def ours(optimizer: str, batch_size: int, dtype: type) -> Run:
    """Ours."""
    chosen = {"adam": bnn.Adam(learning_rate=RATE), "sgd": bnn.SGD(learning_rate=RATE, momentum=MOMENTUM)}[optimizer]
    settings = {"optimizer": chosen, "batch_size": batch_size, "dtype": dtype}
    return lambda n_epochs: bnn.train(POSTERIOR, n_epochs=n_epochs, **settings)


def scikit_learn(optimizer: str, batch_size: int, dtype: type) -> Run:
    """The same by scikit-learn, in the precision of its input."""
    inputs = DATA.X.astype(dtype)
    settings = {"solver": optimizer, "batch_size": batch_size, "learning_rate_init": RATE, "momentum": MOMENTUM}

    def run(n_epochs: int) -> object:
        never = {"max_iter": n_epochs, "n_iter_no_change": 10**6, "tol": 0.0, "nesterovs_momentum": False}
        return MLPClassifier((64,), **settings, **never).fit(inputs, Y)

    return run


def pytorch(optimizer: str, batch_size: int, dtype: type) -> Run:
    """The same by PyTorch, eager, rows picked by index as the fastest plain way, prior as weight decay left out."""
    inputs, labels = torch.tensor(DATA.X.astype(dtype)), torch.tensor(Y)

    def run(n_epochs: int) -> object:
        layers = torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
        net = torch.nn.Sequential(*layers).to(inputs.dtype)
        made = {"adam": lambda p: torch.optim.Adam(p, lr=RATE), "sgd": lambda p: torch.optim.SGD(p, RATE, MOMENTUM)}
        descent, loss = made[optimizer](net.parameters()), torch.nn.CrossEntropyLoss()
        for _ in range(n_epochs):
            for rows in torch.randperm(len(inputs)).split(batch_size):
                descent.zero_grad()
                loss(net(inputs[rows]), labels[rows]).backward()
                descent.step()
        return net

    return run


def timed(runs: dict[str, Run]) -> dict[str, tuple[float, float]]:
    """ms of an epoch, and of start and end, of each: the least of interleaved repetitions."""
    seconds = {(name, n): [] for name in runs for n in (FEW, MANY)}
    for _ in range(REPEATS):
        for (name, n), found in seconds.items():
            began = time.perf_counter()
            runs[name](n)
            found.append(time.perf_counter() - began)
    least = {key: 1000 * min(found) for key, found in seconds.items()}
    epochs = {name: (least[name, MANY] - least[name, FEW]) / (MANY - FEW) for name in runs}
    return {name: (epoch, max(0.0, least[name, FEW] - FEW * epoch)) for name, epoch in epochs.items()}


def against_peers(threads: str, optimizers: tuple[str, ...]) -> list[str]:
    """Rows of ours beside the peers."""
    rows = []
    for dtype in (np.float64, np.float32):
        for batch_size in (32, 256):
            for optimizer in optimizers:
                case = (optimizer, batch_size, dtype)
                found = timed({"ours": ours(*case), "scikit-learn": scikit_learn(*case), "PyTorch": pytorch(*case)})
                times = " | ".join(f"{epoch:.2f} (+ {rest:.0f})" for epoch, rest in found.values())
                mine = found["ours"][0]
                ratios = f"{mine / found['scikit-learn'][0]:.2f} | {mine / found['PyTorch'][0]:.2f}"
                rows.append(f"{threads} | {dtype.__name__} | {batch_size} | {optimizer} | {times} | {ratios}")
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        rows = against_peers("1", ("adam", "sgd"))
    page(rows)
    torch.set_num_threads(threads)
    page([*rows, *against_peers("default", ("adam",))])


def page(rows: list[str]) -> None:
    """What is measured so far."""
    defaults = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
    write(
        "training",
        "Training: an epoch of digits (1,797 rows, 64-64-10 rectifiers)",
        notes="Milliseconds of an epoch (+ of start and end, which an epoch does not hold), the least of "
        f"{REPEATS} interleaved repetitions of {FEW} and {MANY} epochs. Same precision, batches and optimizer on all "
        "sides: float64 is the default of `train` and what scikit-learn computes in for float64 inputs, float32 the "
        f"default of PyTorch. Asked for: at most 0.7 of scikit-learn, 1.0 of PyTorch. Default threads: {defaults}.",
        columns=[
            "threads",
            "precision",
            "batch",
            "optimizer",
            "ours",
            "scikit-learn",
            "PyTorch",
            "ours / scikit-learn",
            "ours / PyTorch",
        ],
        rows=rows,
        peers="scikit-learn torch threadpoolctl",
    )


if __name__ == "__main__":
    main()
