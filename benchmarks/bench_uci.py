"""UCI yacht, concrete and airfoil: posteriors of networks out of fold, beside MILE (sklearn-contrib-bde).

`python -m benchmarks.bench_uci` runs what is not yet in benchmarks/results/uci and writes benchmarks/results/uci.md.
Each fold of each method is a file there, so that it can be stopped at any time; `... bench_uci yacht 0 b` does one of
them, and `... bench_uci table` writes what there is. MILE runs in an environment of its own: `make .venv-bde/bde`.

All settings are the same for all tables, and nothing was chosen on airfoil. Two networks, tanh, of standardized
columns:
    a  50 hidden units, one noise level, HalfNormal(1), the weights of each layer N(0, τ²) with τ ~ HalfCauchy(1);
    b  16-16, whose second output is the logarithm of the noise, with all weights N(0, 1), the default of this package,
       or with scales τ as in a ("b-scales").
Biases are N(0, 1). LOO on the training rows chooses.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from joblib.externals.loky import get_reusable_executor
from scipy.special import logsumexp

import bayesnn as bnn
from benchmarks.report import REFERENCE, ROOT, write

FOLDS = {"yacht": range(4), "concrete": range(3), "airfoil": range(3)}
NETWORKS = {"a": (50,), "b": (16, 16)}
SHORT = {"n_ensembles": 2, "n_walkers": 8, "n_warmup": 90, "n_draws": 30}
SHORT_A = SHORT | {"n_warmup": 45, "n_draws": 15}
LONG = {"n_ensembles": 4, "n_walkers": 30, "n_warmup": 100, "n_draws": 75}
LONG_A = LONG | {"n_walkers": 16}
METHODS = {"mile": {}, "a": SHORT_A, "b": SHORT, "b-scales": SHORT, "a-long": LONG_A, "b-long": LONG}
"""With what `sample` is told. Short: few walkers for long, since on generated tables 6 of 24 predicted as well as all
of them, and what they miss falls with the length of warm-up alone (30 draws for 50 cost 0.014 nats at most); a, whose
walkers forget sooner, half of it, so that on yacht and concrete a and b together, too, are within half of MILE's time.
Long: to end within ten minutes; walkers of b stay in modes of their own, so that means of W of them differ by 1 / W of
the variance of f or a little less: with four ensembles that is above R-hat 1.05 at one row in twenty where W is 24.
Those of a are more alike. Ninety-six walkers of b for 36 + 12 steps, half of MILE's time on concrete, were below it at
0.85 of the rows of concrete 0, and at 0.40 of yacht 1: too few to leave their modes."""
CANDIDATES, MORE = ("a", "b"), ("a", "b", "b-scales")
EARLIER = {"yacht": "log density 0.632, RMSE 0.31, 70-100 s", "concrete": "log density -2.332, RMSE 3.90, 70-100 s"}
"""Of MILE, before this benchmark was written."""
Found = dict[tuple[str, int, str], dict[str, object]]
STORE = ROOT / "benchmarks" / "results" / "uci"
RHAT = 1.05


@dataclass(frozen=True, eq=False)
class Fold:
    """One of the standard splits: nine tenths to learn from, one to foretell."""

    training: bnn.Dataset
    X: np.ndarray
    y: np.ndarray


def fold(name: str, number: int) -> Fold:
    """As Hernández-Lobato and Adams have split them, airfoil by a mask of test rows, its last column the target."""
    folder = REFERENCE / "uci" / name
    if folder.exists():
        table = np.loadtxt(folder / "data.txt")
        features = np.loadtxt(folder / "index_features.txt").astype(int)
        target = int(np.loadtxt(folder / "index_target.txt"))
        train, test = (np.loadtxt(folder / f"index_{part}_{number}.txt").astype(int) for part in ("train", "test"))
    else:
        table = np.loadtxt(folder.with_suffix(".csv.gz"), delimiter=",")
        features, target = np.arange(table.shape[1] - 1), -1
        tested = np.loadtxt(folder.with_name(f"{name}_test_mask.csv.gz"), delimiter=",")[:, number] > 0
        train, test = np.flatnonzero(~tested), np.flatnonzero(tested)
    (X, y), (X_test, y_test) = ((table[part][:, features], table[part, target]) for part in (train, test))
    return Fold(bnn.Dataset(X, y).standardize(), X_test, y_test)


def posterior(method: str, data: bnn.Dataset) -> bnn.Posterior:
    """The network of that name."""
    hidden, prior = NETWORKS[method[0]], {"*": bnn.Normal(0, 1)}
    likelihood = bnn.Gaussian(sigma=bnn.HalfNormal(1)) if method[0] == "a" else bnn.HeteroscedasticGaussian()
    for layer in range(1, len(hidden) + 2) if method in ("a", "a-long", "b-scales") else ():
        prior |= {f"W{layer}": bnn.Normal(0, f"tau{layer}"), f"tau{layer}": bnn.HalfCauchy(1)}
    net = bnn.MLP((data.n_inputs, *hidden, 1 if method[0] == "a" else 2), activation="tanh")
    return bnn.Posterior(net, likelihood, prior=prior, data=data)


def ours(split: Fold, method: str) -> dict[str, object]:
    """Draws within the time, judged by themselves, by LOO on the training rows, and by the test rows."""
    post, before = posterior(method, split.training), processor()
    draws = bnn.sample(post, **METHODS[method], executor=bnn.Joblib(2), progress=False)
    spent = processor() - before
    test = bnn.score(bnn.predict(post, draws, split.X), split.y)
    diagnosis = bnn.diagnose(draws, at=split.X)
    halves = {"kept": float(np.median(diagnosis.function.kept))} if draws.theta.shape[2] >= LONG["n_draws"] else {}
    return halves | {
        "lppd": test.lppd,
        "rmse": test.rmse,
        "coverage": test.coverage[0.9],
        "converged": float(np.mean(diagnosis.function.rhat <= RHAT)),
        "rhat": float(np.max(diagnosis.function.rhat)),
        "ess": float(np.median(diagnosis.function.ess_bulk)),
        "loo": bnn.criteria.loo(draws, unconverged="warn").value,
        "seconds": draws.seconds,
        "processor": spent,
        "shape": draws.theta.shape,
        "kernel": draws.kernels[0],
        "verdict": str(diagnosis),
    }


def processor() -> float:
    """Seconds that this process and its workers have computed; workers are ended, since only then they tell."""
    get_reusable_executor().shutdown(wait=True)
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in used)


def mile(split: Fold) -> dict[str, object]:
    """In its environment, on rows in the same units."""
    scaling, python = split.training.scaling, ROOT / ".venv-bde" / "bin" / "python"
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.npz", Path(folder) / "draws.npz"
        np.savez(source, X=split.training.X, y=split.training.y, X_test=scaling.inputs(split.X))
        subprocess.run([python, ROOT / "benchmarks" / "mile.py", source, target], check=True, stderr=subprocess.DEVNULL)
        with np.load(target) as found:
            mean, sd, seconds = scaling.restore(found["mean"]), scaling.restore_sd(found["sd"]), float(found["seconds"])
    log_prob = -0.5 * ((split.y - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
    return {
        "lppd": float(np.mean(logsumexp(log_prob, axis=0) - np.log(len(mean)))),
        "rmse": float(np.sqrt(np.mean((mean.mean(axis=0) - split.y) ** 2))),
        "coverage": float("nan"),
        "seconds": seconds,
    }


def one(name: str, number: int, method: str) -> dict[str, object]:
    """Figures of one fold by one method, from disk where they are known."""
    STORE.mkdir(parents=True, exist_ok=True)
    file = STORE / f"{name}-{number}-{method}.json"
    if not file.exists():
        split, load = fold(name, number), os.getloadavg()[0]
        before = processor()
        found = mile(split) if method == "mile" else ours(split, method)
        found = {"processor": processor() - before, **found}
        file.write_text(json.dumps({**found, "load": load}, indent=1))
        print(name, number, method, *(f"{key} {found[key]:.3f}" for key in ("lppd", "rmse", "seconds")), flush=True)
    return json.loads(file.read_text())


def known() -> Found:
    """All that is on disk."""
    keys = ((name, number, method) for name, folds in FOLDS.items() for method in METHODS for number in folds)
    return {
        key: json.loads(file.read_text())
        for key in keys
        if (file := STORE / f"{'-'.join(map(str, key))}.json").exists()
    }


def row(key: tuple[str, int, str], fold: dict[str, object]) -> str:
    """A row of the table."""
    forms = {"lppd": ".3f", "rmse": ".3f", "loo": ".1f", "converged": ".0%", "rhat": ".2f", "ess": ".0f", "kept": ".0%"}
    forms |= {"seconds": ".0f", "processor": ".0f", "load": ".1f", "verdict": ""}
    cells = [f"{fold[name]:{form}}" if name in fold else "" for name, form in forms.items()]
    sizes = " x ".join(map(str, fold.get("shape", ())[:3]))
    return " | ".join([f"{key[0]} {key[1]}", key[2], sizes, *cells])


def whole(found: Found, name: str, methods: tuple[str, ...]) -> list[dict[str, dict[str, object]]]:
    """The folds of a table of which all these methods are known."""
    folds = ({m: found[name, number, m] for m in methods if (name, number, m) in found} for number in FOLDS[name])
    return [fold for fold in folds if len(fold) == len(methods)]


def chosen(found: Found, name: str, candidates: tuple[str, ...]) -> list[tuple[str, dict[str, object]]]:
    """The network that LOO chooses on the training rows, fold by fold."""
    folds = whole(found, name, candidates)
    return [max(fold.items(), key=lambda one: np.nan_to_num(one[1]["loo"], nan=-np.inf)) for fold in folds]


def summary(found: Found, name: str) -> list[str]:
    """What the folds of a table come to, part by part."""
    mile = of_method(found, name, "mile")
    mine = {candidates: chosen(found, name, candidates) for candidates in (CANDIDATES, MORE)}
    if not mine[CANDIDATES] or not mile:
        return []
    earlier = f"{EARLIER[name]} when it was measured first; anew, " if name in EARLIER else ""
    lines = [f"* {name}, MILE: {earlier}{len(mile)} folds: {figures(mile)}."]
    for candidates, folds in mine.items():
        rows = [row for _, row in folds]
        lines.append(
            f"* {name}, {len(rows)} folds: of {', '.join(candidates)} LOO chooses "
            f"{', '.join(method for method, _ in folds)}: {figures(rows)}; lowest log density of a fold "
            f"{min(row['lppd'] for row in rows):.3f}; {beside(rows, mile)}"
        )
    lines += [f"* {name}, {' and '.join(CANDIDATES)} one after the other: {times(both(found, name), mile)}."]
    long = {method: of_method(found, name, method) for method in METHODS if method.endswith("long")}
    lines += [converged(name, method, runs) for method, runs in long.items() if runs]
    return lines


def both(found: Found, name: str) -> list[dict[str, object]]:
    """What the candidates of a fold take together, of which one is chosen in the end."""
    folds = (fold.values() for fold in whole(found, name, CANDIDATES))
    return [{what: sum(run[what] for run in runs) for what in ("seconds", "processor")} for runs in folds]


def of_method(found: Found, name: str, method: str) -> list[dict[str, object]]:
    """Its folds of a table."""
    return [fold for key, fold in found.items() if key[::2] == (name, method)]


def converged(name: str, method: str, runs: list[dict[str, object]]) -> str:
    """On how many folds R-hat is what was asked for, in which time."""
    enough = sum(row["converged"] >= 0.95 for row in runs)
    line = (
        f"* {name}, {method}, {len(runs)} folds: {figures(runs)}, {max(row['seconds'] for row in runs):.0f} s at most; "
        f"R-hat of f at most {RHAT} at 95 % of the test rows or more on {enough} of {len(runs)} folds, at "
        f"{min(row['converged'] for row in runs):.0%} at least"
    )
    kept = ", ".join(f"{row['kept']:.0%}" for row in runs)
    return f"{line}; walkers keep {kept} of the variance of f."


def beside(rows: list[dict[str, object]], mile: list[dict[str, object]]) -> str:
    """Ours and MILE."""
    lppd, rmse = (np.mean([row[what] for row in mile]) for what in ("lppd", "rmse"))
    above = "above" if np.mean([row["lppd"] for row in rows]) > lppd else "NOT ABOVE"
    worse = "not worse" if np.mean([row["rmse"] for row in rows]) <= rmse else "WORSE"
    return f"log density {above} MILE's, RMSE {worse}; in the mean {times(rows, mile)}."


def times(rows: list[dict[str, object]], mile: list[dict[str, object]]) -> str:
    """By both clocks."""
    return ", ".join(share(rows, mile, what) for what in ("seconds", "processor"))


def share(rows: list[dict[str, object]], mile: list[dict[str, object]], what: str) -> str:
    """Of MILE's time."""
    ours, theirs = (np.mean([row[what] for row in some]) for some in (rows, mile))
    clock = "by the clock" if what == "seconds" else "of processors"
    return f"{ours:.0f} s {clock}, {ours / theirs:.2f} of MILE's {theirs:.0f} s (at most 0.5 is asked for)"


