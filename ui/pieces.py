"""Small widgets that every screen is made of: labels, buttons, rows, a column that keeps lines readable, a notice, a toast."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMargins, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui import icons
from ui.theme import COLUMN, SPACE, colours, theme


def label(text: str, tone: str = "", *, wraps: bool = False) -> QLabel:
    """Plain text in one of the theme's tones; what a model or a person wrote is never taken for markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tone", tone)
    made.setWordWrap(wraps)
    if tone.startswith("badge"):
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if wraps:
        # Else a row would give its buttons as much room as its words.
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def button(text: str, on_clicked: Callable[[], object], tone: str = "", *, tip: str = "") -> QPushButton:
    made = QPushButton(text)
    made.setProperty("tone", tone)
    made.setAccessibleName(tip or text)
    made.setToolTip(tip)
    made.clicked.connect(lambda: on_clicked())
    if tone in ("link", "chip", "chip-learned"):
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


class IconButton(QToolButton):
    """A line icon that says its name to whoever cannot see it, and follows the theme."""

    def __init__(
        self, name: str, says: str, on_clicked: Callable[[], object] | None = None, *, size: int = 18, colour: str = "muted"
    ) -> None:
        super().__init__()
        self._icon, self._size, self._colour = name, size, colour
        self.setToolTip(says)
        self.setAccessibleName(says)
        self.setAutoRaise(True)
        if on_clicked is not None:
            self.clicked.connect(lambda: on_clicked())
        theme().changed.connect(self._paint)
        self._paint()

    def show_icon(self, name: str, says: str) -> None:
        self._icon = name
        self.setToolTip(says)
        self.setAccessibleName(says)
        self._paint()

    def _paint(self) -> None:
        size = round(self._size * theme().scale)
        self.setIconSize(QSize(size, size))
        self.setIcon(icons.icon(self._icon, getattr(colours(), self._colour), size))


