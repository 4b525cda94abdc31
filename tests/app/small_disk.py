"""A real disk that can be full or closed to writing: a tmpfs of its own, where the machine lets one be mounted (Linux, root)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEGABYTES = 16


class Disk:
    """Attributes: `folder`, where it is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def leave(self, kilobytes: int) -> None:
        """Fill it until so much is free."""
        self._ballast.unlink(missing_ok=True)
        there = os.statvfs(self.folder)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, there.f_bavail * there.f_bsize - kilobytes * 1024))

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def close_to_writing(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk mounted at `folder`; skips the test where none can be."""
    folder.mkdir()
    try:
        told = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no mount command: no disk can be made full or read-only here")
    if told.returncode:
        pytest.skip(f"no disk can be mounted to be made full or read-only: {told.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
