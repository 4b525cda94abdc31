"""The night panel: what tonight would learn, a night with its progress, the morning's report, and the nights there were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.addressing import to_you
from app.extras import install_learning, missing_for_learning
from learning.types import Memory, MemoryId
from ui.deeds import Deeds
from ui.night_history import NightHistory
from ui.night_progress import NightProgress
from ui.page import Page
from ui.pieces import Choice, button, card, column, label, only_if, row, rule
from ui.room import Room
from ui.sleep import Sleep
from ui.theme import SPACE

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library, NightCard, Tonight
    from learning.consolidation import NightReport


MOST = 12
"""Memories of tonight that are named, of either kind."""


class NightPage(Page):
    """What tonight may learn is approved and held back by `deeds`."""

    def __init__(self, engine: Room[Assistant], library: Room[Library], sleep: Sleep, deeds: Deeds) -> None:
        super().__init__(
            self.tr("Night"),
            self.tr("At night I fold what has proved lasting into my weights, measure it, and keep the rest as notes."),
        )
        self._engine, self._library, self._sleep, self._deeds = engine, library, sleep, deeds
        self._tonight = QVBoxLayout()
        self._tonight.setSpacing(SPACE[1])
        self.start = button(self.tr("Learn now"), sleep.begin, "primary")
        self.start.setEnabled(False)
        self.progress = NightProgress(sleep)
        self.body.addWidget(card(self._tonight, self.progress, row(None, self.start), space=3))
        self._proposed = QVBoxLayout()
        self.body.addLayout(self._proposed)
        self._report = QVBoxLayout()
        self.body.addLayout(self._report)
        self._build_time_machine()
        self.history = NightHistory(deeds)
        self.body.addWidget(self.history)
        self.body.addStretch(1)
        sleep.began.connect(self._on_began)
        sleep.ended.connect(self._on_ended)
        if sleep.running:
            self._on_began()

    def memories_changed(self) -> None:
        if not self._sleep.running:
            self.refresh()

    def refresh(self) -> None:
        def read(library: Library) -> tuple[Tonight, list[NightCard], Sequence[Memory] | None]:
            waits = library.awaiting() is not None
            return library.tonight(), library.nights(), library.morning().learned if waits else None

        self._library.ask(read, self._on_read)

    # A night

    def _on_began(self) -> None:
        self.empty(self._report)
        self.start.hide()

    def _on_ended(self, outcome: NightReport | Exception) -> None:
        self.start.show()
        if not isinstance(outcome, Exception):
            self._report.addWidget(self._morning(outcome))
        self.refresh()

    # What there is to show

    def _on_read(self, read: tuple[Tonight, list[NightCard], Sequence[Memory] | None]) -> None:
        tonight, nights, proposed = read
        self.empty(self._proposed)
        if proposed is not None:
            self._proposed.addWidget(self._proposal(proposed))
        self._show_tonight(tonight)
        self._show_when(nights)
        self.history.show_nights(nights)

    def _show_tonight(self, tonight: Tonight) -> None:
        self.empty(self._tonight)
        new = tonight.new
        says = {0: self.tr("Tonight there is nothing new to learn"), 1: self.tr("Tonight I would learn 1 new thing")}.get(
            len(new), self.tr("Tonight I would learn %1 new things").replace("%1", str(len(new)))
        )
        self._tonight.addWidget(label(says, "heading"))
        for memory in new[:MOST]:
            self._tonight.addWidget(self._line(memory, "", self.tr("Not tonight"), self._deeds.hold_back))
        if len(new) > MOST:
            self._tonight.addWidget(label(self.tr("and %1 more").replace("%1", str(len(new) - MOST)), "muted"))
        if tonight.again:
            again = self.tr("%1 known by heart will be built in anew.") if new else self.tr("%1 known by heart.")
            self._tonight.addWidget(label(again.replace("%1", str(len(tonight.again))), "small", wraps=True))
        if tonight.waiting:
            self._tonight.addSpacing(SPACE[2])
            self._tonight.addWidget(label(self.tr("Staying a note"), "small"))
        for entry in tonight.waiting[:MOST]:
            may = self.tr("Learn it tonight") if entry.may_be_approved else ""
            self._tonight.addWidget(self._line(entry.memory, entry.why, may, self._deeds.approve))
        missing = missing_for_learning()
        if missing:
            told = self.tr("This installation can chat but not learn. What a night needs: %1")
            self._tonight.addWidget(label(told.replace("%1", install_learning()), "muted", wraps=True))
        self.start.setEnabled(bool(new or tonight.again) and not missing)

    def _proposal(self, proposed: Sequence[Memory]) -> QWidget:
        """What the last night learned, where the person decides whether it is kept."""
        self.agree = button(self.tr("Keep it"), self._deeds.agree, "primary")
        self.decline = button(self.tr("Leave all as it was"), self._deeds.decline)
        return card(
            label(self.tr("What I learned waits for your word"), "heading"),
            *(label("•  " + to_you(memory.text), wraps=True) for memory in proposed),
            label(
                self.tr("It was measured and did no harm. Until you decide, yesterday's weights answer."), "small", wraps=True
            ),
            row(None, self.decline, self.agree),
            look="sleep",
        )

    def _line(self, memory: Memory, why: str, offers: str, deed: Callable[[Sequence[MemoryId]], object]) -> QWidget:
        """A memory of tonight, with what the person may decide about it."""
        text = to_you(memory.text)
        words = label(f"•  {text}  ({why})" if why else f"•  {text}", "small" if why else "", wraps=True)
        decide = button(offers, lambda: deed([memory.id]), "link")
        decide.setAccessibleName(f"{offers}: {text}")
        only_if(bool(offers), decide)
        line = QWidget()
        line.setLayout(row(words, decide, space=3))
        return line

    # The time machine

    def _build_time_machine(self) -> None:
        self.question = QLineEdit()
        self.question.setPlaceholderText(self.tr("What is my sister called?"))
        self.question.setAccessibleName(self.tr("A question for yesterday and today"))
        self.when = Choice()
        self.when.setAccessibleName(self.tr("An earlier night"))
        self.when.hide()
        self.compare = button(self.tr("Ask"), self._on_compare)
        self.question.returnPressed.connect(self._on_compare)
        self.before, self.then, self.today = label("", wraps=True), label("", wraps=True), label("", wraps=True)
        self._then_head = label("", "small")
        self._then = QWidget()
        self._then.setLayout(column(self._then_head, self.then, None, space=1))
        self._answers = QWidget()
        answers = row(space=5)
        answers.addLayout(column(label(self.tr("Before the first night"), "small"), self.before, None, space=1), 1)
        answers.addWidget(self._then, 1)
        answers.addLayout(column(label(self.tr("Today, by heart"), "small"), self.today, None, space=1), 1)
        self._answers.setLayout(answers)
        self._answers.hide()
        says = self.tr(
            "The same question, without any note: to the model as it came, as it was after a night, and as it is today."
        )
        self.body.addWidget(
            card(
                label(self.tr("Time machine"), "heading"),
                label(says, "small", wraps=True),
                row(self.question, self.when, self.compare),
                self._answers,
            )
        )

    def _show_when(self, nights: Sequence[NightCard]) -> None:
        """The nights whose weights can still be asked, but for those that serve, which are today's."""
        chosen = self.when.currentData()
        self.when.clear()
        for night in nights:
            if night.past is not None:
                says = self.tr("After night %1, %2").replace("%1", str(night.night.id))
                self.when.addItem(says.replace("%2", f"{night.night.started_at.astimezone():%d %B}"), night.past)
        self.when.setCurrentIndex(max(0, self.when.findData(chosen)))
        self.when.setVisible(self.when.count() > 0)

    def _on_compare(self) -> None:
        question, then = self.question.text().strip(), self.when.currentData()
        if not question:
            return
        self.compare.setEnabled(False)

        def ask(assistant: Assistant) -> tuple[str, str, str]:
            before = assistant.aside([], question).text
            after = "" if then is None else assistant.aside([], question, adapter=then).text
            return before, after, assistant.aside([], question, base=False).text

        def show(replies: tuple[str, str, str]) -> None:
            self.compare.setEnabled(True)
            for words, says in zip((self.before, self.then, self.today), replies, strict=True):
                words.setText(says)
            self._then.setVisible(then is not None)
            self._then_head.setText(self.when.currentText())
            self._answers.show()

        def failed(error: Exception) -> None:
            self.compare.setEnabled(True)
            self.show_error(error)

        self._engine.ask(ask, show, failed)

    def _morning(self, report: NightReport) -> QWidget:
        """The morning's report."""
        says = {
            "promoted": self.tr("Good morning. I learned %1 by heart.").replace("%1", str(len(report.learned))),
            "rejected": self.tr("Good morning. What I tried to learn did harm, so I kept nothing of it."),
            "nothing_due": self.tr("Good morning. There was nothing new to learn."),
        }.get(report.outcome, report.outcome)
        lines = [label("•  " + to_you(memory.text), wraps=True) for memory in report.learned]
        closing = []
        if report.kept:
            kept = self.tr("%1 stay notes; “Nights so far” says why.").replace("%1", str(len(report.kept)))
            closing.append(label(kept, "small", wraps=True))
        if report.gate is not None:
            unharmed = self.tr("Unharmed: %1 of general answers kept, %2 of unknown questions still admitted. It took %3 s.")
            for place, value in (
                ("%1", f"{1 - report.gate.flipped:.0%}"),
                ("%2", f"{report.gate.abstention:.0%}"),
                ("%3", f"{report.seconds:.0f}"),
            ):
                unharmed = unharmed.replace(place, value)
            closing.append(label(unharmed, "small", wraps=True))
        frame = card(label(says, "heading"), *lines, *([rule()] if lines and closing else []), *closing, look="sleep")
        frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        return frame
