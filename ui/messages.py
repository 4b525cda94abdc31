"""The two kinds of message in a conversation, each with what can be done with it and what memory has to do with it.

Signals only: what becomes of a wish is the conversation's business.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QMargins, QPoint, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from learning.types import Memory, Message, Proposal
from ui.passages import Passages
from ui.pieces import IconButton, button, label, only_if, row
from ui.proposals import ProposalChip
from ui.theme import SPACE
from ui.trimmings import Actions, Branches, NoteChip

if TYPE_CHECKING:
    from app.library import Said

AnyWidget = TypeVar("AnyWidget", bound=QWidget)
_LAST = 9
"""The tools stand behind whatever else is in a reply's foot."""


class UserMessage(QWidget):
    """What the person said, with the chips of what was noted from it, or could be.

    Signals: `remember_wanted(text)`, `edit_wanted()`, `undo_wanted(memory)`, `restore_wanted(memory)`, `amend_wanted(memory)`,
    `memory_wanted(memory)`, `agree_wanted(proposal)`, `reword_wanted(proposal)`, `decline_wanted(proposal)`,
    `branch_wanted(message)`, `delete_wanted()`.
    """

    remember_wanted = Signal(str)
    edit_wanted = Signal()
    undo_wanted = Signal(object)
    restore_wanted = Signal(object)
    amend_wanted = Signal(object)
    memory_wanted = Signal(int)
    agree_wanted = Signal(object)
    reword_wanted = Signal(object)
    decline_wanted = Signal(object)
    branch_wanted = Signal(int)
    delete_wanted = Signal()

    def __init__(self, text: str, message: Message | None = None, *, temporary: bool = False) -> None:
        super().__init__()
        self.text = text
        self.message = message
        self._temporary = temporary
        self.prose = Passages(text, plain=True)
        self.prose.describe(self.tr("You: %1").replace("%1", text))
        self.prose.menu_wanted.connect(self._on_menu)
        self.prose.focused.connect(lambda: self.tools.show_buttons(True))
        bubble = QFrame()
        bubble.setProperty("look", "said")
        inner = QVBoxLayout(bubble)
        inner.setContentsMargins(SPACE[4], 10, SPACE[4], 10)
        inner.addWidget(self.prose)
        self._bubble = bubble
        self.tools = Actions(self._make_tools, right=True)
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
        self.branches: Branches | None = None
        self._foot = row(self.tools, space=1)
        outer.addLayout(self._foot)
        self.chips: list[NoteChip] = []
        self.proposals: list[ProposalChip] = []

    def show_said(self, said: Said) -> None:
        """What is known about it now."""
        self.message = said.message
        self.show_noted(said.noted)
        self.show_proposed(said.proposed)
        if self.branches is None and said.others:
            self.branches = Branches()
            self.branches.wanted.connect(self.branch_wanted)
            self._foot.addWidget(self.branches)
        if self.branches is not None:
            self.branches.show_place(said.message.id, said.others)

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

    def show_proposed(self, proposals: Sequence[Proposal]) -> None:
        """What waits for the person's word now."""
        waiting = {proposal.id for proposal in proposals}
        for chip in [chip for chip in self.proposals if chip.proposal.id not in waiting]:
            self.proposals.remove(chip)
            self._chips.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        shown = {chip.proposal.id for chip in self.proposals}
        for proposal in proposals:
            if proposal.id not in shown:
                chip = ProposalChip(proposal)
                chip.agreed.connect(self.agree_wanted)
                chip.rewording.connect(self.reword_wanted)
                chip.declined.connect(self.decline_wanted)
                self.proposals.append(chip)
                self._chips.addWidget(chip)

    def _make_tools(self) -> list[IconButton]:
        copy = IconButton("copy", self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(self.text), size=16)
        if self._temporary:
            return [copy]
        remember = IconButton("remember", self.tr("Remember this"), self._remember, size=16)
        return [remember, IconButton("edit", self.tr("Edit and send again"), self.edit_wanted.emit, size=16), copy]

    def enterEvent(self, event: QEnterEvent) -> None:
        self.tools.show_buttons(True)

    def leaveEvent(self, event: QEvent) -> None:
        self.tools.leave(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            # As wide as its words, up to four fifths of the column.
            widest = round(self.width() * 0.8)
            self._bubble.setFixedWidth(min(widest, self.prose.natural_width() + 2 * SPACE[4]))

    def _remember(self) -> None:
        self.remember_wanted.emit(self.prose.chosen or self.text)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        chosen = self.prose.chosen
        menu.addAction(self.tr("Copy"), self._copy)
        if not self._temporary:
            says = self.tr("Remember the selected words") if chosen else self.tr("Remember this")
            menu.addAction(says, self._remember)
            menu.addAction(self.tr("Edit and send again"), self.edit_wanted.emit)
            menu.addSeparator()
            menu.addAction(self.tr("Delete from here on…"), self.delete_wanted.emit)
        menu.exec(self.prose.mapToGlobal(place))
        menu.deleteLater()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.prose.chosen or self.text)


