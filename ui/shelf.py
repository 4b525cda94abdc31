"""The conversations at the left and what is done with them: found, renamed, pinned, deleted with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from learning.types import Conversation, ConversationId, Message
from ui.keepsakes import Keepsakes
from ui.pieces import Toast
from ui.room import Room
from ui.sidebar import Sidebar

if TYPE_CHECKING:
    from app.library import Library


class Shelf(QObject):
    """Signals: `refreshed` (the list was read anew), `left(conversation)` (it is being deleted)."""

    refreshed = Signal()
    left = Signal(int)

    def __init__(self, side: Sidebar, library: Room[Library], keepsakes: Keepsakes, toast: Toast) -> None:
        super().__init__(side)
        self._side, self._library, self._keepsakes, self._toast = side, library, keepsakes, toast
        self._deleting: int | None = None
        self.conversations: list[Conversation] = []
        self.current = 0
        side.searched.connect(self._search)
        side.renamed.connect(self.rename)
        side.pin_wanted.connect(self.pin)
        side.delete_wanted.connect(self.delete)

    def refresh(self) -> None:
        self._library.ask(lambda library: (library.conversations(), library.now()), self._on_read)

    def named(self, conversation: int | None) -> Conversation | None:
        return next((entry for entry in self.conversations if entry.id == conversation), None)

    def choose(self, conversation: int) -> None:
        """The one that is open; 0: none."""
        self.current = conversation
        self._side.choose(conversation)

    def rename(self, conversation: int, title: str) -> None:
        self._library.ask(lambda library: library.rename(ConversationId(conversation), title), lambda _: self.refresh())

    def is_pinned(self, conversation: int) -> bool:
        return conversation in self._keepsakes.pinned

    def pin(self, conversation: int, pinned: bool) -> None:
        others = [other for other in self._keepsakes.pinned if other != conversation]
        self._keepsakes.pinned = [*others, conversation] if pinned else others
        self._keepsakes.save()
        self.refresh()

    def delete(self, conversation: int) -> None:
        """Gone from sight at once, from the disk when there is no way back any more."""
        self._toast.finish()
        self._deleting = conversation
        self.left.emit(conversation)
        self.refresh()
        self._toast.say(
            self.tr("Conversation deleted"), self.tr("Undo"), self._take_back, partial(self._delete_for_good, conversation)
        )

    def _on_read(self, read: tuple[Sequence[Conversation], datetime]) -> None:
        conversations, now = read
        self.conversations = [entry for entry in conversations if entry.id != self._deleting]
        self._side.show_conversations(self.conversations, self._keepsakes.pinned, self.current, now)
        self.refreshed.emit()

    def _take_back(self) -> None:
        self._deleting = None
        self.refresh()

    def _delete_for_good(self, conversation: int) -> None:
        self._keepsakes.keep_draft(conversation, "")
        self._keepsakes.pinned = [other for other in self._keepsakes.pinned if other != conversation]
        self._library.ask(lambda library: library.delete(ConversationId(conversation)), lambda _: self.refresh())

    def _search(self, words: str) -> None:
        def show(found: Sequence[tuple[Conversation, Message | None]]) -> None:
            if self._side.search.text().strip() == words:
                self._side.show_found(found)

        if words:
            self._library.ask(lambda library: library.search(words), show)
        else:
            self._side.show_found(None)
