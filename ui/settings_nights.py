"""When nights begin by themselves: whether at all, between which hours, beside whom, on what power, for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QTimeEdit, QWidget

from ui.pieces import Choice, column, label, row
from ui.theme import SPACE, theme

if TYPE_CHECKING:
    from app.settings import Settings

_MINUTES = (30.0, 60.0, 120.0, 240.0, 0.0)


class NightSettings(QFrame):
    """Signal `wanted(changes)`: settings by name, as the person wants them."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self._showing = False
        self.nights = self._choice(
            self.tr("Nights"),
            (("on", self.tr("Begin by themselves")), ("ask", self.tr("Begin by themselves, and ask before anything is kept")),
             ("off", self.tr("Only when I say so"))),
        )  # fmt: skip
        self.begins, self.ends = self._hour(self.tr("Not before")), self._hour(self.tr("Over by"))
        self.idle = QDoubleSpinBox()
        self.idle.setRange(0, 1440)
        self.idle.setDecimals(0)
        self.idle.setFixedWidth(round(112 * theme().scale))
        self.idle.setSuffix(self.tr(" minutes"))
        self.idle.setSpecialValueText(self.tr("does not matter"))
        self.idle.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.idle.setAccessibleName(self.tr("For how long nobody must have touched the computer"))
        self.power = self._choice(
            self.tr("Power"), (("mains", self.tr("On mains only")), ("any", self.tr("On a well-charged battery too")))
        )
        self.budget = self._choice(
            self.tr("Longest night"),
            tuple(
                (m, self.tr("%1 minutes").replace("%1", f"{m:.0f}") if m else self.tr("as long as it takes")) for m in _MINUTES
            ),
        )
        says = self.tr("A night stops within seconds when you come back, and goes on where it was another time.")
        self._rest = QWidget()
        self._rest.setLayout(
            column(
                row(label(self.tr("Between")), None, self.begins, label(self.tr("and")), self.ends),
                row(label(self.tr("Nobody at the computer for")), None, self.idle),
                row(label(self.tr("Power")), None, self.power),
                row(label(self.tr("Longest night")), None, self.budget),
                label(says, "small", wraps=True),
                space=3,
            )
        )
        outer = column(row(label(self.tr("Nights")), None, self.nights), self._rest, space=3)
        outer.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[4])
        self.setLayout(outer)
        for choice in (self.nights, self.power, self.budget):
            choice.currentIndexChanged.connect(lambda _: self._on_changed())
        for hour in (self.begins, self.ends):
            hour.editingFinished.connect(self._on_changed)
        self.idle.editingFinished.connect(self._on_changed)

    def show_settings(self, settings: Settings) -> None:
        self._showing = True
        for choice, value in (
            (self.nights, settings.nights), (self.power, settings.night_power), (self.budget, settings.night_minutes)
        ):  # fmt: skip
            if choice.findData(value) < 0:
                choice.addItem(self.tr("%1 minutes").replace("%1", f"{value:g}"), value)
            choice.setCurrentIndex(choice.findData(value))
        self.begins.setTime(QTime.fromString(settings.night_begins, "HH:mm"))
        self.ends.setTime(QTime.fromString(settings.night_ends, "HH:mm"))
        self.idle.setValue(settings.night_idle_minutes)
        self._rest.setEnabled(settings.nights != "off")
        self._showing = False

    def _on_changed(self) -> None:
        if self._showing:
            return
        self._rest.setEnabled(self.nights.currentData() != "off")
        self.wanted.emit({
            "nights": self.nights.currentData(), "night_power": self.power.currentData(),
            "night_minutes": self.budget.currentData(), "night_idle_minutes": self.idle.value(),
            "night_begins": self.begins.time().toString("HH:mm"), "night_ends": self.ends.time().toString("HH:mm"),
        })  # fmt: skip

    def _choice(self, name: str, options: tuple[tuple[object, str], ...]) -> Choice:
        choice = Choice()
        choice.setAccessibleName(name)
        for value, says in options:
            choice.addItem(says, value)
        return choice

    def _hour(self, name: str) -> QTimeEdit:
        hour = QTimeEdit()
        hour.setDisplayFormat("HH:mm")
        hour.setAccessibleName(name)
        hour.setFixedWidth(round(80 * theme().scale))
        hour.setAlignment(Qt.AlignmentFlag.AlignRight)
        return hour
