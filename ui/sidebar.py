"""The left side: all conversations by date, the pinned ones first, the search over everything, and the ways to other pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import (
    QMargins,
    QModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from learning.types import Conversation, Message
from ui import icons
from ui.lines import LINE, Line, LinePainter, Lines
from ui.pieces import IconButton, NavButton, SearchField, label, row
from ui.theme import SPACE, colours, theme


class Sidebar(QWidget):
    """Signals: `opened(conversation, message)` (message 0: none in particular), `new_wanted`, `temporary_wanted`,
    `searched(words)`, `renamed(conversation, title)`, `pin_wanted(conversation, bool)`, `export_wanted(conversation, title)`,
    `delete_wanted(conversation)`."""

    opened = Signal(int, int)
    new_wanted = Signal()
    temporary_wanted = Signal()
    searched = Signal(str)
    renamed = Signal(int, str)
    pin_wanted = Signal(int, bool)
    export_wanted = Signal(int, str)
    delete_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._pinned: Collection[int] = ()
        self._found: list[tuple[Conversation, Message | None]] | None = None
        self._conversations: list[Conversation] = []
        self._midnight = datetime.min
        self._current = 0
        self.search = SearchField(self.tr("Search"), self.tr("Search all conversations"))
        self._glass = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        theme().changed.connect(self._paint_glass)
        self._paint_glass()
        self._soon = QTimer(self, singleShot=True, interval=120)
        self._soon.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(lambda _: self._soon.start())
        self.model = Lines(self)
        self.list = _List(self)
        self.list.setModel(self.model)
        self.empty = label("", "small", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.learned = NavButton("learned", self.tr("What I've learned"))
        self.night = NavButton("night", self.tr("Night"))
        self.settings = NavButton("settings", self.tr("Settings"))
        mark = label("")
        mark.setPixmap(icons.app_icon().pixmap(QSize(26, 26), 2.0))
        name = label(self.tr("Dormouse"), "heading")
        new = IconButton("new", self.tr("New conversation (Ctrl+N)"), self.new_wanted.emit, size=19)
        aside = IconButton("temporary", self.tr("Temporary chat: nothing is kept (Ctrl+Shift+N)"), self.temporary_wanted.emit)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        outer.setSpacing(SPACE[2])
        outer.addLayout(row(mark, name, None, aside, new, space=1, margins=QMargins(SPACE[1], 0, 0, 0)))
        outer.addWidget(self.search)
        outer.addWidget(self.empty)
        outer.addWidget(self.list, 1)
        for button in (self.learned, self.night, self.settings):
            outer.addWidget(button)

    def _paint_glass(self) -> None:
        self._glass.setIcon(icons.icon("search", colours().faint, 16))

    def show_conversations(
        self, conversations: Sequence[Conversation], pinned: Collection[int], current: int, now: datetime
    ) -> None:
        """All of them, newest first; `current` is the one that is open, `now` tells today from yesterday."""
        self._midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._conversations, self._pinned, self._current = list(conversations), set(pinned), current
        if self._found is None:
            self._fill()

    def show_found(self, found: Sequence[tuple[Conversation, Message | None]] | None) -> None:
        """What a search found; None: there is no search."""
        self._found = None if found is None else list(found)
        self._fill()

    def choose(self, conversation: int) -> None:
        """Mark the one that is open."""
        self._current = conversation
        for place, line in enumerate(self.model.lines):
            if line.conversation == conversation and conversation and not line.message:
                self.list.setCurrentIndex(self.model.index(place, 0))
                return
        self.list.setCurrentIndex(QModelIndex())

    def rename_current(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.edit(index)

    def _fill(self) -> None:
        place = self.list.verticalScrollBar().value()
        if self._found is not None:
            words = self.search.text()
            self.model.show(
                [Line(c.title, c.id, m.id, _excerpt(m.text, words)) if m else Line(c.title, c.id) for c, m in self._found]
            )
            self.empty.setText(self.tr("Nothing was found."))
            self.empty.setVisible(not self._found)
            return
        lines: list[Line] = []
        pinned = [entry for entry in self._conversations if entry.id in self._pinned]
        if pinned:
            lines = [Line(self.tr("Pinned")), *(Line(entry.title, entry.id, pinned=True) for entry in pinned)]
        since = None
        for entry in self._conversations:
            if entry.id in self._pinned:
                continue
            if since is None or entry.updated_at < since:
                named, since = self._group(entry.updated_at)
                lines.append(Line(named))
            lines.append(Line(entry.title, entry.id))
        self.empty.setText(self.tr("Your conversations will be here."))
        self.empty.setVisible(not self._conversations)
        if self.model.show(lines):
            self.choose(self._current)
            self.list.verticalScrollBar().setValue(place)

    def _group(self, spoken: datetime) -> tuple[str, datetime]:
        """The group of a conversation that was spoken in last then, and the first moment of that group."""
        for days, named in (
            (0, self.tr("Today")), (1, self.tr("Yesterday")), (6, self.tr("This week")), (30, self.tr("This month"))
        ):  # fmt: skip
            since = self._midnight - timedelta(days=days)
            if spoken >= since:
                return named, since
        month = spoken.astimezone().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return f"{month:%B %Y}", month


class _List(QListView):
    """The conversations; Enter opens, F2 renames, Delete deletes, the menu key or a right click shows the rest."""

    def __init__(self, side: Sidebar) -> None:
        super().__init__()
        self._side = side
        self.setAccessibleName(self.tr("Conversations"))
        self.setItemDelegate(LinePainter(self, side.renamed.emit))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.clicked.connect(self._open)
        theme().changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        elif event.key() == Qt.Key.Key_Delete and index.isValid() and not index.data(LINE).message:
            self._side.delete_wanted.emit(index.data(LINE).conversation)
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        line: Line = index.data(LINE)
        if line.conversation:
            self._side.opened.emit(line.conversation, line.message)

    def _on_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        line: Line | None = index.data(LINE)
        if line is None or not line.conversation or line.message:
            return
        conversation, pinned = line.conversation, line.pinned
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), lambda: self.edit(index))
        menu.addAction(
            self.tr("Unpin") if pinned else self.tr("Pin"), lambda: self._side.pin_wanted.emit(conversation, not pinned)
        )
        menu.addAction(self.tr("Export…"), lambda: self._side.export_wanted.emit(conversation, line.text))
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), lambda: self._side.delete_wanted.emit(conversation))
        menu.exec(self.viewport().mapToGlobal(place))
        menu.deleteLater()


def _excerpt(text: str, words: str) -> str:
    """The part of a message around the first word that was searched for."""
    line = " ".join(text.split())
    first = words.split()[0].lower() if words.split() else ""
    place = line.lower().find(first) if first else -1
    return line if place < 24 else "…" + line[place - 16 :]
