"""What a person sees while something long runs: steps, a live line with the time, and a log that keeps every word.

On a terminal the last line moves; elsewhere (CI, a file) lines are few and only ever added. Standard library only.
"""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

QUIET_SECONDS = 30.0  # how long a log without a terminal may stay silent before a sign of life
KEPT_LINES = 400  # enough of a failed build to explain it


class Narrator:
    """Tells what is going on, and follows a child process's words."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._clock = clock
        self._begun = clock()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._print(f"[{self.duration(self._clock() - self._begun)}] {text}")

    @staticmethod
    def duration(seconds: float) -> str:
        """Minutes and seconds, "3:07"."""
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

    def follow(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> tuple[int, list[str]]:
        """Run `command`, telling what it does in a few words; its exit code and its last lines.

        Interrupted, the child is ended before the interruption goes on.
        """
        child = subprocess.Popen(
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(child, lines), name="setup-output", daemon=True)
        reader.start()
        try:
            with log.open("a", encoding="utf-8") as kept:
                last = self._tell(lines, kept)
            return child.wait(), last
        except BaseException:
            child.terminate()
            child.wait()
            raise
        finally:
            # A compiler that outlives pip may hold the pipe; the thread is a daemon and need not be waited for.
            reader.join(timeout=5)
            self._clear()

    def _tell(self, lines: queue.SimpleQueue[str | None], kept: TextIO) -> list[str]:
        last: deque[str] = deque(maxlen=KEPT_LINES)
        stage = "still at it"
        spoken = self._clock()
        while True:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                line = ""
            if line is None:
                return list(last)
            share = downloaded(line)
            if line and not share:
                kept.write(line + "\n")
                last.append(line)
            now = self._clock()
            heard = describe(line)
            worth = bool(heard) and heard != stage and is_worth_a_line(line)
            stage = heard or stage
            if self._live:
                self._show(f"[{self.duration(now - self._begun)}]   {stage} {share}")
            elif worth or now - spoken > QUIET_SECONDS:
                spoken = now
                self.say(f"  {stage} {share}".rstrip())

    def _print(self, text: str) -> None:
        self._clear()
        self._out.write(text + "\n")
        self._out.flush()

    def _show(self, text: str) -> None:
        self._out.write("\r\x1b[2K" + text[:100])
        self._out.flush()

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\x1b[2K")
            self._out.flush()


def _read(child: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert child.stdout is not None
    with child.stdout as said:
        for line in said:
            lines.put(line.rstrip())
    lines.put(None)


_DOWNLOADED = re.compile(r"Progress (\d+) of (\d+)")
_STEP = re.compile(r"\[\s*(\d+)/(\d+)\] ")
_PERCENT = re.compile(r"\[\s*(\d+)%\] ")
_DOWNLOAD = re.compile(
    r"(?:Downloading|Processing|Using cached) (?:\S*/)?([^\s/]+?)(?:-(?:cp|py)\S*|\.tar\.gz\S*|\.whl)?"
    r"(?: \(([^)]*)\))?$"
)
_BUILD = re.compile(r"Building (?:wheel|editable) for (\S+)")
_INSTALL = re.compile(r"Installing collected packages: (.*)")
_APT = re.compile(r"(?:(Get):\d+ \S+ \S+ \S+ (\S+) .*|(Unpacking|Setting up) (\S+) .*)")


def describe(line: str) -> str:
    """What a line of pip, CMake, Ninja or apt means, in a few words; empty where it says nothing to a person."""
    line = line.strip()
    if step := _STEP.match(line):
        done, whole = int(step[1]), int(step[2])
        return f"compiling {bar(done, whole)} {done} of {whole}"
    if percent := _PERCENT.match(line):
        return f"compiling {bar(int(percent[1]), 100)} {percent[1]} %"
    if download := _DOWNLOAD.match(line):
        return f"getting {download[1]}" + (f" ({download[2]})" if download[2] and "from" not in download[2] else "")
    if build := _BUILD.match(line):
        return f"building {build[1]}"
    if install := _INSTALL.match(line):
        return f"installing {len(install[1].split(','))} packages"
    if apt := _APT.match(line):
        return f"getting {apt[2]}" if apt[1] else f"{apt[3].lower()} {apt[4]}"
    return ""


def downloaded(line: str) -> str:
    """How far a download is, from a line of pip's raw progress; empty for any other line."""
    share = _DOWNLOADED.fullmatch(line.strip())
    if not share or int(share[2]) == 0:
        return ""
    return f"{bar(int(share[1]), int(share[2]))} {100 * int(share[1]) // int(share[2])} %"


def is_worth_a_line(line: str) -> bool:
    """Whether a log that only grows should have a line for this: a large download, a build, the installing."""
    size = re.search(r"\((\d+(?:\.\d+)?) ([MG])B\)$", line.strip())
    if size:
        return size[2] == "G" or float(size[1]) >= 20
    return bool(_BUILD.match(line.strip()) or _INSTALL.match(line.strip()))


def bar(done: int, whole: int, width: int = 24) -> str:
    """A bar of plain characters, which every terminal and log can show."""
    filled = width * done // max(whole, 1)
    return "#" * filled + "." * (width - filled)
