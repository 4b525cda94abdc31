"""The worker's line to its parent: events out as JSON lines, and the end of standard input as the order to stop.

The standard streams are moved aside first: what libraries print goes to stderr and cannot break the JSON, and nothing waits on
the real standard input but the one thread made for it (on Windows a pending read there blocks the loading of libraries).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any, TextIO

STOPPED = 4
LAST_STEP_SECONDS = 1.0
"""How long a run that is told to stop has to finish its step and keep its state; after twice that the parent kills it."""


class Channel:
    """Events to the parent, from any thread."""

    def __init__(self, events: TextIO) -> None:
        self._events = events
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._keeps = False

    @classmethod
    def take_over_standard_streams(cls) -> Channel:
        """Claim stdin and stdout for the parent and start listening for its end."""
        lifeline = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        events = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        # Ctrl-C in a terminal reaches the whole group; only the parent decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel = cls(events)
        threading.Thread(target=channel._stop_at_end_of, args=(lifeline,), name="lifeline", daemon=True).start()
        return channel

    def emit(self, event: str, **values: Any) -> None:
        """Send one event, whole and at once; where nobody listens any more the end of standard input says so too."""
        line = json.dumps({"event": event, **values}) + "\n"
        with self._lock, suppress(BrokenPipeError):
            self._events.write(line)
            self._events.flush()

    def will_keep(self) -> None:
        """From now on the main thread looks at `stopping` after each step and keeps its state before it leaves."""
        self._keeps = True

    def leave(self) -> None:
        """Say that the run was stopped, and end the process."""
        try:
            self.emit("cancelled")
        except OSError:
            print("the parent is gone; stopping", file=sys.stderr)
        finally:
            os._exit(STOPPED)

    def _stop_at_end_of(self, lifeline: int) -> None:
        """Leave the process when the parent closes its end or dies.

        From this thread, for the main one may be inside an import or a long multiplication. Results are published by
        renaming, so nothing half-done can be left under a final name.
        """
        while os.read(lifeline, 4096):
            pass
        self.stopping.set()
        if self._keeps:
            time.sleep(LAST_STEP_SECONDS)
        self.leave()
