"""Waking the model: it is loaded before the first word is said, and the quiet line tells which one it is."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.room import Room
from ui.status import Status

if TYPE_CHECKING:
    from app.assistant import Assistant


class Waking(QObject):
    """Signal `failed(error)`: there is no model to talk with."""

    failed = Signal(object)

    def __init__(self, engine: Room[Assistant], status: Status, parent: QObject) -> None:
        super().__init__(parent)
        self._engine, self._status = engine, status

    def begin(self) -> None:
        """Load what answers now; also after it has become another."""

        def wake(assistant: Assistant) -> tuple[str, int | None]:
            name = assistant.wake().name or assistant.catalog.current().name
            adapter = assistant.serving.sync()
            # Loading is what takes long; it is done here, before the first word is said.
            _ = assistant.serving.engine.context_length
            return name, adapter.id if adapter else None

        self._status.show_waking()
        self._engine.ask(wake, self._on_awake, self._on_not_awake)

    def _on_awake(self, woken: tuple[str, int | None]) -> None:
        self._status.show_model(*woken)
        # All that was imported by now stays. A collector that went through it again and again would stop every thread for as
        # long as 40 ms each time, the window's too.
        gc.freeze()

    def _on_not_awake(self, error: Exception) -> None:
        self._status.show_asleep()
        self.failed.emit(error)
