"""Bad tables end in one clear error; good ones come through whole."""

import re

import numpy as np
import polars
import pytest

import bayesnn as bnn
from bayesnn.errors import DataError, FileError

GOOD = "z,H,sigma\n0.1,70,5\n0.5,90,8\n1.0,120,10\n"
BAD = {
    "missing column": ("z,H,err\n0.1,70,5\n0.5,90,8\n", "column 'sigma'"),
    "nan in y": (GOOD.replace("90", "nan"), "column 'H', data row 2"),
    "nan in X": (GOOD.replace("0.5", "NaN"), "column 'z', data row 2"),
    "negative error": (GOOD.replace(",8", ",-8"), "yerr: expected positive"),
    "zero error": (GOOD.replace(",8", ",0"), "yerr: expected positive"),
    "ragged": (GOOD + "1.5,140\n", "line 5: expected 3 columns, got 2"),
    "no rows": ("z,H,sigma\n", "empty"),
    "empty file": ("", "empty table"),
    "text": (GOOD.replace("90", "ninety"), "column 'H', data row 2: expected a number, got the text 'ninety'"),
    "text input": (GOOD.replace("0.5", "half"), "column 'z', data row 2"),
    "empty cell": (GOOD.replace("90", ""), "an empty cell"),
    "one row": ("z,H,sigma\n0.1,70,5\n", "got one"),
    "decimal commas in y": (
        'z,H,sigma\n0.1,"70,5",5\n0.5,"90,1",8\n',
        "column 'H', data row 1",
    ),
    "twice the same name": ("z,z,H,sigma\n1,1,1,1\n2,2,2,1\n", "distinct column names"),
}


@pytest.fixture
def write(tmp_path):
    def file(text: str):
        path = tmp_path / "table.csv"
        path.write_text(text)
        return path

    return file


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_is_one_clear_error(write, case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(DataError) as caught:
        bnn.read_table(write(text), target="H", yerr="sigma", features=["z"])
    assert message in str(caught.value)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_a_missing_or_binary_file(tmp_path) -> None:
    with pytest.raises(FileError, match="expected a file"):
        bnn.read_table(tmp_path / "none.csv", target="H")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(FileError, match="readable text"):
        bnn.read_table(tmp_path / "binary", target="H")


@pytest.mark.parametrize("separator", [",", ";", "\t", "  "])
def test_separators_comments_and_default_features(write, separator: str) -> None:
    text = "# a comment\n" + GOOD.replace(",", separator)
    data = bnn.read_table(write(text), target="H", yerr="sigma")
    assert data.names == ("z",)
    np.testing.assert_array_equal(data.y, [70, 90, 120])
    np.testing.assert_array_equal(data.yerr, [5, 8, 10])


def test_the_bundled_hubble_table_is_the_published_one(reference) -> None:
    published = bnn.read_table(reference / "curves/hz31.csv", target="H", yerr="sigma", features=["z"])
    bundled = bnn.load_dataset("hz")
    for name in ("X", "y", "yerr"):
        np.testing.assert_array_equal(getattr(bundled, name), getattr(published, name))


X, Y = np.arange(4.0), np.arange(4.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": X, "y": Y[:3]}, "y: expected"),
        ({"X": np.zeros((4, 2, 2)), "y": Y}, "X: expected"),
        ({"X": [], "y": []}, "empty"),
        ({"X": [1.0], "y": [1.0]}, "got one"),
        ({"X": [0, 1, np.nan, 3], "y": Y}, "X: expected finite"),
        ({"X": X, "y": [0, 1, np.inf, 3]}, "y: expected finite"),
        ({"X": X, "y": Y + 1j}, "y: expected real"),
        ({"X": X, "y": np.ma.masked_equal(Y, Y[2])}, "y: expected values, got a masked array"),
        ({"X": np.ma.masked_equal(X, X[1]), "y": Y}, "X: expected values, got a masked array"),
        ({"X": X, "y": Y, "yerr": np.ma.masked_equal([1.0, 2, 3, 4], 3)}, "yerr: expected values, got a masked"),
        ({"X": ["a", "b", "c", "d"], "y": Y}, "X: expected real"),
        ({"X": X, "y": Y, "yerr": [1, 1, 1]}, "yerr: expected"),
        ({"X": X, "y": Y, "yerr": [1, 1, 0, 1]}, "positive"),
        ({"X": X, "y": Y, "yerr": 1.0, "cov": np.eye(4)}, "got both"),
        ({"X": X, "y": Y, "cov": np.eye(3)}, "cov: expected"),
        ({"X": X, "y": Y, "cov": np.triu(np.ones((4, 4)))}, "symmetric"),
        ({"X": X, "y": Y, "cov": np.ones((4, 4))}, "positive definite"),
        ({"X": X, "y": Y, "names": ["a", "b", "c"]}, "names: expected"),
    ],
)
def test_bad_arrays(arguments, message: str) -> None:
    positional = (arguments.pop("X"), arguments.pop("y"))
    with pytest.raises(DataError, match=re.escape(message)):
        bnn.Dataset(*positional, **arguments)


def test_standardizing_is_undone_by_its_scaling() -> None:
    raw = bnn.load_dataset("hz")
    twice = raw.standardize().standardize()
    np.testing.assert_allclose([twice.X.mean(), twice.y.mean()], 0, atol=1e-12)
    np.testing.assert_allclose([twice.X.std(), twice.y.std()], 1)
    np.testing.assert_allclose(twice.scaling.restore(twice.y), raw.y)
    np.testing.assert_allclose(twice.scaling.restore_inputs(twice.X), raw.X)
    np.testing.assert_allclose(twice.scaling.restore_sd(twice.yerr), raw.yerr)


