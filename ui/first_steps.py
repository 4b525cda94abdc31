"""What is shown on the first day instead of the welcome: three short steps, beside a composer that can be used at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ui import icons
from ui.pieces import Choice, button, column, label, row
from ui.theme import APPEARANCES, SPACE, Appearance, colours, theme


class FirstSteps(QWidget):
    """Signals: `memory_wanted(reading)`: whether what is said may be noted; `looks_wanted(appearance)`; `models_wanted`; `done`."""

    memory_wanted = Signal(str)
    looks_wanted = Signal(str)
    models_wanted = Signal()
    done = Signal()

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._picture = label("")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme().changed.connect(self._paint)
        self._paint()
        self.steps = QStackedWidget()
        self.steps.addWidget(self._hello())
        self.steps.addWidget(self._memory())
        self.steps.addWidget(self._looks(appearance))
        self.back = button(self.tr("Back"), lambda: self._go(-1))
        self.next = button("", lambda: self._go(1), "primary")
        self.skip = button(self.tr("Skip"), self.done.emit, "link")
        self.where = label("", "small")
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE[4])
        layout.addStretch(2)
        layout.addWidget(self._picture)
        layout.addWidget(self.steps)
        layout.addLayout(row(None, self.skip, self.where, self.back, self.next, None, space=3))
        layout.addStretch(3)
        self._go(0)

    def _go(self, step: int) -> None:
        place = self.steps.currentIndex() + step
        if place == self.steps.count():
            self.done.emit()
            return
        self.steps.setCurrentIndex(place)
        self.back.setVisible(place > 0)
        self.where.setText(self.tr("%1 of %2").replace("%1", str(place + 1)).replace("%2", str(self.steps.count())))
        last = place + 1 == self.steps.count()
        self.next.setText(self.tr("Start talking") if last else self.tr("Next"))
        self.next.setAccessibleName(self.next.text())
        if step:
            self.next.setFocus()

    def _hello(self) -> QWidget:
        return self._step(
            self.tr("Hello. I am Dormouse."),
            self.tr(
                "Tell me things worth keeping: I note them at once, and you always see what. At night I learn by heart what has "
                "proved lasting. All of it can be looked at, and taken back. Everything stays on this computer."
            ),
        )

    def _memory(self) -> QWidget:
        self.notes = self._option(self.tr("What I say about myself"))
        self.first = self._option(self.tr("The same, but ask me first"))
        self.asked = self._option(self.tr("Only what I ask you to remember"))
        self.notes.setChecked(True)
        readings = {self.notes: "on", self.first: "ask", self.asked: "off"}
        choice = QButtonGroup(self)
        for option in readings:
            choice.addButton(option)
        choice.buttonClicked.connect(lambda chosen: self.memory_wanted.emit(readings[chosen]))
        return self._step(
            self.tr("What may I note?"),
            self.tr(
                "Passwords and the like are never learned by heart, whatever you choose. A temporary chat leaves no trace."
            ),
            row(None, self.notes, self.first, self.asked, None, space=3),
        )

    def _looks(self, appearance: Appearance) -> QWidget:
        self.appearance = Choice()
        self.appearance.setAccessibleName(self.tr("Colours"))
        for name, says in zip(APPEARANCES, (self.tr("As the system"), self.tr("Light"), self.tr("Dark")), strict=True):
            self.appearance.addItem(says, name)
        self.appearance.setCurrentIndex(self.appearance.findData(appearance))
        self.appearance.currentIndexChanged.connect(lambda _: self.looks_wanted.emit(self.appearance.currentData()))
        models = button(self.tr("Choose another model…"), self.models_wanted.emit)
        return self._step(
            self.tr("How shall I look, and who answers?"),
            self.tr(
                "A small demonstration model is built in and ready. Any GGUF file of a chat model on this computer can take its "
                "place, now or later."
            ),
            row(None, self.appearance, models, None, space=3),
        )

    def _option(self, text: str) -> QPushButton:
        made = button(text, lambda: None, "filter")
        made.setCheckable(True)
        return made

    @staticmethod
    def _step(says: str, more: str, *content: QLayout) -> QWidget:
        hero, text = label(says, "hero", wraps=True), label(more, "muted", wraps=True)
        for words in (hero, text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        made = QWidget()
        # The steps are of one height, and each begins at its top.
        lines = column(hero, text, space=3)
        for each in content:
            lines.addSpacing(SPACE[2])
            lines.addLayout(each)
        lines.addStretch(1)
        made.setLayout(lines)
        return made

    def _paint(self) -> None:
        self._picture.setPixmap(icons.portrait(132, colours().learned))
