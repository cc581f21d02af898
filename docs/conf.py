"""Sphinx: what is generated (API, benchmarks, gallery) is made anew at each build; everything else is Markdown."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate  # noqa: E402

import bayesnn  # noqa: E402

project = "bayesnn"
author = "the bayesnn authors"
version = release = bayesnn.__version__
extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False, "navbar_align": "left", "secondary_sidebar_items": ["page-toc"]}
html_title = f"bayesnn {release}"
html_static_path: list[str] = []
html_show_sourcelink = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are kept with their outputs; the tests run them
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

generate.everything(HERE, HERE.parent)


def setup(app: object) -> None:
    """Before numpydoc, names and what they are; after it, formulas, where |x| and a* are not markup."""
    app.connect("autodoc-process-docstring", generate.describe_names, priority=100)  # type: ignore[attr-defined]
    app.connect("autodoc-process-docstring", generate.escape_formulas, priority=1000)  # type: ignore[attr-defined]
