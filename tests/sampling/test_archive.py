"""Files: where their names say, whole or not at all, and damage is seen."""

import os
from _thread import interrupt_main
from dataclasses import replace
from errno import ENOSPC

import h5py
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import FileError, SettingError
from bayesnn.sampling import checked, whole_file
from bayesnn.sampling.signals import held
from bayesnn.sampling.whole_file import write_whole
from tests.sampling.killed import settings
from tests.sampling.test_checkpoint import SKEWED, same, small_files_only


def test_a_file_is_where_its_name_says(tmp_path, monkeypatch) -> None:
    """Behind a link, and ~ is home."""
    (tmp_path / "disk").mkdir()
    home, link = tmp_path / "home", tmp_path / "link.h5"
    link.symlink_to(tmp_path / "disk" / "run.h5")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(tmp_path)
    run = {**settings("hmc"), "n_draws": 10}
    draws = bnn.sample(SKEWED, checkpoint=link, **run)
    draws.save(link)
    assert link.is_symlink()
    same(bnn.load(tmp_path / "disk" / "run.h5"), draws)
    bnn.sample(SKEWED, checkpoint="~/run.h5", **run)
    draws.save("~/more/draws.h5")
    same(bnn.load("~/more/draws.h5"), draws)
    same(bnn.load("~/run.h5"), draws)
    assert sorted(path.name for path in home.iterdir()) == ["more", "run.h5"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "home", "link.h5"]


