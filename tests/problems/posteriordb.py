"""Nine models of posteriordb, each as a user of this package would write it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import bayesnn as bnn
from bayesnn.diagnostics.convergence import Convergence, convergence


@dataclass(frozen=True, eq=False)
class Model:
    """A posterior, and its reference moments by the names of posteriordb: mean, sd and Monte Carlo error of the mean.

    `quantities` takes natural values by name, each (S, *shape), to the reference's parameters, (S,) each.
    """

    posterior: bnn.FunctionPosterior | bnn.Posterior
    quantities: Callable[[dict], dict]
    reference: dict


def read(folder: Path) -> dict[str, Model]:
    """All nine, from the data and moments that lie in a folder."""
    moments = json.loads((folder / "moments.json").read_text())
    tables = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if path.stem != "moments"}
    return {name: Model(*_MODELS[name](tables), moments[name]["parameters"]) for name in moments}


def deviations(model: Model, draws) -> tuple[float, float, Convergence]:
    """Largest |z| of a mean in combined Monte Carlo errors, largest relative error of an sd, and our convergence."""
    shape = draws.log_prob.shape
    flat = {name: value.reshape(-1, *value.shape[3:]) for name, value in draws.values.items()}
    found = model.quantities(flat)
    ours = convergence(np.stack([found[name].reshape(shape) for name in model.reference], axis=-1))
    truth = {key: np.array([moment[key] for moment in model.reference.values()]) for key in ("mean", "sd", "mcse")}
    z = np.abs(ours.mean - truth["mean"]) / np.hypot(ours.mcse_mean, truth["mcse"])
    return float(z.max()), float(np.abs(ours.sd / truth["sd"] - 1).max()), ours


def _regression(X, y, sigma):
    """y ~ normal(b1 + X b, sigma) with flat b."""
    X = np.column_stack(X)
    line = bnn.LinearModel(bnn.polynomial(degree=1, n_inputs=X.shape[1]))
    return bnn.Posterior(line, bnn.Gaussian(sigma=sigma), prior={"w": bnn.Flat()}, data=bnn.Dataset(X, y))


def _betas(values):
    columns = {f"beta[{i + 1}]": values["w"][:, i] for i in range(values["w"].shape[1])}
    return {**columns, "sigma": values["sigma"]}


def _kidiq(*names):
    def model(tables):
        t = {name: np.array(column, dtype=float) for name, column in tables["kidiq"].items() if name != "N"}
        columns = [t["mom_hs"] * t["mom_iq"] if name == "product" else t[name] for name in names]
        return _regression(columns, t["kid_score"], bnn.HalfCauchy(2.5)), _betas

    return model


_SIZES = ("diam1", "diam2", "canopy_height", "total_height", "density")


def _mesquite(transform):
    def model(tables):
        t = {name: np.array(column, dtype=float) for name, column in tables["mesquite"].items() if name != "N"}
        X = [transform(t[name]) for name in _SIZES] + [t["group"]]
        return _regression(X, transform(t["weight"]), bnn.Flat(low=0)), _betas

    return model


def _gauss_mix(tables):
    y = np.array(tables["low_dim_gauss_mix"]["y"])

    def parts(mu, sigma, theta):
        """z, and the weighted densities of both components, each (W, 2, N)."""
        z = (y - mu[..., None]) / sigma[..., None]
        weight = np.stack([theta, 1 - theta], axis=-1)[..., None]
        return z, weight, weight * np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * sigma[..., None])

    def log_likelihood(mu, sigma, theta):
        return np.log(parts(mu, sigma, theta)[2].sum(axis=-2)).sum(axis=-1)

    def grad(mu, sigma, theta):
        z, weight, density = parts(mu, sigma, theta)
        share = density / density.sum(axis=-2, keepdims=True)
        by_theta = (share / weight).sum(axis=-1) @ [1, -1]
        by_mu, by_sigma = (share * z).sum(axis=-1) / sigma, (share * (z**2 - 1)).sum(axis=-1) / sigma
        return {"mu": by_mu, "sigma": by_sigma, "theta": by_theta}

    prior = {
        "mu": bnn.Ordered(bnn.Normal(0, 2), size=2),
        "sigma": bnn.HalfNormal(2, shape=(2,)),
        "theta": bnn.Beta(5, 5),
    }

    def quantities(values):
        pairs = {f"{name}[{i + 1}]": values[name][:, i] for name in ("mu", "sigma") for i in range(2)}
        return {**pairs, "theta": values["theta"]}

    return bnn.FunctionPosterior(log_likelihood, prior, grad=grad, vectorized=True), quantities


def _gp(tables):
    x, y = (np.array(tables["gp_pois_regr"][name], dtype=float) for name in ("x", "y"))
    distance = (x[:, None] - x) ** 2

    def log_likelihood(rho, alpha, sigma):
        rho, alpha, sigma = (value[:, None, None] for value in (rho, alpha, sigma))
        cov = alpha**2 * np.exp(-0.5 * distance / rho**2) + sigma * np.eye(len(x))
        white = np.linalg.solve(cov, np.broadcast_to(y[:, None], (len(cov), len(x), 1)))[..., 0]
        return -0.5 * (white @ y + np.log(np.linalg.det(cov)) + len(x) * np.log(2 * np.pi))

    prior = {"rho": bnn.Gamma(25, scale=1 / 4), "alpha": bnn.HalfNormal(2), "sigma": bnn.HalfNormal(1)}
    return bnn.FunctionPosterior(log_likelihood, prior, vectorized=True), lambda values: values


def _eight_schools(tables):
    y, sigma = (np.array(tables["eight_schools"][name], dtype=float) for name in ("y", "sigma"))

    def log_likelihood(mu, tau, theta_trans):
        theta = mu[..., None] + tau[..., None] * theta_trans
        return np.sum(-0.5 * ((y - theta) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi), axis=-1)

    prior = {"mu": bnn.Normal(0, 5), "tau": bnn.HalfCauchy(5), "theta_trans": bnn.Normal(0, 1, shape=(8,))}

    def quantities(values):
        theta = values["mu"][:, None] + values["tau"][:, None] * values["theta_trans"]
        return {**{f"theta[{i + 1}]": theta[:, i] for i in range(8)}, "mu": values["mu"], "tau": values["tau"]}

    return bnn.FunctionPosterior(log_likelihood, prior, vectorized=True), quantities


_MODELS = {
    "kidiq-kidscore_momhs": _kidiq("mom_hs"),
    "kidiq-kidscore_momiq": _kidiq("mom_iq"),
    "kidiq-kidscore_momhsiq": _kidiq("mom_hs", "mom_iq"),
    "kidiq-kidscore_interaction": _kidiq("mom_hs", "mom_iq", "product"),
    "mesquite-mesquite": _mesquite(lambda v: v),
    "mesquite-logmesquite": _mesquite(np.log),
    "low_dim_gauss_mix-low_dim_gauss_mix": _gauss_mix,
    "gp_pois_regr-gp_regr": _gp,
    "eight_schools-eight_schools_noncentered": _eight_schools,
}
