"""Nights while Dormouse is closed: a timer of the system that runs `dormouse night --if-due` now and then.

A systemd user timer, a launchd agent or a task of the Task Scheduler, written from the templates in `units/`. All of them only
ask; whether a night is due is decided where it always is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Literal
from xml.sax.saxutils import escape

from platformdirs import user_config_path

from app.paths import profile_home
from models import child
from models.errors import EnvironmentProblem

Kind = Literal["systemd", "launchd", "task"]

MINUTES = 20
"""How often the system asks."""

_OPEN = "Nights still begin by themselves while Dormouse is open."


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as a system wants it.

    Attributes:
        files: what it is made of, with the text of each.
        on, off: commands that start it and end it, after its files were written and before they are removed.
        asks: the command that says, by exit code 0, whether it is on.
    """

    files: dict[Path, str]
    on: tuple[tuple[str, ...], ...]
    off: tuple[tuple[str, ...], ...]
    asks: tuple[str, ...]


def this_kind() -> Kind:
    return "task" if sys.platform == "win32" else "launchd" if sys.platform == "darwin" else "systemd"


def night_command(home: Path) -> list[str]:
    """The command of every night that begins by itself."""
    return child.command("app", "--home", os.fspath(home), "night", "--if-due")


def name_of(home: Path) -> str:
    """The timer's name: one for each profile, so that two can have nights of their own."""
    usual = home == profile_home(None, {})
    return "dormouse-nights" + ("" if usual else f"-{hashlib.sha256(os.fsencode(home)).hexdigest()[:8]}")


def timer(kind: Kind, home: Path, command: Sequence[str] | None = None) -> Timer:
    """The timer of this profile for a kind of system; pure, so that each can be looked at on any machine."""
    name, command = name_of(home), list(command or night_command(home))
    if kind == "systemd":
        folder = user_config_path("systemd", appauthor=False) / "user"
        unit = f"{name}.timer"
        return Timer(
            {
                folder / f"{name}.service": render("nights.service", command=" ".join(map(systemd_word, command))),
                folder / unit: render("nights.timer", minutes=str(MINUTES), name=name),
            },
            on=(("systemctl", "--user", "daemon-reload"), ("systemctl", "--user", "enable", "--now", unit)),
            off=(("systemctl", "--user", "disable", "--now", unit),),
            asks=("systemctl", "--user", "is-enabled", "--quiet", unit),
        )
    if kind == "launchd":
        label = f"org.{name.replace('-', '.', 1)}"
        file = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
        words = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
        domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
        return Timer(
            {file: render("nights.plist", label=label, words=words, seconds=str(60 * MINUTES))},
            on=(("launchctl", "bootstrap", domain, os.fspath(file)),),
            off=(("launchctl", "bootout", f"{domain}/{label}"),),
            asks=("launchctl", "print", f"{domain}/{label}"),
        )
    program, *rest = command
    # python.exe, and the packaged dormouse.exe, would open a console for every look.
    windowless = Path(program).with_stem(Path(program).stem + "w")
    program = os.fspath(windowless) if windowless.exists() else program
    file = home / f"{name}.xml"
    words = escape(subprocess.list2cmdline(rest))
    return Timer(
        {file: render("nights.xml", minutes=str(MINUTES), program=escape(program), words=words)},
        on=(("schtasks", "/Create", "/TN", name, "/XML", os.fspath(file), "/F"),),
        off=(("schtasks", "/Delete", "/TN", name, "/F"),),
        asks=("schtasks", "/Query", "/TN", name),
    )


def render(template: str, **values: str) -> str:
    """A template of `units/` with these values, which are quoted already as it wants them."""
    return Template((resources.files("app.nights") / "units" / template).read_text(encoding="utf-8")).substitute(values)


def systemd_word(word: str) -> str:
    """A word as systemd reads it back (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers")."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return quoted if quoted and not any(char in quoted for char in " \t'\";") else f'"{quoted}"'


def switch_on(home: Path, kind: Kind | None = None) -> Timer:
    """Install the timer; on any failure nothing of it is left.

    Raises:
        EnvironmentProblem: the system has no such timers here, or refuses.
    """
    wanted = timer(kind or this_kind(), home)
    try:
        for file, text in wanted.files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            # The Task Scheduler reads no other encoding than the one its files name.
            file.write_text(text, encoding="utf-16" if file.suffix == ".xml" else "utf-8")
        for command in wanted.on:
            _call(command)
    except OSError as problem:
        _remove(wanted)
        raise EnvironmentProblem(f"The timer for nights cannot be written: {problem}. {_OPEN}") from problem
    except EnvironmentProblem:
        _remove(wanted)
        raise
    return wanted


def switch_off(home: Path, kind: Kind | None = None) -> bool:
    """Take the timer off the system; whether there was one."""
    there = timer(kind or this_kind(), home)
    if not any(file.exists() for file in there.files) and not is_on(home, kind):
        return False
    for command in there.off:
        _call(command)
    _remove(there)
    return True


def is_on(home: Path, kind: Kind | None = None) -> bool:
    """Whether the system has the timer and runs it."""
    asks = timer(kind or this_kind(), home).asks
    if shutil.which(asks[0]) is None:
        return False
    return subprocess.run(asks, capture_output=True, check=False, timeout=20).returncode == 0


def _remove(there: Timer) -> None:
    for file in there.files:
        file.unlink(missing_ok=True)


def _call(command: Sequence[str]) -> None:
    if shutil.which(command[0]) is None:
        raise EnvironmentProblem(f"This system has no {command[0]}, so it cannot begin nights by itself. {_OPEN}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise EnvironmentProblem(f"{command[0]} does not answer: {problem}. {_OPEN}") from problem
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EnvironmentProblem(
            f"{' '.join(command)} refused: {said[-1] if said else f'exit code {done.returncode}'}. {_OPEN}"
        )
