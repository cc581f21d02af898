"""Nine published posteriors, as a user would write them, against reference draws."""

import pytest

import bayesnn as bnn
from tests.problems.posteriordb import deviations, read

NAMES = [
    "kidiq-kidscore_momhs",
    "kidiq-kidscore_momiq",
    "kidiq-kidscore_momhsiq",
    "kidiq-kidscore_interaction",
    "mesquite-mesquite",
    "mesquite-logmesquite",
    "low_dim_gauss_mix-low_dim_gauss_mix",
    "gp_pois_regr-gp_regr",
    "eight_schools-eight_schools_noncentered",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_means_within_four_errors_and_sds_within_three_per_cent(reference, name: str) -> None:
    model = read(reference / "posteriordb")[name]
    z, sd, ours = deviations(model, bnn.sample(model.posterior, n_draws=400, progress=False))
    assert z <= 4
    assert sd <= 0.03
    assert ours.ess_bulk.min() >= 5000