class SearchField(QLineEdit):
    """Words to look for; its way back to empty is drawn as everything else is."""

    def __init__(self, says: str, name: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(says)
        self.setAccessibleName(name or says)
        self.setClearButtonEnabled(True)
        self._clear = self.findChild(QAction)
        theme().changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        if self._clear is not None:
            self._clear.setIcon(icons.icon("close", colours().muted, 14))


class Check(QCheckBox):
    """A box that is ticked in the theme's ink."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isChecked():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            QPainter(self).drawPixmap(box.center() - QPoint(6, 6), icons.pixmap("check", colours().on_accent, 14))


class Choice(QComboBox):
    """One of a few, with an arrow that follows the theme. Where there is little room, less of it is shown."""

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), round(140 * theme().scale)), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        place = QPoint(self.width() - 24, (self.height() - 14) // 2)
        QPainter(self).drawPixmap(place, icons.pixmap("open", colours().muted, 14))


class NavButton(QPushButton):
    """One of the places at the foot of the side: an icon, a name, and perhaps a count."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(text)
        self._icon = name
        self.setProperty("tone", "nav")
        self.setCheckable(True)
        self.setAutoExclusive(False)
        theme().changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        size = round(18 * theme().scale)
        self.setIcon(icons.icon(self._icon, colours().muted, size))
        self.setIconSize(QSize(size, size))


def row(*widgets: QWidget | None, space: int = 2, margins: QMargins | None = None) -> QHBoxLayout:
    """Widgets beside each other; None is a stretch."""
    made = QHBoxLayout()
    _fill(made, widgets, space, margins)
    return made


def column(*widgets: QWidget | QLayout | None, space: int = 2, margins: QMargins | None = None) -> QVBoxLayout:
    """Widgets above each other; None is a stretch."""
    made = QVBoxLayout()
    _fill(made, widgets, space, margins)
    return made


def _fill(
    layout: QHBoxLayout | QVBoxLayout, widgets: tuple[QWidget | QLayout | None, ...], space: int, margins: QMargins | None
) -> None:
    layout.setSpacing(SPACE[space])
    layout.setContentsMargins(margins or QMargins(0, 0, 0, 0))
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        elif isinstance(widget, QLayout):
            layout.addLayout(widget)
        else:
            layout.addWidget(widget)


def only_if(holds: bool, widget: QWidget) -> None:
    """Hide a widget that has no parent yet unless it is wanted; showing one would open a window of its own for a moment."""
    if not holds:
        widget.hide()


def card(*widgets: QWidget | QLayout | None, look: str = "card", space: int = 2, inside: int = 4) -> QFrame:
    frame = QFrame()
    frame.setProperty("look", look)
    edge = SPACE[inside]
    frame.setLayout(column(*widgets, space=space, margins=QMargins(edge, edge, edge, edge)))
    return frame


def rule() -> QFrame:
    made = QFrame()
    made.setProperty("look", "rule")
    return made


def dress(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and have it looked at."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Column(QWidget):
    """Content in the middle of the page, never wider than lines are read well."""

    def __init__(self, content: QWidget, widest: int = COLUMN, edge: int = 5) -> None:
        super().__init__()
        self._content, self._widest, self._edge = content, widest, SPACE[edge]
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(self._edge, 0, self._edge, 0)
        self._layout.addWidget(content)

    def exchange(self, content: QWidget) -> QWidget:
        """Show something else; what was there is hidden and the caller's to delete."""
        old, self._content = self._content, content
        old.hide()
        self._layout.removeWidget(old)
        self._layout.addWidget(content)
        return old

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(self._edge, (self.width() - round(self._widest * theme().scale)) // 2)
        self._layout.setContentsMargins(side, 0, side, 0)
        super().resizeEvent(event)


class Notice(QFrame):
    """What went wrong, in plain words, with a way to copy it. Signal `dismissed`."""

    dismissed = Signal()

    def __init__(self, text: str, details: str = "") -> None:
        super().__init__()
        self.setProperty("look", "error")
        self.setAccessibleName(text)
        self._all = details or text
        said = label(text, wraps=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setLayout(
            row(
                said,
                IconButton("copy", self.tr("Copy this message"), self._copy, colour="danger"),
                IconButton("close", self.tr("Dismiss"), self._dismiss, colour="danger"),
                margins=QMargins(SPACE[4], SPACE[2], SPACE[2], SPACE[2]),
            )
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._all)

    def _dismiss(self) -> None:
        self.dismissed.emit()
        self.hide()
        self.deleteLater()


class Toast(QFrame):
    """A short word at the foot of the window with a way back; goes by itself. `ended` runs when there is no way back any more."""

    SECONDS = 7

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("look", "toast")
        self._text = label("")
        self.back = button("", self._take_back, "on-toast")
        self.back.hide()
        self._take: Callable[[], object] | None = None
        self._ended: Callable[[], object] | None = None
        self.setLayout(row(self._text, self.back, margins=QMargins(SPACE[4], SPACE[2], SPACE[3], SPACE[2])))
        self._timer = QTimer(self, singleShot=True, interval=self.SECONDS * 1000)
        self._timer.timeout.connect(self.finish)
        self.hide()

    def say(
        self,
        text: str,
        back: str = "",
        on_back: Callable[[], object] | None = None,
        ended: Callable[[], object] | None = None,
    ) -> None:
        self.finish()
        self._take, self._ended = on_back, ended
        self._text.setText(text)
        self.back.setText(back)
        self.back.setAccessibleName(back)
        self.back.setVisible(bool(back))
        self.setAccessibleName(text)
        self.place()
        self.show()
        self.raise_()
        self._timer.start()

    def finish(self) -> None:
        """The way back is over."""
        self._timer.stop()
        ended, self._ended, self._take = self._ended, None, None
        self.hide()
        if ended is not None:
            ended()

    def place(self) -> None:
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - 2 * SPACE[7] - SPACE[4])

    def _take_back(self) -> None:
        take, self._take, self._ended = self._take, None, None
        self._timer.stop()
        self.hide()
        if take is not None:
            take()
