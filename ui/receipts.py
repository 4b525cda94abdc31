"""The receipts: what was taken back and when, what was replied before and after, and a copy for the person to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QVBoxLayout, QWidget

from app.addressing import to_you
from learning.types import Receipt
from ui.dialogs import Sheet, scrolled
from ui.pieces import button, card, label, row
from ui.room import Room
from ui.theme import SPACE

if TYPE_CHECKING:
    from app.library import Library

MOST = 100
"""Receipts that are shown; older ones are in `dormouse receipt`."""


class ReceiptsSheet(Sheet):
    """Newest first."""

    def __init__(self, parent: QWidget, receipts: Sequence[Receipt], library: Room[Library]) -> None:
        super().__init__(parent, 680)
        self.entitle(self.tr("Receipts"))
        self._library = library
        inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, SPACE[2], 0)
        lines.setSpacing(SPACE[3])
        for receipt in receipts[:MOST]:
            lines.addWidget(self._card(receipt))
        if not receipts:
            lines.addWidget(label(self.tr("Nothing was taken back yet. Each undo leaves a receipt here."), "muted", wraps=True))
        lines.addStretch(1)
        self.inner.addWidget(scrolled(inside, 460 if receipts else 80), 1)
        self.inner.addLayout(row(None, button(self.tr("Close"), self.accept, "primary")))

    def save(self, receipt: Receipt, file: Path) -> None:
        """Write a receipt to a file, as JSON."""
        self._library.ask(lambda library: library.save_receipt(receipt.id, file))

    def _card(self, receipt: Receipt) -> QFrame:
        did = {"undo": self.tr("Undone"), "restore": self.tr("Restored"), "erase": self.tr("Erased")}[receipt.action]
        when = label(f"{receipt.created_at.astimezone():%d %B %Y, %H:%M}", "small")
        keep = button(self.tr("Save as JSON…"), lambda: self._on_save(receipt), "link")
        head = row(
            label(self.tr("%1, receipt %2").replace("%1", did).replace("%2", str(receipt.id)), "heading"), when, None, keep
        )
        told = receipt.account.get("memories", [])
        lines: list[QWidget] = [label("•  " + to_you(entry["text"]), wraps=True) for entry in told]
        if not told:
            numbers = ", ".join(map(str, receipt.memories))
            lines.append(label(self.tr("Memory %1; its words are kept nowhere.").replace("%1", numbers), wraps=True))
        lines.append(label(self._adapters(receipt), "small", wraps=True))
        for export in receipt.account.get("exports", []):
            may = self.tr("May still be in a file of yours: %1").replace("%1", str(export["path"]))
            lines.append(label(may, "small", wraps=True))
        made = card(head, *lines, space=1)
        if receipt.measured and receipt.measured["memories"]:
            layout = made.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.addSpacing(SPACE[2])
            layout.addLayout(self._replies(receipt.measured))
        return made

    def _adapters(self, receipt: Receipt) -> str:
        knew = ", ".join(str(entry["adapter"]) for entry in receipt.account.get("knew", []))
        serves = receipt.account.get("serves")
        before = (
            self.tr("Adapters that were trained on it: %1").replace("%1", knew)
            if knew
            else self.tr("No adapter had learned it")
        )
        since = self.tr("since then serves adapter %1").replace("%1", str(serves["adapter"])) if serves else self.tr(
            "since then no adapter serves"
        )  # fmt: skip
        return f"{before} · {since} · SHA-256 {receipt.sha256[:16]}…"

    def _replies(self, measured: Mapping[str, Any]) -> QGridLayout:
        """Question, reply before, reply after; a line for each."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[4])
        grid.setVerticalSpacing(SPACE[1])
        for place, head in enumerate((self.tr("Asked"), self.tr("Before"), self.tr("After"))):
            grid.addWidget(label(head, "small"), 0, place)
            grid.setColumnStretch(place, 1)
        asked = [*measured["memories"], *measured["neighbours"]]
        for line, entry in enumerate(asked, 1):
            gone = self.tr("(its adapter is gone)")
            replies = (entry["question"], entry["before"]["reply"] if "before" in entry else gone, entry["after"]["reply"])
            for place, says in enumerate(replies):
                grid.addWidget(label(says, "" if place else "muted", wraps=True), line, place, Qt.AlignmentFlag.AlignTop)
        verdict = [
            self.tr("It is not said any more.") if measured["forgotten"] else self.tr("It is still said!"),
            *([self.tr("The replies are those of the model as it came.")] if measured.get("like_the_base") else []),
            *(
                [self.tr("What is near to it is answered as before.")]
                if measured["neighbours"] and measured["neighbours_intact"]
                else []
            ),
        ]
        grid.addWidget(label(" ".join(verdict), "small", wraps=True), len(asked) + 1, 0, 1, 3)
        return grid

    def _on_save(self, receipt: Receipt) -> None:
        name = f"dormouse-receipt-{receipt.id}.json"
        file, _ = QFileDialog.getSaveFileName(self, self.tr("Save the receipt"), name, self.tr("JSON (*.json)"))
        if file:
            self.save(receipt, Path(file))
