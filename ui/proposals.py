"""What waits for the person's word, where they want to be asked first: each one, and the list of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.addressing import to_you
from learning.types import Proposal
from ui.deeds import Deeds
from ui.elided import Elided
from ui.pieces import button, column, label, row
from ui.theme import SPACE

MOST = 20
"""Proposals of the list that are shown; those that were answered make room for the rest."""


class ProposalChip(QWidget):
    """ "Note this? Your sister is called Oduya." with Note, Edit and No; `listed` under a heading that asks already.

    Signals: `agreed(proposal)`, `rewording(proposal)`, `declined(proposal)`.
    """

    agreed = Signal(object)
    rewording = Signal(object)
    declined = Signal(object)

    def __init__(self, proposal: Proposal, *, listed: bool = False) -> None:
        super().__init__()
        self.proposal = proposal
        text = to_you(proposal.candidate.text)
        self.says = Elided("" if listed else "asked")
        self.says.say(text if listed else self.tr("Note this? %1").replace("%1", text))
        self.yes = button(self.tr("Note"), lambda: self.agreed.emit(proposal), "link")
        self.edit = button(self.tr("Edit"), lambda: self.rewording.emit(proposal), "link")
        self.no = button(self.tr("No"), lambda: self.declined.emit(proposal), "link")
        for each in (self.yes, self.edit, self.no):
            each.setAccessibleName(f"{each.text()}: {text}")
        lead, rest = ([], [None]) if listed else ([None], [])
        self.setLayout(row(*lead, self.says, *rest, self.yes, self.edit, self.no, space=1))


class Proposals(QFrame):
    """All that waits, wherever it was said; hidden where nothing does. `chips` are those in sight."""

    def __init__(self, deeds: Deeds) -> None:
        super().__init__()
        self._deeds = deeds
        self.setProperty("look", "card")
        self.chips: list[ProposalChip] = []
        edge = SPACE[4]
        self._list = column(
            label(self.tr("May I note this?"), "heading"),
            label(self.tr("Nothing of this is used before you agree."), "small", wraps=True),
            space=1,
            margins=QMargins(edge, edge, edge, edge),
        )
        self._more = label("", "muted")
        self._list.addWidget(self._more)
        self.setLayout(self._list)
        self.hide()

    def show_proposals(self, proposals: Sequence[Proposal]) -> None:
        for chip in self.chips:
            self._list.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [ProposalChip(proposal, listed=True) for proposal in proposals[:MOST]]
        for chip in self.chips:
            chip.agreed.connect(self._deeds.agree_to)
            chip.rewording.connect(self._deeds.reword)
            chip.declined.connect(self._deeds.decline_proposal)
            self._list.insertWidget(self._list.count() - 1, chip)
        self._more.setText(self.tr("and %1 more").replace("%1", str(len(proposals) - len(self.chips))))
        self._more.setVisible(len(proposals) > len(self.chips))
        self.setVisible(bool(proposals))
