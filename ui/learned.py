"""The panel "What I've learned": everything that is known, where it is kept and why, and the ways to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QButtonGroup, QMenu, QPushButton, QVBoxLayout, QWidget

from app.addressing import to_you
from app.extras import missing_for_learning
from app.library import AGAIN
from learning.types import MemoryId, Proposal
from ui import icons
from ui.deeds import Deeds
from ui.flow import Flow
from ui.memory_card import MemoryCard
from ui.night_progress import NightProgress
from ui.page import Page
from ui.pieces import IconButton, SearchField, button, card, label, only_if, row
from ui.proposals import Proposals
from ui.room import Room
from ui.sleep import Sleep
from ui.theme import SPACE, colours

if TYPE_CHECKING:
    from app.library import Card, Library

_KINDS = ("fact", "preference", "correction", "instruction")
AT_ONCE = 60
"""Cards that are laid out at a time; a button shows more."""


class LearnedPage(Page):
    """What is done with memories is done by `deeds`; a rebuild is a night like any other."""

    def __init__(self, library: Room[Library], sleep: Sleep, deeds: Deeds) -> None:
        super().__init__(
            self.tr("What I've learned"),
            self.tr("Everything I know about you, the words it came from, and whether I know it by heart or from a note."),
        )
        self._library, self._sleep, self._deeds = library, sleep, deeds
        self._cards: list[Card] = []
        self._most = AT_ONCE
        self._wanted: int | None = None
        self.cards: list[MemoryCard] = []
        self.more = IconButton("more", self.tr("More"), self._on_more)
        self.head.addWidget(self.more)
        self.search = SearchField(self.tr("Search what I know"))
        self.search.textChanged.connect(lambda _: self._show())
        self.body.addWidget(self.search)
        self._filters = QButtonGroup(self)
        self.filters: dict[str, QPushButton] = {}
        for name in ("all", "learned", "noted", "waiting", "gone"):
            chip = button("", self._show, "filter")
            chip.setCheckable(True)
            self._filters.addButton(chip)
            self.filters[name] = chip
        self.filters["all"].setChecked(True)
        self.body.addLayout(Flow(*self.filters.values()))
        self._several = QWidget()
        self._count = label("", "muted")
        self.undo_several = button(self.tr("Undo"), lambda: deeds.undo(self._chosen("noted", "learned")))
        self.restore_several = button(self.tr("Restore"), lambda: deeds.restore(self._chosen("retracted")))
        self.keep_out_several = button(
            self.tr("Never learn by heart"), lambda: deeds.keep_out(self._chosen("noted", "learned"), True)
        )
        self.erase_several = button(self.tr("Erase…"), self._on_erase_several, "danger")
        clear = button(self.tr("Clear"), self._on_clear, "link")
        deeds_of_all = (clear, self.restore_several, self.keep_out_several, self.undo_several, self.erase_several)
        self._several.setLayout(Flow(self._count, *deeds_of_all))
        self._several.hide()
        self.body.addWidget(self._several)
        self.rebuild = button(self.tr("Rebuild now"), sleep.begin)
        self._notes_again = label("", wraps=True)
        self._strip = row(self._notes_again, self.rebuild, space=3)
        self.rebuilding = card(self._strip, NightProgress(sleep), look="sleep", inside=3)
        self.rebuilding.hide()
        self.body.addWidget(self.rebuilding)
        sleep.began.connect(self._show_rebuild)
        sleep.ended.connect(self.refresh_after_night)
        self.proposed = Proposals(deeds)
        self.body.addWidget(self.proposed)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        self.body.addLayout(self._list)
        self.body.addStretch(1)

    def refresh(self, wanted: int | None = None) -> None:
        """Read anew; `wanted` is a memory to bring into view."""
        self._wanted = wanted
        self._library.ask(lambda library: (library.cards(), library.proposed()), self._on_read)

    def memories_changed(self) -> None:
        self.refresh()

    def refresh_after_night(self) -> None:
        if self.isVisible():
            self.refresh()

    def _show_rebuild(self) -> None:
        """What was known by heart and is a note until the weights are built anew: now, if the person does not want to wait."""
        count = sum(card.why == AGAIN for card in self._cards)
        says = {1: self.tr("One thing that I knew by heart is a note until my weights are built anew.")}.get(
            count,
            self.tr("%1 things that I knew by heart are notes until my weights are built anew.").replace("%1", str(count)),
        )
        self._notes_again.setText(says if count else self.tr("My weights are being built anew."))
        self.rebuild.setVisible(not self._sleep.running)
        self.rebuild.setEnabled(not missing_for_learning())
        self.rebuilding.setVisible(bool(count) or self._sleep.running)

    def _on_read(self, read: tuple[Sequence[Card], Sequence[Proposal]]) -> None:
        cards, proposed = read
        self.proposed.show_proposals(proposed)
        self._cards = list(cards)
        self._show_rebuild()
        for widget in (self.search, *self.filters.values()):
            widget.setVisible(bool(cards))
        counts = {name: sum(_fits(card, name) for card in cards) for name in self.filters}
        for name, says in {
            "all": self.tr("All"), "learned": self.tr("By heart"), "noted": self.tr("In notes"),
            "waiting": self.tr("Waiting"), "gone": self.tr("Undone or corrected"),
        }.items():  # fmt: skip
            self.filters[name].setText(f"{says}  {counts[name]}")
            self.filters[name].setAccessibleName(f"{says}: {counts[name]}")
        if self._wanted is not None:
            self.search.clear()
            self.filters["all"].setChecked(True)
        self._show()

    def _show(self) -> None:
        chosen = next(name for name, chip in self.filters.items() if chip.isChecked())
        words = self.search.text().lower().split()
        found = [card for card in self._cards if _fits(card, chosen) and _says(card, words)]
        kept = {card.known.memory.id for card in self.cards if card.box.isChecked()}
        place = self.area.verticalScrollBar().value()
        focus = QApplication.focusWidget()
        held = next((card.known.memory.id for card in self.cards if focus is not None and card.isAncestorOf(focus)), None)
        self.empty(self._list)
        self.cards = []
        if not found:
            self._show_nothing(bool(self._cards))
        group: tuple[int, int] | None = None
        kind = ""
        wanted: MemoryCard | None = None
        for known in sorted(found, key=_order)[: max(self._most, AT_ONCE)]:
            if group != (group := _group(known)):
                self._list.addWidget(self._heading(known))
                kind = ""
            if kind != (kind := known.memory.kind):
                self._list.addWidget(label(self._kinds()[kind], "small"))
            shown = MemoryCard(known, self._deeds)
            shown.chosen.connect(self._on_chosen)
            shown.box.setChecked(known.memory.id in kept)
            self._list.addWidget(shown)
            self.cards.append(shown)
            wanted = shown if known.memory.id == self._wanted else wanted
        if len(found) > self._most:
            self._list.addWidget(button(self.tr("Show more"), self._show_more))
        self._on_chosen()
        self.area.verticalScrollBar().setValue(place)
        if held is not None:
            # Who works with keys goes on where they were.
            there = next((card for card in self.cards if card.known.memory.id == held), None)
            (there.more if there is not None else self.search).setFocus()
        if wanted is not None:
            self._wanted = None
            # Once the cards have their places.
            QTimer.singleShot(0, wanted, lambda: self.area.ensureWidgetVisible(wanted, 0, SPACE[7]))

    def _show_nothing(self, filtered: bool) -> None:
        picture = label("")
        picture.setPixmap(icons.portrait(104, colours().learned))
        picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        says = (
            self.tr("Nothing here fits.")
            if filtered
            else self.tr("Nothing yet. Tell me something in the chat, like “My sister is called Oduya”, and it will be here.")
        )
        text = label(says, "muted", wraps=True)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text.setContentsMargins(0, SPACE[3], 0, 0)
        self._list.addSpacing(SPACE[6])
        self._list.addWidget(picture)
        self._list.addWidget(text)

    def _show_more(self) -> None:
        self._most += AT_ONCE
        self._show()

    def _heading(self, known: Card) -> QWidget:
        """Where it is kept: by heart since which night, in notes, or not any more."""
        section, night = _group(known)
        says = (self.tr("By heart"), self.tr("In notes"), self.tr("Undone or corrected"))[section]
        undo = button(self.tr("Undo this night"), lambda: self._deeds.undo_night(night), "link")
        only_if(bool(night), undo)
        if night and known.night is not None:
            says = self.tr("By heart since night %1, %2").replace("%1", str(night))
            says = says.replace("%2", f"{known.night[1].astimezone():%d %B %Y}")
        made = QWidget()
        made.setLayout(row(label(says, "heading", wraps=True), undo))
        made.setContentsMargins(0, SPACE[3], 0, 0)
        return made

    def _kinds(self) -> dict[str, str]:
        return {
            "fact": self.tr("Facts"), "preference": self.tr("Preferences"),
            "correction": self.tr("Corrections"), "instruction": self.tr("Wishes for replies"),
        }  # fmt: skip

    def _chosen(self, *statuses: str) -> list[MemoryId]:
        return [c.known.memory.id for c in self.cards if c.box.isChecked() and c.known.memory.status in statuses]

    def _on_chosen(self) -> None:
        live, gone = self._chosen("noted", "learned"), self._chosen("retracted")
        self._several.setVisible(bool(live or gone))
        self._count.setText(self.tr("%1 chosen").replace("%1", str(len(live) + len(gone))))
        self.undo_several.setVisible(bool(live))
        self.keep_out_several.setVisible(bool(live))
        self.restore_several.setVisible(bool(gone))

    def _on_clear(self) -> None:
        for shown in self.cards:
            shown.box.setChecked(False)

    def _on_erase_several(self) -> None:
        self._deeds.erase([shown.known.memory for shown in self.cards if shown.box.isChecked()])

    def _on_more(self) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Receipts"), self._deeds.show_receipts)
        rebuild = menu.addAction(self.tr("Rebuild my weights now"), self._sleep.begin)
        rebuild.setEnabled(not self._sleep.running and not missing_for_learning())
        menu.addSeparator()
        everything = menu.addAction(self.tr("Undo everything"), self._deeds.undo_everything)
        everything.setEnabled(any(card.memory.status != "retracted" for card in self._cards))
        menu.exec(self.more.mapToGlobal(self.more.rect().bottomLeft()))
        menu.deleteLater()


def _section(card: Card) -> int:
    return {"learned": 0, "noted": 1}.get(card.memory.status, 2)


def _group(card: Card) -> tuple[int, int]:
    """Its section, and the night that learned it, where it is known by heart; memories that share both stand together."""
    return _section(card), card.night[0] if card.memory.status == "learned" and card.night is not None else 0


def _order(card: Card) -> tuple[int, int, int]:
    section, night = _group(card)
    return section, -night, _KINDS.index(card.memory.kind)


def _fits(card: Card, chosen: str) -> bool:
    if chosen == "waiting":
        return card.waiting
    return chosen == "all" or ("learned", "noted", "gone").index(chosen) == _section(card)


def _says(card: Card, words: Sequence[str]) -> bool:
    text = f"{card.memory.text} {to_you(card.memory.text)} {' '.join(told.quote for told in card.evidence)}".lower()
    return all(word in text for word in words)
