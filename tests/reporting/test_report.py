"""A report says first whether it may be believed, leaves out what is not known, and needs nothing but itself."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError, SettingError
from tests.reporting.browser import chromium, seen

mpl.use("Agg")
X = np.linspace(0.0, 3.0, 12)


class Outline(HTMLParser):
    """Headings with their ids, images, and everything that names an address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections, self.images, self.addresses, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        found = dict(attributes)
        if tag == "h2":
            self.sections.append(found["id"])
        if tag == "img":
            self.images.append(found)
        self.addresses += [found[name] for name in ("src", "href", "srcset", "action") if name in found]
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def line():
    """A straight line with unknown noise, its draws and its estimates."""
    y = 1.0 + 2.0 * X + 0.3 * np.cos(9 * X)
    data = bnn.Dataset(X, y, names=["t [s]", "x <m> & more"])
    model = bnn.FunctionModel(lambda t, a, b: a + b * t)
    prior = {"a": bnn.Normal(0, 5), "b": bnn.Flat()}
    post = bnn.Posterior(model, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=prior, data=data)
    draws = bnn.sample(post, n_draws=40, n_warmup=80, n_walkers=4, progress=False)
    best = {"MAP": bnn.maximum_a_posteriori(post)}
    return bnn.Results(draws=draws, estimates=best, config={"model": {"form": "a + b t"}, "seed": 0})


@pytest.fixture(scope="module")
def pages(line, tmp_path_factory):
    """A page of everything, of draws alone, of draws without their model, of estimates, and of a comparison."""
    folder, post = tmp_path_factory.mktemp("pages"), line.posterior
    known = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(sigma=0.3), prior={"w": bnn.Normal(0, 5)},
                          data=post.data)  # fmt: skip
    table = bnn.compare({"line": known}, criteria=("bic",))
    kinds = {
        "whole": replace(line, comparison=table, held_out=post.data.take(slice(0, 5))),
        "draws": line.draws,
        "alone": replace(line.draws, posterior=None),
        "estimates": bnn.Results(estimates=line.estimates),
        "comparison": bnn.Results(comparison=table),
    }
    return {name: bnn.report(kind, folder / f"{name}.html") for name, kind in kinds.items()}


def outline(path) -> Outline:
    return Outline(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("whole", "function parameters chains diagnostics learned evidence calibration making"),
        ("draws", "function parameters chains diagnostics learned calibration making"),
        ("alone", "parameters chains diagnostics making"),
        ("estimates", "function parameters calibration making"),
        ("comparison", "evidence making"),
    ],
)
def test_what_is_not_known_is_left_out(pages, name: str, sections: str) -> None:
    assert outline(pages[name]).sections == sections.split()
    assert not outline(pages[name]).open


def test_a_page_needs_nothing_but_itself_and_names_every_image(pages) -> None:
    for page in pages.values():
        found = outline(page)
        assert all(address.startswith(("data:", "#")) for address in found.addresses)
        assert all(len(image["alt"]) > 20 for image in found.images)
        assert "default-src 'none'" in page.read_text(encoding="utf-8")


def test_the_verdict_comes_first_and_is_that_of_the_diagnosis(pages, line) -> None:
    text = pages["draws"].read_text(encoding="utf-8")
    found = re.search(r'<p class="verdict (\w+)" role="status">(.*?)</p>', text)
    assert not bnn.diagnose(line.draws).ok
    assert found[1] == "bad"
    assert found[2].startswith("NOT CONVERGED")
    assert text.index("verdict bad") < text.index("<h2")
    assert 'class="verdict good"' in pages["estimates"].read_text(encoding="utf-8")
    failed = {"MLE": replace(line.estimates["MAP"], converged=False, message="it ran away")}
    doubtful = bnn.report(bnn.Results(estimates=failed), pages["draws"].with_name("doubtful.html"))
    assert "NOT CONVERGED: MLE: it ran away" in doubtful.read_text(encoding="utf-8")


