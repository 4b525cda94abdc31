"""One memory with all that is known about it: the sentence, since when, the words it came from, the evidence, the ways out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.addressing import to_you
from learning.types import Evidence
from ui.pieces import Check, IconButton, button, column, label, only_if, row
from ui.theme import SPACE, colours, theme

if TYPE_CHECKING:
    from app.library import Card
    from ui.deeds import Deeds


class Bars(QWidget):
    """Two small bars: the share of unseen questions answered without the note, by the base and after the night."""

    def __init__(self, before: float, after: float) -> None:
        super().__init__()
        self._shares = (_share(before), _share(after))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        says = self.tr("Unseen questions answered without its note: %1 before, %2 after the night")
        says = says.replace("%1", f"{self._shares[0]:.0%}").replace("%2", f"{self._shares[1]:.0%}")
        self.setAccessibleName(says)
        self.setToolTip(says)

    def sizeHint(self) -> QSize:
        return QSize(round(196 * theme().scale), round(34 * theme().scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        c = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font(11.5))
        height, words = self.height() / 2, round(44 * theme().scale)
        for place, (share, says, colour) in enumerate(
            zip(self._shares, (self.tr("before"), self.tr("after")), (c.faint, c.learned), strict=True)
        ):
            line = QRectF(0, place * height, self.width(), height)
            painter.setPen(QColor(c.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, says)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{share:.0%}")
            track = QRectF(words, line.center().y() - 3, self.width() - words - 40 * theme().scale, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.hover))
            painter.drawRoundedRect(track, 3, 3)
            if share > 0:
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(QRectF(track.left(), track.top(), max(6.0, track.width() * share), 6), 3, 3)


class MemoryCard(QFrame):
    """What is done with it is done by `deeds`. Signals: `left`: something is; `chosen`: the box was ticked or cleared."""

    left = Signal()
    chosen = Signal()

    def __init__(self, known: Card, deeds: Deeds, *, choosable: bool = True) -> None:
        super().__init__()
        self.known, self._deeds = known, deeds
        memory = known.memory
        self.setProperty("look", "card")
        self.setAccessibleName(to_you(memory.text))
        self.box = Check()
        self.box.setAccessibleName(self.tr("Choose: %1").replace("%1", to_you(memory.text)))
        self.box.toggled.connect(lambda _: self.chosen.emit())
        only_if(choosable and memory.status != "superseded", self.box)
        sentence = label(to_you(memory.text), wraps=True)
        sentence.setFont(theme().font(15))
        sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if memory.status in ("retracted", "superseded"):
            struck = theme().font(15)
            struck.setStrikeOut(True)
            sentence.setFont(struck)
            sentence.setProperty("tone", "muted")
        sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.back = button(self.tr("Restore"), lambda: self._do(lambda: deeds.restore([memory.id])), "link")
        self.undo = button(self.tr("Undo"), lambda: self._do(lambda: deeds.undo([memory.id])), "link")
        self.edit = button(self.tr("Edit"), lambda: self._do(lambda: deeds.amend(memory)), "link")
        self.more = IconButton("more", self.tr("More: %1").replace("%1", to_you(memory.text)), self._on_more, size=16)
        only_if(memory.status == "retracted", self.back)
        only_if(memory.status in ("noted", "learned"), self.undo)
        only_if(memory.status in ("noted", "learned"), self.edit)
        head = row(self.box, sentence, self._badge(), space=3)
        head.setAlignment(self.box, Qt.AlignmentFlag.AlignTop)
        # In the panel its kind stands above it.
        facts = [f"{memory.created_at.astimezone():%d %B %Y}", *([] if choosable else [self._kind()])]
        if known.adapter is not None and memory.status == "learned":
            facts.append(self.tr("adapter %1").replace("%1", str(known.adapter.id)))
        elif known.why:
            facts.append(known.why)
        if memory.expires_at is not None:
            facts.append(self.tr("until %1").replace("%1", f"{memory.expires_at.astimezone():%d %B %Y}"))
        lines = QVBoxLayout()
        lines.setSpacing(SPACE[1])
        about = label(" · ".join(dict.fromkeys(facts)), "small", wraps=True)
        lines.addLayout(row(about, self.back, self.edit, self.undo, self.more, space=1))
        for told in known.evidence[:3]:
            source = button(self.tr("Open"), lambda t=told: self._open(t), "link")
            source.setAccessibleName(self.tr("Open the conversation in which you said this"))
            quote = label(self.tr("You said: “%1”").replace("%1", _short(told.quote)), "quote", wraps=True)
            quote.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            lines.addLayout(row(quote, source, space=2))
        if known.verdict is not None and memory.answer and memory.status in ("learned", "noted"):
            lines.addSpacing(SPACE[1])
            lines.addWidget(Bars(known.verdict.before.recall, known.verdict.after.recall))
        outer = column(head, lines, space=1)
        outer.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        self.setLayout(outer)

    def menu(self) -> QMenu:
        """What else can be done with it."""
        memory, menu = self.known.memory, QMenu(self)
        live = memory.status in ("noted", "learned")
        if live and memory.kept_out:
            menu.addAction(
                self.tr("Allow to learn it by heart"), lambda: self._do(lambda: self._deeds.keep_out([memory.id], False))
            )
        elif live:
            never = self.tr("Never learn this by heart")
            menu.addAction(never, lambda: self._do(lambda: self._deeds.keep_out([memory.id], True)))
        menu.addAction(self.tr("Erase…"), lambda: self._do(lambda: self._deeds.erase([memory])))
        return menu

    def _on_more(self) -> None:
        menu = self.menu()
        menu.exec(self.more.mapToGlobal(self.more.rect().bottomLeft()))
        menu.deleteLater()

    def _do(self, deed: Callable[[], object]) -> None:
        deed()
        self.left.emit()

    def _open(self, told: Evidence) -> None:
        self._do(lambda: self._deeds.source_wanted.emit(told.conversation, told.message))

    def _badge(self) -> QWidget:
        """Where it is served from, in a word."""
        says, tone = {
            "learned": (self.tr("by heart"), "badge-learned"),
            "noted": (self.tr("in notes"), "badge-note"),
            "retracted": (self.tr("undone"), "badge-quiet"),
            "superseded": (self.tr("corrected"), "badge-quiet"),
        }[self.known.memory.status]
        return label(says, tone)

    def _kind(self) -> str:
        return {
            "fact": self.tr("a fact"), "preference": self.tr("a preference"),
            "correction": self.tr("a correction"), "instruction": self.tr("a wish for replies"),
        }[self.known.memory.kind]  # fmt: skip


def _share(value: float) -> float:
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, value))


def _short(quote: str, longest: int = 220) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
