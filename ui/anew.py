"""Beginning anew: a backup took the place of everything, or everything was deleted. The window stays, and shows what is."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.keepsakes import Keepsakes
from ui.room import Room

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library


class Anew(QObject):
    """Signals: `begun`: the numbers of conversations and memories mean something else now; `deleted`; `failed(error)`."""

    begun = Signal()
    deleted = Signal()
    failed = Signal(object)

    def __init__(
        self, engine: Room[Assistant], library: Room[Library], keepsakes: Keepsakes, opening: Lock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._engine, self._library, self._keepsakes, self._opening = engine, library, keepsakes, opening

    def begin(self) -> None:
        """After a restore: nothing that was kept about the old content counts, and the assistant is opened again."""
        self._keepsakes.pinned, self._keepsakes.drafts, self._keepsakes.sent = [], {}, []
        self._engine.renew()
        self.begun.emit()

    def delete_everything(self) -> None:
        """All that is known and was said. Both rooms let go of the profile first."""

        def delete(library: Library) -> None:
            from app.deletion import delete_everything

            library.close()
            # Nobody opens it in between: what is opened is made where there is none.
            with self._opening:
                delete_everything(library.profile)

        def deleted(_: None) -> None:
            self._keepsakes.begin_anew()
            self._library.renew()
            self.begin()
            self.deleted.emit()

        def failed(error: Exception) -> None:
            self._library.renew()
            self.begin()
            self.failed.emit(error)

        self._engine.renew(lambda _: self._library.ask(delete, deleted, failed))