def test_numbers_are_those_of_the_draws(pages, line) -> None:
    text = pages["whole"].read_text(encoding="utf-8")
    a = line.draws.values["a"]
    row = re.search(r'<th scope="row">a</th>(.*?)</tr>', text)[1]
    cells = re.findall("<td>(.*?)</td>", row)
    assert float(cells[0]) == pytest.approx(a.mean(), rel=1e-3)
    assert float(cells[1]) == pytest.approx(a.std(), rel=0.05)
    assert [float(end) for end in cells[2].split(" to ")] == pytest.approx(np.quantile(a, (0.05, 0.95)), rel=1e-3)
    best, error = (float(part) for part in cells[3].split(" ± "))
    assert best == pytest.approx(float(line.estimates["MAP"].values["a"]), rel=1e-3)
    assert error == pytest.approx(float(line.estimates["MAP"].standard_errors["a"]), rel=0.05)
    found = bnn.diagnose(line.draws).log_prob
    row = re.search(r'<th scope="row">log posterior</th>(.*?)</tr>', text)[1]
    shown = [cell.replace("−", "-") for cell in re.findall("<td>(.*?)</td>", row)]
    expected = (found.mean, found.sd, found.mcse_mean, found.ess_bulk, found.ess_tail)
    assert [float(cell) for cell in shown[:5]] == pytest.approx([column[0] for column in expected], rel=0.05)
    assert shown[5] == f"{found.rhat[0]:.3f}"
    assert "Judged on 5 rows that were held out." in text
    assert "Judged on 12 rows of the fit itself, which flatters." in pages["draws"].read_text(encoding="utf-8")
    assert '<th scope="row">model.form</th><td>a + b t</td>' in text


def test_names_are_escaped(pages) -> None:
    text = pages["whole"].read_text(encoding="utf-8")
    assert "<title>x &lt;m&gt; &amp; more from t [s]</title>" in text
    assert "x <m>" not in text


def test_the_same_results_give_the_same_page(pages, line) -> None:
    again = bnn.report(line.draws, pages["draws"].with_name("again.html"))
    assert again.read_bytes() == pages["draws"].read_bytes()


def test_networks_classes_and_functions_have_pages(tmp_path) -> None:
    labels = bnn.Dataset(np.column_stack([X, X**2]), ["no", "yes"] * 6)
    net = bnn.Posterior(bnn.MLP((2, 2, 1)), bnn.Bernoulli(), prior={"*": bnn.Normal(0, 1)}, data=labels)
    few = {"n_draws": 12, "n_warmup": 12, "n_walkers": 3, "n_ensembles": 2, "progress": False}
    page = bnn.report(bnn.sample(net, **few), tmp_path / "classes.html", title="Yes or no")
    assert outline(page).sections == ["parameters", "chains", "diagnostics", "learned", "calibration", "making"]
    assert "<title>Yes or no</title>" in page.read_text(encoding="utf-8")
    assert "<details>" in page.read_text(encoding="utf-8")
    assert '<th scope="row">|W1|</th>' in page.read_text(encoding="utf-8")
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    page = bnn.report(bnn.sample(coin, **few), tmp_path / "coin.html")
    assert outline(page).sections == ["parameters", "chains", "diagnostics", "learned", "making"]
    pairs = bnn.Dataset(X, np.column_stack([X, -X]), cov=None, yerr=0.1)
    both = bnn.Posterior(bnn.MLP((1, 2)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=pairs)
    page = bnn.report(bnn.Results(estimates={"MAP": bnn.maximum_a_posteriori(both)}), tmp_path / "pairs.html")
    assert outline(page).sections == ["function", "parameters", "calibration", "making"]


def test_of_a_large_network_the_first_weights_are_listed_without_errors(tmp_path, network) -> None:
    best = bnn.maximum_a_posteriori(network(1, 16, 1))
    page = bnn.report(bnn.Results(estimates={"MAP": best}), tmp_path / "network.html").read_text(encoding="utf-8")
    assert "... and 9 more" in page
    cell = re.search(r'<th scope="row">W1\[0, 3\]</th><td>(.*?)</td>', page)[1]
    assert float(cell.replace("−", "-")) == pytest.approx(best.values["W1"][0, 3], rel=1e-3)


def test_blocks_of_draws_in_another_order_stand_beside_their_estimates(tmp_path, network) -> None:
    """As from files, whose groups were in the order of the alphabet; more values than are listed."""
    post = network(1, 16, 1)
    draws = bnn.sample(post, n_draws=20, n_warmup=20, n_walkers=4, progress=False)
    best = bnn.maximum_a_posteriori(post)
    turned = replace(draws, values=dict(sorted(draws.values.items())))
    text = bnn.report(bnn.Results(draws=turned, estimates={"MAP": best}), tmp_path / "n.html").read_text("utf-8")
    row = re.search(r"W2\[7, 0\]</t[hd]>(.*?)</tr>", text, re.S)[1]
    cells = [float(cell) for cell in re.findall(r">(-?[\d.e-]+)<", row.replace("−", "-"))]
    assert cells[0] == pytest.approx(draws.values["W2"][..., 7, 0].mean(), rel=1e-2)
    assert cells[-1] == pytest.approx(best.values["W2"][7, 0], rel=1e-2)


def test_a_covariance_is_judged_by_its_diagonal(tmp_path) -> None:
    data = bnn.Dataset(X, 2 * X, cov=0.04 * np.eye(12) + 0.01)
    post = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 5)}, data=data)
    page = bnn.report(bnn.Results(estimates={"MAP": bnn.maximum_a_posteriori(post)}), tmp_path / "cov.html")
    assert "calibration" in outline(page).sections


