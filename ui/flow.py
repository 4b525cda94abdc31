"""A row that goes on below where there is no room beside: narrow windows and large type push nothing out of sight."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from ui.theme import SPACE


class Flow(QLayout):
    """Widgets beside each other in as many lines as it takes, from the side where lines begin."""

    def __init__(self, *widgets: QWidget, space: int = 2) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._space = SPACE[space]
        self.setContentsMargins(QMargins(0, 0, 0, 0))
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return max((place.bottom() + 1 for _, place in places), default=0)

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in sizes) + self._space * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def setGeometry(self, rectangle: QRect) -> None:
        super().setGeometry(rectangle)
        for item, place in self._places(rectangle.width()):
            if QGuiApplication.isRightToLeft():
                place.moveLeft(rectangle.width() - place.right() - 1)
            item.setGeometry(place.translated(rectangle.topLeft()))

    def _places(self, width: int) -> list[tuple[QLayoutItem, QRect]]:
        """Where each goes in lines of this width, in the middle of its line."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        taken = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(max(width, item.minimumSize().width()), 10_000))
            if lines[-1] and taken + size.width() > width:
                lines.append([])
                taken = 0
            lines[-1].append((item, size))
            taken += size.width() + self._space
        found: list[tuple[QLayoutItem, QRect]] = []
        top = 0
        for line in lines:
            high, left = max((size.height() for _, size in line), default=0), 0
            for item, size in line:
                found.append((item, QRect(QPoint(left, top + (high - size.height()) // 2), size)))
                left += size.width() + self._space
            top += high + self._space
        return found
