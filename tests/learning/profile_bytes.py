"""Reads every byte of a profile, and lets a process die at a chosen moment: what erasing is held to."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from learning.store import Store

STEPS = ("os.remove", "os.rename", "os.rmdir", "open", "shutil.rmtree")
"""What Python's own audit hooks tell of what a process does to files (PEP 578)."""


def holding(folder: Path, words: str) -> list[str]:
    """The files in whose name or raw bytes the words stand, in any case, in UTF-8 or in UTF-16 of either order."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes().lower()
        wanted = [words.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
        if words.lower() in file.name.lower() or any(form in content for form in wanted):
            found.append(file.relative_to(folder).as_posix())
    return found


def die_at(step: int, store: Callable[[], Store], work: Callable[[Store], Any]) -> bool:
    """Do `work` in a child that is killed (SIGKILL) at its `step`th statement or file operation; True if it got that far."""
    child = os.fork()
    if child == 0:
        try:
            opened = store()
            count_steps(step, opened)
            work(opened)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(status) == 0, f"the child failed at step {step}"
    return killed


def count_steps(step: int, store: Store) -> None:
    """From now on count this process's statements and its file operations in the profile, and kill it at the `step`th."""
    left, home = step, os.fspath(store.path.parent)

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        # Modules are opened too, the first time they are needed.
        if event in STEPS and (event != "open" or str(arguments[0]).startswith(home)):
            count()

    sys.addaudithook(hear)
    connection: sqlite3.Connection = store._connection
    connection.set_trace_callback(lambda _: count())
