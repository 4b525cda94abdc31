"""Sudden death on purpose: the training worker, or a whole Dormouse, killed at a named phase of a night.

Run as a module it is the victim: it sleeps a night under a given time, says each phase on its standard output and waits, so
that whoever watches can kill it there and nowhere else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import psutil

from learning.consolidation import Progress
from models.child import command, environment
from models.errors import UserError

WORKER_MODULE = "learning.worker"


class WorkerKiller:
    """Hears of a night's progress and kills the worker once the phase has come."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self._killed = False

    def __call__(self, progress: Progress) -> None:
        if progress.phase == self._phase and not self._killed:
            self._killed = True
            for child in psutil.Process().children(recursive=True):
                try:
                    if WORKER_MODULE in child.cmdline():
                        child.kill()
                except psutil.NoSuchProcess:
                    continue


def kill_a_night(home: Path, now: datetime, phase: str) -> None:
    """Let another process sleep a night on the profile and kill it and its worker as the phase begins."""
    child = subprocess.Popen(
        command("app.scenario.killing", os.fspath(home), now.isoformat()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        encoding="utf-8",
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    with child, child.stdin, child.stdout, child.stderr:
        try:
            for line in child.stdout:
                if line.strip() == phase:
                    return
                child.stdin.write("\n")
                child.stdin.flush()
            raise UserError(f"The night was over before Dormouse could be killed at {phase}. {child.stderr.read()}".strip())
        finally:
            _kill_tree(child.pid)


def _kill_tree(pid: int) -> None:
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    # The parent first: it must not live to see its worker die and put things in order.
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family)


def _victim(home: Path, now: datetime) -> None:
    from app.compose import open_assistant
    from app.scenario.clock import ScriptedClock

    seen = ""

    def on_progress(progress: Progress) -> None:
        nonlocal seen
        if progress.phase != seen:
            seen = progress.phase
            print(seen, flush=True)
            sys.stdin.readline()

    with open_assistant(home, clock=ScriptedClock(now)) as assistant:
        assistant.night(on_progress)


if __name__ == "__main__":
    _victim(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
