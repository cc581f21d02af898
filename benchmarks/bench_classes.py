"""Classes of iris, breast cancer and digits out of fold: SGD beside the sampled posterior of the same network.

Writes benchmarks/results/classes.md. Priors and settings are the same for the three tables and tuned to none: hidden
weights N(0, 1 / fan-in), which keeps the scale of signals, weights to the outputs N(0, 2.5²), the weakly informative
default for logits of standardized inputs (Gelman et al. 2008), biases N(0, 1). SGD is maximum likelihood, or MAP where
that prior is its weight decay. Columns are standardized, but pixels share one unit, as they do in the image: by a
standard deviation of its own a pixel that is almost never lit would weigh most. Accuracy and log loss are
scikit-learn's.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import RepeatedStratifiedKFold

import bayesnn as bnn
from benchmarks.report import write

N_EPOCHS, BATCH_SIZE, RATE, MOMENTUM = 100, 32, 0.05, 0.9
N_WALKERS, N_WARMUP, N_DRAWS, N_STEPS = 8, 60, 60, 30


@dataclass(frozen=True)
class Task:
    """A table, a network and folds; `target` is the accuracy asked of SGD; are columns in units of their own?"""

    name: str
    load: object
    widths: tuple[int, ...]
    n_folds: int
    n_repeats: int
    target: float
    own_units: bool = True

    def table(self) -> bnn.Dataset:
        """Pixels from 0 to 16 are put about 0, with a scale near 1."""
        X, y = self.load(return_X_y=True)
        return bnn.Dataset(X if self.own_units else (X - 5) / 6, y)

    def training(self, data: bnn.Dataset) -> bnn.Dataset:
        """In the units in which the network works."""
        return data.standardize(target=False) if self.own_units else data


TASKS = (
    Task("iris", load_iris, (4, 16, 3), 10, 10, 0.96),
    Task("breast cancer", load_breast_cancer, (30, 16, 1), 10, 1, 0.97),
    Task("digits", load_digits, (64, 32, 10), 5, 1, 0.965, own_units=False),
)


def posterior(task: Task, data: bnn.Dataset) -> bnn.Posterior:
    """The same network and prior for all three."""
    scales = [*(n_in**-0.5 for n_in in task.widths[:-2]), 2.5]
    prior = {f"W{i}": bnn.Normal(0, scale) for i, scale in enumerate(scales, 1)}
    likelihood = bnn.Bernoulli() if task.widths[-1] == 1 else bnn.Categorical()
    return bnn.Posterior(bnn.MLP(task.widths), likelihood, prior={**prior, "b*": bnn.Normal(0, 1)}, data=data)


def sources(post: bnn.Posterior) -> dict[str, object]:
    """The three fits, from where the network is initialized; the sampler's walkers from MAPs of so many starts."""
    n_steps = N_EPOCHS * -(-post.data.n_rows // BATCH_SIZE)
    sgd = bnn.SGD(learning_rate=bnn.schedules.cosine(RATE, n_steps=n_steps), momentum=MOMENTUM)
    start = post.model.initialize(np.random.default_rng(0), 1)[0]
    settings = {"optimizer": sgd, "n_epochs": N_EPOCHS, "batch_size": BATCH_SIZE, "start": start}
    several = bnn.train(post, **{**settings, "start": None}, n_members=N_WALKERS)
    chains = {"n_warmup": N_WARMUP, "n_draws": N_DRAWS, "n_walkers": N_WALKERS, "n_ensembles": 1}
    return {
        "likelihood": bnn.train(post, **settings, decay=False),
        "map": bnn.train(post, **settings),
        "posterior": bnn.sample(
            post, **chains, moves=bnn.HMC(n_steps=N_STEPS), start=several.ensemble.theta, progress=False
        ),
    }


def one_fold(task: Task, data: bnn.Dataset, fold: tuple[np.ndarray, np.ndarray]) -> list[float]:
    """Accuracy and log loss of each of the three, the log loss of the last once more at its temperature, and that."""
    training, held = fold
    post, figures = posterior(task, task.training(data.take(training))), []
    found, y = sources(post), data.y[held]
    for source in found.values():
        p = bnn.predict(post, source, data.X[held])
        said = p.classes[p.probabilities.argmax(axis=1)]
        figures += [accuracy_score(y, said), log_loss(y, p.probabilities, labels=p.classes)]
    temperature = bnn.learn_temperature(found["posterior"])
    return [*figures, log_loss(y, bnn.temper(p.probabilities, temperature), labels=p.classes), temperature]


def row(task: Task) -> str:
    """A row of the table."""
    data, began = task.table(), time.perf_counter()
    folds = RepeatedStratifiedKFold(n_splits=task.n_folds, n_repeats=task.n_repeats, random_state=0).split(
        data.X, data.y
    )
    found = np.array([one_fold(task, data, fold) for fold in folds])
    gains = [found[:, sgd] - found[:, ours] for ours in (5, 6) for sgd in (1, 3)]
    cells = " | ".join(f"{mean:.4f}" for mean in found.mean(axis=0))
    widths, seconds = "-".join(map(str, task.widths)), time.perf_counter() - began
    paired = " | ".join(f"{gain.mean():+.4f} ± {gain.std() / np.sqrt(len(gain)):.4f}" for gain in gains)
    return (
        f"{task.name} {widths} | {task.n_repeats} × {task.n_folds} | {task.target} | {cells} | {paired} | {seconds:.0f}"
    )


def main() -> None:
    with ProcessPoolExecutor(len(TASKS)) as pool:
        rows = list(pool.map(row, TASKS))
    write(
        "classes",
        "Classes: SGD and the sampled posterior, out of fold",
        notes=f"SGD: {N_EPOCHS} epochs, batches of {BATCH_SIZE}, rate {RATE} along a cosine, momentum {MOMENTUM}; "
        "without the prior (ML) and with it as weight decay (MAP). Posterior: a short HMC run from as many MAPs as "
        f"it has walkers, {N_WALKERS} x ({N_WARMUP} + {N_DRAWS}) trajectories of {N_STEPS} steps. Means over "
        "folds; the gains are the log loss of SGD less that of the posterior, as it is and then at the temperature "
        "that is learned on the training rows, fold by fold, with their standard error. "
        "Asked for: that accuracy of SGD, and no greater log loss of the posterior; a negative gain misses it.",
        columns=(
            "table",
            "folds",
            "asked",
            *(f"{fit}: {figure}" for fit in ("ML", "MAP", "posterior") for figure in ("accuracy", "log loss")),
            "tempered: log loss",
            "temperature",
            *(f"{of}: gain on {sgd}" for of in ("posterior", "tempered") for sgd in ("ML", "MAP")),
            "s",
        ),
        rows=rows,
        peers="scikit-learn",
    )


if __name__ == "__main__":
    main()
