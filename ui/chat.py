"""The conversation in the middle: its messages, the composer, the quiet line below; one conversation at a time is shown.

A reply may go on while another conversation is open; coming back shows it where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.assistant import Assistant
from app.library import Library, Said
from app.noting import Noted
from learning.types import ConversationId, Message
from models.errors import DormouseError
from ui import icons
from ui.composer import Composer
from ui.messages import NoteChip, ReplyMessage, UserMessage
from ui.pieces import Column, IconButton, Notice, button, label, row
from ui.room import Room
from ui.theme import COLUMN, SPACE, colours
from ui.turns import Asked, Turn

PAGE = 40
"""Messages that are laid out; earlier ones come when they are scrolled to."""
AT_ONCE = 6
"""Of these, so many before the window looks up again: a message costs some milliseconds."""


class ChatPage(QWidget):
    """Signals: `conversation_began(id)`, `draft_changed(text)`, `sent(text)`, `memory_wanted(id)`, `amend_wanted(memory)`,
    `remember_wanted(text)`, `undo_wanted(ids)`, `restore_wanted(ids)`, `knowledge_wanted(said)`, `menu_wanted(button)`,
    `cost(Cost)`, `noted(list)`."""

    conversation_began = Signal(int)
    draft_changed = Signal(str)
    sent = Signal(str)
    memory_wanted = Signal(int)
    amend_wanted = Signal(object)
    remember_wanted = Signal(str)
    undo_wanted = Signal(object)
    restore_wanted = Signal(object)
    knowledge_wanted = Signal(object)
    noted = Signal(object)
    side_wanted = Signal()
    cost = Signal(object)

    def __init__(self, engine: Room[Assistant], library: Room[Library]) -> None:
        super().__init__()
        self._engine, self._library = engine, library
        self.conversation: ConversationId | None = None
        self.temporary = False
        self._aside: list[Message] = []
        self._said: list[Said] = []
        self._shown_from = self._shown_to = self._fill_from = self._from_end = 0
        self._fill = QTimer(self, interval=0)
        self._fill.timeout.connect(self._show_earlier)
        self._turns: list[Turn] = []
        self._turn: Turn | None = None
        self._instead_of: UserMessage | None = None
        self._attempts = 0
        self._sticks = True
        self._pending_reply: ReplyMessage | None = None
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._build()
        self.show_conversation(None)

    def _build(self) -> None:
        self.side_button = IconButton("side", self.tr("Show or hide the conversations (Ctrl+B)"), self.side_wanted.emit)
        self.title = label("", "heading")
        self.badge = label(self.tr("temporary: nothing is kept"), "badge-quiet")
        self.menu_button = IconButton("more", self.tr("This conversation"))
        head = QWidget()
        head.setLayout(
            row(
                self.side_button, self.title, self.badge, None, self.menu_button,
                margins=QMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[2]),
            )
        )  # fmt: skip
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        self._list.setContentsMargins(0, SPACE[4], 0, SPACE[5])
        self._messages = QWidget()
        self._messages.setLayout(self._list)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setAccessibleName(self.tr("Messages"))
        self._scroll.setWidget(Column(self._messages, COLUMN))
        bar = self._scroll.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_scrolled)
        self._to_end = IconButton("down", self.tr("To the end"), self._go_to_end)
        self._to_end.setParent(self._scroll)
        self._to_end.setFixedSize(34, 34)
        self._to_end.hide()
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
        outer.addWidget(head)
        outer.addWidget(self._scroll, 1)
        outer.addWidget(Column(foot, COLUMN + 2 * SPACE[4], 4))

    # What is shown

    def show_conversation(self, conversation: ConversationId | None, title: str = "", *, at: int = 0) -> None:
        """Open a conversation, or begin a new one; `at` is a message to bring into view."""
        self.temporary = False
        self._open(conversation, title)
        if conversation is not None:
            self._library.ask(
                lambda library: library.history(conversation), lambda said: self._on_history(conversation, said, at)
            )

    def show_temporary(self) -> None:
        """Begin a chat of which nothing is kept."""
        self.temporary = True
        self._open(None, self.tr("Temporary chat"))

    def show_title(self, title: str) -> None:
        metrics = self.title.fontMetrics()
        self.title.setText(metrics.elidedText(title, Qt.TextElideMode.ElideRight, 520))
        self.title.setToolTip(title)

    def refresh(self) -> None:
        """What is known has changed: show the chips as they are now."""
        conversation = self.conversation
        if conversation is None or self.temporary:
            return

        def show(said: Sequence[Said]) -> None:
            if conversation != self.conversation:
                return
            by_id = {entry.message.id: entry for entry in said}
            for widget in self.messages():
                entry = by_id.get(widget.message.id) if widget.message is not None else None
                if entry is not None and isinstance(widget, UserMessage):
                    widget.show_noted(entry.noted)
                elif entry is not None and isinstance(widget, ReplyMessage):
                    widget.show_knowledge(entry)

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
        self._aside, self._said, self._shown_from, self._shown_to, self._fill_from = [], [], 0, 0, 0
        self._fill.stop()
        self._turn, self._instead_of, self._pending_reply, self._attempts = None, None, None, 0
        self._clear()
        self.badge.setVisible(self.temporary)
        self.menu_button.setVisible(conversation is not None)
        self.show_title(title)
        self.composer.set_talking(False)
        self.composer.end_edit()
        self.composer.ask(self.tr("Nothing here is kept or noted") if self.temporary else self.tr("Write to Dormouse"))
        if conversation is None:
            self._show_empty()
        else:
            running = next((turn for turn in self._turns if turn.running and turn.conversation == conversation), None)
            self._turn = running
            self.composer.set_talking(running is not None)

    def _clear(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _show_empty(self) -> None:
        picture = label("")
        picture.setPixmap(icons.portrait(132, colours().learned))
        picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        if self.temporary:
            says, more = self.tr("A chat that leaves no trace"), self.tr(
                "Nothing said here is stored, noted or learned, and nothing that is known about you is used."
            )  # fmt: skip
        else:
            says, more = self.tr("What is on your mind?"), self.tr(
                "Tell me things worth keeping and I note them; you always see what, and can undo it. "
                "What proves lasting I learn by heart at night."
            )  # fmt: skip
        hero, text = label(says, "hero", wraps=True), label(more, "muted", wraps=True)
        hero.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._list.addStretch(2)
        for widget in (picture, hero, text):
            self._list.addWidget(widget)
        if not self.temporary:
            starts = [
                button(says, lambda says=says: self.composer.set_text(says), "filter")
                for says in (
                    self.tr("My sister is called Oduya."), self.tr("Remember that my kettle is called Vesuvius."),
                    self.tr("What do you know about me?"),
                )
            ]  # fmt: skip
            offered = QWidget()
            offered.setLayout(row(None, *starts, None))
            self._list.addWidget(offered)
        self._list.addStretch(3)

    def _on_history(self, conversation: ConversationId, said: Sequence[Said], at: int) -> None:
        if conversation != self.conversation:
            return
        self._said = list(said)
        wanted = next((place for place, entry in enumerate(self._said) if entry.message.id == at), None)
        self._lay_out(wanted)
        turn = self._turn
        if turn is not None:
            if turn.asked.again is None and not (self._said and self._said[-1].message.role == "user"):
                self._append(UserMessage(turn.asked.text))
            self._show_streaming(turn)
        self._mark_last()
        self._sticks = wanted is None
        if wanted is not None:
            QTimer.singleShot(30, self, lambda: self._bring_into_view(at))

    def _lay_out(self, wanted: int | None) -> None:
        """Show the end of the conversation, or the part around one message."""
        self._clear()
        end = len(self._said) if wanted is None else min(len(self._said), wanted + PAGE // 2)
        self._shown_to, self._shown_from = end, max(0, (end if wanted is None else wanted + 1) - AT_ONCE)
        self._fill_from = max(0, self._shown_from - PAGE)
        for entry in self._said[self._shown_from : end]:
            self._append(self._widget_for(entry))
        if end < len(self._said):
            self._append(button(self.tr("Go on to the newest messages"), self._lay_out_end, "link"))
        self._fill.start()

    def _lay_out_end(self) -> None:
        self._sticks = True
        self._lay_out(None)
        self._mark_last()

    def _bring_into_view(self, message: int) -> None:
        for widget in self.messages():
            if widget.message is not None and widget.message.id == message:
                self._scroll.verticalScrollBar().setValue(widget.mapTo(self._messages, QPoint(0, 0)).y() - SPACE[5])
                widget.prose.setFocus()

    def _show_earlier(self) -> None:
        """Lay out some of the messages before, and stay where the reader is."""
        if self._shown_from <= self._fill_from:
            self._fill.stop()
            return
        first = max(self._fill_from, self._shown_from - AT_ONCE)
        bar = self._scroll.verticalScrollBar()
        self._from_end = bar.maximum() - bar.value()
        for place, entry in enumerate(self._said[first : self._shown_from]):
            self._list.insertWidget(place, self._widget_for(entry))
        self._shown_from = first
        self._mark_last()

    def _widget_for(self, said: Said) -> UserMessage | ReplyMessage:
        if said.message.role == "assistant":
            return self._wired_reply(ReplyMessage(said))
        widget = self._wired_user(UserMessage(said.message.text, said.message, temporary=self.temporary))
        widget.show_noted(said.noted)
        return widget

    def _wired_user(self, widget: UserMessage) -> UserMessage:
        widget.remember_wanted.connect(self.remember_wanted)
        widget.edit_wanted.connect(lambda: self._on_edit(widget))
        widget.undo_wanted.connect(lambda memory: self.undo_wanted.emit([memory]))
        widget.restore_wanted.connect(lambda memory: self.restore_wanted.emit([memory]))
        widget.amend_wanted.connect(self.amend_wanted)
        widget.memory_wanted.connect(self.memory_wanted)
        return widget

    def _wired_reply(self, widget: ReplyMessage) -> ReplyMessage:
        widget.again_wanted.connect(lambda: self._on_again(widget))
        widget.knowledge_wanted.connect(self.knowledge_wanted)
        return widget

    def _append(self, widget: QWidget) -> None:
        if self._list.count() == 0:
            # A short conversation begins at the top.
            self._list.addStretch(1)
        self._list.insertWidget(self._list.count() - 1, widget)

    def messages(self) -> list[UserMessage | ReplyMessage]:
        found = [self._list.itemAt(place).widget() for place in range(self._list.count())]  # pyright: ignore[reportOptionalMemberAccess]
        return [widget for widget in found if isinstance(widget, (UserMessage, ReplyMessage))]

    def chips(self) -> list[NoteChip]:
        """What was noted in what is shown."""
        return [chip for widget in self.messages() if isinstance(widget, UserMessage) for chip in widget.chips]

    def _mark_last(self) -> None:
        """Only the last reply keeps its actions in sight, and only it can be asked for again."""
        replies = [widget for widget in self.messages() if isinstance(widget, ReplyMessage)]
        for widget in replies:
            widget.tools.keep(widget is replies[-1])
            widget.again.setVisible(widget is replies[-1] and not self.temporary and not self.talking)

    # A turn

    def _on_sent(self, text: str) -> None:
        self.sent.emit(text)
        if self._shown_to < len(self._said):
            self._lay_out(None)
        replaced, self._instead_of = self._instead_of, None
        if replaced is not None:
            self._remove_from(replaced)
        elif not self.messages():
            self._clear()
        self._append(self._wired_user(UserMessage(text, temporary=self.temporary)))
        self._attempts = 0
        self._begin(
            Asked(
                text,
                self.conversation,
                instead_of=replaced.message if replaced is not None else None,
                aside=tuple(self._aside) if self.temporary else None,
            )
        )

    def _on_again(self, widget: ReplyMessage) -> None:
        before = self.messages()
        asked = before[before.index(widget) - 1].message if widget in before and before.index(widget) else None
        if asked is None or self.talking or self.conversation is None:
            return
        self._attempts += 1
        self._remove_from(widget)
        self._begin(Asked(asked.text, self.conversation, again=(asked, self._attempts)))

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
        self._mark_last()
        self._go_to_end()
        turn.start()

    def _show_streaming(self, turn: Turn) -> None:
        reply = self._wired_reply(ReplyMessage())
        if self._engine.busy and not turn.said:
            reply.wait(self.tr("waiting for the engine…"))
        if turn.said:
            reply.add(turn.said)
        turn.came.connect(reply.add)
        self._pending_reply = reply
        self._append(reply)

    def _on_begun(self, turn: Turn, conversation: int) -> None:
        if turn is self._turn and self._pending_reply is not None and not turn.said:
            self._pending_reply.wait(self.tr("thinking…"))
        if turn is self._turn and self.conversation is None and not self.temporary:
            self.conversation = ConversationId(conversation)
            self.menu_button.show()
        self.conversation_began.emit(conversation)

    def _on_finished(self, turn: Turn, user: Said, reply: Said, stopped: str) -> None:
        if turn is not self._turn:
            return
        self._turn = None
        self.composer.set_talking(False)
        if self.temporary:
            self._aside += [user.message, reply.message]
        widgets = self.messages()
        if self._pending_reply is not None:
            says = {"cancelled": self.tr("stopped"), "length": self.tr("cut short: it grew too long")}.get(stopped, "")
            self._pending_reply.finish(reply, says)
            before = widgets[widgets.index(self._pending_reply) - 1] if self._pending_reply in widgets else None
            if isinstance(before, UserMessage):
                before.message = user.message
        self._pending_reply = None
        self._said = [*(entry for entry in self._said if entry.message.id < user.message.id), user, reply]
        self._shown_to = len(self._said)
        self._mark_last()

    def _on_noted(self, turn: Turn, noted: Sequence[Noted]) -> None:
        if noted and turn.conversation == self.conversation:
            self.refresh()
        self.noted.emit(noted)

    def _on_failed(self, turn: Turn, error: Exception) -> None:
        if turn is self._turn:
            self._turn = None
            self.composer.set_talking(False)
            # The words come back to where they can be changed; what is shown is what is stored.
            if turn.asked.again is None and not self.composer.text:
                self.composer.set_text(turn.asked.text)
            if self.conversation is not None:
                self.show_conversation(self.conversation, self.title.toolTip())
            elif self.temporary and self._aside:
                self._remove_from(self.messages()[-2])
            else:
                self._open(None, self.title.toolTip())
        self.show_error(error)

    def _on_stop(self) -> None:
        if self._turn is not None:
            self._turn.stop()

    def _on_edit(self, widget: UserMessage) -> None:
        if widget.message is not None and not self.talking:
            self._instead_of = widget
            self.composer.edit(widget.text)

    def _on_edit_left(self) -> None:
        self._instead_of = None

    def _on_draft(self, text: str) -> None:
        if self._instead_of is None and not self.temporary:
            self.draft_changed.emit(text)

    def _remove_from(self, first: QWidget) -> None:
        widgets = self.messages()
        for widget in widgets[widgets.index(first) :]:  # pyright: ignore[reportArgumentType]
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    # Scrolling

    def _go_to_end(self) -> None:
        self._sticks = True
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _on_range(self, _: int, maximum: int) -> None:
        if self._sticks:
            self._scroll.verticalScrollBar().setValue(maximum)
        elif self._fill.isActive():
            self._scroll.verticalScrollBar().setValue(maximum - self._from_end)
        self._place_to_end()

    def _on_scrolled(self, value: int) -> None:
        bar = self._scroll.verticalScrollBar()
        self._sticks = value >= bar.maximum() - SPACE[5]
        self._place_to_end()
        if value < 400 and self._shown_from and bar.maximum() > 0 and not self._sticks and not self._fill.isActive():
            self._from_end = bar.maximum() - value
            self._fill_from = max(0, self._shown_from - PAGE)
            self._fill.start()

    def _place_to_end(self) -> None:
        self._to_end.setVisible(not self._sticks)
        self._to_end.move(self._scroll.width() // 2 - 17, self._scroll.height() - 46)
