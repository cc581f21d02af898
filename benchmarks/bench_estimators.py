"""The estimators with their defaults beside scikit-learn's and deep ensembles, out of fold on five small tables.

Writes benchmarks/results/estimators.md. Ten folds, the same for all; log predictive density (of classes, −log loss),
RMSE or accuracy, coverage of 90 % intervals, and the rank of each by log predictive density. Every fold of every
method is kept in a cache as it is done: a second start goes on, and --folds or --tables make it shorter.

    python -m benchmarks.bench_estimators --jobs 2
    python -m benchmarks.bench_estimators --tables iris,wine --folds 3 --methods network,logistic
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import norm, rankdata
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import bayesnn as bnn
from benchmarks.report import ROOT, write

CACHE = ROOT / "runs" / "bench_estimators"
N_DIGITS, N_MEMBERS, LEVEL = 500, 10, 0.9
MEMBER = {"hidden_layer_sizes": (16,), "activation": "tanh", "max_iter": 2000}
TABLES: dict[str, tuple[Callable[..., object], bool]] = {
    "diabetes": (load_diabetes, False),
    "wine": (load_wine, True),
    "iris": (load_iris, True),
    "breast cancer": (load_breast_cancer, True),
    "digits": (load_digits, True),
}


@dataclass(frozen=True)
class Numbers:
    """A predictive distribution of numbers, drawn or normal: mean (M,), log density of y and 90 % intervals."""

    mean: np.ndarray
    log_density: np.ndarray
    covered: np.ndarray

    @classmethod
    def normal(cls, y: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> "Numbers":
        """N(mean, sd²)."""
        return cls(mean, norm.logpdf(y, mean, sd), np.abs(y - mean) <= norm.ppf(0.5 + LEVEL / 2) * sd)


def network_of_numbers(X, y, new, target) -> Numbers:
    """`BayesianMLPRegressor` as it is; the log density is that of the mixture over draws."""
    found = bnn.BayesianMLPRegressor(random_state=0).fit(X, y)
    prediction = bnn.predict(found.posterior_, found.draws_, new)
    low, high = found.predict_interval(new, level=LEVEL)
    sd = prediction.noise_sd[..., 0]
    density = np.mean(norm.pdf(target, prediction.functions[..., 0], sd), axis=0)
    return Numbers(prediction.mean, np.log(density), (low <= target) & (target <= high))


def of_residuals(model, X, y, new, target) -> Numbers:
    """A point estimate with the noise of its residuals."""
    fitted = model.fit(X, y)
    return Numbers.normal(target, fitted.predict(new), np.sqrt(np.mean((y - fitted.predict(X)) ** 2)))


def mlp_of_numbers(X, y, new, target) -> Numbers:
    """MLPRegressor, defaults but for longer training."""
    return of_residuals(_scaled_both(MLPRegressor(max_iter=2000, random_state=0)), X, y, new, target)


def ensemble_of_numbers(X, y, new, target) -> Numbers:
    """A deep ensemble: the mean of members, their spread added to the noise of their residuals."""
    members = [_scaled_both(MLPRegressor(**MEMBER, random_state=i)).fit(X, y) for i in range(N_MEMBERS)]
    at = np.array([member.predict(new) for member in members])
    noise = np.mean([np.mean((y - member.predict(X)) ** 2) for member in members])
    return Numbers.normal(target, at.mean(axis=0), np.sqrt(at.var(axis=0) + noise))


def process_of_numbers(X, y, new, target) -> Numbers:
    """A Gaussian process, its kernel by maximum likelihood."""
    kernel = ConstantKernel() * RBF(np.ones(X.shape[1])) + WhiteKernel()
    model = _scaled(GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1, random_state=0))
    mean, sd = model.fit(X, y).predict(new, return_std=True)
    return Numbers.normal(target, mean, sd)


def line_of_numbers(X, y, new, target) -> Numbers:
    """Bayesian linear regression."""
    mean, sd = _scaled(BayesianRidge()).fit(X, y).predict(new, return_std=True)
    return Numbers.normal(target, mean, sd)


def network_of_classes(X, y, new) -> np.ndarray:
    """`BayesianMLPClassifier` as it is."""
    return bnn.BayesianMLPClassifier(random_state=0).fit(X, y).predict_proba(new)


def mlp_of_classes(X, y, new) -> np.ndarray:
    """MLPClassifier, defaults but for longer training."""
    return _scaled(MLPClassifier(max_iter=2000, random_state=0)).fit(X, y).predict_proba(new)


def ensemble_of_classes(X, y, new) -> np.ndarray:
    """A deep ensemble: the mean of the probabilities of members."""
    members = (_scaled(MLPClassifier(**MEMBER, random_state=i)) for i in range(N_MEMBERS))
    return np.mean([member.fit(X, y).predict_proba(new) for member in members], axis=0)


def process_of_classes(X, y, new) -> np.ndarray:
    """A Gaussian process by Laplace's approximation, its kernel by maximum likelihood, one class against the rest."""
    kernel = ConstantKernel() * RBF(np.sqrt(X.shape[1]))
    return _scaled(GaussianProcessClassifier(kernel, random_state=0)).fit(X, y).predict_proba(new)


