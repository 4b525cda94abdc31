"""Words that are cut short where there is no room for them: a line of text, a chip. The tip and the accessible name have all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

from ui.theme import theme

if TYPE_CHECKING:
    # What is mixed in stands before a label or a button; both show a text as a label does.
    _Texted = QLabel
else:
    _Texted = object


class _Cut(_Texted):
    """Shows as much of its words as there is room for. `whole`: all of them."""

    whole = ""

    def say(self, text: str) -> None:
        self.whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._cut()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._spare() + self.fontMetrics().horizontalAdvance(self.whole) + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._spare() + self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - self._spare()
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, room))

    def _spare(self) -> int:
        """What the style puts beside the words."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())


class Elided(_Cut, QLabel):
    """A line that is cut short where there is no room for it; the tip and the accessible name have all of it."""

    def __init__(self, tone: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)


class Chip(_Cut, QPushButton):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A button that is as wide as its words, or as there is room; the tip and the accessible name have all of them."""

    WIDEST = 480

    def __init__(self, on_clicked: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("tone", "chip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: on_clicked())

    def sizeHint(self) -> QSize:
        wanted = super().sizeHint()
        return QSize(min(wanted.width() + 1, round(self.WIDEST * theme().scale)), wanted.height())
