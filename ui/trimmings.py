"""What hangs on a message: the tools that come when wanted, what was noted from it, the way to what was said in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QWidget

from app.addressing import to_you
from learning.types import Memory, MessageId
from ui.elided import Chip
from ui.pieces import IconButton, button, dress, label, row
from ui.theme import theme


class Actions(QWidget):
    """A row of icons that keeps its place. They are made when they are first wanted: by the pointer over the message, by the
    keyboard in it, or because it is the last one; most messages of a long conversation never are."""

    def __init__(self, make: Callable[[], Sequence[IconButton]], *, right: bool = False) -> None:
        super().__init__()
        self._make, self._right = make, right
        self._always = self._made = False
        self.setFixedHeight(round(26 * theme().scale))

    @cached_property
    def buttons(self) -> Sequence[IconButton]:
        self._made = True
        made = self._make()
        self.setLayout(row(None, *made, space=0) if self._right else row(*made, None, space=0))
        return made

    def keep(self, always: bool) -> None:
        self._always = always
        self.show_buttons(always)

    def show_buttons(self, shown: bool) -> None:
        shown = shown or self._always
        for each in self.buttons if shown or self._made else ():
            each.setVisible(shown)

    def leave(self, message: QWidget) -> None:
        """The pointer or the keyboard has left; they stay while the other one is still there."""
        focus = QApplication.focusWidget()
        self.show_buttons(message.underMouse() or (focus is not None and message.isAncestorOf(focus)))


class Branches(QWidget):
    """ "2 of 3": which of the messages in one place this is, with the way to the one before and after. Signal `wanted(message)`."""

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._others: Sequence[MessageId] = ()
        self._place = 0
        self.before = IconButton("before", self.tr("The version before"), lambda: self._go(-1), size=14)
        self.after = IconButton("after", self.tr("The next version"), lambda: self._go(1), size=14)
        self.says = label("", "small")
        self.setLayout(row(self.before, self.says, self.after, space=0))
        self.setFixedHeight(round(28 * theme().scale))
        self.hide()

    def show_place(self, message: MessageId, others: Sequence[MessageId]) -> None:
        """`others` are all messages in this place, itself too; none where it is the only one."""
        self._others = others
        self._place = others.index(message) if message in others else 0
        says = self.tr("%1 of %2").replace("%1", str(self._place + 1)).replace("%2", str(len(others)))
        self.says.setText(says)
        self.says.setAccessibleName(self.tr("Version %1").replace("%1", says))
        self.before.setEnabled(self._place > 0)
        self.after.setEnabled(self._place + 1 < len(others))
        self.setVisible(len(others) > 1)

    def _go(self, step: int) -> None:
        self.wanted.emit(self._others[self._place + step])


class NoteChip(QWidget):
    """ "Noted: your sister is called Oduya", with Undo and Edit; struck out with Restore where it was undone."""

    undo_wanted = Signal(object)
    restore_wanted = Signal(object)
    amend_wanted = Signal(object)
    memory_wanted = Signal(int)

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory
        self.said = Chip(lambda: self.memory_wanted.emit(self.memory.id))
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
        font = theme().font(12, QFont.Weight.Medium)
        font.setStrikeOut(not live)
        self.said.setFont(font)
        self.said.say(full)
        self.undo.setText(self.tr("Restore") if memory.status == "retracted" else self.tr("Undo"))
        self.undo.setVisible(memory.status != "superseded")
        self.edit.setVisible(live)

    def _undo_or_restore(self) -> None:
        (self.restore_wanted if self.memory.status == "retracted" else self.undo_wanted).emit(self.memory.id)
