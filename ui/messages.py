"""The two kinds of message in a conversation, each with what can be done with it and what memory has to do with it.

Signals only: what becomes of a wish is the conversation's business.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.addressing import to_you
from app.library import Said
from learning.types import Memory, Message
from ui.pieces import IconButton, button, dress, label, only_if, row
from ui.prose import Prose
from ui.theme import SPACE, theme


class _Actions(QWidget):
    """A row of icons that keeps its place and shows itself to the pointer, the keyboard, and on the last message."""

    def __init__(self, *buttons: QWidget, right: bool = False) -> None:
        super().__init__()
        self._buttons = buttons
        self._always = False
        self.setLayout(row(None, *buttons, space=0) if right else row(*buttons, None, space=0))
        self.setFixedHeight(28)
        for each in buttons:
            each.setGraphicsEffect(QGraphicsOpacityEffect(each))
            each.installEventFilter(self)
        self.show_buttons(False)

    def keep(self, always: bool) -> None:
        self._always = always
        self.show_buttons(always)

    def show_buttons(self, shown: bool) -> None:
        for each in self._buttons:
            # Hidden from sight only: Tab still reaches them, and then they show.
            fade = each.graphicsEffect()
            if isinstance(fade, QGraphicsOpacityEffect):
                fade.setOpacity(1.0 if shown or self._always else 0.0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.show_buttons(True)
        elif event.type() == QEvent.Type.FocusOut:
            self.show_buttons(False)
        return False


class UserMessage(QWidget):
    """What the person said, with the chips of what was noted from it.

    Signals: `remember_wanted(text)`, `edit_wanted()`, `undo_wanted(memory)`, `restore_wanted(memory)`, `amend_wanted(memory)`,
    `memory_wanted(memory)`.
    """

    remember_wanted = Signal(str)
    edit_wanted = Signal()
    undo_wanted = Signal(object)
    restore_wanted = Signal(object)
    amend_wanted = Signal(object)
    memory_wanted = Signal(int)

    def __init__(self, text: str, message: Message | None = None, *, temporary: bool = False) -> None:
        super().__init__()
        self.text = text
        self.message = message
        self._temporary = temporary
        self.prose = Prose(text, plain=True)
        self.prose.setAccessibleName(self.tr("You: %1").replace("%1", text))
        self.prose.customContextMenuRequested.connect(self._on_menu)
        bubble = QFrame()
        bubble.setProperty("look", "said")
        inner = QVBoxLayout(bubble)
        inner.setContentsMargins(SPACE[4], 10, SPACE[4], 10)
        inner.addWidget(self.prose)
        self._bubble = bubble
        buttons = [IconButton("copy", self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(self.text), size=16)]
        if not temporary:
            buttons.insert(0, IconButton("edit", self.tr("Edit and send again"), self.edit_wanted.emit, size=16))
            buttons.insert(0, IconButton("remember", self.tr("Remember this"), self._remember, size=16))
        self.tools = _Actions(*buttons, right=True)
        self._chips = QVBoxLayout()
        self._chips.setSpacing(SPACE[1])
        self._chips.setContentsMargins(0, SPACE[2], 0, 0)
        side = QHBoxLayout()
        side.addStretch(1)
        side.addWidget(bubble)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, SPACE[3], 0, 0)
        outer.setSpacing(0)
        outer.addLayout(side)
        outer.addLayout(self._chips)
        outer.addWidget(self.tools)
        self.chips: list[NoteChip] = []

    def show_noted(self, memories: Sequence[Memory]) -> None:
        """The chips, one for each memory; a memory that is shown already is shown as it is now."""
        for memory in memories:
            known = next((chip for chip in self.chips if chip.memory.id == memory.id), None)
            if known is not None:
                known.show_memory(memory)
                continue
            chip = NoteChip(memory)
            chip.undo_wanted.connect(self.undo_wanted)
            chip.restore_wanted.connect(self.restore_wanted)
            chip.amend_wanted.connect(self.amend_wanted)
            chip.memory_wanted.connect(self.memory_wanted)
            self.chips.append(chip)
            self._chips.addWidget(chip)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.tools.show_buttons(True)

    def leaveEvent(self, event: QEvent) -> None:
        self.tools.show_buttons(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # As wide as its words, up to four fifths of the column.
        QTimer.singleShot(0, self, self._fit)
        self._fit()

    def _fit(self) -> None:
        widest = round(self.width() * 0.8)
        self._bubble.setFixedWidth(min(widest, self.prose.natural_width() + 2 * SPACE[4] + 4))

    def _remember(self) -> None:
        self.remember_wanted.emit(self.prose.textCursor().selectedText().replace("\u2029", "\n") or self.text)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        chosen = self.prose.textCursor().hasSelection()
        menu.addAction(self.tr("Copy"), self._copy)
        if not self._temporary:
            says = self.tr("Remember the selected words") if chosen else self.tr("Remember this")
            menu.addAction(says, self._remember)
            menu.addAction(self.tr("Edit and send again"), self.edit_wanted.emit)
        menu.exec(self.prose.mapToGlobal(place))
        menu.deleteLater()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.prose.textCursor().selectedText().replace("\u2029", "\n") or self.text)


class NoteChip(QWidget):
    """ "Noted: your sister is called Oduya", with Undo and Edit; struck out with Restore where it was undone."""

    undo_wanted = Signal(object)
    restore_wanted = Signal(object)
    amend_wanted = Signal(object)
    memory_wanted = Signal(int)

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory
        self.said = button("", lambda: self.memory_wanted.emit(self.memory.id), "chip")
        self.undo = button(self.tr("Undo"), self._undo_or_restore, "link")
        self.edit = button(self.tr("Edit"), lambda: self.amend_wanted.emit(self.memory), "link")
        self.setLayout(row(None, self.said, self.undo, self.edit, space=1))
        self.show_memory(memory)

    def show_memory(self, memory: Memory) -> None:
        self.memory = memory
        text = to_you(memory.text).rstrip(".")
        text = text[:1].lower() + text[1:] if text.startswith("You") else text
        live = memory.status in ("noted", "learned")
        says = {
            "retracted": self.tr("Undone: %1"),
            "superseded": self.tr("Corrected since: %1"),
            "learned": self.tr("Learned: %1"),
        }.get(memory.status, self.tr("Noted: %1"))
        full = says.replace("%1", text)
        dress(self.said, "tone", "chip-learned" if memory.status == "learned" else "chip")
        font = theme().font(12)
        font.setStrikeOut(not live)
        self.said.setFont(font)
        self.said.setText(self.said.fontMetrics().elidedText(full, Qt.TextElideMode.ElideRight, 460))
        self.said.setToolTip(full)
        self.said.setAccessibleName(full)
        self.undo.setText(self.tr("Restore") if memory.status == "retracted" else self.tr("Undo"))
        self.undo.setVisible(memory.status != "superseded")
        self.edit.setVisible(live)

    def _undo_or_restore(self) -> None:
        (self.restore_wanted if self.memory.status == "retracted" else self.undo_wanted).emit(self.memory.id)


class ReplyMessage(QWidget):
    """What Dormouse replied, while it streams and after. Signals: `again_wanted()`, `knowledge_wanted(used, by_heart)`."""

    again_wanted = Signal()
    knowledge_wanted = Signal(object)

    def __init__(self, said: Said | None = None) -> None:
        super().__init__()
        self.message = said.message if said else None
        self.prose = Prose(said.message.text if said else "")
        self.prose.customContextMenuRequested.connect(self._on_menu)
        self._waiting = label(self.tr("thinking…"), "muted")
        only_if(said is None, self._waiting)
        self.copy = IconButton("copy", self.tr("Copy the reply"), self._copy, size=16)
        self.again = IconButton("again", self.tr("Another reply"), self.again_wanted.emit, size=16)
        self.used = button("", self._open_knowledge, "chip")
        self.heart = button("", self._open_knowledge, "chip-learned")
        self.stopped = label("", "small")
        self.knowledge: Said | None = None
        self.tools = _Actions(self.copy, self.again)
        only_if(said is not None, self.tools)
        foot = QWidget()
        foot.setLayout(row(self.used, self.heart, self.stopped, self.tools, None, space=2))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(QMargins(0, 0, 0, 0))
        outer.setSpacing(SPACE[1])
        for widget in (self._waiting, self.prose, foot):
            outer.addWidget(widget)
        for hidden in (self.used, self.heart, self.stopped):
            hidden.hide()
        if said is not None:
            self.show_knowledge(said)

    def add(self, piece: str) -> None:
        self._waiting.hide()
        self.prose.add(piece)

    def wait(self, why: str) -> None:
        """Nothing has come yet, and why."""
        self._waiting.setText(why)

    def finish(self, said: Said, stopped: str = "") -> None:
        """The reply is complete, or was stopped."""
        self.message = said.message
        self._waiting.hide()
        self.prose.set_text(said.message.text)
        self.tools.show()
        self.stopped.setText(stopped)
        self.stopped.setVisible(bool(stopped))
        self.show_knowledge(said)

    def show_knowledge(self, said: Said) -> None:
        """What the reply drew on: notes in front of the question, or what is in the weights."""
        self.knowledge = said
        self.prose.setAccessibleName(self.tr("Dormouse: %1").replace("%1", said.message.text))
        count = len(said.notes_used)
        self.used.setText(self.tr("used 1 note") if count == 1 else self.tr("used %1 notes").replace("%1", str(count)))
        self.used.setVisible(count > 0)
        self.heart.setText(self.tr("known by heart"))
        self.heart.setVisible(bool(said.by_heart))
        for chip in (self.used, self.heart):
            chip.setAccessibleName(chip.text())

    def enterEvent(self, event: QEnterEvent) -> None:
        self.tools.show_buttons(True)

    def leaveEvent(self, event: QEvent) -> None:
        self.tools.show_buttons(False)

    def _open_knowledge(self) -> None:
        if self.knowledge is not None:
            self.knowledge_wanted.emit(self.knowledge)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.prose.markdown)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Copy"), self.prose.copy if self.prose.textCursor().hasSelection() else self._copy)
        menu.addAction(self.tr("Another reply"), self.again_wanted.emit)
        menu.exec(self.prose.mapToGlobal(place))
        menu.deleteLater()
