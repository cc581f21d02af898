"""The windows of warm-up, at whose ends tuned moves take over what they have learned."""

_FIRST = 10
"""Steps at most before scales are learned at all: until then a step is as short as the stiffest component wants it."""


def warmup_windows(n_warmup: int) -> list[int]:
    """Lengths of the windows of warm-up: settle, learn scales on windows that double, settle the step size."""
    if n_warmup < 20:
        return [n_warmup] if n_warmup else []
    last = n_warmup // 5
    windows = [min(last, _FIRST)]
    left, next_one = n_warmup - last - windows[0], windows[0]
    while left >= 3 * next_one:
        windows.append(next_one)
        left, next_one = left - next_one, 2 * next_one
    return [*windows, left, last]
