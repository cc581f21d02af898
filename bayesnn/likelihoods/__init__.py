"""Observation models, one a file: how data scatter about the outputs of a model."""

from bayesnn.likelihoods.bernoulli import Bernoulli
from bayesnn.likelihoods.categorical import Categorical
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.likelihoods.heteroscedastic_gaussian import HeteroscedasticGaussian
from bayesnn.likelihoods.poisson import Poisson
from bayesnn.likelihoods.student_t import StudentT

__all__ = ["Bernoulli", "Categorical", "Gaussian", "HeteroscedasticGaussian", "Poisson", "StudentT"]
