"""What is done with memories, from wherever in the window: noted, corrected, undone, restored; and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.addressing import to_you
from learning.types import ConsolidationId, Memory, MemoryId, Receipt
from ui.pieces import Toast
from ui.room import Room

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library, Said
    from app.noting import Noted
    from ui.memory_card import MemoryCard


class Deeds(QObject):
    """Signals: `changed` (what is known is another now), `source_wanted(conversation, message)`."""

    changed = Signal()
    source_wanted = Signal(int, int)

    def __init__(self, window: QWidget, engine: Room[Assistant], library: Room[Library], toast: Toast) -> None:
        super().__init__(window)
        self._window, self._engine, self._library, self._toast = window, engine, library, toast

    def remember(self, text: str) -> None:
        """Note something because the person asked for it."""
        self._engine.ask(lambda assistant: assistant.remember(text), lambda noted: self.on_noted([noted]))

    def amend(self, memory: Memory) -> None:
        """Let the person put it right."""
        from ui.dialogs import AmendSheet

        def save(text: str) -> None:
            self._engine.ask(lambda assistant: assistant.amend(memory.id, text), lambda noted: self.on_noted([noted]))

        AmendSheet(self._window, memory, save).open()

    def undo(self, ids: Sequence[MemoryId]) -> None:
        """At once, also while a night runs; the engine follows before its next word."""
        self._library.ask(lambda library: library.undo(ids), self._on_undone)

    def restore(self, ids: Sequence[MemoryId]) -> None:
        self._library.ask(lambda library: library.restore(ids), self._on_undone)

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

        def wire(shown: MemoryCard) -> None:
            shown.undo_wanted.connect(lambda id: self.undo([id]))
            shown.restore_wanted.connect(lambda id: self.restore([id]))
            shown.amend_wanted.connect(self.amend)
            shown.source_wanted.connect(self.source_wanted)

        self._library.ask(
            lambda library: [known for known in library.cards() if known.memory.id in wanted],
            lambda cards: KnowledgeSheet(self._window, cards, wire).open(),
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
        did = self.tr("Undone") if receipt.action == "undo" else self.tr("Restored")
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
