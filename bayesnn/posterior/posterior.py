"""Prior × likelihood × model × data: the only place where a model meets data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from bayesnn.curves.function_model import FunctionModel
from bayesnn.data.dataset import Dataset
from bayesnn.distributions.supports import Real
from bayesnn.errors import DataError, ModelError, SettingError
from bayesnn.posterior.assignment import Priors, assign
from bayesnn.posterior.blocks import Block, Part, pieces, sum_over_blocks, tasks
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.joint_prior import JointPrior
from bayesnn.posterior.parameters import Parameters
from bayesnn.posterior.rows import DataRows, cholesky
from bayesnn.protocols import Array, Distribution, FloatArray, ForwardModel, Likelihood, Noise


@dataclass(frozen=True, init=False, eq=False)
class Posterior(PosteriorDensity):
    """The posterior of a model's parameters given a table.

    ln p(θ | y) + ln p(y) = Σ_rows ln p(y_n | f(x_n; θ)) + ln p(θ)

    Parameters
    ----------
    model : an `MLP`, a `LinearModel`, or anything with named blocks and a forward pass.
    likelihood : how y scatters about the outputs of the model.
    prior : for each block, by name or pattern ("W*"), a distribution; a tuple is uniform, a number fixes the block,
        the name of another block, which a parameter of a prior may be too, or a `Tied` ties it. One distribution alone
        is weight decay: all blocks have it, but a network's biases are `Flat()`.
    data : a `Dataset`, in the units in which the model shall work; see `Dataset.standardize`.

    θ is unconstrained and (..., P): one vector, an ensemble and a chain take the same path, so that a posterior
    goes into ``emcee.EnsembleSampler(..., vectorize=True)`` as it is.

    Raises
    ------
    PriorError : a block without a prior, or a prior that matches no block.
    ModelError : a model that does not fit the width of the table.
    DataError : targets or errors that the likelihood cannot use.
    SettingError : a prior family in place of the likelihood.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4, 448 (1992).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> data = bnn.load_dataset("hz").standardize()
    >>> post = bnn.Posterior(bnn.MLP((1, 16, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    >>> post.n_params, post.names[:2], post.log_prob(np.zeros((4, 49))).shape
    (49, ('W1[0, 0]', 'W1[0, 1]'), (4,))
    """

    model: ForwardModel
    likelihood: Likelihood
    data: Dataset
    parameters: Parameters
    prior: JointPrior
    rows: DataRows

    def __init__(self, model: ForwardModel, likelihood: Likelihood, *, prior: Priors, data: Dataset) -> None:
        if isinstance(likelihood, Distribution):
            raise SettingError(
                f"likelihood: expected an observation model, got the prior family {type(likelihood).__name__}; "
                "use bnn.Gaussian or bnn.likelihoods.StudentT, say"
            )
        y, yerr = likelihood.targets(data)
        n_outputs = model.n_outputs(data.n_inputs)
        if n_outputs != likelihood.n_outputs(y):
            raise ModelError(
                f"model: expected {likelihood.n_outputs(y)} outputs for these targets and {type(likelihood).__name__}, "
                f"got {n_outputs}; change the width of the output"
            )
        parameters, joint = assign(prior, model.blocks, likelihood.noise_priors, free=model.biases)
        fields = {"model": model, "likelihood": likelihood, "data": data, "parameters": parameters, "prior": joint}
        self.__dict__.update(fields, rows=DataRows(data.X, y, yerr, cholesky(data.cov)))

    def take(self, rows: Array | slice) -> Self:
        """The same problem on those rows only."""
        return self._with(self.rows.take(rows))

    def with_likelihood(self, likelihood: Likelihood) -> Self:
        """The same problem under another likelihood of the same outputs and unknowns."""
        return self._with(self.rows, likelihood=likelihood)

    def astype(self, dtype: DTypeLike) -> Self:
        """The same problem with rows of another precision, in which the likelihood and its slopes are then found.

        Priors keep the precision of θ, and so do sums over blocks of rows.
        """
        return self._with(self.rows.astype(dtype))

    def on(self, data: Dataset) -> Self:
        """The same model, prior and likelihood on another table, in the same units.

        Raises
        ------
        ModelError, DataError : a table of another width, or with targets or errors that the likelihood cannot use.
        """
        y, yerr = self.likelihood.targets(data)
        labels, others = self.likelihood.labels(self.data), self.likelihood.labels(data)
        if not np.array_equal(np.asarray(labels), np.asarray(others)):
            raise DataError(f"table: expected the classes {labels}, got {others}; give the likelihood all as classes=")
        if self.model.n_outputs(data.n_inputs) != self.likelihood.n_outputs(y):
            raise ModelError(f"table: expected targets as in the first one, got {y.shape[1]} columns; match them")
        return self._with(DataRows(data.X, y, yerr, cholesky(data.cov)), data=data)

    def with_targets(self, y: FloatArray) -> Self:
        """The same problem with other targets y (N, T), as the likelihood encodes them."""
        return self._with(replace(self.rows, y=y))

    def _with(self, rows: DataRows, **others: Dataset | Likelihood) -> Self:
        """The same with other rows, and with what is cached, none of which is of the rows."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, rows=rows, **others)
        return copy

    def draw_targets(self, theta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Targets (N, T) as the model and the likelihood make them at one θ (P,), with the errors of these rows."""
        y = self.likelihood.sample(self.outputs(theta, self.rows.X), self.noise(theta), rng, rows=self.rows)
        return np.asarray(y, dtype=np.float64)

    def confirm_gradient(self, theta: Array) -> bool:
        """Of a `FunctionModel`, whose derivatives are by complex step where it seemed analytic."""
        if not isinstance(self.model, FunctionModel):
            return True
        return self.model.confirm(self.parameters.natural(theta[None])[0, : self._n_model], self.rows.X)

    @property
    def model_is_unconstrained(self) -> bool:
        """Are the model's own parameters, where they are free, parts of θ as they are?"""
        own = map(self.parameters.block, self.model.blocks)
        return all(block.fixed is not None or (block.is_free and isinstance(block.support, Real)) for block in own)

    @property
    def has_gradient(self) -> bool:
        """By backprop, always."""
        return True

    def natural_log_likelihood(self, natural: Array) -> Array:
        """Natural values (M, Q) → ln p(y | values) (M,)."""
        return self._summed(self._values, natural, "value")[0]

    def natural_log_likelihood_and_grad(self, natural: Array) -> tuple[Array, Array]:
        """The same with its gradient (M, Q): the chain rule, block by block."""
        values, slopes = self._summed(self._value_and_grad, natural, "gradient")
        return values.astype(np.result_type(natural, np.float64)), slopes.astype(natural.dtype, copy=False)

    def _values(self, natural: Array, rows: slice) -> tuple[Array, ...]:
        part = self.rows.take(rows)
        outputs, _ = self.model.forward(natural[:, : self._n_model], part.X)
        return (self.likelihood.log_prob(outputs, part, self._noise(natural)),)

    def _value_and_grad(self, natural: Array, rows: slice) -> tuple[Array, ...]:
        part = self.rows.take(rows)
        outputs, backprop = self.model.forward(natural[:, : self._n_model], part.X)
        value, slope, noise_slopes = self.likelihood.grad_outputs(outputs, part, self._noise(natural))
        by_model = backprop(slope)
        if by_model.shape == natural.shape:
            return value, by_model
        grad = np.zeros_like(natural)
        grad[:, : self._n_model] = by_model
        for name, noise_slope in noise_slopes.items():
            grad[:, self.parameters.natural_slices[name]] = noise_slope.reshape(len(value), -1)
        return value, grad

    def pointwise_log_likelihood(self, theta: ArrayLike) -> Array:
        """ln p(y_n | θ) of each row, θ (..., P) → (..., N)."""
        array = self.parameters.checked(theta)
        natural = self.parameters.natural(array.reshape(-1, self.n_params))
        values = np.empty((len(natural), self.rows.n_rows))
        for walkers, rows in (block for task in self._tasks(natural) for block in task):
            part, mine = self.rows.take(rows), natural[walkers]
            outputs, _ = self.model.forward(mine[:, : self._n_model], part.X)
            values[walkers, rows] = self.likelihood.pointwise(outputs, part, self._noise(mine))
        return values.reshape(*array.shape[:-1], -1)

    def outputs(self, theta: ArrayLike, X: Array) -> Array:
        """f(X; θ) in the units of `data`: θ (..., P), X (N, D) → (..., N, K)."""
        array = self.parameters.checked(theta)
        natural = self.parameters.natural(array.reshape(-1, self.n_params))[:, : self._n_model]
        parts = [
            self.model.forward(natural[walkers], X)[0]
            for walkers, _ in pieces(len(natural), len(X), width=self.model.width, divisible=False)
        ]
        return np.concatenate(parts).reshape(*array.shape[:-1], len(X), -1)

    def blocks_of_rows(self, *, width: int) -> Iterator[DataRows]:
        """The table in blocks that stay in cache where `width` numbers are kept for a row."""
        wide, divisible = max(self.model.width, width), self.rows.root is None
        for _, rows in pieces(1, self.rows.n_rows, width=wide, divisible=divisible):
            yield self.rows.take(rows)

    def linearize(self, theta: FloatArray, X: Array) -> tuple[Array, Array]:
        """f(X; θ) (N, K) and ∂f/∂θ (N, K, P) at one θ (P,)."""
        natural = self.parameters.natural(theta[None])[0]
        outputs, slopes = self.model.linearize(natural[: self._n_model], X)
        if self._model_leads:
            others = self.n_params - slopes.shape[-1]
            return outputs, np.pad(slopes, ((0, 0), (0, 0), (0, others))) if others else slopes
        rows = np.zeros((outputs.size, len(natural)))
        rows[:, : self._n_model] = slopes.reshape(outputs.size, -1)
        pulled = self.parameters.pullback(np.broadcast_to(theta, (outputs.size, self.n_params)), rows)
        return outputs, pulled.reshape(*outputs.shape, self.n_params)

    def moments(self, theta: ArrayLike, X: Array) -> tuple[Array, Array]:
        """E[y | θ] and the sd of y about it at X (M, D), all in the units of the table: θ (..., P) → (..., M, K)."""
        scaling = self.data.scaling
        outputs = self.outputs(theta, scaling.inputs(X))
        variance = self.likelihood.variance(outputs, self.noise(theta))
        return scaling.restore(self.likelihood.mean(outputs)), scaling.restore_sd(np.sqrt(variance))

    def noise(self, theta: ArrayLike) -> dict[str, Array]:
        """Values of the likelihood's own unknowns, each (...)."""
        values = self.parameters.unpack(theta)
        return {name: values[name] for name in self.likelihood.noise_priors}

    @cached_property
    def _model_leads(self) -> bool:
        """Are the model's parameters, all of them free and unconstrained, the first of θ?"""
        return self.model_is_unconstrained and all(self.parameters.block(name).is_free for name in self.model.blocks)

    @cached_property
    def _n_model(self) -> int:
        return sum(block.size for block in self.parameters.blocks if block.name in self.model.blocks)

    @cached_property
    def _noise_slices(self) -> dict[str, slice]:
        return {name: self.parameters.natural_slices[name] for name in self.likelihood.noise_priors}

    def _noise(self, natural: Array) -> Noise:
        return {name: natural[:, where].reshape(len(natural)) for name, where in self._noise_slices.items()}

    def _tasks(self, natural: Array) -> list[list[Block]]:
        """Of so many bytes: twice as many numbers in float32."""
        width = -(-self.model.width * self.rows.X.itemsize // 8)
        return tasks(len(natural), self.rows.n_rows, width=width, divisible=self.rows.root is None)

    def _summed(self, part: Part, natural: Array, kind: str) -> Sequence[Array]:
        """Of all rows, in their precision."""
        rounded = natural.astype(self.rows.X.dtype, copy=False) if natural.dtype.kind == "f" else natural
        return sum_over_blocks(part, rounded, self._tasks(natural), width=self.model.width, kind=kind)
