"""The head of a conversation: its title, what is special about it, and what the person wishes of the replies in it."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins
from PySide6.QtWidgets import QWidget

from learning.types import ConversationId
from ui.elided import Elided
from ui.pieces import IconButton, label, row
from ui.room import Room
from ui.theme import SPACE

if TYPE_CHECKING:
    from app.library import Library
    from learning.types import Conversation
    from ui.wishes import Wishes


class ChatHead(QWidget):
    """`wishes` are those of a conversation that has not begun."""

    def __init__(self, library: Room[Library]) -> None:
        super().__init__()
        self._library = library
        self._conversation: ConversationId | None = None
        self.wishes: Wishes | None = None
        self.side_button = IconButton("side", self.tr("Show or hide the conversations (Ctrl+B)"))
        self.title = Elided("heading")
        self.badge = label(self.tr("temporary: nothing is kept"), "badge-quiet")
        self.wished = label(self.tr("own instructions"), "badge-quiet")
        self.menu_button = IconButton("more", self.tr("This conversation"))
        margins = QMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[2])
        self.setLayout(row(self.side_button, self.title, self.badge, self.wished, None, self.menu_button, margins=margins))

    def show_conversation(self, conversation: ConversationId | None, title: str, *, temporary: bool) -> None:
        self._conversation = conversation
        self.wishes = None
        self.wished.hide()
        self.badge.setVisible(temporary)
        self.menu_button.setVisible(not temporary)
        self.title.say(title)
        if conversation is not None:
            self._library.ask(
                lambda library: library.store.conversation(conversation),
                lambda known: self._show_wished(known) if conversation == self._conversation else None,
                # That it is not there any more is said by the history.
                lambda _: None,
            )

    def begun_as(self, conversation: ConversationId) -> None:
        """What was new has a number now."""
        self._conversation = conversation

    def show_wishes(self) -> None:
        """Let the person say how replies in this conversation should be."""
        from ui.wishes import Wishes, WishesSheet

        conversation = self._conversation
        if conversation is None:
            WishesSheet(self, self.wishes or Wishes(), self._on_wished).open()
        else:
            self._library.ask(
                lambda library: library.store.conversation(conversation),
                lambda known: WishesSheet(self, Wishes.of(known), self._on_wished).open(),
            )

    def _on_wished(self, wishes: Wishes) -> None:
        """Kept with the conversation; with one that has not begun once it does."""
        conversation = self._conversation
        self._show_wished(wishes)
        if conversation is None:
            self.wishes = wishes
            return
        self._library.ask(lambda library: library.store.set_wishes(conversation, *astuple(wishes)) and None)

    def _show_wished(self, wishes: Wishes | Conversation) -> None:
        own = bool(wishes.instructions) or wishes.temperature is not None or wishes.reply_tokens is not None
        self.wished.setVisible(own)
        self.wished.setToolTip(wishes.instructions)
