"""The nights as a picture: what each learned, refused and left, recall and harm, tokens saved, size on disk; one of them chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import SPACE, colours, theme

if TYPE_CHECKING:
    from app.nights.figures import NightFigures

WIDEST = 56.0
"""Pixels that one night may take."""
UNKNOWN = "–"
"""Stands for a figure that a night has none of."""
_HEAD, _PLOT, _GAP, _FOOT, _EDGE = 22, 44, 12, 24, 10
"""Heights of a line of words, of what is drawn under it, of what is between two pictures, of the dates; the room around."""


class Timeline(QWidget):
    """`nights` oldest first; `chosen` is the place of the one whose figures are told. Signal `chose(place)`."""

    chose = Signal(int)

    def __init__(self, nights: Sequence[NightFigures]) -> None:
        super().__init__()
        self.nights = list(nights)
        self.chosen = len(self.nights) - 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(400, round((4 * (_HEAD + _PLOT + _GAP) + _FOOT) * theme().scale) + 2 * _EDGE)

    def choose(self, place: int) -> None:
        """Tell of another night."""
        place = max(0, min(place, len(self.nights) - 1))
        if place != self.chosen:
            self.chosen = place
            self._describe()
            self.update()
            self.chose.emit(place)

    def in_words(self, night: NightFigures) -> str:
        """All figures of one night."""
        told = (says for _, facts in self._told(night) for says, _ in facts if not says.startswith(UNKNOWN))
        return " · ".join((self.headed(night), *told))

    def headed(self, night: NightFigures) -> str:
        says = self.tr("Night %1, %2").replace("%1", str(night.night))
        return says.replace("%2", f"{night.began.astimezone():%d %B %Y}")

    def _describe(self) -> None:
        """What is chosen, for who does not see it."""
        learned = sum(night.learned for night in self.nights)
        says = self.tr("%1 nights, %2 learned").replace("%1", str(len(self.nights))).replace("%2", str(learned))
        self.setAccessibleName(f"{says}. {self.in_words(self.nights[self.chosen])}" if self.nights else says)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def _told(self, night: NightFigures) -> list[tuple[str, list[tuple[str, str]]]]:
        """What each of the pictures shows, and its figures of one night, each with the colour it is drawn in."""
        c = colours()

        def fact(says: str, value: float | None, shape: str, colour: str) -> tuple[str, str]:
            return says.replace("%1", UNKNOWN if value is None else format(value, shape)), colour

        counts = [
            fact(self.tr("%1 learned"), night.learned, "d", c.learned),
            fact(self.tr("%1 refused"), night.refused, "d", c.danger),
            fact(self.tr("%1 left as notes"), night.kept, "d", c.note_line),
        ]
        recalled = [
            fact(self.tr("%1 recalled"), night.recall, ".0%", c.learned),
            fact(self.tr("%1 before"), night.recall_before, ".0%", c.faint),
            fact(self.tr("%1 unharmed"), night.unharmed, ".0%", c.accent),
        ]
        tokens = [fact(self.tr("%1 tokens saved"), night.tokens, "d", c.learned)]
        size = [fact(self.tr("%1 MB on disk"), None if night.size is None else night.size / 1e6, ".1f", c.muted)]
        return [
            (self.tr("Memories"), counts),
            (self.tr("Without notes"), recalled),
            (self.tr("Prompt"), tokens),
            (self.tr("Weights"), size),
        ]

    # Keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        later = -1 if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 1
        to = {
            Qt.Key.Key_Left: self.chosen - later,
            Qt.Key.Key_Right: self.chosen + later,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self.nights) - 1,
        }.get(Qt.Key(event.key()))
        if to is None:
            super().keyPressEvent(event)
        else:
            self.choose(to)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.choose(self._place_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.nights:
            QToolTip.showText(event.globalPos(), self.in_words(self.nights[self._place_at(event.pos().x())]), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def _place_at(self, x: float) -> int:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.width() - x
        return max(0, min(int((x - _EDGE) / self._step), len(self.nights) - 1))

    @property
    def _step(self) -> float:
        return min(WIDEST * theme().scale, (self.width() - 2 * _EDGE) / max(1, len(self.nights)))

    def _x(self, place: float) -> float:
        x = _EDGE + self._step * place
        return self.width() - x if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else x

    # The picture

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.nights:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_chosen(painter)
        draws = (self._paint_counts, self._paint_recall, self._paint_tokens, self._paint_sizes)
        for (title, facts), draw, area in zip(self._told(self.nights[self.chosen]), draws, self._areas(), strict=True):
            self._paint_words(painter, area, title, facts)
            painter.setPen(QColor(colours().line))
            painter.drawLine(QLineF(area.left(), area.bottom(), area.right(), area.bottom()))
            draw(painter, area)
        self._paint_days(painter)

    def _areas(self) -> Iterator[QRectF]:
        scale = theme().scale
        for row in range(4):
            top = _EDGE + (row * (_HEAD + _PLOT + _GAP) + _HEAD) * scale
            yield QRectF(_EDGE, top, self.width() - 2 * _EDGE, _PLOT * scale)

    def _paint_chosen(self, painter: QPainter) -> None:
        painter.setPen(QColor(colours().accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().hover))
        middle, width = self._x(self.chosen + 0.5), max(self._step, 7.0)
        painter.drawRoundedRect(QRectF(middle - width / 2, 1, width, self.height() - 2), 4, 4)

    def _paint_words(self, painter: QPainter, area: QRectF, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """The title at the start of the line; at its end the figures of the chosen night, each behind its colour."""
        scale = theme().scale
        line = QRectF(area.left(), area.top() - _HEAD * scale, area.width(), (_HEAD - 4) * scale)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setFont(theme().font(12))
        painter.setPen(QColor(colours().muted))
        start = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(line, start | Qt.AlignmentFlag.AlignVCenter, title)
        at = line.width()
        for says, colour in reversed(facts):
            width = painter.fontMetrics().horizontalAdvance(says)
            at -= width
            x = line.left() + (line.width() - at - width if mirrored else at)
            painter.setPen(QColor(colours().text))
            painter.drawText(QRectF(x, line.top(), width + 1, line.height()), Qt.AlignmentFlag.AlignVCenter, says)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(x + width + 5 if mirrored else x - 13, line.center().y() - 4, 8, 8), 2, 2)
            at -= 13 + SPACE[3]

    def _paint_counts(self, painter: QPainter, area: QRectF) -> None:
        """Bars: learned at the bottom, refused on it, left as notes on top; a dot where a night came to nothing."""
        c = colours()
        most = max(1, *(night.learned + night.refused + night.kept for night in self.nights))
        width = max(1.0, min(self._step * 0.62, 22.0))
        painter.setPen(Qt.PenStyle.NoPen)
        for place, night in enumerate(self.nights):
            middle, floor = self._x(place + 0.5), area.bottom()
            for count, colour in ((night.learned, c.learned), (night.refused, c.danger), (night.kept, c.note_line)):
                height = (area.height() - 4) * count / most
                painter.setBrush(QColor(colour))
                painter.drawRect(QRectF(middle - width / 2, floor - height, width, height))
                floor -= height
            if night.outcome not in ("promoted", "nothing_due"):
                painter.setBrush(QColor(c.danger if night.outcome in ("failed", "rejected") else c.faint))
                painter.drawEllipse(QPointF(middle, area.top() + 2), 2.2, 2.2)

    def _paint_recall(self, painter: QPainter, area: QRectF) -> None:
        c = colours()
        self._paint_line(painter, area, lambda night: night.recall_before, 1.0, c.faint)
        self._paint_line(painter, area, lambda night: night.unharmed, 1.0, c.accent)
        self._paint_line(painter, area, lambda night: night.recall, 1.0, c.learned)

    def _paint_tokens(self, painter: QPainter, area: QRectF) -> None:
        self._paint_line(
            painter, area, lambda night: night.tokens, self._most(lambda n: n.tokens), colours().learned, fill=True
        )

    def _paint_sizes(self, painter: QPainter, area: QRectF) -> None:
        self._paint_line(painter, area, lambda night: night.size, self._most(lambda n: n.size), colours().muted, fill=True)

    def _most(self, value: Callable[[NightFigures], float | None]) -> float:
        return max((value(night) or 0 for night in self.nights), default=0) or 1.0

    def _paint_line(
        self,
        painter: QPainter,
        area: QRectF,
        value: Callable[[NightFigures], float | None],
        most: float,
        colour: str,
        *,
        fill: bool = False,
    ) -> None:
        """A line through the nights that have a value, with a point at each where there is room."""
        points = QPolygonF()
        for place, night in enumerate(self.nights):
            known = value(night)
            if known is not None:
                points.append(QPointF(self._x(place + 0.5), area.bottom() - (area.height() - 6) * min(known / most, 1.0)))
        if points.isEmpty():
            return
        if fill:
            soft = QColor(colour)
            soft.setAlphaF(0.16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(soft)
            ends = (QPointF(points.last().x(), area.bottom()), QPointF(points.first().x(), area.bottom()))
            painter.drawPolygon(QPolygonF([*points.toList(), *ends]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colour), 1.6))
        painter.drawPolyline(points)
        if self._step >= 10 or points.size() == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            for point in points.toList():
                painter.drawEllipse(point, 2.6, 2.6)

    def _paint_days(self, painter: QPainter) -> None:
        """As many dates as there is room for, from the newest back."""
        painter.setFont(theme().font(11.5))
        painter.setPen(QColor(colours().muted))
        room = 58 * theme().scale
        top = self.height() - _EDGE - _FOOT * theme().scale
        taken: float | None = None
        for place in range(len(self.nights) - 1, -1, -1):
            left = min(max(self._x(place + 0.5) - room / 2, 0.0), self.width() - room)
            if taken is None or abs(left - taken) >= room:
                taken = left
                words = QRectF(left, top, room, _FOOT * theme().scale)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, f"{self.nights[place].began.astimezone():%d %b}")
