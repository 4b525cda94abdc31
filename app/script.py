"""`dormouse script`: requests as JSON Lines on standard input, events as JSON Lines on standard output, for any language.

Three threads: this one owns the assistant and does one request after the other; one reads, so that a cancel is heard at once;
one writes, so that a peer that reads slowly never holds up a night. Input that ends means: finish what was asked and leave.
Output that nobody reads any more means: stop at the next step. Neither can harm the profile.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.compose import open_assistant
from app.events import Event, Warned
from app.script_calls import CALLS, PROTOCOL, check, script_schema
from models.engine import CancelToken
from models.errors import Cancelled, DormouseError, EnvironmentProblem, UserError

LONGEST_LINE = 1 << 20
"""Bytes of one request; a line that never ends must not eat the memory."""
UNREAD_PROGRESS = 200
"""Lines waiting to be read, from which on progress is left out: the next one says more. Nothing else ever is."""

Json = dict[str, Any]


def script(home: Path, *, schema: bool = False) -> int:
    """Serve requests until the input ends; the exit code is 0 however the peer leaves."""
    if schema:
        print(json.dumps(script_schema(), indent=2))
        return 0
    # Only events may go to standard output, whatever else is printed anywhere.
    with contextlib.redirect_stdout(sys.stderr):
        return Session(home, sys.stdin.fileno(), sys.__stdout__.fileno() if sys.__stdout__ else 1).run()


class Session:
    """One peer. `read` and `write` are file descriptors: buffers of Python's own would keep what a dead peer cannot take."""

    def __init__(self, home: Path, read: int, write: int) -> None:
        self._home = home
        self._read = read
        self._write = write
        self._requests: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._tokens: dict[str, CancelToken] = {}
        self._lock = threading.Lock()
        self._gone = threading.Event()

    def run(self) -> int:
        writer = threading.Thread(target=self._speak, name="script-writer")
        writer.start()
        try:
            with self._opened() as assistant:
                self._emit({"event": "ready", "protocol": PROTOCOL, "calls": [*CALLS, "cancel"]})
                # The reader may sit in a read that never returns, so it must not keep the process alive.
                threading.Thread(target=self._listen, name="script-reader", daemon=True).start()
                while (request := self._requests.get()) is not None and not self._gone.is_set():
                    self._answer(assistant, request)
        finally:
            self._lines.put(None)
            writer.join()
        return 0

    def _opened(self) -> Assistant:
        try:
            assistant = open_assistant(self._home)
        except DormouseError as error:
            self._fail(None, _kind(error), str(error))
            raise
        assistant.events.subscribe(self._on_event)
        return assistant

    def _answer(self, assistant: Assistant, request: Json) -> None:
        id = request.get("id")
        if "unread" in request:
            self._fail(None, "usage", request["unread"])
            return
        with self._lock:
            cancel = self._tokens.setdefault(_key(id), CancelToken())
        try:
            if cancel.cancelled:
                raise Cancelled("The request was cancelled before it began.")
            call, given = check(request)
            result = call.does(assistant, given, lambda event: self._emit({**event, "id": id}), cancel)
            self._emit({"event": "result", "id": id, "result": result})
        except DormouseError as error:
            self._fail(id, _kind(error), str(error))
        except Exception as error:
            # A bug in one call must not take away the others; whole on stderr, where logs belong.
            traceback.print_exc()
            self._fail(id, "bug", f"This is a bug in Dormouse, please report it: {error!r}")
        finally:
            with self._lock:
                self._tokens.pop(_key(id), None)

    def _fail(self, id: Any, kind: str, text: str) -> None:
        self._emit({"event": "error", "id": id, "kind": kind, "text": text})

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Warned):
            self._emit({"event": "warning", "text": event.text})

    # Reading

    def _listen(self) -> None:
        for line in _lines(self._read):
            try:
                request = _request(line)
            except UserError as error:
                self._requests.put({"unread": str(error)})
                continue
            if request.get("call") == "cancel":
                self._cancel(request)
            else:
                with self._lock:
                    self._tokens.setdefault(_key(request.get("id")), CancelToken())
                self._requests.put(request)
        self._requests.put(None)

    def _cancel(self, request: Json) -> None:
        with self._lock:
            token = self._tokens.get(_key(request.get("request")))
            if token is not None:
                token.cancel()
        self._emit({"event": "result", "id": request.get("id"), "result": {"cancelled": token is not None}})

    # Writing

    def _emit(self, event: Json) -> None:
        if self._gone.is_set() or (event["event"] == "progress" and self._lines.qsize() > UNREAD_PROGRESS):
            return
        self._lines.put(json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def _speak(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                while line:
                    line = line[os.write(self._write, line) :]
            except OSError:
                self._leave()
                return

    def _leave(self) -> None:
        """Nobody listens any more: stop what runs, and begin nothing new."""
        self._gone.set()
        with self._lock:
            for token in self._tokens.values():
                token.cancel()
        self._requests.put(None)


def _kind(error: DormouseError) -> str:
    if isinstance(error, Cancelled):
        return "cancelled"
    return "environment" if isinstance(error, EnvironmentProblem) else "usage"


def _request(line: bytes) -> Json:
    if len(line) > LONGEST_LINE:
        raise UserError(f"A request has at most {LONGEST_LINE} bytes; this one was passed over.")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"This line is no JSON ({error}). A request is one JSON object on one line.") from error
    if not isinstance(request, dict) or not isinstance(request.get("id"), int | str):
        raise UserError('A request is a JSON object with an "id", a number or text: {"id": 1, "call": "memories"}')
    return request


def _key(id: Any) -> str:
    """1 and "1" are two ids."""
    return json.dumps(id)


def _lines(descriptor: int) -> Iterator[bytes]:
    """The lines that come, without their ends; of one that is too long only so much that it is seen to be."""
    kept = b""
    for chunk in iter(_chunks(descriptor), b""):
        kept += chunk
        *whole, kept = kept.split(b"\n")
        yield from (line for line in whole if line.strip())
        kept = kept[: LONGEST_LINE + 1]
    if kept.strip():
        yield kept


def _chunks(descriptor: int) -> Callable[[], bytes]:
    def chunk() -> bytes:
        try:
            return os.read(descriptor, 1 << 16)
        except OSError:
            return b""

    return chunk
