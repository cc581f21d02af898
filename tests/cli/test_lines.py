"""Lines of keys in TOML."""

import pytest

from bayesnn.cli.lines import line_of

TEXT = """\
# seed = 1
seed = 2
[data]  # a comment
file = "a = b"
"quoted key" = 1
[models."1-16-1"]
hidden = [
  16,
]
activation = 'tanh'
[compare.more]
a.b = 1
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("seed",), 2),
        (("data",), 3),
        (("data", "file"), 4),
        (("data", "quoted key"), 5),
        (("models", "1-16-1"), 6),
        (("models", "1-16-1", "activation"), 10),
        (("compare", "more", "a", "b"), 12),
        (("data", "missing"), 3),
        (("missing",), 1),
    ],
)
def test_a_key_or_else_its_table_or_else_the_top(where: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, where) == line
