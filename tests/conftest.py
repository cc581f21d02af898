"""What all tests share: where the reference data lie, and the Hubble problem."""

import os
from pathlib import Path

import pytest

import bayesnn as bnn
from bayesnn.posterior import blocks

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Data with known answers; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("BAYESNN_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set BAYESNN_REFERENCE")
    return folder


@pytest.fixture(scope="session")
def hubble() -> bnn.Dataset:
    """The 31 Hubble rates, standardized."""
    return bnn.load_dataset("hz").standardize()


@pytest.fixture
def network(hubble: bnn.Dataset):
    """A function from widths to the Hubble posterior of that network, N(0, 1) priors."""

    def build(*widths: int, activation: str = "tanh") -> bnn.Posterior:
        model = bnn.MLP(widths, activation=activation)
        return bnn.Posterior(model, bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=hubble)

    return build


@pytest.fixture
def blocks_of(monkeypatch):
    """Blocks of another size."""

    def change(n_numbers: int) -> None:
        monkeypatch.setattr(blocks, "_NUMBERS_IN_CACHE", n_numbers)
        blocks.tasks.cache_clear()

    yield change
    blocks.tasks.cache_clear()