def line_of_classes(X, y, new) -> np.ndarray:
    """Logistic regression, defaults but for a climb to the end."""
    return _scaled(LogisticRegression(max_iter=5000)).fit(X, y).predict_proba(new)


def _scaled(model):
    return make_pipeline(StandardScaler(), model)


def _scaled_both(model):
    return TransformedTargetRegressor(_scaled(model), transformer=StandardScaler())


METHODS = {
    "network": (network_of_numbers, network_of_classes),
    "MLP": (mlp_of_numbers, mlp_of_classes),
    "ensemble": (ensemble_of_numbers, ensemble_of_classes),
    "process": (process_of_numbers, process_of_classes),
    "linear": (line_of_numbers, line_of_classes),
}


def table_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """X, y; of digits the first 500 rows, the pixels that are not always empty."""
    X, y = TABLES[name][0](return_X_y=True)
    if name == "digits":
        X, y = X[:N_DIGITS], y[:N_DIGITS]
    return X[:, np.ptp(X, axis=0) > 0], y


def one_fold(name: str, method: str, fold: int, n_folds: int) -> dict[str, float]:
    """Figures of one fold, from the cache if it is there."""
    path = CACHE / f"{name.replace(' ', '-')}-{method}-{fold}-of-{n_folds}.json"
    if path.exists():
        return json.loads(path.read_text())
    X, y = table_of(name)
    classes = TABLES[name][1]
    splits = (StratifiedKFold if classes else KFold)(n_folds, shuffle=True, random_state=0).split(X, y)
    training, held = list(splits)[fold]
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if classes:
            p = np.clip(METHODS[method][1](X[training], y[training], X[held]), 1e-15, 1)
            labels = np.unique(y)
            hit = labels[p.argmax(axis=1)] == y[held]
            found = {"lppd": -log_loss(y[held], p, labels=labels), "second": float(hit.mean())}
        else:
            numbers = METHODS[method][0](X[training], y[training], X[held], y[held])
            rmse = np.sqrt(np.mean((numbers.mean - y[held]) ** 2))
            found = {"lppd": float(numbers.log_density.mean()), "second": float(rmse)}
            found["coverage"] = float(numbers.covered.mean())
    found["seconds"] = time.perf_counter() - began
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return found


def main(tables: list[str], methods: list[str], n_folds: int, n_jobs: int) -> None:
    """All folds, then the table."""
    tasks = [(t, m, f, n_folds) for t in tables for f in range(n_folds) for m in methods]
    found = dict(zip(tasks, Parallel(n_jobs, batch_size=1)(delayed(one_fold)(*task) for task in tasks), strict=True))
    rows, all_ranks = [], []
    for t in tables:
        figures = {m: [found[t, m, f, n_folds] for f in range(n_folds)] for m in methods}
        lppd = np.array([[fold["lppd"] for fold in figures[m]] for m in methods])
        ranks = rankdata(-lppd, axis=0).mean(axis=1)
        all_ranks.append(ranks)
        for m, of_folds, rank in zip(methods, lppd, ranks, strict=True):
            second, seconds = (np.mean([fold[key] for fold in figures[m]]) for key in ("second", "seconds"))
            covered = [fold["coverage"] for fold in figures[m] if "coverage" in fold]
            coverage = f"{np.mean(covered):.3f}" if covered else ""
            error = of_folds.std() / np.sqrt(n_folds)
            cells = (
                t,
                m,
                f"{of_folds.mean():.4f} ± {error:.4f}",
                f"{second:.3f}",
                coverage,
                f"{rank:.2f}",
                f"{seconds:.1f}",
            )
            rows.append(" | ".join(cells))
    averages = dict(zip(methods, np.mean(all_ranks, axis=0), strict=True))
    rows += [f"all | {m} | | | | **{rank:.2f}** | " for m, rank in averages.items()]
    order = sorted(averages, key=lambda m: averages[m])
    verdict = "met" if order[0] == "network" else "missed"
    write(
        "estimators",
        "The estimators with their defaults, out of fold",
        notes=f"By average rank: {', '.join(order)}; the target, network first, is {verdict}. {n_folds} folds, the "
        "same for all. Log predictive density a row (classes: −log loss) with its standard error over folds; RMSE, or "
        "accuracy; coverage of 90 % intervals (target: 0.87 to 0.93); mean rank by that density. network: "
        "BayesianMLPRegressor and BayesianMLPClassifier, nothing set. MLP: scikit-learn's with the noise of its "
        f"residuals; ensemble: {N_MEMBERS} of them, 16 tanh units; process: Gaussian process, kernel by maximum "
        "likelihood; linear: BayesianRidge, or LogisticRegression. The tables are as scikit-learn ships them, but for "
        f"the first {N_DIGITS} of digits. Times are of a busy machine.",
        columns=("table", "method", "log predictive density", "RMSE or accuracy", "coverage", "rank", "s a fold"),
        rows=rows,
        peers="scikit-learn",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", default=",".join(TABLES), help="some of them, between commas")
    parser.add_argument("--methods", default=",".join(METHODS), help="some of them, between commas")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1, help="folds at a time")
    options = parser.parse_args()
    main(options.tables.split(","), options.methods.split(","), options.folds, options.jobs)
