"""Which conversation lies open, and what is kept of it between two sittings: the draft in each, and what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from learning.types import ConversationId
from ui.chat import ChatPage
from ui.keepsakes import Keepsakes
from ui.room import Room
from ui.shelf import Shelf

if TYPE_CHECKING:
    from app.library import Library


class Bookmark(QObject):
    """Signal `opened`: another conversation, or a new one, is to be shown. `soon` writes the keepsakes in a moment."""

    opened = Signal()

    def __init__(self, chat: ChatPage, shelf: Shelf, library: Room[Library], keepsakes: Keepsakes) -> None:
        super().__init__(chat)
        self._chat, self._shelf, self._library, self._keepsakes = chat, shelf, library, keepsakes
        self.soon = QTimer(self, singleShot=True, interval=800)
        self.soon.timeout.connect(keepsakes.save)
        chat.conversation_began.connect(self._on_began)
        chat.draft_changed.connect(self._on_draft)
        chat.sent.connect(self._on_sent)
        shelf.refreshed.connect(self._on_shelf)
        shelf.left.connect(self._on_left)

    def go_back(self) -> None:
        """Open what was open last."""
        if self._keepsakes.conversation:
            self.open(self._keepsakes.conversation)
        else:
            self.begin()

    def begin(self) -> None:
        """A new conversation."""
        self._chat.show_conversation(None)
        self._put(0)

    def begin_temporary(self) -> None:
        """A chat of which nothing is kept."""
        self._chat.show_temporary()
        self._chat.composer.set_text("")
        self.opened.emit()

    def open(self, conversation: int, message: int = 0) -> None:
        known = self._shelf.named(conversation)
        self._chat.show_conversation(ConversationId(conversation), known.title if known else "", at=message)
        self._put(conversation)

    def reread(self) -> None:
        """Words were erased, in drafts too: nothing that is gone from the disk stays in sight."""
        here = self._chat.conversation
        if here is not None and not self._chat.talking:
            self._chat.show_conversation(here, self._chat.head.title.whole)
        if not self._chat.temporary:
            self._show_draft(here or 0)
        self._chat.composer.set_history(self._keepsakes.sent)

    def _put(self, conversation: int) -> None:
        self._keepsakes.conversation = conversation
        self.soon.start()
        self._show_draft(conversation)
        self._chat.composer.set_history(self._keepsakes.sent)
        self.opened.emit()

    def _show_draft(self, conversation: int) -> None:
        self._chat.composer.set_text(self._keepsakes.drafts.get(str(conversation), ""))

    def _on_shelf(self) -> None:
        here = self._chat.conversation
        known = self._shelf.named(here)
        if known is not None:
            self._chat.head.title.say(known.title)
        elif here is not None and not self._chat.talking and here == self._keepsakes.conversation:
            self._forget_missing(here)

    def _forget_missing(self, conversation: ConversationId) -> None:
        """It may have been deleted by another program on the same profile."""

        def check(found: bool) -> None:
            if not found and self._chat.conversation == conversation:
                self.begin()

        self._library.ask(lambda library: any(e.id == conversation for e in library.store.conversations()), check)

    def _on_left(self, conversation: int) -> None:
        if self._chat.conversation == conversation:
            self.begin()

    def _on_began(self, conversation: int) -> None:
        if self._chat.conversation == conversation:
            self._keepsakes.keep_draft(0, "")
            self._keepsakes.conversation = conversation
            self._shelf.current = conversation
            self.soon.start()
        self._shelf.refresh()

    def _on_draft(self, text: str) -> None:
        self._keepsakes.keep_draft(self._chat.conversation or 0, text)
        self.soon.start()

    def _on_sent(self, text: str) -> None:
        if not self._chat.temporary:
            self._keepsakes.keep_sent(text)
            self._chat.composer.set_history(self._keepsakes.sent)
            self.soon.start()
