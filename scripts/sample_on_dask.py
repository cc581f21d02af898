"""The ensembles of one posterior on a Dask cluster: here one of this machine's own, elsewhere any other."""

import argparse
import sys
from pathlib import Path

import joblib

import bayesnn as bnn


def main(n_workers: int, scheduler: str | None, checkpoint: Path | None) -> None:
    from distributed import Client, LocalCluster

    data = bnn.load_dataset("hz").standardize()
    network = bnn.Posterior(bnn.MLP((1, 8, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    cluster = scheduler or LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client, joblib.parallel_config("dask"):
        print(f"{len(client.scheduler_info()['workers'])} workers")
        print(bnn.sample(network, until=bnn.Until(ess=400, rhat=1.02, max_seconds=300), checkpoint=checkpoint))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="processes of a cluster of this machine")
    parser.add_argument("--scheduler", help="address of a cluster that is running, tcp://...")
    parser.add_argument("--checkpoint", type=Path, help="file to keep the draws in, and to go on from")
    options = parser.parse_args()
    try:
        main(options.workers, options.scheduler, options.checkpoint)
    except ImportError:
        sys.exit("error: Dask is not installed; pip install 'dask[distributed]'")
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
