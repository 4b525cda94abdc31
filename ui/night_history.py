"""The nights so far: their picture, and below it the one that is chosen there, with what it learned, refused and left, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.addressing import to_you
from learning.types import Memory
from ui.deeds import Deeds
from ui.pieces import button, card, label, only_if, row
from ui.theme import SPACE
from ui.timeline import Timeline

if TYPE_CHECKING:
    from app.library import NightCard

MOST = 12
"""Memories that are named of each kind; the rest is counted."""


class NightHistory(QWidget):
    """`timeline` is the picture, None where there was no night yet."""

    def __init__(self, deeds: Deeds) -> None:
        super().__init__()
        self._deeds = deeds
        self._nights: list[NightCard] = []
        self.timeline: Timeline | None = None
        self._all = QVBoxLayout(self)
        self._all.setContentsMargins(0, 0, 0, 0)
        self._all.setSpacing(SPACE[2])
        self._told: QWidget | None = None

    def show_nights(self, nights: Sequence[NightCard]) -> None:
        """Newest first, as the library has them; the chosen one stays chosen."""
        before = self.timeline
        chosen = before.nights[before.chosen].night if before is not None and before.chosen < len(before.nights) - 1 else None
        focused = before is not None and before.hasFocus()
        while (item := self._all.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.timeline = self._told = None
        self._nights = list(reversed(nights))
        self._all.addWidget(label(self.tr("Nights so far"), "heading"))
        if not nights:
            says = self.tr("None yet. What each night learns, what it costs and whether it did harm will be drawn here.")
            self._all.addWidget(card(label(says, "muted", wraps=True)))
            return
        self.timeline = Timeline([night.figures for night in self._nights])
        self._all.addWidget(card(self.timeline, inside=2))
        place = next((place for place, night in enumerate(self._nights) if night.night.id == chosen), len(nights) - 1)
        self.timeline.choose(place)
        self.timeline.chose.connect(self._tell)
        if focused:
            self.timeline.setFocus()
        self._tell(place)

    def _tell(self, place: int) -> None:
        told = self._night_card(self._nights[place])
        if self._told is not None:
            self._all.removeWidget(self._told)
            self._told.hide()
            self._told.deleteLater()
        self._told = told
        self._all.addWidget(told)

    def _night_card(self, night: NightCard) -> QWidget:
        told, report = night.night, night.night.report
        outcome = {
            "promoted": self.tr("learned %1").replace("%1", str(len(night.learned))),
            "rejected": self.tr("not kept: %1").replace("%1", str((report.get("gate") or {}).get("reason", ""))),
            "nothing_due": self.tr("nothing new"),
            "failed": self.tr("failed: %1").replace("%1", str(report.get("error", ""))),
            "cancelled": self.tr("woken up early"),
            "running": self.tr("interrupted"),
        }[told.outcome]
        seconds = report.get("seconds")
        facts = [f"{told.started_at.astimezone():%d %B %Y, %H:%M}", outcome, *([f"{seconds:.0f} s"] if seconds else [])]
        undo = button(self.tr("Undo this night"), lambda: self._deeds.undo_night(told.id), "link")
        only_if(any(memory.status != "retracted" for memory in night.learned), undo)
        number = label(self.tr("Night %1").replace("%1", str(told.id)), "heading")
        return card(
            row(number, None, undo, space=3),
            label(" · ".join(facts), "small", wraps=True),
            *self._listed(self.tr("Learned by heart"), [(memory, "") for memory in night.learned]),
            *self._listed(self.tr("Refused: not known well enough, so it stays a note"), night.refused),
            *self._listed(self.tr("Left as a note"), night.kept),
            space=1,
        )

    def _listed(self, says: str, memories: Sequence[tuple[Memory, str]]) -> list[QWidget]:
        if not memories:
            return []
        head = label(says, "small")
        head.setContentsMargins(0, SPACE[2], 0, 0)
        lines = [label("•  " + to_you(m.text) + (f"  ({why})" if why else ""), wraps=True) for m, why in memories[:MOST]]
        if len(memories) > MOST:
            lines.append(label(self.tr("and %1 more").replace("%1", str(len(memories) - MOST)), "muted"))
        return [head, *lines]
