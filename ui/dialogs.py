"""The small sheets over the window: correct a memory, see what a reply drew on, the shortcuts, a question before much is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app.addressing import to_me, to_you
from learning.types import Memory
from ui.memory_card import MemoryCard
from ui.pieces import button, label, row
from ui.theme import SPACE, theme

if TYPE_CHECKING:
    from app.library import Card
    from ui.deeds import Deeds


class Sheet(QDialog):
    """What all sheets have in common: a heading, and `inner`, the layout to fill."""

    def __init__(self, parent: QWidget, width: int = 480) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setMinimumWidth(round(width * theme().scale))
        self.inner = QVBoxLayout(self)
        self.inner.setSpacing(SPACE[3])
        edge = SPACE[5]
        self.inner.setContentsMargins(QMargins(edge, edge, edge, edge))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def entitle(self, title: str) -> None:
        """The heading, which comes first."""
        self.setWindowTitle(title)
        self.inner.addWidget(label(title, "heading"))

    def showEvent(self, event: QShowEvent) -> None:
        # A layout does not ask by itself how high wrapped words are at the width there is.
        width = max(self.minimumWidth(), self.inner.sizeHint().width())
        self.resize(width, max(self.inner.minimumSize().height(), self.inner.totalHeightForWidth(width)))
        super().showEvent(event)


class WordsSheet(Sheet):
    """A sentence about the person in their own words; `on_done` gets them."""

    def __init__(
        self, parent: QWidget, title: str, before: str, text: str, after: str, on_done: Callable[[str], object]
    ) -> None:
        super().__init__(parent)
        self.entitle(title)
        self._on_done = on_done
        self.inner.addWidget(label(before, "muted", wraps=True))
        self.field = QPlainTextEdit(to_me(text))
        self.field.setProperty("look", "field")
        self.field.setAccessibleName(self.tr("What is right"))
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(round(84 * theme().scale))
        self.field.selectAll()
        self.inner.addWidget(self.field)
        self.inner.addWidget(label(after, "small"))
        self.save = button(self.tr("Save"), self._save, "primary")
        self.save.setDefault(True)
        self.inner.addLayout(row(None, button(self.tr("Cancel"), self.reject), self.save))

    def _save(self) -> None:
        if text := self.field.toPlainText().strip():
            self.accept()
            self._on_done(text)


class AmendSheet(WordsSheet):
    """Corrects a memory."""

    def __init__(self, parent: QWidget, memory: Memory, on_done: Callable[[str], object]) -> None:
        now = self.tr("Now: %1").replace("%1", to_you(memory.text))
        kept = self.tr("The old one is kept as history.")
        super().__init__(parent, self.tr("Correct a memory"), now, memory.text, kept, on_done)


class RewordSheet(WordsSheet):
    """Notes what was proposed, but otherwise."""

    def __init__(self, parent: QWidget, text: str, on_done: Callable[[str], object]) -> None:
        now = self.tr("I would note: %1").replace("%1", to_you(text))
        nothing = self.tr("Nothing is noted until you save it.")
        super().__init__(parent, self.tr("Note it in your words"), now, text, nothing, on_done)


def scrolled(inside: QWidget, height: int) -> QScrollArea:
    """A list that may be longer than a sheet is high."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inside)
    scroll.setMinimumHeight(height)
    return scroll


class KnowledgeSheet(Sheet):
    """What a reply drew on, each memory with its source."""

    def __init__(self, parent: QWidget, cards: Sequence[Card], deeds: Deeds) -> None:
        super().__init__(parent, 560)
        self.entitle(self.tr("What this reply drew on"))
        inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, SPACE[2], 0)
        lines.setSpacing(SPACE[2])
        for known in cards:
            shown = MemoryCard(known, deeds, choosable=False)
            # Whatever is done with a memory leads away from this sheet.
            shown.left.connect(self.accept)
            lines.addWidget(shown)
        lines.addStretch(1)
        self.inner.addWidget(scrolled(inside, min(460, 40 + 150 * max(1, len(cards)))), 1)
        self.inner.addLayout(row(None, button(self.tr("Close"), self.accept, "primary")))


class AskSheet(Sheet):
    """One question before something large is done."""

    def __init__(self, parent: QWidget, title: str, text: str, yes: str, on_yes: Callable[[], object]) -> None:
        super().__init__(parent)
        self.entitle(title)
        self._on_yes = on_yes
        self.inner.addWidget(label(text, "muted", wraps=True))
        self.yes = button(yes, self._accept, "danger")
        no = button(self.tr("Cancel"), self.reject)
        no.setDefault(True)
        self.inner.addLayout(row(None, no, self.yes))

    def _accept(self) -> None:
        self.accept()
        self._on_yes()


class ShortcutsSheet(Sheet):
    """Everything that the keyboard can do."""

    def __init__(self, parent: QWidget, shortcuts: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, 460)
        self.entitle(self.tr("Shortcuts"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[5])
        grid.setVerticalSpacing(SPACE[2])
        for place, (keys, says) in enumerate(shortcuts):
            shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys
            holder = QHBoxLayout()
            holder.addWidget(label(shown, "badge-quiet"))
            holder.addStretch(1)
            grid.addLayout(holder, place, 0)
            grid.addWidget(label(says), place, 1)
        grid.setColumnStretch(1, 1)
        self.inner.addLayout(grid)
        self.inner.addLayout(row(None, button(self.tr("Close"), self.accept, "primary")))
