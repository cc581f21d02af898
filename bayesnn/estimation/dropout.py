"""MC dropout: predictions of many thinned networks."""

import numpy as np

from bayesnn.distributions.supports import Real
from bayesnn.errors import ModelError, SettingError
from bayesnn.estimation.ensemble import Ensemble
from bayesnn.estimation.optimum import Optimum
from bayesnn.nn.dropout import Dropout
from bayesnn.optimizers.settings import whole
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Seed
from bayesnn.randomness import generator


def mc_dropout(optimum: Optimum, *, rate: float, n_members: int = 200, rng: Seed = 0) -> Ensemble:
    """Members θ ⊙ mask of one trained network, a source for `predict`: their spread is the uncertainty of MC dropout.

    A baseline, not a posterior: its spread is set by the rate and the size of the weights, and does not shrink as rows
    are added. It is the variational answer to a prior of its own making (Gal & Ghahramani 2016), whatever the prior of
    the problem; the optimum itself predicts by the mean network. One mask goes for all inputs, so that each member is
    a function.

    Parameters
    ----------
    optimum : of an `MLP`, trained by ``train(..., dropout=rate)``.
    rate : probability of a hidden unit to be left out, that of the training.
    n_members : masks drawn.

    Raises
    ------
    SettingError : a rate outside [0, 1), no members, an optimum of no model.
    ModelError : no hidden units, radial ones after others; outgoing weights that are fixed, tied or bounded.

    References
    ----------
    Gal & Ghahramani, Dropout as a Bayesian approximation, ICML (2016).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> post = bnn.Posterior(bnn.MLP((1, 16, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    >>> opt = bnn.train(post, optimizer=bnn.Adam(learning_rate=0.01), n_epochs=200, dropout=0.1)
    >>> members = bnn.mc_dropout(opt, rate=0.1)
    >>> members.theta.shape, bnn.predict(post, members, [0.5, 2.0]).epistemic_sd.shape
    ((200, 49), (2,))
    """
    posterior = optimum.density.posterior
    if not isinstance(posterior, Posterior):
        raise SettingError(f"mc_dropout: expected an optimum of a network, got one of a {type(posterior).__name__}")
    dropout, parameters = Dropout(posterior.model, rate), posterior.parameters
    masks = dropout.masks(generator(rng), whole(n_members, "mc_dropout: n_members"))
    theta = np.tile(optimum.theta, (len(masks), 1))
    for name in dropout.blocks:
        block = parameters.block(name)
        if not (block.is_free and isinstance(block.support, Real)):
            raise ModelError(f"mc_dropout: expected weights {name} free on the real line, got others; free them")
        theta[:, parameters.free[name]] *= masks[:, parameters.natural_slices[name]]
    return Ensemble(theta)