class ReplyMessage(QWidget):
    """What Dormouse replied, while it streams and after.

    Signals: `again_wanted()`, `knowledge_wanted(said)`, `branch_wanted(message)`.
    """

    again_wanted = Signal()
    knowledge_wanted = Signal(object)
    branch_wanted = Signal(int)

    def __init__(self, said: Said | None = None, *, temporary: bool = False) -> None:
        super().__init__()
        self._temporary = temporary
        self.message = said.message if said else None
        self.prose = Passages(said.message.text if said else "")
        self.prose.menu_wanted.connect(self._on_menu)
        self.prose.focused.connect(lambda: self.tools.show_buttons(True))
        self.knowledge: Said | None = None
        self.tools = Actions(self._make_tools)
        self.branches: Branches | None = None
        only_if(said is not None, self.tools)
        self._foot = row(self.tools, None, space=2)
        self._ranks = [_LAST]
        outer = QVBoxLayout(self)
        outer.setContentsMargins(QMargins(0, 0, 0, 0))
        outer.setSpacing(SPACE[1])
        self._waiting = label(self.tr("thinking…"), "muted") if said is None else None
        if self._waiting is not None:
            outer.addWidget(self._waiting)
        outer.addWidget(self.prose)
        outer.addLayout(self._foot)
        if said is not None:
            self.show_said(said)

    # Most replies have none of these: they are made where they are shown.

    @cached_property
    def used(self) -> QPushButton:
        """How many notes stood in front of the question."""
        return self._put(1, button("", self._open_knowledge, "chip"))

    @cached_property
    def heart(self) -> QPushButton:
        """That the reply is known from the weights."""
        says = self.tr("known by heart")
        return self._put(2, button(says, self._open_knowledge, "chip-learned"))

    @cached_property
    def stopped(self) -> QLabel:
        """Why the reply ended before its end."""
        return self._put(3, label("", "small"))

    def _put(self, rank: int, widget: AnyWidget) -> AnyWidget:
        """A widget in its place among those of the foot."""
        place = bisect(self._ranks, rank)
        self._ranks.insert(place, rank)
        self._foot.insertWidget(place, widget)
        return widget

    def show_said(self, said: Said) -> None:
        """What is known about it now."""
        self.show_knowledge(said)
        if self.branches is None and said.others:
            self.branches = Branches()
            self.branches.wanted.connect(self.branch_wanted)
            self._put(0, self.branches)
        if self.branches is not None:
            self.branches.show_place(said.message.id, said.others)

    @property
    def again(self) -> IconButton:
        """The tool that asks for another reply."""
        return self.tools.buttons[1]

    def add(self, piece: str) -> None:
        if self._waiting is not None:
            self._waiting.hide()
        self.prose.add(piece)

    def wait(self, why: str) -> None:
        """Nothing has come yet, and why."""
        if self._waiting is not None:
            self._waiting.setText(why)

    def finish(self, said: Said, stopped: str = "") -> None:
        """The reply is complete, or was stopped."""
        self.message = said.message
        if self._waiting is not None:
            self._waiting.hide()
        self.prose.set_text(said.message.text)
        self.tools.show()
        if stopped:
            self.stopped.setText(stopped)
        self.show_knowledge(said)

    def _make_tools(self) -> list[IconButton]:
        copy = IconButton("copy", self.tr("Copy the reply"), self._copy, size=16)
        if self._temporary:
            return [copy]
        return [copy, IconButton("again", self.tr("Another reply"), self.again_wanted.emit, size=16)]

    def show_knowledge(self, said: Said) -> None:
        """What the reply drew on: notes in front of the question, or what is in the weights."""
        self.knowledge = said
        self.prose.describe(self.tr("Dormouse: %1").replace("%1", said.message.text))
        count = len(said.notes_used)
        if count or "used" in self.__dict__:
            says = self.tr("used 1 note") if count == 1 else self.tr("used %1 notes").replace("%1", str(count))
            self.used.setText(says)
            self.used.setAccessibleName(says)
            self.used.setVisible(count > 0)
        if said.by_heart or "heart" in self.__dict__:
            self.heart.setVisible(bool(said.by_heart))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.tools.show_buttons(True)

    def leaveEvent(self, event: QEvent) -> None:
        self.tools.leave(self)

    def _open_knowledge(self) -> None:
        if self.knowledge is not None:
            self.knowledge_wanted.emit(self.knowledge)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.prose.chosen or self.prose.markdown)

    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Copy"), self._copy)
        if not self._temporary:
            menu.addAction(self.tr("Another reply"), self.again_wanted.emit)
        menu.exec(self.prose.mapToGlobal(place))
        menu.deleteLater()
