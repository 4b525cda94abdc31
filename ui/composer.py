"""Where the person writes: it grows with the words, Enter sends, Shift+Enter begins a line, Up recalls what was sent."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from ui import icons
from ui.pieces import IconButton, dress, label, row
from ui.theme import SPACE, colours, theme

MOST_LINES = 9


class _Field(QPlainTextEdit):
    """The words. Signals: `entered` (Enter), `left` (Escape), `recalled(step)` (Up or Down at the edge), `focused(bool)`."""

    entered = Signal()
    left = Signal()
    recalled = Signal(int)
    focused = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "bare")
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self.fit)
        theme().changed.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """As high as the words, up to `MOST_LINES`."""
        self.setFont(theme().font(15))
        line = self.fontMetrics().lineSpacing()
        # A plain text document measures its height in lines, wrapped ones counted.
        lines = max(1, min(MOST_LINES, round(self.document().size().height())))
        self.setFixedHeight(line * lines + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.entered.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key == Qt.Key.Key_Up and plain and self.textCursor().blockNumber() == 0 and self._recalling():
            self.recalled.emit(-1)
        elif key == Qt.Key.Key_Down and plain and self.textCursor().atEnd() and self._recalling():
            self.recalled.emit(1)
        else:
            super().keyPressEvent(event)

    def _recalling(self) -> bool:
        return not self.toPlainText() or bool(self.property("recalling"))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


class Composer(QFrame):
    """Signals: `sent(text)`, `stopped()`, `edit_left()`, `changed(text)`."""

    sent = Signal(str)
    stopped = Signal()
    edit_left = Signal()
    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "composer")
        self._history: list[str] = []
        self._place: int | None = None
        self._talking = False
        self.field = _Field()
        self.field.setAccessibleName(self.tr("Message"))
        self.send = IconButton("send", self.tr("Send (Enter)"), self._on_button, size=18, colour="on_accent")
        self.send.setProperty("tone", "send")
        side = round(32 * theme().scale)
        self.send.setFixedSize(side, side)
        self._editing = QWidget()
        self._editing.setLayout(
            row(
                label(self.tr("Editing an earlier message. What followed it stays, as another branch."), "small"),
                None,
                IconButton("close", self.tr("Leave editing (Escape)"), self._leave_edit, size=14),
            )
        )
        self._editing.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE[4], 10, 10, 10)
        outer.setSpacing(SPACE[1])
        outer.addWidget(self._editing)
        line = row(self.field, self.send, space=3, margins=QMargins(0, 0, 0, 0))
        line.setAlignment(self.send, Qt.AlignmentFlag.AlignBottom)
        line.setAlignment(self.field, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(line)
        self.field.entered.connect(self._on_enter)
        self.field.left.connect(self._on_escape)
        self.field.recalled.connect(self._recall)
        self.field.focused.connect(lambda here: dress(self, "active", here))
        self.field.textChanged.connect(self._on_changed)
        self.ask(self.tr("Write to Dormouse"))
        self._on_changed()

    @property
    def text(self) -> str:
        return self.field.toPlainText()

    def ask(self, placeholder: str) -> None:
        self.field.setPlaceholderText(placeholder)

    def set_text(self, text: str) -> None:
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)

    def set_history(self, sent: Sequence[str]) -> None:
        """What Up recalls, newest last."""
        self._history, self._place = list(sent), None

    def set_talking(self, talking: bool) -> None:
        """While a reply comes the button stops it."""
        self._talking = talking
        if talking:
            self.send.show_icon("stop", self.tr("Stop (Escape)"))
        else:
            self.send.show_icon("send", self.tr("Send (Enter)"))
        self._show_ready()

    def end_edit(self) -> None:
        """Another conversation is open: what was being edited is not."""
        self._editing.hide()

    def edit(self, text: str) -> None:
        """Begin to edit an earlier message."""
        self._editing.show()
        self.set_text(text)
        self.field.setFocus()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.field.setFocus()

    def _on_enter(self) -> None:
        if not self._talking and self.text.strip():
            text = self.text.strip()
            self._editing.hide()
            self.field.clear()
            self.sent.emit(text)

    def _on_button(self) -> None:
        if self._talking:
            self.stopped.emit()
        else:
            self._on_enter()

    def _on_escape(self) -> None:
        if self._editing.isVisible():
            self._leave_edit()
        elif self._talking:
            self.stopped.emit()

    def _leave_edit(self) -> None:
        self._editing.hide()
        self.field.clear()
        self.edit_left.emit()

    def _recall(self, step: int) -> None:
        place = (len(self._history) if self._place is None else self._place) + step
        if not 0 <= place <= len(self._history):
            return
        text = self._history[place] if place < len(self._history) else ""
        self.set_text(text)
        self._place = place
        self.field.setProperty("recalling", bool(text))

    def _on_changed(self) -> None:
        if self._place is not None and not (self._place < len(self._history) and self.text == self._history[self._place]):
            self._place = None
            self.field.setProperty("recalling", False)
        self._show_ready()
        self.changed.emit(self.text)

    def _show_ready(self) -> None:
        ready = self._talking or bool(self.text.strip())
        self.send.setEnabled(ready)
        colour = colours().on_accent if ready else colours().faint
        self.send.setIcon(icons.icon("stop" if self._talking else "send", colour, 18))
