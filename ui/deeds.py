"""What is done with memories, from wherever in the window: noted, corrected, undone, restored; and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.addressing import to_you
from learning.types import ConsolidationId, Memory, MemoryId, Proposal, Receipt
from ui.keepsakes import Keepsakes
from ui.pieces import Toast
from ui.room import Room

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library, Said
    from app.noting import Noted


class Deeds(QObject):
    """Signals: `changed` (what is known is another now), `erased` (words are gone that may be in sight), `failed(error)`,
    `source_wanted(conversation, message)`."""

    changed = Signal()
    erased = Signal()
    failed = Signal(object)
    source_wanted = Signal(int, int)

    def __init__(
        self, window: QWidget, engine: Room[Assistant], library: Room[Library], keepsakes: Keepsakes, toast: Toast
    ) -> None:
        super().__init__(window)
        self._window, self._engine, self._library, self._keepsakes, self._toast = window, engine, library, keepsakes, toast

    def remember(self, text: str) -> None:
        """Note something because the person asked for it."""
        self._engine.ask(lambda assistant: assistant.remember(text), lambda noted: self.on_noted([noted]))

    def amend(self, memory: Memory) -> None:
        """Let the person put it right."""
        from ui.dialogs import AmendSheet

        def save(text: str) -> None:
            self._engine.ask(lambda assistant: assistant.amend(memory.id, text), lambda noted: self.on_noted([noted]))

        AmendSheet(self._window, memory, save).open()

    def agree_to(self, proposal: Proposal) -> None:
        """Note what was proposed."""
        self._agree_to(proposal, "")

    def reword(self, proposal: Proposal) -> None:
        """Note it in the person's own words."""
        from ui.dialogs import RewordSheet

        RewordSheet(self._window, proposal.candidate.text, lambda text: self._agree_to(proposal, text)).open()

    def decline_proposal(self, proposal: Proposal) -> None:
        """Do not note it."""
        self._library.ask(lambda library: library.store.withdraw(proposal.id), lambda _: self.changed.emit())

    def _agree_to(self, proposal: Proposal, text: str) -> None:
        # The chip that takes its place says that it is noted.
        self._engine.ask(lambda assistant: assistant.agree_to(proposal.id, text), lambda _: self.changed.emit())

    def undo(self, ids: Sequence[MemoryId]) -> None:
        """At once, also while a night runs; the engine follows before its next word."""
        self._library.ask(lambda library: library.undo(ids), self._on_undone)

    def restore(self, ids: Sequence[MemoryId]) -> None:
        self._library.ask(lambda library: library.restore(ids), self._on_undone)

    def erase(self, memories: Sequence[Memory]) -> None:
        """After a question: there is no way back."""
        from ui.dialogs import AskSheet

        ids, named = [memory.id for memory in memories], [f"•  {to_you(memory.text)}" for memory in memories[:6]]
        if len(memories) > len(named):
            named.append(self.tr("and %1 more").replace("%1", str(len(memories) - len(named))))
        AskSheet(
            self._window,
            self.tr("Erase for good?"),
            "\n".join(named)
            + "\n\n"
            + self.tr(
                "This is forgotten at once, and every copy is taken off the disk: in messages, notes, lessons, weights and the "
                "search. It cannot be brought back. Weights that were trained on it go too; the rest is a note until the next night."
            ),
            self.tr("Erase"),
            lambda: self._erase(ids),
        ).open()

    def _erase(self, ids: Sequence[MemoryId]) -> None:
        # Drafts are words too: they go to the disk, where erasing reaches them, and come back as they are then.
        self._keepsakes.save()
        self._keepsakes.held = True

        def erased(receipt: Receipt) -> None:
            self._after_erasing()
            self._on_undone(receipt)

        def failed(error: Exception) -> None:
            self._after_erasing()
            self.changed.emit()
            self.failed.emit(error)

        self._library.ask(lambda library: library.erase(ids), erased, failed)

    def _after_erasing(self) -> None:
        self._keepsakes.held = False
        self._keepsakes.reread()
        self.erased.emit()

    def keep_out(self, ids: Sequence[MemoryId], kept_out: bool) -> None:
        """Never learn these by heart, or take that wish back."""

        def show(others: int) -> None:
            says = self.tr("Stays a note for good") if kept_out else self.tr("May be learned by heart")
            if others:
                says += self.tr(" · %1 others are notes until the next night").replace("%1", str(others))
            self._toast.say(says, self.tr("Undo"), partial(self.keep_out, ids, not kept_out))
            self._engine.ask(lambda assistant: assistant.serving.sync())
            self.changed.emit()

        self._library.ask(lambda library: library.keep_out(ids, kept_out), show)

    def hold_back(self, ids: Sequence[MemoryId]) -> None:
        """Not tonight."""
        self._library.ask(lambda library: library.hold_back(ids), lambda _: self.changed.emit())

    def approve(self, ids: Sequence[MemoryId]) -> None:
        """Tonight, because the person says that it is right."""
        self._library.ask(lambda library: library.approve(ids), lambda _: self.changed.emit())

    def agree(self) -> None:
        """Let what the last night learned serve from now on."""
        self._engine.ask(lambda assistant: assistant.agree(), lambda _: self._decided(self.tr("Known by heart from now on")))

    def decline(self) -> None:
        """Keep yesterday's weights; what the last night learned stays notes."""
        self._engine.ask(lambda assistant: assistant.decline(), lambda _: self._decided(self.tr("Everything stays as it was")))

    def _decided(self, says: str) -> None:
        self._toast.say(says)
        self.changed.emit()

    def show_receipts(self) -> None:
        """What was taken back, with what was replied before and after."""

        def show(receipts: Sequence[Receipt]) -> None:
            from ui.receipts import ReceiptsSheet

            ReceiptsSheet(self._window, receipts, self._library).open()

        self._library.ask(lambda library: library.receipts(), show)

    def undo_night(self, night: int) -> None:
        self._undo_all(night=ConsolidationId(night))

    def _undo_all(self, *, night: ConsolidationId | None = None) -> None:
        def undo(library: Library) -> Receipt:
            from learning.undo import all_of

            return library.undo(all_of(library.store, night=night))

        self._library.ask(undo, self._on_undone)

    def undo_everything(self) -> None:
        """After a question: it is much."""
        from ui.dialogs import AskSheet

        AskSheet(
            self._window,
            self.tr("Undo everything?"),
            self.tr("All memories are forgotten from this moment on, in notes and in the weights. Each can be restored."),
            self.tr("Undo everything"),
            self._undo_all,
        ).open()

    def show_knowledge(self, said: Said) -> None:
        """What a reply drew on, with its sources."""
        from ui.dialogs import KnowledgeSheet

        wanted = {memory.id for memory in (*said.notes_used, *said.by_heart)}
        self._library.ask(
            lambda library: [known for known in library.cards() if known.memory.id in wanted],
            lambda cards: KnowledgeSheet(self._window, cards, self).open(),
        )

    def on_noted(self, noted: Sequence[Noted]) -> None:
        """Say what became of what was told, where no chip does."""
        for entry in noted:
            text, id = to_you(entry.memory.text), entry.memory.id
            if entry.change == "unclear":
                self._toast.say(self.tr("More than one memory fits: choose in “What I've learned”"))
            elif entry.change == "known":
                self._toast.say(self.tr("Known already: %1").replace("%1", text))
            elif entry.change == "forgotten":
                self._toast.say(self.tr("Forgotten: %1").replace("%1", text), self.tr("Restore"), partial(self.restore, [id]))
            elif entry.memory.source == "told":
                self._toast.say(self.tr("Noted: %1").replace("%1", text), self.tr("Undo"), partial(self.undo, [id]))
        if noted:
            self.changed.emit()

    def _on_undone(self, receipt: Receipt) -> None:
        ids, count = receipt.memories, len(receipt.memories)
        did = {"undo": self.tr("Undone"), "restore": self.tr("Restored"), "erase": self.tr("Erased")}[receipt.action]
        says = did if count == 1 else f"{did}: {count}"
        if others := len(set(receipt.back_to_notes) - set(ids)):
            says += self.tr(" · %1 others are notes until the next night").replace("%1", str(others))
        if receipt.action == "undo":
            self._toast.say(says, self.tr("Restore"), partial(self.restore, ids))
        else:
            self._toast.say(says)
        self._engine.ask(lambda assistant: assistant.serving.sync())
        # What is replied now goes into the receipt when the engine has nothing better to do.
        self._engine.meanwhile(lambda assistant, stop: assistant.measure(receipt, stop))
        self.changed.emit()
