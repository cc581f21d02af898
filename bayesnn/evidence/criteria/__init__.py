"""Criteria of model choice, all in nats on the scale of ln p(y): larger is better. Public as ``bnn.criteria``.

−2 × value is the usual AIC, BIC, DIC or WAIC. AIC, AICc and BIC take a maximum-likelihood `Optimum`; DIC, WAIC and LOO
take `Draws`; k_fold takes a `Posterior` and refits it.

>>> import bayesnn as bnn
>>> data = bnn.Dataset([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], yerr=0.1)
>>> line = bnn.LinearModel(bnn.polynomial(degree=1))
>>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
>>> round(bnn.criteria.bic(bnn.maximum_likelihood(post)).deviance, 4)
-6.1047
"""

from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.criteria.dic import dic
from bayesnn.evidence.criteria.information import aic, aicc, bic
from bayesnn.evidence.criteria.k_fold import k_fold
from bayesnn.evidence.criteria.loo import loo
from bayesnn.evidence.criteria.waic import waic

__all__ = ["Criterion", "aic", "aicc", "bic", "dic", "k_fold", "loo", "waic"]
