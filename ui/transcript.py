"""The messages of one conversation, under each other: laid out a few at a time, kept at the end while a reply grows.

It knows how messages are shown and scrolled, not what they are about; `make` turns what was said into a widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.library import Said
from ui.messages import NoteChip, ReplyMessage, UserMessage
from ui.pieces import Column, IconButton, button
from ui.theme import COLUMN, SPACE

PAGE = 40
"""Messages that are laid out; earlier ones come when they are scrolled to."""
AT_ONCE = 6
"""Of these, so many before the window looks up again: a message costs some milliseconds."""


class Transcript(QScrollArea):
    """`said` is the whole conversation as it is stored; only a part of it has widgets."""

    def __init__(self, make: Callable[[Said], QWidget]) -> None:
        super().__init__()
        self._make = make
        self.said: list[Said] = []
        self._from = self._to = self._fill_from = self._from_end = 0
        self._sticks = True
        self._fill = QTimer(self, interval=0)
        self._fill.timeout.connect(self._show_earlier)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        self._list.setContentsMargins(0, SPACE[4], 0, SPACE[5])
        self._inside = QWidget()
        self._inside.setLayout(self._list)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Messages"))
        self.setWidget(Column(self._inside, COLUMN))
        self.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._to_end = IconButton("down", self.tr("To the end"), self.go_to_end)
        self._to_end.setParent(self)
        self._to_end.setFixedSize(34, 34)
        self._to_end.hide()

    def messages(self) -> list[UserMessage | ReplyMessage]:
        """The widgets that there are, from top to bottom."""
        items = (self._list.itemAt(place) for place in range(self._list.count()))
        found = [item.widget() for item in items if item is not None]
        return [widget for widget in found if isinstance(widget, (UserMessage, ReplyMessage))]

    def chips(self) -> list[NoteChip]:
        """What was noted in what is shown."""
        return [chip for widget in self.messages() if isinstance(widget, UserMessage) for chip in widget.chips]

    def clear(self) -> None:
        """Show nothing, of no conversation."""
        self._fill.stop()
        self.said, self._from, self._to, self._fill_from = [], 0, 0, 0
        self._empty()

    def show_only(self, widget: QWidget) -> None:
        """One widget instead of messages."""
        self.clear()
        self._list.addWidget(widget, 1)

    def show_said(self, said: Sequence[Said], at: int) -> None:
        """A whole conversation, at its end or with the message `at` in view."""
        self.said = list(said)
        wanted = next((place for place, entry in enumerate(self.said) if entry.message.id == at), None)
        self._sticks = wanted is None
        self._lay_out(wanted)
        if wanted is not None:
            QTimer.singleShot(30, self, lambda: self._bring_into_view(at))

    def show_end(self) -> None:
        """The newest messages, if they are not what is shown."""
        if self._to < len(self.said):
            self._sticks = True
            self._lay_out(None)

    def said_anew(self, user: Said, reply: Said) -> None:
        """A turn is stored; it stands in the place of all that was said from `user` on."""
        self.said = [*(entry for entry in self.said if entry.message.id < user.message.id), user, reply]
        self._to = len(self.said)

    def add(self, widget: QWidget) -> None:
        """Put a widget under the last one."""
        if not self.messages() and self._list.count():
            self._empty()
        if self._list.count() == 0:
            # A short conversation begins at the top.
            self._list.addStretch(1)
        self._list.insertWidget(self._list.count() - 1, widget)

    def remove_from(self, first: QWidget) -> None:
        """Take a message and all below it away."""
        widgets: list[QWidget] = [*self.messages()]
        for widget in widgets[widgets.index(first) :]:
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def before(self, widget: QWidget) -> UserMessage | ReplyMessage | None:
        """The message above another one."""
        widgets = self.messages()
        place = next((place for place, other in enumerate(widgets) if other is widget), 0)
        return widgets[place - 1] if place else None

    def mark_last(self, *, may_repeat: bool) -> None:
        """Only the last reply keeps its tools in sight, and only it can be asked for again."""
        replies = [widget for widget in self.messages() if isinstance(widget, ReplyMessage)]
        for widget in replies:
            widget.tools.keep(widget is replies[-1])
            widget.again.setVisible(widget is replies[-1] and may_repeat)

    def go_to_end(self) -> None:
        self._sticks = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _empty(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _lay_out(self, wanted: int | None) -> None:
        """Show the end of the conversation, or the part around one message."""
        self._empty()
        end = len(self.said) if wanted is None else min(len(self.said), wanted + PAGE // 2)
        self._to, self._from = end, max(0, (end if wanted is None else wanted + 1) - AT_ONCE)
        self._fill_from = max(0, self._from - PAGE)
        for entry in self.said[self._from : end]:
            self.add(self._make(entry))
        if end < len(self.said):
            self._list.addWidget(button(self.tr("Go on to the newest messages"), self.show_end, "link"))
        self._fill.start()

    def _show_earlier(self) -> None:
        """Lay out some of the messages before, and stay where the reader is."""
        if self._from <= self._fill_from:
            self._fill.stop()
            return
        first = max(self._fill_from, self._from - AT_ONCE)
        bar = self.verticalScrollBar()
        self._from_end = bar.maximum() - bar.value()
        for place, entry in enumerate(self.said[first : self._from]):
            widget = self._make(entry)
            if isinstance(widget, ReplyMessage):
                widget.again.hide()
            self._list.insertWidget(place, widget)
        self._from = first

    def _bring_into_view(self, message: int) -> None:
        for widget in self.messages():
            if widget.message is not None and widget.message.id == message:
                self.verticalScrollBar().setValue(widget.mapTo(self._inside, QPoint(0, 0)).y() - SPACE[5])
                widget.prose.setFocus()

    def _on_range(self, _: int, maximum: int) -> None:
        if self._sticks:
            self.verticalScrollBar().setValue(maximum)
        elif self._fill.isActive():
            self.verticalScrollBar().setValue(maximum - self._from_end)
        self._place_to_end()

    def _on_scrolled(self, value: int) -> None:
        bar = self.verticalScrollBar()
        self._sticks = value >= bar.maximum() - SPACE[5]
        self._place_to_end()
        if value < 400 and self._from and bar.maximum() > 0 and not self._sticks and not self._fill.isActive():
            self._from_end = bar.maximum() - value
            self._fill_from = max(0, self._from - PAGE)
            self._fill.start()

    def _place_to_end(self) -> None:
        self._to_end.setVisible(not self._sticks)
        self._to_end.move(self.width() // 2 - 17, self.height() - 46)
