"""Networks trained side by side."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The weights θ (M, P) of M networks, a source for `predict`: the mixture of what they say (deep ensemble)."""

    theta: FloatArray
    warning: ClassVar[str] = ""
    linear_about: ClassVar[None] = None
    """Predictions are of the networks as they are."""

    def thinned(self, n: int) -> FloatArray:
        """At most n of them, evenly taken."""
        chosen = np.linspace(0, len(self.theta) - 1, min(n, len(self.theta))).astype(int)
        return np.asarray(self.theta[chosen])