def test_a_constant_column_is_centered_only() -> None:
    data = bnn.Dataset(np.column_stack([X, np.full(4, 7.0)]), Y).standardize()
    np.testing.assert_array_equal(data.X[:, 1], 0)


def test_whole_numbers_are_numbers_and_labels_are_text_or_truth_values() -> None:
    counts = bnn.Dataset(X, [0, 10, 20, 30], yerr=1)
    assert counts.standardize().y.std() == pytest.approx(1)
    np.testing.assert_array_equal(counts.standardize(target=False).y, [0, 10, 20, 30])
    for labels in (["a", "b", "a", "b"], [True, False, True, False]):
        np.testing.assert_array_equal(bnn.Dataset(X, labels).standardize().y, labels)


@pytest.mark.parametrize("rows", [[], 3, [99], [True, False]])
def test_rows_that_are_not_there(rows) -> None:
    with pytest.raises(DataError, match="take: expected"):
        bnn.Dataset(X, Y).take(np.array(rows, dtype=type(rows[0]) if rows and isinstance(rows, list) else int))


def test_a_covariance_belongs_to_one_target() -> None:
    with pytest.raises(DataError, match="one target"):
        bnn.Dataset(X, np.column_stack([Y, Y]), cov=np.eye(4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b;H\n1,5;2;1\n2,5;3;2\n", "column 'a', data row 1: expected a number, got '1,5' with a comma"),
        ("a;b;H\n1;2;1\n1.234,56;3;2\n", "column 'a', data row 2: expected a number, got '1.234,56' with a comma"),
        ("a;b;H\n1,5e-3;2;1\n,5;3;2\n", "column 'a', data row 1: expected a number, got '1,5e-3' with a comma"),
        ('a,b,H\n"1,234,567",2,1\n12,3,2\n', "column 'a', data row 1: expected a number, got '1,234,567' with a comma"),
        (",z,H\n0,0.1,70\n1,0.5,90\n", "column '': expected a name, got none"),
    ],
)
def test_no_input_is_left_out_or_taken_by_mistake(write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        bnn.read_table(write(text), target="H")


def test_columns_of_text_and_columns_of_nothing_are_no_inputs(write) -> None:
    data = bnn.read_table(write('note,z,H,\n"3,4",0.1,70,\nwrong,0.5,90,\n'), target="H")
    assert data.names == ("z",)


@pytest.mark.parametrize("column", [0.1, np.full(3, 0.1), np.full((3, 1), 0.1)])
def test_errors_may_be_a_column(column) -> None:
    np.testing.assert_array_equal(bnn.Dataset([0, 1, 2], [1, 2, 3], yerr=column).yerr, [0.1, 0.1, 0.1])


def test_dates_are_no_numbers_until_somebody_says_in_which_unit() -> None:
    months = np.arange("2020-01", "2020-04", dtype="datetime64[M]")
    for table in ({"X": months, "y": [1, 2, 3]}, {"X": [1, 2, 3], "y": months}):
        with pytest.raises(DataError, match="expected real numbers, got dates, in no unit; convert"):
            bnn.Dataset(**table)


def test_a_data_frame_brings_its_names() -> None:
    frame = polars.DataFrame({"z": [0.1, 0.5, 1.0], "t [s]": [1.0, 2.0, 4.0], "H": [70.0, 90.0, 120.0]})
    data = bnn.Dataset(frame[["z", "t [s]"]], frame["H"])
    assert (data.names, data.target) == (("z", "t [s]"), "H")
    assert bnn.Dataset(frame[["z", "t [s]"]], [1, 2, 3]).target == "y"
    assert bnn.Dataset(frame[["z", "t [s]"]], frame["H"], names=["a", "b"]).names == ("a", "b")


def test_columns_of_new_inputs_in_another_order_are_refused() -> None:
    """By whatever takes new inputs; columns of other names, or arrays, go by their place."""
    rng = np.random.default_rng(0)
    frame = polars.DataFrame({"width": rng.uniform(size=9), "mass": 10 * rng.uniform(size=9)})
    line = bnn.LinearModel(bnn.polynomial(1, n_inputs=2))
    data = bnn.Dataset(frame, frame["mass"] - frame["width"], yerr=0.1)
    post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    optimum, exact = bnn.maximum_a_posteriori(post), bnn.exact_posterior(post)
    other = frame[["mass", "width"]]
    for predict in (lambda X: bnn.predict(post, optimum, X).mean, lambda X: exact.predictive(X).mean):
        with pytest.raises(DataError, match=r"width, mass, got mass, width; take X\[\['width', 'mass'\]\]"):
            predict(other)
        here = predict(frame)
        np.testing.assert_array_equal(predict(other[["width", "mass"]]), here)
        np.testing.assert_array_equal(predict(frame.to_numpy()), here)
        np.testing.assert_array_equal(predict(frame.rename({"mass": "m"})), here)


@pytest.mark.parametrize("missing", [None, np.nan, "pandas"])
def test_a_label_that_is_missing_is_named(missing) -> None:
    missing = pytest.importorskip("pandas").NA if missing == "pandas" else missing
    labels = np.array(["a", missing, "b"], dtype=object)
    with pytest.raises(DataError, match="y: expected a label in each row, got none in row 1; drop or fill"):
        bnn.Dataset([0.0, 1.0, 2.0], labels)
    with pytest.raises(DataError, match="y: expected real numbers, got"):
        bnn.Dataset([0.0, 1.0, 2.0], np.array(["a", 1.0, "b"], dtype=object))
