"""A night as the window has it: begun, followed and woken from, whatever page is open. What a night does is the assistant's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from models.engine import CancelToken
from models.errors import Cancelled
from ui.room import Room

if TYPE_CHECKING:
    from app.assistant import Assistant
    from learning.consolidation import NightReport


class Sleep(QObject):
    """Signals: `began`, `progressed(Progress)`, `waking`, `ended(outcome)`: a `NightReport`, or the exception it ended with."""

    began = Signal()
    progressed = Signal(object)
    waking = Signal()
    ended = Signal(object)

    def __init__(self, engine: Room[Assistant], parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._cancel: CancelToken | None = None

    @property
    def running(self) -> bool:
        return self._cancel is not None

    def begin(self) -> None:
        """Learn now what is due."""
        if self._cancel is not None:
            return
        cancel = self._cancel = CancelToken()
        self.began.emit()

        def sleep(assistant: Assistant) -> NightReport:
            return assistant.night(lambda progress: self._engine.tell(self._on_progress, progress), cancel)

        self._engine.ask(sleep, self._on_end, self._on_end)

    def stop(self) -> None:
        """Wake up: yesterday's adapter serves on."""
        if self._cancel is not None:
            self._cancel.cancel()
            self.waking.emit()

    def in_words(self, outcome: NightReport | Exception) -> str:
        """What became of it, in a sentence."""
        if isinstance(outcome, Cancelled):
            return self.tr("Woken up. Nothing changed.")
        if isinstance(outcome, Exception):
            return self.tr("The night failed. Nothing changed.")
        if outcome.outcome == "promoted":
            return self.tr("Good morning. %1 learned by heart.").replace("%1", str(len(outcome.learned)))
        if outcome.outcome == "awaiting":
            return self.tr("Good morning. What I could learn tonight waits for your word.")
        return self.tr("The night is over; nothing changed.")

    def _on_progress(self, progress: object) -> None:
        if self._cancel is not None and not self._cancel.cancelled:
            self.progressed.emit(progress)

    def _on_end(self, outcome: object) -> None:
        self._cancel = None
        self.ended.emit(outcome)
