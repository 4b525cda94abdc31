"""What is shown where nothing has been said yet: the dormouse, what it does, and some first words to try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import icons
from ui.pieces import button, label, row
from ui.theme import SPACE, colours, theme


class Welcome(QWidget):
    """Signal `offered(text)`: first words that the person chose."""

    offered = Signal(str)

    def __init__(self, *, temporary: bool) -> None:
        super().__init__()
        self._picture = label("")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme().changed.connect(self._paint)
        self._paint()
        if temporary:
            says = self.tr("A chat that leaves no trace")
            more = self.tr("Nothing said here is stored, noted or learned, and nothing that is known about you is used.")
        else:
            says = self.tr("What is on your mind?")
            more = self.tr(
                "Tell me things worth keeping and I note them; you always see what, and can undo it. "
                "What proves lasting I learn by heart at night."
            )
        hero, text = label(says, "hero", wraps=True), label(more, "muted", wraps=True)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE[3])
        layout.addStretch(2)
        for words in (self._picture, hero, text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(words)
        if not temporary:
            layout.addSpacing(SPACE[2])
            layout.addLayout(row(None, *(self._offer(words) for words in self._first_words()), None))
        layout.addStretch(3)

    def _first_words(self) -> tuple[str, ...]:
        return (
            self.tr("My sister is called Oduya."),
            self.tr("Remember that my kettle is called Vesuvius."),
            self.tr("What do you know about me?"),
        )

    def _offer(self, words: str) -> QWidget:
        return button(words, lambda: self.offered.emit(words), "filter")

    def _paint(self) -> None:
        self._picture.setPixmap(icons.portrait(132, colours().learned))
