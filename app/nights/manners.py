"""How a night behaves: it keeps the machine awake while it works, gives way to everybody, and stops when it should.

Nothing here may fail a night: where a system has no such thing as a wish, it is left out.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from app.nights.machine import Machine
from learning.nightly import Rules, must_stop
from models.engine import CancelToken

LOOK_SECONDS = 0.5
"""How often a running night looks up: with the worker's farewell, it is gone within two seconds of the person's return."""


@contextmanager
def awake() -> Iterator[bool]:
    """Keep the machine from falling asleep for the length of a `with`; whether it could be asked to."""
    from wakepy import keep

    # Without a desktop's D-Bus nobody can be asked; then the machine also has no desktop that would send it to sleep.
    with keep.running(on_fail="pass") as mode:
        yield mode.active


def step_back() -> None:
    """The lowest priority for this process and all it starts, in processor and disk. It cannot be taken back."""
    process = psutil.Process()
    with suppress(psutil.Error, OSError, AttributeError):
        process.nice(psutil.IDLE_PRIORITY_CLASS if sys.platform == "win32" else 19)
    if sys.platform == "linux":
        # Whoever else wants a core has it at once; the lowest priority alone would first let a turn be played out.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        # Linux may schedule sessions, not processes, against each other; then a process's own priority says nothing.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text("19")
        with suppress(psutil.Error, OSError):
            process.ionice(psutil.IOPRIO_CLASS_IDLE)
    elif sys.platform == "win32":
        with suppress(psutil.Error, OSError, AttributeError):
            process.ionice(psutil.IOPRIO_VERYLOW)


class Watch:
    """Looks at the machine while a night runs and cancels it, with the reason, where it must stop."""

    def __init__(self, machine: Machine, rules: Rules, cancel: CancelToken) -> None:
        self._machine, self._rules, self._cancel = machine, rules, cancel

    def look(self) -> None:
        """Look once."""
        if not self._cancel.cancelled and (why := must_stop(self._machine.look(), self._rules)):
            self._cancel.cancel(why)

    @contextmanager
    def kept(self, every: float = LOOK_SECONDS) -> Iterator[None]:
        """Look again and again, on a thread of its own, for the length of a `with`."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(every):
                try:
                    self.look()
                except Exception as problem:
                    # Whoever cannot see whether somebody is there must take it that somebody is.
                    self._cancel.cancel(f"the machine cannot be watched ({type(problem).__name__}: {problem})")
                    return

        thread = threading.Thread(target=run, name="night-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
