"""Priors as text: ``"Normal(0, 1)"``, read and never executed."""

import ast
from collections.abc import Mapping
from typing import Any

from bayesnn.distributions.beta import Beta
from bayesnn.distributions.cauchy import Cauchy
from bayesnn.distributions.exponential import Exponential
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.gamma import Gamma
from bayesnn.distributions.half_cauchy import HalfCauchy
from bayesnn.distributions.half_normal import HalfNormal
from bayesnn.distributions.half_student_t import HalfStudentT
from bayesnn.distributions.inverse_gamma import InverseGamma
from bayesnn.distributions.laplace import Laplace
from bayesnn.distributions.log_normal import LogNormal
from bayesnn.distributions.normal import Normal
from bayesnn.distributions.student_t import StudentT
from bayesnn.distributions.uniform import Uniform
from bayesnn.errors import PriorError

_FAMILIES = (Beta, Cauchy, Exponential, Flat, Gamma, HalfCauchy, HalfNormal, HalfStudentT, InverseGamma, Laplace)
FAMILIES: Mapping[str, type] = {
    family.__name__: family for family in (*_FAMILIES, LogNormal, Normal, StudentT, Uniform)
}


def prior_of(value: Any) -> Any:
    """What `Posterior` takes from what TOML gives.

    Text such as "Normal(0, 1)" is that prior, other text the name of another block; a number fixes a block, and a list
    of two is uniform between them.

    Raises
    ------
    PriorError : a family that does not exist, or arguments that are not its own.
    """
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, str) or value.isidentifier():
        return value
    name, positional, named = _call(value)
    if name not in FAMILIES:
        raise PriorError(f"prior {value!r}: expected one of {', '.join(sorted(FAMILIES))}, got {name!r}")
    try:
        return FAMILIES[name](*positional, **named)
    except TypeError as error:
        raise PriorError(f"prior {value!r}: expected the parameters of {name}, got others: {error}") from None


def _call(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Name and arguments of a call of literals."""
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError("no call")
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return call.func.id, [ast.literal_eval(argument) for argument in call.args], named
    except (SyntaxError, ValueError):
        raise PriorError(f'prior: expected a family with numbers, such as "Normal(0, 1)", got {text!r}') from None