def test_a_folder_gives_its_draws_and_its_settings(line, tmp_path) -> None:
    line.draws.save(tmp_path / "run" / "draws.h5")
    (tmp_path / "run" / "config.json").write_text('{"config": {"seed": 3, "model": {"hidden": [16]}}}')
    page = bnn.report(tmp_path / "run", tmp_path / "run" / "report.html")
    assert outline(page).sections == ["parameters", "chains", "diagnostics", "making"]
    assert '<th scope="row">config.model.hidden</th><td>[16]</td>' in page.read_text(encoding="utf-8")
    for bad in ("{", "[1]"):
        (tmp_path / "run" / "config.json").write_text(bad)
        with pytest.raises(FileError, match=r"config\.json: expected"):
            bnn.report(tmp_path / "run", tmp_path / "report.html")


def test_bad_results_and_places_are_refused(line, tmp_path) -> None:
    with pytest.raises(FileError, match="expected a folder"):
        bnn.report(tmp_path / "nowhere", tmp_path / "report.html")
    with pytest.raises(FileError, match="can be written"):
        bnn.report(bnn.Results(estimates=line.estimates), tmp_path)
    with pytest.raises(SettingError, match="got dict"):
        bnn.report({"draws": line.draws}, tmp_path / "report.html")
    with pytest.raises(SettingError, match="got none"):
        bnn.Results()
    few = replace(line.draws, theta=line.draws.theta[:, :, :3])
    with pytest.raises(SettingError, match="sample on"):
        bnn.report(few, tmp_path / "report.html")
    other = bnn.FunctionPosterior(lambda p: -(p**2), {"p": bnn.Normal(0, 1)})
    with pytest.raises(SettingError, match="'MAP' of another model"):
        bnn.Results(draws=line.draws, estimates={"MAP": bnn.maximum_a_posteriori(other)})


def test_a_browser_shows_it_on_a_phone_and_a_desk_light_and_dark(pages) -> None:
    papers = set()
    with chromium() as opened:
        for width, scheme in ((390, "light"), (390, "dark"), (1200, "light"), (1200, "dark")):
            found = seen(opened, pages["whole"], width=width, scheme=scheme)
            assert found["console"] == []
            assert found["requests"] == []
            assert found["decoded"]
            assert found["images"] == 7
            assert all(found["alts"])
            assert found["width"] <= width
            assert found["spilled"] == 0
            assert found["texts"] > 50
            assert found["contrast"] >= 4.5, scheme  # WCAG 2.2, AA
            assert found["duplicates"] == 0
            assert found["sizes"] >= 12
            papers.add(found["paper"])
    assert len(papers) == 2