def figures(rows: list[dict[str, object]]) -> str:
    """Means over folds."""
    lppd, rmse, seconds = (np.mean([row[what] for row in rows]) for what in ("lppd", "rmse", "seconds"))
    return f"log density {lppd:.3f}, RMSE {rmse:.3f}, {seconds:.0f} s"


def lengths(settings: dict[str, int]) -> str:
    """In a phrase."""
    return "{n_ensembles} ensembles of {n_walkers} walkers, {n_warmup} + {n_draws} trajectories".format(**settings)


def table() -> None:
    """What there is, as a page."""
    found = known()
    write(
        "uci",
        "Networks on UCI yacht, concrete and airfoil, beside MILE",
        notes="One row a fold and method: ensembles x walkers x draws; log predictive density and RMSE at the test "
        "rows, in the units of the table; LOO on the training rows; the share of test rows at which nested R-hat of "
        f"f is at most {RHAT}, the largest, the median ESS of f, and, of long runs, the share of its variance that "
        "walkers keep from the first half of their draws to the second; seconds on the clock and of processors, with "
        "the load of the machine when it began; on two quiet cores it is half the seconds of processors. a: one "
        "layer of 50, one noise level; b: 16-16, noise an output; both tanh; all weights of b N(0, 1), those of a "
        "and b-scales with a learned scale for each layer. b had learned scales at first; N(0, 1), the default of "
        "this package, was tried on yacht 1 and 3, where LOO prefers it, as on the other folds later, and was not "
        f"chosen by test rows, which were seen. {lengths(SHORT)}, a: {lengths(SHORT_A)}, on two processes; long, b: "
        f"{lengths(LONG)}, a: {lengths(LONG_A)}. MILE: sklearn-contrib-bde, 16-16, 8 members, 20,000 warm-up steps, "
        "4,000 draws. Nothing was chosen on airfoil. All rows are of one tree of the package and one machine, one "
        "after another, on a processor with AVX-512. On one without b was about half as fast, MILE three quarters. "
        "As each walker begins at a mode of its own, R-hat says how precise means over all walkers are, and sees "
        "nothing of walkers that stay there; the ESS does, and what walkers keep, and each verdict says so. Annealed "
        "SMC from the prior, tried on b of yacht 0, does not weigh the modes either: ln Z of four runs of 160 "
        "particles through 85 temperatures, 67 s of a processor each, was 599 to 663, and their log density 0.76 to "
        "0.88 with an RMSE of 0.46 to 1.18.",
        columns=[
            *("fold", "method", "draws", "log density", "RMSE", "LOO", f"R-hat <= {RHAT}", "R-hat", "ESS", "kept"),
            *("s", "processor s", "load", "verdict"),
        ],
        rows=[row(key, fold) for key, fold in found.items()],
        more=["", *(line for name in FOLDS for line in summary(found, name))],
    )


def main(*arguments: str) -> None:
    """One fold of one method, the table, or all that is missing and then the table."""
    if len(arguments) == 3:
        one(arguments[0], int(arguments[1]), arguments[2])
        return
    if arguments != ("table",):
        for name, folds in FOLDS.items():
            for number in folds:
                for method in METHODS:
                    one(name, number, method)
    table()


if __name__ == "__main__":
    main(*sys.argv[1:])
