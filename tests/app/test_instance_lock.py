"""Only one process holds a lock, and a dead one holds none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.instance_lock import hold
from app.instance_lock import holder as holder_of
from models.errors import EnvironmentProblem

BUSY = "busy: process {owner}"
HOLDER = """
import sys
from pathlib import Path
from app.instance_lock import hold
with hold(Path(sys.argv[1]), ""):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_held_by_another_process_is_refused_until_that_process_dies(tmp_path: Path) -> None:
    lock = tmp_path / "night.lock"
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert holder_of(lock) == str(holder.pid)
        with pytest.raises(EnvironmentProblem, match=f"busy: process {holder.pid}"), hold(lock, BUSY):
            pytest.fail("two processes hold the same lock")
        holder.kill()
        holder.wait()
    # The number in the file is that of a dead process, which holds nothing.
    assert holder_of(lock) is None
    with hold(lock, BUSY):
        pass


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "night.lock") is None
    assert not (tmp_path / "night.lock").exists()


def test_a_lock_can_be_taken_again_after_it_was_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path / "night.lock", BUSY):
            pass
