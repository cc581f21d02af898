"""The elastic net as a distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtri_exp

from bayesnn.distributions.family import Family, Parameter
from bayesnn.protocols import Array

_NEARLY_LAPLACE = 1e4
"""l1 / √l2 beyond which the square changes the law by 1e-8 and less, and inverting its tail loses digits."""


@dataclass(frozen=True, eq=False)
class ElasticNet(Family):
    """Laplace times Gaussian; as a prior, the elastic net's L1 and L2 penalties together.

    ln p(x) = −l1 |x| − ½ l2 x² − ½ ln(2π / l2) − ln erfcx(l1 / √(2 l2)),  erfcx(z) = exp(z²) erfc(z)

    Parameters
    ----------
    l1 : rate of the absolute value, positive; a number, an array, or the name of another block.
    l2 : precision of the square, positive; likewise. l2 → 0 is `Laplace(0, 1 / l1)`, l1 → 0 `Normal(0, l2 ** -0.5)`.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive.

    References
    ----------
    Zou & Hastie, JRSS B 67, 301 (2005); Li & Lin, The Bayesian elastic net, Bayesian Analysis 5, 151 (2010).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.ElasticNet(1, 1).log_prob(1.0)), 6)
    -1.771064
    """

    l1: Parameter = 1.0
    l2: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = ("l1", "l2")

    @property
    def kink(self) -> tuple[Parameter, Parameter]:
        """−l1 |x|."""
        return 0.0, self.l1

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        size = np.where(np.real(x) >= 0, x, -x)
        log_z = 0.5 * np.log(2 * np.pi / self.l2) + np.log(erfcx(self.l1 / np.sqrt(2 * self.l2)))
        return np.asarray(-self.l1 * size - 0.5 * self.l2 * x * x - log_z)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray(-self.l1 * np.sign(x) - self.l2 * x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape: |x| is a normal variable beyond l1 / √l2, from there on."""
        log_tail, start = np.log1p(-rng.random(shape)), self.l1 / np.sqrt(self.l2)
        beyond = -ndtri_exp(log_tail + log_ndtr(-start)) - start
        size = np.where(start < _NEARLY_LAPLACE, beyond / np.sqrt(self.l2), -log_tail / self.l1)
        return np.asarray(np.where(rng.random(shape) < 0.5, -size, size))
