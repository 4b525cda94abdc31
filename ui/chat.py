"""The conversation in the middle: its messages, the composer, the quiet line below; one conversation at a time is shown.

A reply may go on while another conversation is open; coming back shows it where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from learning.types import ConversationId, Message, MessageId
from models.errors import DormouseError
from ui.chat_head import ChatHead
from ui.composer import Composer
from ui.deeds import Deeds
from ui.messages import ReplyMessage, UserMessage
from ui.pieces import Column, Notice, label
from ui.room import Room
from ui.theme import COLUMN, SPACE
from ui.transcript import Transcript
from ui.turns import Asked, Turn
from ui.welcome import Welcome

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library, Said
    from app.noting import Noted


class ChatPage(QWidget):
    """What is done with memories is done by `deeds`. Signals: `conversation_began(id)`, `draft_changed(text)`, `sent(text)`,
    `memory_wanted(id)`, `cost(Cost)`, `deleted`."""

    conversation_began = Signal(int)
    draft_changed = Signal(str)
    sent = Signal(str)
    memory_wanted = Signal(int)
    deleted = Signal()
    cost = Signal(object)

    def __init__(self, engine: Room[Assistant], library: Room[Library], deeds: Deeds) -> None:
        super().__init__()
        self._engine, self._library, self._deeds = engine, library, deeds
        self.conversation: ConversationId | None = None
        self.temporary = False
        self._aside: list[Message] = []
        self.first_steps: Callable[[], QWidget] | None = None
        """Makes what is shown instead of the welcome on the first day."""
        self._turns: list[Turn] = []
        self._turn: Turn | None = None
        self._instead_of: UserMessage | None = None
        self._pending_reply: ReplyMessage | None = None
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._build()
        self.show_conversation(None)

    def _build(self) -> None:
        self.head = ChatHead(self._library)
        self.transcript = Transcript(self._widget_for)
        self.composer = Composer()
        self.composer.sent.connect(self._on_sent)
        self.composer.stopped.connect(self._on_stop)
        self.composer.edit_left.connect(self._on_edit_left)
        self.composer.changed.connect(self._on_draft)
        self.status = label("", "small")
        self.status.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        foot = QWidget()
        inner = QVBoxLayout(foot)
        inner.setContentsMargins(0, 0, 0, SPACE[2])
        inner.setSpacing(SPACE[1] + 2)
        self.above = QVBoxLayout()
        inner.addLayout(self.above)
        inner.addWidget(self.composer)
        inner.addWidget(self.status)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.head)
        outer.addWidget(self.transcript, 1)
        outer.addWidget(Column(foot, COLUMN + 2 * SPACE[4], 4))

    # What is shown

    def show_conversation(self, conversation: ConversationId | None, title: str = "", *, at: int = 0) -> None:
        """Open a conversation, or begin a new one; `at` is a message to bring into view."""
        self.temporary = False
        self._open(conversation, title)
        if conversation is not None:
            self._library.ask(
                lambda library: library.history(conversation, showing=MessageId(at) if at else None),
                lambda said: self._on_history(conversation, said, at),
            )

    def show_temporary(self) -> None:
        """Begin a chat of which nothing is kept."""
        self.temporary = True
        self._open(None, self.tr("Temporary chat"))

    def refresh(self) -> None:
        """What is known has changed: show the chips as they are now."""
        conversation = self.conversation
        if conversation is None or self.temporary:
            return

        def show(said: Sequence[Said]) -> None:
            if conversation == self.conversation:
                self.transcript.read_again(said)

        self._library.ask(lambda library: library.history(conversation), show)

    def stop_all(self) -> None:
        """Stop every reply that is still coming, also those of other conversations."""
        for turn in self._turns:
            if turn.running:
                turn.stop()

    @property
    def talking(self) -> bool:
        return self._turn is not None

    def show_error(self, error: Exception | str) -> None:
        """An error above the composer, with a way to copy it."""
        text = str(error) if isinstance(error, (DormouseError, str)) else self.tr("This is a bug in Dormouse: %1").replace(
            "%1", repr(error)
        )  # fmt: skip
        self.above.addWidget(Notice(text))

    def _open(self, conversation: ConversationId | None, title: str) -> None:
        self.conversation = conversation
        self._aside = []
        self._turn, self._instead_of, self._pending_reply = None, None, None
        self.transcript.clear()
        self.head.show_conversation(conversation, title, temporary=self.temporary)
        self.composer.set_talking(False)
        self.composer.end_edit()
        self.composer.ask(self.tr("Nothing here is kept or noted") if self.temporary else self.tr("Write to Dormouse"))
        if conversation is None:
            self.transcript.show_only(self._opening())
        else:
            running = next((turn for turn in self._turns if turn.running and turn.conversation == conversation), None)
            self._turn = running
            self.composer.set_talking(running is not None)

    def _opening(self) -> QWidget:
        """What stands where nothing has been said."""
        if self.first_steps is not None and not self.temporary:
            return self.first_steps()
        welcome = Welcome(temporary=self.temporary)
        welcome.offered.connect(self.composer.set_text)
        return welcome

    def _on_history(self, conversation: ConversationId, said: Sequence[Said], at: int) -> None:
        if conversation != self.conversation:
            return
        self.transcript.show_said(said, at)
        turn = self._turn
        if turn is not None:
            if turn.asked.again is None and not (said and said[-1].message.role == "user"):
                self.transcript.add(UserMessage(turn.asked.text))
            self._show_streaming(turn)
        self.transcript.mark_last()

    def _widget_for(self, said: Said) -> UserMessage | ReplyMessage:
        if said.message.role == "assistant":
            return self._wired_reply(ReplyMessage(said))
        widget = self._wired_user(UserMessage(said.message.text, said.message))
        widget.show_said(said)
        return widget

    def _wired_user(self, widget: UserMessage) -> UserMessage:
        deeds = self._deeds
        widget.remember_wanted.connect(deeds.remember)
        widget.edit_wanted.connect(lambda: self._on_edit(widget))
        widget.delete_wanted.connect(lambda: self._on_delete(widget))
        widget.undo_wanted.connect(lambda memory: deeds.undo([memory]))
        widget.restore_wanted.connect(lambda memory: deeds.restore([memory]))
        widget.amend_wanted.connect(deeds.amend)
        widget.agree_wanted.connect(deeds.agree_to)
        widget.reword_wanted.connect(deeds.reword)
        widget.decline_wanted.connect(deeds.decline_proposal)
        widget.memory_wanted.connect(self.memory_wanted)
        widget.branch_wanted.connect(self._on_branch)
        return widget

    def _wired_reply(self, widget: ReplyMessage) -> ReplyMessage:
        widget.again_wanted.connect(lambda: self._on_again(widget))
        widget.knowledge_wanted.connect(self._deeds.show_knowledge)
        widget.branch_wanted.connect(self._on_branch)
        return widget

    def _on_branch(self, message: int) -> None:
        """Go on where something else was said."""
        conversation = self.conversation
        if conversation is None or self.talking:
            return

        def choose(library: Library) -> list[Said]:
            library.store.choose(MessageId(message))
            return library.history(conversation)

        self._library.ask(choose, lambda said: self._on_history(conversation, said, message))

    # A turn

    def _on_sent(self, text: str) -> None:
        self.sent.emit(text)
        self.transcript.show_end()
        replaced, self._instead_of = self._instead_of, None
        if replaced is not None:
            self.transcript.remove_from(replaced)
        self.transcript.add(self._wired_user(UserMessage(text, temporary=self.temporary)))
        self._begin(
            Asked(
                text,
                self.conversation,
                instead_of=replaced.message if replaced is not None else None,
                aside=tuple(self._aside) if self.temporary else None,
                wishes=astuple(self.head.wishes) if self.head.wishes else None,
            )
        )

    def _on_again(self, widget: ReplyMessage) -> None:
        before = self.transcript.before(widget)
        asked = before.message if before is not None else None
        if asked is None or self.talking or self.conversation is None:
            return
        self.transcript.remove_from(widget)
        self._begin(Asked(asked.text, self.conversation, again=asked))

    def _begin(self, asked: Asked) -> None:
        turn = Turn(asked, self._engine, self)
        self._turns = [*(other for other in self._turns if other.running), turn]
        self._turn = turn
        turn.begun.connect(lambda conversation: self._on_begun(turn, conversation))
        turn.finished.connect(lambda user, reply, stopped: self._on_finished(turn, user, reply, stopped))
        turn.noted.connect(lambda noted: self._on_noted(turn, noted))
        turn.failed.connect(lambda error: self._on_failed(turn, error))
        turn.cost.connect(self.cost)
        self._show_streaming(turn)
        self.composer.set_talking(True)
        self.transcript.mark_last()
        self.transcript.show_end()
        turn.start()

    def _show_streaming(self, turn: Turn) -> None:
        reply = self._wired_reply(ReplyMessage(temporary=self.temporary))
        if self._engine.busy and not turn.said:
            reply.wait(self.tr("waiting for the engine…"))
        if turn.said:
            reply.add(turn.said)
        turn.came.connect(reply.add)
        self._pending_reply = reply
        self.transcript.add(reply)

    def _on_begun(self, turn: Turn, conversation: int) -> None:
        if turn is self._turn and self._pending_reply is not None and not turn.said:
            self._pending_reply.wait(self.tr("thinking…"))
        if turn is self._turn and self.conversation is None and not self.temporary:
            self.conversation = ConversationId(conversation)
            self.head.begun_as(self.conversation)
        self.conversation_began.emit(conversation)

    def _on_finished(self, turn: Turn, user: Said, reply: Said, stopped: str) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.composer.set_talking(False)
        if self.temporary:
            self._aside += [user.message, reply.message]
        if self._pending_reply is not None:
            says = {"cancelled": self.tr("stopped"), "length": self.tr("cut short: it grew too long")}.get(stopped, "")
            self._pending_reply.finish(reply, says)
            before = self.transcript.before(self._pending_reply)
            if isinstance(before, UserMessage):
                before.message = user.message
        self._pending_reply = None
        self.transcript.said_anew(user, reply)
        self.transcript.mark_last()
        if turn.asked.again is not None or turn.asked.instead_of is not None:
            self.refresh()

    def _on_noted(self, turn: Turn, noted: Sequence[Noted]) -> None:
        if noted and turn.conversation == self.conversation:
            self.refresh()
        self._deeds.on_noted(noted)

    def _on_failed(self, turn: Turn, error: Exception) -> None:
        if turn is self._turn:
            self._turn = None
            self.composer.set_talking(False)
            # The words come back to where they can be changed; what is shown is what is stored.
            if turn.asked.again is None and not self.composer.text:
                self.composer.set_text(turn.asked.text)
            if self.conversation is not None:
                self.show_conversation(self.conversation, self.head.title.whole)
            elif self.temporary and self._aside:
                self.transcript.remove_from(self.transcript.messages()[-2])
            else:
                self._open(None, self.head.title.whole)
        self.show_error(error)

    def _on_stop(self) -> None:
        if self._turn is not None:
            self._turn.stop()

    def _on_edit(self, widget: UserMessage) -> None:
        if widget.message is not None and not self.talking:
            self._instead_of = widget
            self.composer.edit(widget.text)

    def _on_delete(self, widget: UserMessage) -> None:
        """What was said from here on, in all branches, after a question."""
        message, conversation = widget.message, self.conversation
        if message is None or conversation is None or self.talking:
            return
        from ui.dialogs import AskSheet

        def delete(library: Library) -> list[Said]:
            library.store.remove_from(message.id)
            return library.history(conversation)

        def show(said: list[Said]) -> None:
            self.deleted.emit()
            if said:
                self._on_history(conversation, said, 0)
            elif conversation == self.conversation:
                self.show_conversation(None)

        AskSheet(
            self,
            self.tr("Delete from here on?"),
            self.tr(
                "This message and all that follows it are deleted, with their other versions. What was noted from them stays."
            ),
            self.tr("Delete"),
            lambda: self._library.ask(delete, show),
        ).open()

    def _on_edit_left(self) -> None:
        self._instead_of = None

    def _on_draft(self, text: str) -> None:
        if self._instead_of is None and not self.temporary:
            self.draft_changed.emit(text)
