"""The left side: all conversations by date, the pinned ones first, the search over everything, and the ways to other pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QMargins, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from learning.types import Conversation, Message
from ui import icons
from ui.pieces import IconButton, NavButton, label, row
from ui.theme import SPACE, colours, theme

_ID = Qt.ItemDataRole.UserRole
_MESSAGE = _ID + 1
_EXCERPT = _ID + 2
_PINNED = _ID + 3
_Index = QModelIndex | QPersistentModelIndex


class Sidebar(QWidget):
    """Signals: `opened(conversation, message)` (message 0: none in particular), `new_wanted`, `temporary_wanted`,
    `searched(words)`, `renamed(conversation, title)`, `pin_wanted(conversation, bool)`, `delete_wanted(conversation)`."""

    opened = Signal(int, int)
    new_wanted = Signal()
    temporary_wanted = Signal()
    searched = Signal(str)
    renamed = Signal(int, str)
    pin_wanted = Signal(int, bool)
    delete_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._pinned: Collection[int] = ()
        self._found: list[tuple[Conversation, Message]] | None = None
        self._conversations: list[Conversation] = []
        self._current = 0
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search all conversations"))
        self.search.setClearButtonEnabled(True)
        self._glass = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        theme().changed.connect(self._paint_glass)
        self._paint_glass()
        self._soon = QTimer(self, singleShot=True, interval=120)
        self._soon.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(lambda _: self._soon.start())
        self.model = QStandardItemModel(self)
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

    def show_conversations(self, conversations: Sequence[Conversation], pinned: Collection[int], current: int) -> None:
        """All of them, newest first; `current` is the one that is open."""
        self._conversations, self._pinned, self._current = list(conversations), set(pinned), current
        if self._found is None:
            self._fill()

    def show_found(self, found: Sequence[tuple[Conversation, Message]] | None) -> None:
        """What a search found; None: there is no search."""
        self._found = None if found is None else list(found)
        self._fill()

    def choose(self, conversation: int) -> None:
        """Mark the one that is open."""
        self._current = conversation
        for place in range(self.model.rowCount()):
            index = self.model.index(place, 0)
            if index.data(_ID) == conversation and not index.data(_MESSAGE):
                self.list.setCurrentIndex(index)
                return
        self.list.setCurrentIndex(QModelIndex())

    def rename_current(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.edit(index)

    def _fill(self) -> None:
        place = self.list.verticalScrollBar().value()
        self.model.clear()
        if self._found is not None:
            for conversation, message in self._found:
                item = QStandardItem(conversation.title)
                item.setData(conversation.id, _ID)
                item.setData(message.id, _MESSAGE)
                item.setData(_excerpt(message.text, self.search.text()), _EXCERPT)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.model.appendRow(item)
            self.empty.setText(self.tr("Nothing was found."))
            self.empty.setVisible(not self._found)
            return
        group = ""
        for conversation in sorted(self._conversations, key=lambda entry: entry.id not in self._pinned):
            pinned = conversation.id in self._pinned
            named = self.tr("Pinned") if pinned else self._group(conversation.updated_at)
            if named != group:
                group = named
                head = QStandardItem(named)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self.model.appendRow(head)
            item = QStandardItem(conversation.title)
            item.setData(conversation.id, _ID)
            item.setData(pinned, _PINNED)
            item.setToolTip(conversation.title)
            self.model.appendRow(item)
        self.empty.setText(self.tr("Your conversations will be here."))
        self.empty.setVisible(not self._conversations)
        self.choose(self._current)
        self.list.verticalScrollBar().setValue(place)

    def _group(self, spoken: datetime) -> str:
        day, today = spoken.astimezone().date(), date.today()
        if day >= today:
            return self.tr("Today")
        if day == today - timedelta(days=1):
            return self.tr("Yesterday")
        if day > today - timedelta(days=7):
            return self.tr("This week")
        if day > today - timedelta(days=31):
            return self.tr("This month")
        return f"{day:%B %Y}"


class _List(QListView):
    """The conversations; Enter opens, F2 renames, Delete deletes, the menu key or a right click shows the rest."""

    def __init__(self, side: Sidebar) -> None:
        super().__init__()
        self._side = side
        self.setAccessibleName(side.tr("Conversations"))
        self.setItemDelegate(_Line(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
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
        elif event.key() == Qt.Key.Key_Delete and index.isValid() and not index.data(_MESSAGE):
            self._side.delete_wanted.emit(index.data(_ID))
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.data(_ID):
            self._side.opened.emit(index.data(_ID), index.data(_MESSAGE) or 0)

    def _on_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.data(_ID) or index.data(_MESSAGE):
            return
        conversation, pinned = index.data(_ID), bool(index.data(_PINNED))
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), lambda: self.edit(index))
        menu.addAction(
            self.tr("Unpin") if pinned else self.tr("Pin"), lambda: self._side.pin_wanted.emit(conversation, not pinned)
        )
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), lambda: self._side.delete_wanted.emit(conversation))
        menu.exec(self.viewport().mapToGlobal(place))
        menu.deleteLater()


class _Line(QStyledItemDelegate):
    """Paints a conversation, what was found in one, or the head of a group."""

    def __init__(self, view: _List) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        text = QFontMetrics(theme().font(14)).height()
        if not index.data(_ID):
            return QSize(0, text + 16)
        return QSize(0, text * 2 + 22 if index.data(_EXCERPT) else text + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        c, place = colours(), QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = place.adjusted(10, 0, -8, 0)
        if not index.data(_ID):
            painter.setFont(theme().font(12, QFont.Weight.Medium))
            painter.setPen(QColor(c.faint))
            painter.drawText(inner.adjusted(0, 8, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
            painter.restore()
            return
        chosen, over = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.setPen(QColor(c.accent) if chosen and self._view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.chosen if chosen else c.hover))
            painter.drawRoundedRect(place.adjusted(1, 1, -2, -1), 8, 8)
        if index.data(_PINNED):
            painter.drawPixmap(inner.right() - 14, inner.center().y() - 7, icons.pixmap("pin", c.faint, 14))
            inner.adjust(0, 0, -20, 0)
        painter.setPen(QColor(c.text))
        painter.setFont(theme().font(14, QFont.Weight.Medium if chosen else QFont.Weight.Normal))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, inner.width())
        if excerpt := index.data(_EXCERPT):
            painter.drawText(inner.adjusted(0, 6, 0, 0), Qt.AlignmentFlag.AlignTop, title)
            painter.setPen(QColor(c.muted))
            painter.setFont(theme().font(12.5))
            metrics = painter.fontMetrics()
            cut = metrics.elidedText(excerpt, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner.adjusted(0, 0, 0, -7), Qt.AlignmentFlag.AlignBottom, cut)
        else:
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, title)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setStyleSheet("padding: 2px 8px;")
        return editor

    def setModelData(self, editor: QWidget, model: object, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        if title := editor.text().strip():
            self._view._side.renamed.emit(index.data(_ID), title)


def _excerpt(text: str, words: str) -> str:
    """The part of a message around the first word that was searched for."""
    line = " ".join(text.split())
    first = words.split()[0].lower() if words.split() else ""
    place = line.lower().find(first) if first else -1
    return line if place < 24 else "…" + line[place - 16 :]
