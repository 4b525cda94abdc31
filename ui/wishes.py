"""What the person wishes of the replies in one conversation: instructions, how varied, how long. Kept with the conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from learning.types import Conversation
from ui.dialogs import Sheet
from ui.pieces import Choice, button, label, row
from ui.theme import theme

TEMPERATURES = (0.0, 0.3, 0.7, 1.0, 1.3)
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)


@dataclass(frozen=True, slots=True)
class Wishes:
    """None: as the settings say."""

    instructions: str = ""
    temperature: float | None = None
    reply_tokens: int | None = None

    @classmethod
    def of(cls, conversation: Conversation) -> Wishes:
        return cls(conversation.instructions, conversation.temperature, conversation.reply_tokens)


class WishesSheet(Sheet):
    """Shows the wishes there are; `on_done` gets what became of them."""

    def __init__(self, parent: QWidget, wishes: Wishes, on_done: Callable[[Wishes], object]) -> None:
        super().__init__(parent, 520)
        self.entitle(self.tr("Replies in this conversation"))
        self._on_done = on_done
        self.instructions = QPlainTextEdit(wishes.instructions)
        self.instructions.setProperty("look", "field")
        self.instructions.setAccessibleName(self.tr("Instructions"))
        self.instructions.setPlaceholderText(self.tr("Be brief. Answer in German. You are a patient teacher of chess."))
        self.instructions.setTabChangesFocus(True)
        self.instructions.setFixedHeight(round(120 * theme().scale))
        self.temperature = self._choice(self.tr("Variety"), wishes.temperature)
        for value in TEMPERATURES:
            says = self.tr("0: always the likeliest words") if not value else f"{value:g}"
            self._offer(self.temperature, says, value, wishes.temperature)
        self.reply_tokens = self._choice(self.tr("Length"), wishes.reply_tokens)
        for value in LENGTHS:
            self._offer(self.reply_tokens, self.tr("up to %1 tokens").replace("%1", str(value)), value, wishes.reply_tokens)
        self.save = button(self.tr("Save"), self._save, "primary")
        self.inner.addWidget(label(self.tr("They stand before everything that is said here, and count for this one conversation."),
                                   "muted", wraps=True))  # fmt: skip
        self.inner.addWidget(self.instructions)
        self.inner.addLayout(row(label(self.tr("Variety (temperature)")), None, self.temperature))
        self.inner.addLayout(row(label(self.tr("Longest reply")), None, self.reply_tokens))
        self.inner.addLayout(row(None, button(self.tr("Cancel"), self.reject), self.save))

    def _choice(self, name: str, chosen: float | None) -> Choice:
        choice = Choice()
        choice.setAccessibleName(name)
        choice.addItem(self.tr("As in the settings"), None)
        if chosen is not None and chosen not in (*TEMPERATURES, *LENGTHS):
            self._offer(choice, f"{chosen:g}", chosen, chosen)
        return choice

    @staticmethod
    def _offer(choice: Choice, says: str, value: float, chosen: float | None) -> None:
        choice.addItem(says, value)
        if value == chosen:
            choice.setCurrentIndex(choice.count() - 1)

    def _save(self) -> None:
        wishes = Wishes(
            self.instructions.toPlainText().strip(), self.temperature.currentData(), self.reply_tokens.currentData()
        )
        self.accept()
        self._on_done(wishes)
