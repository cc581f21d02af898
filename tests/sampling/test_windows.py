"""Windows of warm-up."""

from itertools import pairwise

import pytest

from bayesnn.sampling.windows import warmup_windows


@pytest.mark.parametrize("n", [0, 1, 19, 20, 21, 45, 60, 90, 100, 101, 500, 5000])
def test_windows_fill_warmup(n: int) -> None:
    windows = warmup_windows(n)
    assert sum(windows) == n
    assert all(length > 0 for length in windows)


@pytest.mark.parametrize("n", [20, 45, 60, 100, 500, 5000])
def test_scales_are_learned_soon_and_on_windows_that_double(n: int) -> None:
    settle, *middle, last = warmup_windows(n)
    assert settle <= 10
    assert last == n // 5
    assert middle[0] == settle
    assert all(later == 2 * window for window, later in pairwise(middle[:-1]))
    assert 2 * middle[-2] <= middle[-1] < 6 * middle[-2]


def test_windows_of_a_long_warmup() -> None:
    assert warmup_windows(500) == [10, 10, 20, 40, 80, 240, 100]
