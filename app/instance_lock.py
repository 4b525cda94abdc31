"""A lock that only one process at a time can hold, and that the system itself lets go when the holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import IO

from models.errors import EnvironmentProblem

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        # Locked far behind the content, so that others can still read who holds it.
        file.seek(1 << 20)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def holder(path: Path) -> str | None:
    """The process number of who holds the lock at `path` ("" where it did not say); None where nobody does."""
    try:
        with path.open("rb") as file:
            if _try_lock(file):
                return None
            file.seek(0)
            return file.read(20).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError:
        # Windows refuses even to read what another process holds.
        return ""


@contextmanager
def hold(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock at `path` for the length of a `with`; raises `EnvironmentProblem(busy)` while another process does.

    The file stays where it is: deleting it would let two processes each lock a file of their own under the same name.
    `{owner}` in `busy` is replaced by the holder's process number.
    """
    try:
        file = path.open("a+b")
    except OSError as error:
        raise EnvironmentProblem(f"The lock {path} cannot be opened: {error.strerror}.") from error
    with file:
        # Once more, for `holder` may just have looked, which takes microseconds.
        if not _try_lock(file) and (sleep(0.02) or not _try_lock(file)):
            file.seek(0)
            owner = file.read(20).decode("ascii", "replace").strip()
            raise EnvironmentProblem(busy.replace("{owner}", owner or "unknown"))
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()).encode("ascii"))
        file.flush()
        yield
