"""The log of each night: a file of its own in the profile, the newest few kept.

It says when, how far and how fast, and never what: no word that the person said stands in it, so that nothing has to be erased
from it. A log that cannot be written, as on a full disk, is no reason to lose a night.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from learning.consolidation import NightReport, Progress
from learning.types import Clock
from models.errors import Cancelled, DormouseError

KEPT = 30
"""Nights whose logs are kept."""


class Diary:
    """One night's log, written line by line for the length of a `with`; an error that ends the night is its last line."""

    def __init__(self, folder: Path, clock: Clock, unattended: bool) -> None:
        self._folder, self._clock = folder, clock
        self._unattended = unattended
        self._file: IO[bytes] | None = None
        self._last = ("", -1)

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            begun = self._clock.now()
            for old in sorted(self._folder.glob("*.log"))[: -KEPT + 1]:
                old.unlink()
            # Appended: two nights within a second, as in a test, share a file. Unbuffered: nothing is left to fail at the end.
            self._file = (self._folder / f"{begun:%Y%m%d-%H%M%S}.log").open("ab", buffering=0)
        self._write("begins by itself" if self._unattended else "begins, asked for by the person")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Cancelled):
            self._write(f"stopped: {error}")
        elif error is not None:
            # A bug's own text may hold anything, also what the person said.
            self._write(f"failed: {error if isinstance(error, DormouseError) else type(error).__name__}")
        if self._file is not None:
            self._file.close()

    def telling(self, listener: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
        """A listener that writes what is worth a line, and hands everything on."""

        def told(progress: Progress) -> None:
            tenth = 10 * progress.done // max(1, progress.total)
            if (progress.phase, tenth) != self._last:
                self._last = (progress.phase, tenth)
                self._write(line(progress))
            if listener is not None:
                listener(progress)

        return told

    def ended(self, report: NightReport) -> None:
        self._write(
            f"{report.outcome}: night {report.consolidation.id}, {len(report.learned)} learned, {len(report.kept)} notes, "
            f"{report.tokens} tokens in {report.seconds:.1f} s, {report.cpu_seconds:.1f} s of processor"
        )

    def _write(self, text: str) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.write(f"{self._clock.now().isoformat(timespec='seconds')} {text}\n".encode())


def line(progress: Progress) -> str:
    """Phase, step and what is known of pace and memory; while lessons are written, `detail` is what the person said."""
    parts = [f"{progress.phase} {progress.done}/{progress.total}"]
    if progress.tokens_per_second is not None:
        parts.append(f"{progress.tokens_per_second:.0f} tokens/s")
    if progress.memory_mb is not None:
        parts.append(f"{progress.memory_mb:.0f} MB")
    if progress.eta_s is not None:
        parts.append(f"{progress.eta_s:.0f} s left")
    if progress.detail and progress.phase != "preparing":
        parts.append(progress.detail)
    return ", ".join(parts)
