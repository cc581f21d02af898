"""What convergence figures amount to: yes or no, a sentence, and what to do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bayesnn.diagnostics.convergence import Convergence
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.stuck import told

_RHAT = 1.01
_ESS = 400.0
_EACH, _KEPT = 5.0, 0.02
"""Of ESS a walker, and of the variance that walkers keep from the first half of their draws to the second: with fewer
or more they stay where they began, and many of them make up any ESS."""
_LENGTH = 50
"""Draws of a walker below which its ESS is little more than a guess."""
_DIVERGENT = 1e-3
"""Of all trajectories: more leave parts of the posterior out."""
_BFMI = 0.3
_STUCK = "Some parameter never moved, or f is not finite: check the start and the priors, or use a gradient move."
_LOST = "All trajectories diverged: check value_and_grad, whose gradient may be NaN or wrong."


class Worst(NamedTuple):
    """A value, and of what it is."""

    value: float
    of: str


@dataclass(frozen=True, eq=False)
class Findings:
    """Convergence of all that is `counted`, named `what` in one phrase, and what else is known of draws."""

    draws: Draws
    counted: Mapping[str, Convergence]
    what: str
    is_finite: bool
    bfmi: float
    stuck: tuple[tuple[int, int], ...]

    @cached_property
    def rhat(self) -> Worst:
        """NaN of one ensemble."""
        if not self._has_several:
            return Worst(np.nan, "")
        return self._worst(lambda c: c.rhat, np.max, np.inf)

    @cached_property
    def ess(self) -> Worst:
        """Bulk or tail."""
        return self._worst(lambda c: np.concatenate([c.ess_bulk, c.ess_tail]), np.min, 0.0)

    @cached_property
    def kept(self) -> Worst:
        """Of the variance, by walkers."""
        return self._worst(lambda c: c.kept, np.max, 0.0)

    @property
    def ok(self) -> bool:
        """Have they converged?"""
        draws = self.draws
        mixed = self.rhat.value <= _RHAT and self.ess.value >= self._enough and self.kept.value <= _KEPT
        whole = draws.n_draws >= _LENGTH and draws.n_divergent <= _DIVERGENT * draws.log_prob.size
        return bool(self._moves and self._has_several and mixed and whole and not self.stuck)

    @property
    def verdict(self) -> str:
        """In a sentence."""
        figure = f"{self.rhat.value:.3f}" if self.rhat.value < 100 else f"{self.rhat.value:.3g}"
        rhat = f"nested R-hat <= {figure}" if self._has_several else "no R-hat from one ensemble"
        kept = f", {self.kept.value:.0%} of the variance kept by walkers" if self.kept.value > _KEPT else ""
        said = f"{'Converged' if self.ok else 'NOT CONVERGED'}: {rhat}, ESS >= {self.ess.value:.0f}{kept}"
        return " ".join(filter(None, [f"{said} for {self.what}.", self.draws.stopped]))

    @property
    def advice(self) -> str:
        """What is missing, and what to do; empty where nothing is."""
        if not self._moves:
            return f"{_STUCK} {_LOST}" if self._all_diverged else _STUCK
        return " ".join([*self._of_ensembles(), *self._of_walkers(), *self._of_the_density()])

    def _of_ensembles(self) -> Iterator[str]:
        """Are there several, from different starts, that agree?"""
        if not self._has_several:
            yield "One ensemble cannot be checked against another: pass n_ensembles=4."
        if self.draws.one_start:
            yield (
                "All ensembles began at one start, so that R-hat says nothing of modes far from it: leave start out, "
                "or give each ensemble its own, (E, W, P)."
            )
        if self.rhat.value > _RHAT:
            yield f"Ensembles disagree, most of all on {self.rhat.of}: raise n_warmup and n_draws."
        elif self.ess.value < self._enough:
            factor = int(np.ceil(self._enough / max(self.ess.value, 1.0)))
            yield f"Too few effective draws: about {factor} times n_draws are needed."

    def _of_walkers(self) -> Iterator[str]:
        """Do they forget where they began?"""
        n_walkers, n_draws = self.draws.acceptance.size, self.draws.n_draws
        if 0 < self.ess.value < _EACH * n_walkers:
            yield (
                f"{n_walkers} walkers are worth {self.ess.value:.0f} independent draws of {self.ess.of}: in that, each "
                "stays near where it began, in a mode of its own perhaps, and modes count by how often they were "
                "found, not by their weight."
            )
        elif self.kept.value > _KEPT:
            yield (
                f"Walkers keep {self.kept.value:.0%} of the variance of {self.kept.of} for themselves: each stays in a "
                "part of the posterior, a mode perhaps, and parts count by how often they were found, not by their "
                "weight."
            )
        if n_draws < _LENGTH:
            yield f"{n_draws} draws of a walker are too few to tell: take {_LENGTH} at least."

    def _of_the_density(self) -> Iterator[str]:
        """Were there places that the move could not cope with?"""
        draws = self.draws
        if self._all_diverged:
            yield _LOST
        elif draws.n_divergent:
            yield (
                f"{draws.n_divergent} of {draws.log_prob.size} trajectories diverged, where the posterior is narrow, "
                "and may have left that part out: raise target_acceptance (moves=bnn.MAMS(target_acceptance=0.97), "
                "say), tighten the priors or change parameters."
            )
        if self.stuck:
            yield told(self.stuck, draws.acceptance.size)
        if self.bfmi < _BFMI:
            yield f"Energy moves slowly (E-BFMI {self.bfmi:.2f}): tails are long or scales differ; change parameters."
        if draws.n_nan:
            yield f"{draws.n_nan} log densities were NaN or +infinity and were taken as zero probability."
        if draws.interacting and draws.theta.shape[-1] > 10 and not any(" step " in kernel for kernel in draws.kernels):
            yield "emcee's own moves fail quietly beyond about ten parameters: use a gradient move."

    def _worst(
        self, figures: Callable[[Convergence], FloatArray], pick: Callable[[Array], float], fallback: float
    ) -> Worst:
        """Of all that is counted, NaN left out."""
        known = {name: of[~np.isnan(of)] for name, c in self.counted.items() for of in [figures(c)]}
        each = {name: float(pick(of)) for name, of in known.items() if of.size}
        worst = float(pick(np.array(list(each.values())))) if each else fallback
        return Worst(worst, next((name for name, value in each.items() if value == worst), "all of it"))

    @property
    def _has_several(self) -> bool:
        return self.draws.n_ensembles > 1

    @cached_property
    def _moves(self) -> bool:
        """Has every parameter moved, and are outputs numbers?"""
        theta = self.draws.theta
        return self.is_finite and self.draws.n_draws > 1 and bool(np.all(np.ptp(theta, axis=(0, 1, 2)) > 0))

    @property
    def _all_diverged(self) -> bool:
        return self.draws.n_divergent >= self.draws.log_prob.size > 0

    @property
    def _enough(self) -> float:
        """ESS that is asked for."""
        return max(_ESS, _EACH * self.draws.acceptance.size)