def test_what_is_no_name_of_a_file_is_refused(tmp_path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["theta"] = 1.0
    with pytest.raises(FileError, match=r"^checkpoint .*other.h5: .* got another HDF5 file; take another path"):
        bnn.sample(SKEWED, checkpoint=tmp_path / "other.h5", **settings("hmc"))
    with pytest.raises(SettingError, match=r'checkpoint: expected the name of a file, got 5; pass "run\.h5"'):
        bnn.sample(SKEWED, checkpoint=5, **settings("hmc"))
    with pytest.raises(SettingError, match="draws: expected the name of a file, got None"):
        bnn.load(None)


def test_draws_that_cannot_be_written_are_refused_in_a_sentence(tmp_path) -> None:
    draws = bnn.sample(SKEWED, **settings("hmc"))
    (tmp_path / "thesis.txt").write_text("a file")
    for name, got in (("thesis.txt/draws.h5", "a file in place of its folder"), ("d" * 300, "File name too long")):
        with pytest.raises(FileError) as caught:
            draws.save(tmp_path / name)
        message = str(caught.value)
        assert message.startswith(
            f"draws {tmp_path / name}: expected a place that can be written, got {got}; make room"
        )
    assert list(tmp_path.iterdir()) == [tmp_path / "thesis.txt"]


def test_a_disk_may_be_full_at_any_byte(tmp_path) -> None:
    """What was there is there, and nothing beside it, until the last byte has its place."""
    path, draws = tmp_path / "draws.h5", bnn.sample(SKEWED, **settings("hmc"))
    draws.save(path)
    held = path.read_bytes()
    for most in np.linspace(0, len(held) - 1, 60).astype(int).tolist():
        with small_files_only(most), pytest.raises(FileError, match=r"draws.h5: .* got File too large; make room"):
            draws.save(path)
        assert path.read_bytes() == held
    assert list(tmp_path.iterdir()) == [path]
    with small_files_only(len(held)):
        draws.save(path)
    same(bnn.load(path), draws)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no system that can be told what to forget")
def test_a_disk_may_refuse_what_was_written_a_while_ago(tmp_path, monkeypatch) -> None:
    """Large files go to the disk in parts of 8 MB; one part that it does not take is enough."""
    path, numbers, parts = tmp_path / "draws.h5", np.arange(4e6), []

    def fill(file: h5py.File) -> None:
        file.create_dataset("numbers", data=numbers, chunks=(2**17,))

    def refused(*told: int) -> None:
        parts.append(told)
        if len(parts) == 3:
            raise OSError(ENOSPC, "no room")

    monkeypatch.setattr(whole_file.os, "posix_fadvise", refused)
    write_whole(path, tmp_path / "part", fill)  # what is no more than a wish may be refused
    assert len(parts) >= 3
    with h5py.File(path) as file:
        assert (file["numbers"][()] == numbers).all()
    held = path.read_bytes()
    parts.clear()
    monkeypatch.setattr(whole_file.os, "fsync", refused)
    with pytest.raises(OSError, match="no room"):
        write_whole(path, tmp_path / "part", fill)
    assert path.read_bytes() == held
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_waits_until_a_file_is_whole(tmp_path) -> None:
    path, numbers = tmp_path / "draws.h5", np.arange(1e6)

    def fill(file: h5py.File) -> None:
        file["first"] = numbers
        interrupt_main()
        for i in range(20):
            file[f"{i}"] = numbers

    with pytest.raises(KeyboardInterrupt), held():
        write_whole(path, tmp_path / "part", fill)
    with h5py.File(path) as file:
        assert len(file) == 21
        assert (file["19"][()] == numbers).all()
    assert list(tmp_path.iterdir()) == [path]


def test_one_damaged_bit_is_seen_or_does_no_harm(tmp_path) -> None:
    """Wherever it is: in numbers, in texts, in what HDF5 notes down for itself."""
    path, run = tmp_path / "run.h5", settings("hmc")
    bnn.sample(SKEWED, checkpoint=path, **{**run, "n_draws": 10})
    held, rng = path.read_bytes(), np.random.default_rng(0)
    whole, seen = bnn.sample(SKEWED, **{**run, "n_draws": 12}), 0
    for place in rng.integers(len(held), size=120):
        damaged = bytearray(held)
        damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            goes_on = bnn.sample(SKEWED, checkpoint=path, **{**run, "n_draws": 12})
        except FileError as error:
            seen += "got a damaged one" in str(error)
        else:
            same(goes_on, whole)
    assert seen > 60


@pytest.fixture(scope="module")
def with_noise():
    """Of a network whose noise is unknown, so that θ has ln sigma where values have sigma."""
    x = np.linspace(-1, 1, 20)
    post = bnn.Posterior(
        bnn.MLP((1, 2, 1)),
        bnn.Gaussian(sigma=bnn.HalfNormal(1)),
        prior={"*": bnn.Normal(0, 1)},
        data=bnn.Dataset(x, np.sin(x)),
    )
    return bnn.sample(post, n_draws=30, n_warmup=10, n_walkers=4, n_ensembles=2, progress=False)


def test_what_values_have_in_common_with_theta_is_written_once(with_noise, tmp_path) -> None:
    path = tmp_path / "draws.h5"
    with_noise.save(path)
    again = bnn.load(path)
    assert list(again.values) == list(with_noise.values)
    for name, values in with_noise.values.items():
        np.testing.assert_array_equal(again.values[name], values)
        assert not np.shares_memory(again.values[name], again.theta)
    with h5py.File(path) as file:
        written = {name: dataset.shape for name, dataset in file["values"].items()}
    replace(with_noise, theta=with_noise.theta[:, :, ::2]).save(path)  # by somebody who has no use for the rest
    assert bnn.load(path).values["W1"].shape == (2, 4, 30, 1, 2)
    assert written == {**dict.fromkeys(("W1", "b1", "W2", "b2")), "sigma": (2, 4, 30)}


def test_an_archive_is_checked_too(with_noise, tmp_path) -> None:
    path, draws = tmp_path / "draws.h5", with_noise
    draws.save(path)
    for numbers in (draws.theta[1, 2], draws.log_likelihood, draws.values["sigma"][0, 0]):
        place = path.read_bytes().index(numbers.tobytes()[:64])
        damaged = bytearray(path.read_bytes())
        damaged[place + 6] ^= 1
        (tmp_path / "damaged.h5").write_bytes(damaged)
        with pytest.raises(FileError, match=r"got a damaged one .* or sample again, to another path"):
            bnn.load(tmp_path / "damaged.h5")


@pytest.mark.parametrize("shape", [(3,), (7, 60, 3), (4, 64, 5000, 40), (1, 2**21), (2**21, 1), (2, 3, 2**18 + 1)])
def test_checksums_are_of_a_megabyte_at_most_and_pad_little(shape) -> None:
    chunks = checked._chunks(np.broadcast_to(np.float64(0), shape))
    padded = np.prod([-(-n // c) * c for n, c in zip(shape, chunks, strict=True)])
    assert np.prod(chunks) * 8 <= 2**20
    assert padded < 1.01 * np.prod(shape) + 10
    assert np.prod(shape) / np.prod(chunks) < 10 * (np.prod(shape) * 8 / 2**20 + 1)


def test_that_all_began_at_one_place_is_kept(tmp_path) -> None:
    post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    settings = {"moves": "stretch", "n_walkers": 8, "n_draws": 20, "n_warmup": 5, "progress": False}
    start = np.linspace(-1, 1, 8)[:, None]
    bnn.sample(post, **settings, start=start, checkpoint=tmp_path / "run.h5")
    again = bnn.sample(post, **settings, start=start, checkpoint=tmp_path / "run.h5")
    for draws in (again, bnn.load(tmp_path / "run.h5", posterior=post)):
        assert draws.one_start
        assert "All ensembles began at one start" in bnn.diagnose(draws).advice
