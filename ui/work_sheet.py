"""A long work that the person waits for: what is being done, how far it is, the way to stop it; then what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from models.engine import CancelToken
from models.errors import Cancelled, DormouseError
from ui.dialogs import Sheet
from ui.pieces import button, label, row
from ui.room import Room

OnProgress = Callable[[int, int], None]


class WorkSheet(Sheet):
    """Runs `work(thing, on_progress, cancel)` in a room and shows the words that it returns."""

    def __init__(
        self, parent: QWidget, title: str, room: Room[Any], work: Callable[[Any, OnProgress, CancelToken], str]
    ) -> None:
        super().__init__(parent, 520)
        self.entitle(title)
        self._cancel = CancelToken()
        self.running = True
        self.says = label("", wraps=True)
        self.says.hide()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.stop = button(self.tr("Stop"), self._on_stop)
        self.leave = button(self.tr("Close"), self.accept, "primary")
        self.leave.hide()
        self.inner.addWidget(self.bar)
        self.inner.addWidget(self.says)
        self.inner.addLayout(row(None, self.stop, self.leave))
        room.ask(
            lambda thing: work(thing, lambda done, total: room.tell(self._on_progress, done, total), self._cancel),
            self._on_done,
            self._on_failed,
        )

    def reject(self) -> None:
        # Escape stops; what runs is not left alone with nobody looking.
        if self.running:
            self._on_stop()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.running:
            event.ignore()
            self._on_stop()
        else:
            super().closeEvent(event)

    def _on_stop(self) -> None:
        self._cancel.cancel()
        self.stop.setEnabled(False)

    def _on_progress(self, done: int, total: int) -> None:
        if self.running:
            # In thousandths: Qt counts in 32 bits, and bytes may be more.
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * done / max(1, total)))

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._on_done(self.tr("Stopped. Nothing was changed."))
        elif isinstance(error, DormouseError):
            self._on_done(str(error))
        else:
            self._on_done(self.tr("This is a bug in Dormouse: %1").replace("%1", repr(error)))

    def _on_done(self, says: str) -> None:
        self.running = False
        self.bar.hide()
        self.stop.hide()
        self.leave.show()
        self.leave.setFocus()
        self.says.setText(says)
        self.says.show()
        self.adjustSize()
