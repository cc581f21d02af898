"""The windows of warm-up, at whose ends tuned moves take over what they have learned."""


def warmup_windows(n_warmup: int) -> list[int]:
    """Lengths of the windows of warm-up: settle, learn scales on two growing windows, settle the step size."""
    if n_warmup < 20:
        return [n_warmup] if n_warmup else []
    settle, last = n_warmup // 5, n_warmup // 5
    first = (n_warmup - settle - last) // 3
    return [settle, first, n_warmup - settle - last - first, last]
