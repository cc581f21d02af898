"""Any function, descended with any optimizer, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.derivatives import Values, central_differences, complex_step, is_analytic
from bayesnn.errors import SettingError, StartError
from bayesnn.optimizers.settings import whole
from bayesnn.optimizers.transforms import Transform
from bayesnn.protocols import Array, FloatArray, Seed
from bayesnn.randomness import generator

Slope = Callable[[FloatArray, int | None], FloatArray]
"""From θ (P,) and the seed of its noise to the gradient (P,)."""


@dataclass(frozen=True, eq=False)
class Descent:
    """The way down: points path (T + 1, P), the function there, values (T + 1,), and where it led: theta (P,), value.

    theta is the last point, or the lowest one if the descent diverged; path and values end where they would cease to be
    finite.
    """

    path: FloatArray
    values: FloatArray
    theta: FloatArray
    value: float
    diverged: bool
    message: str


def minimize(
    function: Callable[..., Any],
    start: ArrayLike,
    *,
    optimizer: Transform,
    n_steps: int,
    gradient: Callable[..., ArrayLike] | None = None,
    rng: Seed = None,
) -> Descent:
    """θ ← θ + optimizer(∇ function(θ)), n_steps times.

    Parameters
    ----------
    function : function(θ) → a real number, θ (P,). With `rng`, function(θ, rng): a stochastic objective, whose mean is
        descended; each step has a generator of its own, which is the same for the function and its gradient.
    start : θ (P,) to begin from.
    optimizer : `SGD`, `Adam`, ..., or a chain of transforms.
    n_steps : steps to take; schedules and noise make any other rule of stopping a guess.
    gradient : gradient(θ) → (P,), or gradient(θ, rng) with `rng`; left out, it is found by complex step where the
        function is analytic (NumPy arithmetic, exp, log, sin, ...), else by central differences.
    rng : seed of a stochastic objective; None for one without noise.

    Raises
    ------
    StartError : a start that is no vector, or where the function is not finite.
    SettingError : no steps; a function that is not a real number, a gradient of another shape than (P,).

    References
    ----------
    Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées (1847); Robbins & Monro (1951).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> valley = lambda x: (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2
    >>> descent = bnn.SGD(learning_rate=0.005, momentum=0.9)
    >>> bnn.minimize(valley, [-1.0, 1.0], optimizer=descent, n_steps=2000).theta.round(6)
    array([1., 1.])

    Stochastic gradient descent, on one datum at a time, finds their mean:

    >>> data = np.array([1.0, 2.0, 6.0])
    >>> sgd = bnn.SGD(learning_rate=bnn.schedules.inverse_time(0.5, half_life=1))
    >>> loss = lambda x, rng: (x[0] - rng.choice(data)) ** 2 / 2
    >>> bool(abs(bnn.minimize(loss, [0.0], optimizer=sgd, n_steps=5000, rng=0).theta[0] - data.mean()) < 0.2)
    True
    """
    theta, steps = _start(start), whole(n_steps, "minimize: n_steps")
    random = None if rng is None else generator(rng)
    seed, state = _seed(random), optimizer.init(theta)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        path, values = [theta], [_value(function, theta, seed)]
        if not np.isfinite(values[0]):
            raise StartError(f"start: expected a point where the function is finite, got {values[0]} there; move it")
        slope = _given(gradient) if gradient is not None else _derived(function, theta, seed)
        for _ in range(steps):
            step, state = optimizer.update(slope(theta, seed), state, theta)
            theta, seed = theta + step, _seed(random)
            value = _value(function, theta, seed) if np.all(np.isfinite(theta)) else np.nan
            if not np.isfinite(value):
                break
            path.append(theta)
            values.append(value)
    return _descent(np.array(path), np.array(values), steps, is_noisy=random is not None)


def _descent(path: FloatArray, values: FloatArray, n_steps: int, *, is_noisy: bool) -> Descent:
    stopped = len(values) <= n_steps
    diverged = stopped or bool(values[-1] > values[0] and not is_noisy)
    best = int(np.argmin(values)) if diverged else n_steps
    if diverged:
        how = f"was no longer finite after step {len(values) - 1}" if stopped else "ended above its start"
        message = f"diverged: the function {how}; theta is the lowest point, of step {best}; lower learning_rate"
    else:
        last = float(np.linalg.norm(path[-1] - path[-2]))
        message = f"from {values[0]:.6g} to {values[-1]:.6g} in {n_steps} steps, the last one {last:.1e} long"
    return Descent(path, values, path[best], float(values[best]), diverged, message)


def _start(start: ArrayLike) -> FloatArray:
    try:
        theta = np.array(start, dtype=np.float64)
    except (TypeError, ValueError):
        raise StartError(f"start: expected a vector of numbers (P,), got {start!r}") from None
    if theta.ndim != 1 or not theta.size or not np.all(np.isfinite(theta)):
        raise StartError(f"start: expected a vector (P,) of finite numbers, got {start!r}; [0.0, 0.0], say")
    return theta


def _seed(random: np.random.Generator | None) -> int | None:
    return None if random is None else int(random.integers(2**63))


def _call(function: Callable[..., Any], theta: Array, seed: int | None) -> Any:
    """A copy goes in: a function that writes into its argument harms nobody."""
    return function(theta.copy()) if seed is None else function(theta.copy(), np.random.default_rng(seed))


def _value(function: Callable[..., Any], theta: FloatArray, seed: int | None) -> float:
    value = np.asarray(_call(function, theta, seed))
    if value.shape != () or value.dtype.kind not in "fiub":
        raise SettingError(
            f"minimize: expected a function that returns one real number, got {value.dtype} of shape {value.shape}; "
            "np.sum(...) it, say"
        )
    return float(value)


def _given(gradient: Callable[..., ArrayLike]) -> Slope:
    def slope(theta: FloatArray, seed: int | None) -> FloatArray:
        found = np.asarray(_call(gradient, theta, seed))
        if found.shape != theta.shape or found.dtype.kind not in "fiu":
            raise SettingError(
                f"gradient: expected real numbers of shape {theta.shape}, got {found.dtype} of shape {found.shape}"
            )
        return found.astype(np.float64)

    return slope


def _derived(function: Callable[..., Any], start: FloatArray, seed: int | None) -> Slope:
    def values(seed: int | None) -> Values:
        return lambda theta: np.reshape(_call(function, theta, seed), (1, 1))

    derivative = complex_step if is_analytic(values(seed), start) else central_differences
    return lambda theta, seed: derivative(values(seed), theta)[0, 0]
