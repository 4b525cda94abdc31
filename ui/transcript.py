"""The messages of one conversation, under each other: laid out a few at a time, kept at the end while a reply grows.

It knows how messages are shown and scrolled, not what they are about; `make` turns what was said into a widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ui.messages import ReplyMessage, UserMessage
from ui.pieces import Column, IconButton
from ui.theme import COLUMN, SPACE, theme
from ui.trimmings import NoteChip

if TYPE_CHECKING:
    from app.library import Said

PAGE = 40
"""Messages that are laid out around what is read; more come when they are scrolled to."""
MOST = 60
"""Of these there are at most so many: those far from what is read go again, and come back."""
NEAR = 600
"""Pixels from the first or last of them at which more are laid out; looked at again `SETTLED_MS` after some were."""
SETTLED_MS = 60
AT_ONCE = 2
"""So many stand there at once."""
BUDGET_S = 0.004
"""Then the window looks up again after this time: a message costs some milliseconds."""


class Transcript(QScrollArea):
    """`said` is the whole branch as it is stored; only the part from `_from` to `_to` has widgets, and what is being said."""

    def __init__(self, make: Callable[[Said], QWidget]) -> None:
        super().__init__()
        self._make = make
        self.said: list[Said] = []
        self._from = self._to = self._want_from = self._want_to = 0
        self._sticks, self._hold_end, self._from_end = True, False, 0
        self._gone: list[QWidget] = []
        self._fill = QTimer(self, interval=0)
        self._fill.timeout.connect(self._on_fill)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Messages"))
        self._furnish()
        self._column = Column(self._inside, COLUMN)
        self.setWidget(self._column)
        self.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._to_end = IconButton("down", self.tr("To the end"), self.show_end)
        self._to_end.setParent(self)
        side = round(34 * theme().scale)
        self._to_end.setFixedSize(side, side)
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
        self.said, self._from, self._to, self._want_from, self._want_to = [], 0, 0, 0, 0
        self._empty()

    def show_only(self, widget: QWidget) -> None:
        """One widget instead of messages."""
        self.clear()
        self._list.addWidget(widget, 1)

    def show_said(self, said: Sequence[Said], at: int) -> None:
        """A whole branch, at its end or with the message `at` in view."""
        self.said = list(said)
        wanted = next((place for place, entry in enumerate(self.said) if entry.message.id == at), None)
        self._lay_out(wanted)
        if wanted is not None:
            QTimer.singleShot(30, self, lambda: self._bring_into_view(at))

    def show_end(self) -> None:
        """Go to the newest messages."""
        if self._to < len(self.said):
            self._lay_out(None)
        self._sticks = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def said_anew(self, user: Said, reply: Said) -> None:
        """A turn is stored; it stands in the place of all that was said from `user` on."""
        self.said = [*(entry for entry in self.said if entry.message.id < user.message.id), user, reply]
        self._to = self._want_to = len(self.said)

    def read_again(self, said: Sequence[Said]) -> None:
        """The same branch, with what is known about its messages now."""
        known = {entry.message.id: entry for entry in said}
        self.said = [known.get(entry.message.id, entry) for entry in self.said]
        for widget in self.messages():
            entry = known.get(widget.message.id) if widget.message is not None else None
            if entry is not None:
                widget.show_said(entry)

    def add(self, widget: QWidget) -> None:
        """Put what is being said under the last message."""
        if not self.messages() and self._list.count():
            self._empty()
        if self._list.count() == 0:
            # A short conversation begins at the top.
            self._list.addStretch(1)
        self._list.insertWidget(self._list.count() - 1, widget)

    def remove_from(self, first: QWidget) -> None:
        """Take a message and all below it away."""
        widgets: list[QWidget] = [*self.messages()]
        place = widgets.index(first)
        self._take(widgets[place:])
        del self.said[self._from + place :]
        self._to = self._want_to = min(self._to, len(self.said))

    def before(self, widget: QWidget) -> UserMessage | ReplyMessage | None:
        """The message above another one."""
        widgets = self.messages()
        place = next((place for place, other in enumerate(widgets) if other is widget), 0)
        return widgets[place - 1] if place else None

    def mark_last(self) -> None:
        """The last reply keeps its tools in sight."""
        replies = [widget for widget in self.messages() if isinstance(widget, ReplyMessage)]
        for widget in replies:
            widget.tools.keep(widget is replies[-1] and self._to == len(self.said))

    def _take(self, widgets: Sequence[QWidget]) -> None:
        for widget in widgets:
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _empty(self) -> None:
        # All at once: message by message, those below would be laid out again each time.
        gone = list(self.messages())
        self._furnish()
        self._gone += [*gone, self._column.exchange(self._inside)]
        self._fill.start()

    def _furnish(self) -> None:
        self._inside = QWidget()
        self._list = QVBoxLayout(self._inside)
        self._list.setSpacing(SPACE[1])
        self._list.setContentsMargins(0, SPACE[4], 0, SPACE[5])

    def _lay_out(self, wanted: int | None) -> None:
        """Show the end of the branch, or the part around one message."""
        self._empty()
        self._sticks, self._hold_end = wanted is None, True
        end = len(self.said) if wanted is None else min(len(self.said), wanted + AT_ONCE)
        self._to, self._from = end, max(0, end - AT_ONCE if wanted is None else wanted)
        self._want_from, self._want_to = max(0, self._from - PAGE), min(len(self.said), end + PAGE // 2)
        for entry in self.said[self._from : end]:
            self.add(self._make(entry))
        self._fill.start()

    def _on_fill(self) -> None:
        """Lay out a little more of what is wanted, later messages first; then let go of what is too much."""
        until = perf_counter() + BUDGET_S
        while self._to < self._want_to and perf_counter() < until:
            self._hold_end = False
            self.add(self._make(self.said[self._to]))
            self._to += 1
        while self._from > self._want_from and perf_counter() < until:
            self._hold_end = True
            self._from -= 1
            self._list.insertWidget(0, self._make(self.said[self._from]))
        if (self._from, self._to) != (self._want_from, self._want_to):
            return
        # To delete many widgets takes as long as to make them.
        for widget in self._gone[:4]:
            widget.deleteLater()
        del self._gone[:4]
        if not self._gone:
            self._fill.stop()
            # Who has not stopped scrolling may be near to the next already; once all has its place.
            QTimer.singleShot(SETTLED_MS, self, self._want_more)

    def _let_go(self, *, above: bool) -> None:
        """Of too many messages those go that are farthest from where the reader goes; never what is being said."""
        spare = self._to - self._from - MOST
        if spare <= 0 or len(self.messages()) > self._to - self._from:
            return
        gone = self.messages()[:spare] if above else self.messages()[-spare:]
        height = sum(widget.height() + self._list.spacing() for widget in gone)
        self._take(gone)
        # Reckoned now: more is laid out before the bar hears of either.
        if above:
            self._from = self._want_from = self._from + spare
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - height)
        else:
            self._to = self._want_to = self._to - spare
            self._from_end -= height

    def _bring_into_view(self, message: int) -> None:
        for widget in self.messages():
            if widget.message is not None and widget.message.id == message:
                self.verticalScrollBar().setValue(widget.mapTo(self._inside, QPoint(0, 0)).y() - SPACE[5])
                widget.prose.setFocus()

    def _on_range(self, _: int, maximum: int) -> None:
        if self._sticks:
            self.verticalScrollBar().setValue(maximum)
        elif self._hold_end:
            # What changed is above: what is read stays as far from the end as it was.
            self.verticalScrollBar().setValue(maximum - self._from_end)
        self._place_to_end()

    def _on_scrolled(self, value: int) -> None:
        bar = self.verticalScrollBar()
        self._from_end = bar.maximum() - value
        whole = self._to == len(self.said)
        self._sticks = whole and self._from_end <= SPACE[5]
        self._place_to_end()
        self._want_more()

    def _want_more(self) -> None:
        """Where the reader comes near to what has no widgets, it gets some."""
        bar = self.verticalScrollBar()
        if self._fill.isActive() or bar.maximum() <= 0:
            return
        if bar.value() < NEAR and self._from and not self._sticks:
            self._fill.start()
            self._let_go(above=False)
            self._want_from = max(0, self._from - PAGE)
        elif self._from_end < NEAR and self._to < len(self.said):
            self._fill.start()
            self._let_go(above=True)
            self._want_to = min(len(self.said), self._to + PAGE)

    def _place_to_end(self) -> None:
        self._to_end.setVisible(not self._sticks)
        self._to_end.move((self.width() - self._to_end.width()) // 2, self.height() - self._to_end.height() - SPACE[3])
