"""NIST's certified nonlinear regressions, from both published starts, without derivatives."""

import numpy as np
import pytest

import bayesnn as bnn
from tests.problems.nist import digits, read

NAMES = [
    "Chwirut1", "Chwirut2", "DanWood", "ENSO", "Gauss1", "Gauss2", "Gauss3", "Hahn1", "Kirby2", "Lanczos1",
    "Lanczos2", "Lanczos3", "MGH17", "Misra1a", "Misra1b", "Misra1c", "Misra1d", "Nelson", "Roszman1",
]  # fmt: skip


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_the_certified_digits(reference, name: str, start: int) -> None:
    problem = read(reference / "nist_strd" / f"{name}.dat")
    opt = bnn.maximum_likelihood(problem.posterior(), np.append(problem.starts[start], 0.0))
    found = np.array([opt.values[b] for b in problem.model.names])
    errors = np.array([opt.standard_errors[b] for b in problem.model.names])
    assert opt.converged, opt.message
    assert digits(found, problem.estimates) >= 8
    assert digits(errors, problem.standard_deviations) >= (2 if name == "Lanczos1" else 6)


HARD = {
    "BoxBOD": (
        lambda x, b1, b2: b1 * (1 - np.exp(-b2 * x)),
        [1, 2, 3, 5, 7, 10],
        [109, 149, 149, 191, 213, 224],
        [(1, 1), (100, 0.75)],
        [2.1380940889e02, 5.4723748542e-01],
    ),
    "MGH10": (
        lambda x, b1, b2, b3: b1 * np.exp(b2 / (x + b3)),
        np.arange(50, 126, 5),
        [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872],
        [(2, 400000, 25000), (0.02, 4000, 250)],
        [5.6096364710e-03, 6.1813463463e03, 3.4522363462e02],
    ),
}


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", HARD)
def test_starts_of_the_higher_difficulty(name: str, start: int) -> None:
    """From their first starts a plain Levenberg–Marquardt runs away or creeps along a canyon."""
    function, x, y, starts, certified = HARD[name]
    model = bnn.FunctionModel(function)
    data = bnn.Dataset(np.array(x, dtype=float), np.array(y, dtype=float))
    prior = dict.fromkeys(model.names, bnn.Flat())
    post = bnn.Posterior(model, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=prior, data=data)
    opt = bnn.maximum_likelihood(post, np.append(starts[start], 0.0))
    assert opt.converged
    assert digits(opt.theta[:-1], np.array(certified)) >= 8
