"""The lines at the left: what stands in them, as a model that is only reset for something new, and how they are painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui import icons
from ui.theme import colours, theme

LINE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a conversation, what was found in one, or (without a number) the head of a group."""

    text: str
    conversation: int = 0
    message: int = 0
    excerpt: str = ""
    pinned: bool = False


class Lines(QAbstractListModel):
    """What the list shows. `lines` are its values, from top to bottom."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> bool:
        """Whether this is anything new."""
        if lines == self.lines:
            return False
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return line.text
        return line.text if role == Qt.ItemDataRole.ToolTipRole and line.conversation else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        line = self.lines[index.row()]
        if not line.conversation:
            return Qt.ItemFlag.NoItemFlags
        chosen = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return chosen if line.message else chosen | Qt.ItemFlag.ItemIsEditable


class LinePainter(QStyledItemDelegate):
    """Paints a conversation, what was found in one, or the head of a group."""

    def __init__(self, view: QListView, on_renamed: Callable[[int, str], object]) -> None:
        super().__init__(view)
        self._view, self._on_renamed = view, on_renamed

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        # All lines of a list are of one height: it is asked for once, however many there are.
        text = QFontMetrics(theme().font(14)).height()
        return QSize(0, text * 2 + 22 if index.data(LINE).message else text + 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        c, place = colours(), QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = place.adjusted(10, 0, -8, 0)
        line: Line = index.data(LINE)
        if not line.conversation:
            painter.setFont(theme().font(12, QFont.Weight.Medium))
            painter.setPen(QColor(c.faint))
            painter.drawText(inner.adjusted(0, 8, 0, 0), Qt.AlignmentFlag.AlignVCenter, line.text)
            painter.restore()
            return
        chosen, over = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.setPen(QColor(c.accent) if chosen and self._view.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.chosen if chosen else c.hover))
            painter.drawRoundedRect(place.adjusted(1, 1, -2, -1), 8, 8)
        if line.pinned:
            painter.drawPixmap(inner.right() - 14, inner.center().y() - 7, icons.pixmap("pin", c.faint, 14))
            inner.adjust(0, 0, -20, 0)
        painter.setPen(QColor(c.text))
        painter.setFont(theme().font(14, QFont.Weight.Medium if chosen else QFont.Weight.Normal))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, inner.width())
        if line.excerpt:
            painter.drawText(inner.adjusted(0, 6, 0, 0), Qt.AlignmentFlag.AlignTop, title)
            painter.setPen(QColor(c.muted))
            painter.setFont(theme().font(12.5))
            metrics = painter.fontMetrics()
            cut = metrics.elidedText(line.excerpt, Qt.TextElideMode.ElideRight, inner.width())
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
            self._on_renamed(index.data(LINE).conversation, title)
