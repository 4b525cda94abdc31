"""Nights while Dormouse is open: looks whether one is due, lets it be slept in a process of its own, and looks again when it is time.

That process is the very command the system's timer runs, so that a night is the same whoever starts it, the chat's engine stays
free beside it, and it ends by itself when the person comes back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.assistant import night_settings
from app.compose import SystemClock, open_library
from app.library import Library
from app.nights.machine import Machine, ThisMachine
from app.nights.situation import rules_of, situation_of
from app.nights.system import night_command
from app.settings import load as load_settings
from learning.nightly import Due, is_due
from learning.types import Clock
from models.child import environment

SOONEST, LATEST = timedelta(seconds=30), timedelta(minutes=30)
AGAIN = timedelta(minutes=15)
"""When to look again where no time alone decides. Looking costs some milliseconds."""


class Scheduler:
    """`look` says whether a night is due, `sleep` sleeps one. Whoever owns this calls `step` again after what it returned."""

    def __init__(self, look: Callable[[], Due], sleep: Callable[[], None], clock: Clock) -> None:
        self._look, self._sleep, self._clock = look, sleep, clock

    def step(self) -> timedelta:
        """Look once, sleep a night if one is due, and say how long there is nothing to look for."""
        due = self._look()
        if due.now:
            self._sleep()
            return AGAIN
        return until(due, self._clock.now())


def until(due: Due, now: datetime) -> timedelta:
    """How long to wait before looking again. Never for long: a machine that sleeps meanwhile does not count the time."""
    if due.not_before is None:
        return AGAIN
    return min(LATEST, max(SOONEST, due.not_before - now))


def look_at(library: Library, clock: Clock, machine: Machine) -> Due:
    """Whether a night is due in this profile."""
    settings = load_settings(library.profile.settings)
    rules = rules_of(settings, library.catalog.current().path)
    if not rules.on:
        return Due(False, "nights are switched off")
    night = night_settings(settings, unattended=True)
    return is_due(situation_of(library.store, library.base, clock, night, library.profile, machine), rules)


class Nightwatch:
    """The scheduler of an open Dormouse, on a thread of its own.

    `on_line` hears, on that thread, each line that a night says: `{"event": "progress", ...}`, at last `{"event": "finished", ...}`.
    """

    def __init__(
        self,
        home: Path,
        on_line: Callable[[Mapping[str, Any]], None],
        *,
        clock: Clock | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._home, self._on_line = home, on_line
        self._clock, self._machine = clock or SystemClock(), machine or ThisMachine(home)
        self._scheduler = Scheduler(self.status, self._sleep, self._clock)
        self._over = threading.Event()
        self._night: subprocess.Popen[str] | None = None
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="nightwatch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wake a night that runs, and end."""
        with self._starting:
            self._over.set()
            if self._night is not None and self._night.poll() is None:
                self._night.terminate()
        if self._thread is not None:
            self._thread.join()

    def status(self) -> Due:
        """What there is to say of a night at this moment."""
        # Opened anew each time: nothing of the profile is held for the hours between two looks.
        with closing(open_library(self._home, clock=self._clock)) as library:
            return look_at(library, self._clock, self._machine)

    def _run(self) -> None:
        # A window that opens has better things to do, and whoever opened it is there.
        wait = SOONEST
        while not self._over.wait(wait.total_seconds()):
            try:
                wait = self._scheduler.step()
            except Exception as problem:
                # Said to whoever shows it; a profile that is busy or damaged now may be well again later.
                self._on_line({"event": "finished", "outcome": "failed", "error": str(problem) or type(problem).__name__})
                wait = LATEST

    def _sleep(self) -> None:
        with self._starting:
            if self._over.is_set():
                return
            self._night = subprocess.Popen(
                [*night_command(self._home), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                text=True,
                encoding="utf-8",
                start_new_session=sys.platform != "win32",
                creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            )
        with self._night as night:
            assert night.stdout is not None
            for line in night.stdout:
                self._on_line(json.loads(line))
