"""MILE on one fold, in the environment of its own that sklearn-contrib-bde needs: `python benchmarks/mile.py FILE OUT`.

FILE is an npz with X, y, X_test, all standardized by the training rows; OUT becomes an npz with `mean` and `sd` (S, M)
of every draw at the test rows, and `seconds` of fit and prediction, compilation among them. Settings are those that its
authors recommend: 8 members, 20,000 warm-up steps, 4,000 draws.
"""

import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import numpy as np
from bde import BdeRegressor
from bde.loss import GaussianNLL

SETTINGS = {
    "hidden_layers": [16, 16],
    "n_members": 8,
    "epochs": 1000,
    "validation_split": 0.15,
    "patience": 10,
    "lr": 1e-3,
    "weight_decay": 1e-4,
    "warmup_steps": 20_000,
    "n_samples": 4000,
    "n_thinning": 2,
    "seed": 0,
}


def main(source: str, target: str) -> None:
    with np.load(source) as fold:
        X, y, X_test = (fold[name].astype(np.float32) for name in ("X", "y", "X_test"))
    began = time.perf_counter()
    regressor = BdeRegressor(loss=GaussianNLL(), **SETTINGS).fit(x=X, y=y)
    raw = np.asarray(regressor.predict(X_test, raw=True), dtype=np.float64)
    seconds = time.perf_counter() - began
    raw = raw.reshape(-1, *raw.shape[-2:])
    np.savez(target, mean=raw[..., 0], sd=np.logaddexp(0, raw[..., 1]) + 1e-6, seconds=seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
