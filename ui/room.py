"""A thread with one thing in it that belongs to that thread: the assistant in one, the library in another.

Work goes in as a function of the thing, one after the other; its outcome comes back on the window's thread. So the engine is
only ever touched by the thread that made it, and the window never waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from models.engine import CancelToken
from models.errors import Cancelled


class _Closes(Protocol):
    def close(self) -> None: ...


Thing = TypeVar("Thing", bound=_Closes)
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[Any], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None


def _RENEW(_: Any) -> None: ...


class Room(QObject, Generic[Thing]):
    """Runs work on the thing that `make` makes, on a thread of its own.

    Signals:
        failed: work failed and nobody said what to do about it; the exception.
        idle: nothing is waiting any more.
    """

    failed = Signal(object)
    idle = Signal()
    _come_back = Signal(object)

    def __init__(self, name: str, make: Callable[[], Thing]) -> None:
        super().__init__()
        self._make = make
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._pending = 0
        self._closed = False
        self._spare: deque[Callable[[Thing, CancelToken], object]] = deque()
        self._stop_spare = CancelToken()
        self._come_back.connect(lambda deliver: deliver(), Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin to work; what is asked for before waits."""
        if not self._closed and self._thread.ident is None:
            self._thread.start()

    @property
    def busy(self) -> bool:
        return self._pending > 0

    def ask(
        self,
        do: Callable[[Thing], Outcome],
        done: Callable[[Outcome], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `do` in the room; `done` or `failed` hear of it on the window's thread, unless the room closed before."""
        self._stop_spare.cancel()
        self._put(_Work(do, done, failed))

    def meanwhile(self, do: Callable[[Thing, CancelToken], object]) -> None:
        """Run `do` in the room once nothing else waits. What is asked for then stops it (`Cancelled`); it begins anew later."""
        self._spare.append(do)
        if not self.busy:
            self._begin_spare()

    def renew(self, done: Callable[[None], None] | None = None) -> None:
        """Close the thing once the work before this is done; the next work makes it anew. What was left for later is dropped."""
        self._spare.clear()
        self.ask(_RENEW, done)

    def tell(self, listener: Callable[..., None], *values: object) -> None:
        """From inside the room: have the window's thread call `listener`."""
        self._deliver(lambda: listener(*values))

    def close(self) -> None:
        """Do what was asked for, tell nobody about it, close the thing and end the thread."""
        self._closed = True
        self._stop_spare.cancel()
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _put(self, work: _Work) -> None:
        self._pending += 1
        self._queue.put(work)

    def _begin_spare(self) -> None:
        do, stop = self._spare.popleft(), CancelToken()
        self._stop_spare = stop

        def failed(error: Exception) -> None:
            if isinstance(error, Cancelled):
                self._spare.appendleft(do)
            else:
                self.failed.emit(error)

        self._put(_Work(lambda thing: do(thing, stop), None, failed))

    def _run(self) -> None:
        thing: Thing | None = None
        while (work := self._queue.get()) is not None:
            try:
                if work.do is _RENEW:
                    if thing is not None:
                        thing.close()
                    thing = outcome = None
                else:
                    if thing is None:
                        thing = self._make()
                    outcome = work.do(thing)
            except Exception as error:  # shown to the person by the window, with its text or as a bug
                self._deliver(lambda work=work, error=error: self._end(work.failed or self.failed.emit, error))
            else:
                self._deliver(lambda work=work, outcome=outcome: self._end(work.done, outcome))
        if thing is not None:
            thing.close()

    def _deliver(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._come_back.emit(call)

    def _end(self, listener: Callable[[Any], object] | None, outcome: object) -> None:
        self._pending -= 1
        if self._closed:
            return
        if listener is not None:
            listener(outcome)
        if self._pending:
            return
        if self._spare:
            self._begin_spare()
        else:
            self.idle.emit()
