"""A page beside the chat: a title, a way back, and a column of content that scrolls."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ui.pieces import Column, IconButton, Notice, label, row
from ui.theme import COLUMN, SPACE


class Page(QWidget):
    """Signal `left`: back to the chat. `body` is the layout that pages fill."""

    left = Signal()

    def __init__(self, title: str, says: str = "") -> None:
        super().__init__()
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.back = IconButton("back", self.tr("Back to the chat (Escape)"), self.left.emit)
        self.head = row(self.back, label(title, "title"), None, space=3)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE[4])
        self.body.setContentsMargins(0, SPACE[5], 0, SPACE[6])
        self.body.addLayout(self.head)
        if says:
            self.body.addWidget(label(says, "muted", wraps=True))
        content = QWidget()
        content.setLayout(self.body)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(Column(content, COLUMN + 60))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(QMargins(0, 0, 0, 0))
        outer.addWidget(self.area)

    def refresh(self) -> None:
        """Read anew what is shown."""

    def memories_changed(self) -> None:
        """What is known is another now."""

    def show_error(self, error: Exception | str) -> None:
        self.body.insertWidget(1, Notice(str(error)))
        self.area.verticalScrollBar().setValue(0)

    def empty(self, layout: QVBoxLayout) -> None:
        """Take everything out of a part of the page."""
        while (item := layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
            elif (inner := item.layout()) is not None and isinstance(inner, QVBoxLayout):
                self.empty(inner)
