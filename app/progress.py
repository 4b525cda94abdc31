"""How a night shows itself while it runs: bars on a terminal, a line per phase where there is none, JSON lines for scripts."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from models.engine import CancelToken

if TYPE_CHECKING:
    from learning.consolidation import Progress

PHASES = {
    "preparing": "Writing tonight's lessons",
    "loading": "Waking the trainer",
    "training": "Learning",
    "measuring": "Measuring what was learned",
    "importing": "Taking conversations in",
    "noting": "Noting what you said",
    "packing": "Packing the profile",
    "restoring": "Unpacking the backup",
}


@contextmanager
def night_progress(as_json: bool, out: TextIO | None = None) -> Iterator[Callable[[Progress], None]]:
    """The listener that shows a night's progress, for the length of a `with`."""
    stream = sys.stdout if out is None else out
    if as_json:
        yield lambda progress: print(json.dumps(json_line(progress), ensure_ascii=False), file=stream, flush=True)
    elif stream.isatty():
        with _bars() as listener:
            yield listener
    else:
        yield _Lines(stream)


def json_line(progress: Progress) -> dict[str, object]:
    return {
        "event": "progress",
        "phase": progress.phase,
        "done": progress.done,
        "total": progress.total,
        "eta_s": progress.eta_s,
        "detail": progress.detail,
        "tokens_per_second": progress.tokens_per_second,
        "memory_mb": progress.memory_mb,
    }


class _Lines:
    """One line when a phase begins, and no more: a log must not be full of bars."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        if progress.phase != self._phase:
            self._phase = progress.phase
            print(f"{PHASES.get(progress.phase, progress.phase)} ...", file=self._out, flush=True)


@contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    tasks: dict[str, TaskID] = {}
    current = ""
    with Bars(
        TextColumn("{task.description:<27}"),
        BarColumn(bar_width=36),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    ) as bars:

        def show(progress: Progress) -> None:
            nonlocal current
            if progress.phase != current:
                # A phase that begins has outlived the ones before it; one that comes back belongs to a new attempt.
                for earlier in tasks.values():
                    bars.update(earlier, completed=bars.tasks[earlier].total, left="")
                if progress.phase in tasks:
                    tasks.clear()
                current = progress.phase
            if progress.phase not in tasks:
                description = PHASES.get(progress.phase, progress.phase)
                tasks[progress.phase] = bars.add_task(description, total=progress.total, left="")
            left = f"{_duration(progress.eta_s)} left" if progress.eta_s and progress.done < progress.total else ""
            if progress.tokens_per_second and progress.memory_mb:
                left += f"  {progress.tokens_per_second:.0f} tokens/s, {progress.memory_mb:.0f} MB"
            bars.update(tasks[progress.phase], total=progress.total, completed=progress.done, left=left)

        yield show


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def cancelled_by_interrupt(said: str = "") -> Iterator[CancelToken]:
    """A token that Ctrl-C or the system's request to end sets, for the length of a `with`; a second Ctrl-C interrupts at once.

    A night cut by an exception could be anywhere, also in the store; a token is asked between two steps.
    """
    cancel = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return

    def on_interrupt(number: int, frame: object) -> None:
        if cancel.cancelled:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            # Who asks a whole group of processes to end may well ask twice, and means nothing more by it.
            return
        cancel.cancel()
        if said:
            print(said, file=sys.stderr, flush=True)

    before = {number: signal.signal(number, on_interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
