"""Runs the training worker as a child process and tells how it ended. No torch here: a crash there cannot reach the chat.

The child gets an environment without a network and with fixed thread counts; it speaks JSON lines and stops when its standard
input ends, so it dies with this process, however this one dies. A child that ends without saying how is an error, always.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from learning.job import LOG_FILE, TrainingResult, read_job, read_result
from models.child import command, environment
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError

GRACE_SECONDS = 2.0
LOOK_SECONDS = 0.1
LOG_LINES = 12
TERMINAL = ("finished", "error", "cancelled")


def run_worker(
    job: Path,
    out: Path,
    *,
    on_event: Callable[[Mapping[str, Any]], None],
    cancel: CancelToken | None = None,
) -> TrainingResult:
    """Train `job` into `out` in a child process, handing each of its events over as it comes.

    The log stays in `out`. When this returns or raises, no process of the worker is left.

    Raises:
        Cancelled: `cancel` was set.
        UserError, EnvironmentProblem: as the worker says; EnvironmentProblem too where it ended without saying anything.
        RuntimeError: the worker met a bug of ours; its log's end is in the text.
    """
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = out / LOG_FILE
    with log.open("wb") as stderr:
        child = subprocess.Popen(
            command("learning.worker", os.fspath(job), os.fspath(out)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(read_job(job)[0].threads),
            start_new_session=sys.platform != "win32",
            creationflags=_windows_flags(),
        )
    try:
        last = _follow(child, on_event, cancel)
    finally:
        _end_tree(child)
    return _conclude(child.returncode, last, out, cancel)


def _environment(threads: int) -> dict[str, str]:
    """This environment without the network, with fixed threads, and with the house importable."""
    fixed = {
        name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    }
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    # Threads that always sleep between small multiplications treble the time of a step; such that spin for milliseconds, as they
    # do unasked, make it tenfold as soon as another process wants the cores. A tenth of a millisecond is right for both.
    waiting = {"GOMP_SPINCOUNT": "10000"}
    quiet = {"TOKENIZERS_PARALLELISM": "false", "PYTHONHASHSEED": "0"}
    return {**environment(), **fixed, **offline, **waiting, **quiet, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def _windows_flags() -> int:
    """On Windows: a group of its own, as a new session is elsewhere, so that Ctrl-C is this process's to answer; no console."""
    return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0


def _follow(
    child: subprocess.Popen[bytes], on_event: Callable[[Mapping[str, Any]], None], cancel: CancelToken | None
) -> Mapping[str, Any]:
    """Hand the child's events over until it closes its line or is told to stop; returns its last word, or nothing."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    assert child.stdout is not None
    reader = threading.Thread(target=_read, args=(child.stdout, lines), name="worker-events", daemon=True)
    reader.start()
    last: Mapping[str, Any] = {}
    try:
        while True:
            if cancel is not None and cancel.cancelled:
                return last
            try:
                line = lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                return last
            event = json.loads(line)
            if event["event"] in TERMINAL:
                last = event
            on_event(event)
    finally:
        _close_stdin(child)
        _wait(child, GRACE_SECONDS)
        _end_tree(child)
        reader.join()
        child.stdout.close()


def _read(stdout: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in stdout:
        lines.put(line)
    lines.put(None)


def _close_stdin(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    child.stdin.close()


def _wait(child: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _end_tree(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all that it started, and collect its exit status; nothing to do where it has ended."""
    if child.poll() is not None:
        return
    try:
        family = [*psutil.Process(child.pid).children(recursive=True), psutil.Process(child.pid)]
    except psutil.NoSuchProcess:
        family = []
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    child.wait()


def _conclude(code: int, last: Mapping[str, Any], out: Path, cancel: CancelToken | None) -> TrainingResult:
    """The child's end as a value or as the error it is."""
    # Said only after all is published, so a slow or killed farewell takes nothing away.
    if last.get("event") == "finished":
        return read_result(out)
    if cancel is not None and cancel.cancelled:
        raise Cancelled("Learning was stopped. Nothing changed.")
    if last.get("event") == "error":
        message = str(last.get("message"))
        if last.get("kind") == "user":
            raise UserError(message)
        if last.get("kind") == "environment":
            raise EnvironmentProblem(message)
        raise RuntimeError(f"The training worker met a bug: {message}\n{_tail(out / LOG_FILE)}")
    raise EnvironmentProblem(
        f"The training worker died without a result: {_ending(code)}. "
        f"Nothing changed. Close other programs if memory is short, then start the night again.\n{_tail(out / LOG_FILE)}".rstrip()
    )


def _ending(code: int) -> str:
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"killed by {name}" + (", as the system does when memory runs out" if name == "SIGKILL" else "")
    return f"exit code {code}"


def _tail(log: Path) -> str:
    """The log's last lines, for the person who reports it."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
