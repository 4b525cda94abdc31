"""Files that are either there whole or not at all, and hashes of files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from models.errors import EnvironmentProblem


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that a reader, or a power cut, finds the old file or the new one, never a part. Mode 0600.

    Raises:
        EnvironmentProblem: the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise EnvironmentProblem(
            f"{path} could not be written: {problem.strerror or problem}. Free some disk space or check the folder's permissions, then try again."
        ) from problem
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system lets a folder be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
