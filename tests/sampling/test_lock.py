"""A checkpoint belongs to one process, and to nobody once that process is dead."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from bayesnn.errors import FileError
from bayesnn.sampling.lock import locked
from tests.conftest import ROOT

HOLDER = """
import os, sys, time
from multiprocessing import get_context
from pathlib import Path
from bayesnn.sampling.lock import locked
def work():
    print(os.getpid(), flush=True)
    time.sleep(60)
with locked(Path(sys.argv[1])):
    get_context("fork").Process(target=work).start()
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_workers_that_outlive_a_killed_run_do_not_hold_its_checkpoint(tmp_path) -> None:
    path = tmp_path / "run.h5"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    worker = int(holder.stdout.readline())
    try:
        with pytest.raises(FileError, match="another process at work"), locked(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        os.kill(worker, 0)  # it lives
        with locked(path):
            pass
    finally:
        os.kill(worker, signal.SIGKILL)
        holder.kill()
        holder.communicate()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_that_ends_leaves_the_lock_to_its_parent(tmp_path) -> None:
    path = tmp_path / "run.h5"
    try:
        with locked(path):
            pid = os.fork()
            if pid == 0:
                raise SystemExit
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            assert path.with_name("run.h5.lock").exists()
    except SystemExit:
        os._exit(0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_error_in_the_end(tmp_path) -> None:
    folder = tmp_path / "runs"
    with locked(folder / "run.h5"):
        shutil.rmtree(folder)
        folder.write_text("a file in its place")
    folder.unlink()
    with locked(folder / "run.h5"):
        pass
