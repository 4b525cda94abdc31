"""The nights as a picture: for each one a bar of what was new by heart then, the failed and the empty ones as dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import colours, theme

if TYPE_CHECKING:
    from app.library import NightCard


class Timeline(QWidget):
    """The last nights, oldest at the left."""

    MOST = 30

    def __init__(self, nights: Sequence[NightCard]) -> None:
        super().__init__()
        self._nights = list(reversed(nights[: self.MOST]))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        total = sum(len(night.learned) for night in self._nights)
        says = self.tr("%1 nights, %2 learned").replace("%1", str(len(self._nights))).replace("%2", str(total))
        self.setAccessibleName(says)
        self.setToolTip(says)

    def sizeHint(self) -> QSize:
        return QSize(400, round(92 * theme().scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        c = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font(11.5))
        foot = round(22 * theme().scale)
        floor, top = self.height() - foot, round(20 * theme().scale)
        most = max([1, *(len(night.learned) for night in self._nights)])
        step = min(64.0, self.width() / max(1, len(self._nights)))
        painter.setPen(QColor(c.line))
        painter.drawLine(0, floor, self.width(), floor)
        for place, night in enumerate(self._nights):
            middle, count = step * (place + 0.5), len(night.learned)
            painter.setPen(Qt.PenStyle.NoPen)
            if count:
                height = max(4.0, (floor - top) * count / most)
                painter.setBrush(QColor(c.learned))
                painter.drawRoundedRect(QRectF(middle - step * 0.28, floor - height, step * 0.56, height), 3, 3)
                painter.setPen(QColor(c.muted))
                words = QRectF(middle - step / 2, floor - height - 18, step, 16)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(count))
            else:
                bad = night.night.outcome in ("failed", "rejected")
                painter.setBrush(QColor(c.danger if bad else c.faint))
                painter.drawEllipse(QRectF(middle - 3, floor - 10, 6, 6))
            if step > 34 or place % 3 == 0:
                painter.setPen(QColor(c.faint))
                day = f"{night.night.started_at.astimezone():%d %b}"
                words = QRectF(middle - 32, floor + 4, 64, foot - 4)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, day)
