"""The public names, written once: type checkers read them here, and `bayesnn` loads them from here on first use."""

from bayesnn import errors as errors
from bayesnn import plotting as plot  # noqa: F401 - a public name
from bayesnn.curves.function_model import FunctionModel as FunctionModel
from bayesnn.data.bundled import list_datasets as list_datasets
from bayesnn.data.bundled import load_dataset as load_dataset
from bayesnn.data.dataset import Dataset as Dataset
from bayesnn.data.tables import read_table as read_table
from bayesnn.distributions.beta import Beta as Beta
from bayesnn.distributions.cauchy import Cauchy as Cauchy
from bayesnn.distributions.exponential import Exponential as Exponential
from bayesnn.distributions.flat import Flat as Flat
from bayesnn.distributions.gamma import Gamma as Gamma
from bayesnn.distributions.half_cauchy import HalfCauchy as HalfCauchy
from bayesnn.distributions.half_normal import HalfNormal as HalfNormal
from bayesnn.distributions.half_student_t import HalfStudentT as HalfStudentT
from bayesnn.distributions.inverse_gamma import InverseGamma as InverseGamma
from bayesnn.distributions.laplace import Laplace as Laplace
from bayesnn.distributions.log_normal import LogNormal as LogNormal
from bayesnn.distributions.normal import Normal as Normal
from bayesnn.distributions.student_t import StudentT as StudentT
from bayesnn.distributions.uniform import Uniform as Uniform
from bayesnn.estimation.maximum import maximum_a_posteriori as maximum_a_posteriori
from bayesnn.estimation.maximum import maximum_likelihood as maximum_likelihood
from bayesnn.estimation.train import train as train
from bayesnn.estimation.weight_decay import scale_to_weight_decay as scale_to_weight_decay
from bayesnn.estimation.weight_decay import weight_decay_to_scale as weight_decay_to_scale
from bayesnn.evidence.compare import compare as compare
from bayesnn.evidence.estimate import log_evidence as log_evidence
from bayesnn.evidence.exact import exact_posterior as exact_posterior
from bayesnn.exchange.arviz import to_arviz as to_arviz
from bayesnn.exchange.summary import summarize as summarize
from bayesnn.likelihoods.gaussian import Gaussian as Gaussian
from bayesnn.linear.features import polynomial as polynomial
from bayesnn.linear.model import LinearModel as LinearModel
from bayesnn.nn import units as units
from bayesnn.nn.mlp import MLP as MLP
from bayesnn.optimizers import schedules as schedules
from bayesnn.optimizers.sgd import SGD as SGD
from bayesnn.posterior.function_posterior import FunctionPosterior as FunctionPosterior
from bayesnn.posterior.posterior import Posterior as Posterior
from bayesnn.prediction.predictive import predict as predict
from bayesnn.sampling.archive import load as load
from bayesnn.sampling.diagnosis import diagnose as diagnose
from bayesnn.sampling.moves.hmc import HMC as HMC
from bayesnn.sampling.run import sample as sample

__version__: str
__all__: list[str]
