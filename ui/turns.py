"""One turn on its way through the engine's thread: asked for in the window, told piece by piece, noted afterwards.

The turn knows no widget. It may outlive the page that asked for it: who opens another conversation does not stop a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from learning.types import ConversationId, Message, MessageId
from models.engine import CancelToken, Completion
from ui.room import Room

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Said
    from app.noting import Noted


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn is to do.

    Attributes:
        conversation: None for one that begins with this turn.
        instead_of: an earlier message that these words replace.
        again: the message to reply to once more.
        aside: the temporary chat so far; nothing of such a turn is kept.
        wishes: instructions, temperature and length for a conversation that begins with this turn.
    """

    text: str
    conversation: ConversationId | None = None
    instead_of: Message | None = None
    again: Message | None = None
    aside: tuple[Message, ...] | None = None
    wishes: tuple[str, float | None, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a reply cost, for the status line."""

    tokens_per_second: float
    used: int
    context: int


@dataclass(frozen=True, slots=True)
class _Replied:
    """A turn that is over. `context`: tokens that the model's context holds."""

    user: Said
    reply: Said
    completion: Completion
    context: int


class Turn(QObject):
    """A turn in the making. `said` is the reply so far.

    Signals: `begun(conversation)`, `came(piece)`, `finished(said_by_user, said_by_dormouse, stopped)`, `noted(list)`,
    `failed(error)`, `cost(Cost)`.
    """

    begun = Signal(int)
    came = Signal(str)
    finished = Signal(object, object, str)
    noted = Signal(object)
    failed = Signal(object)
    cost = Signal(object)

    def __init__(self, asked: Asked, engine: Room[Assistant], parent: QObject) -> None:
        super().__init__(parent)
        self.asked = asked
        self.conversation = asked.conversation
        self.said = ""
        self.running = True
        self._engine = engine
        self._cancel = CancelToken()

    def start(self) -> None:
        if self.asked.aside is not None:
            self._engine.ask(self._say_aside, self._on_replied, self._on_failed)
        else:
            self._engine.ask(self._say, self._on_replied, self._on_failed)

    def stop(self) -> None:
        self._cancel.cancel()

    # In the engine's thread

    def _say(self, assistant: Assistant) -> _Replied:
        # Here, in the engine's thread: the window's own waits for nothing heavy, imports least of all.
        from app.library import Said

        conversation = self.conversation if self.conversation is not None else assistant.converse().id
        if self.conversation is None and self.asked.wishes is not None:
            assistant.store.set_wishes(conversation, *self.asked.wishes)
        self._engine.tell(self._on_begun, conversation)
        if self.asked.again is not None:
            reply = assistant.reply_again(self.asked.again, on_piece=self._piece, cancel=self._cancel)
        else:
            reply = assistant.reply(
                conversation, self.asked.text, instead_of=self.asked.instead_of, on_piece=self._piece, cancel=self._cancel
            )
        said = Said(reply.message, notes_used=reply.notes_used, by_heart=reply.by_heart)
        return _Replied(Said(reply.asked), said, reply.completion, assistant.serving.engine.context_length)

    def _say_aside(self, assistant: Assistant) -> _Replied:
        from app.library import Said

        history = self.asked.aside or ()
        completion = assistant.aside(history, self.asked.text, on_piece=self._piece, cancel=self._cancel)
        nowhere, now = ConversationId(0), assistant.clock.now()
        asked = Message(MessageId(0), nowhere, "user", self.asked.text, now)
        replied = Message(MessageId(0), nowhere, "assistant", completion.text, now)
        return _Replied(Said(asked), Said(replied), completion, assistant.serving.engine.context_length)

    def _piece(self, piece: str) -> None:
        self._engine.tell(self._on_piece, piece)

    # In the window's thread

    def _on_begun(self, conversation: ConversationId) -> None:
        self.conversation = conversation
        self.begun.emit(conversation)

    def _on_piece(self, piece: str) -> None:
        self.said += piece
        self.came.emit(piece)

    def _on_replied(self, replied: _Replied) -> None:
        self.running = False
        self._tell_cost(replied.completion, replied.context)
        self.finished.emit(replied.user, replied.reply, replied.completion.stopped)
        if self.asked.again is None and self.asked.aside is None:
            # Only now: nobody waits for a memory.
            asked = replied.user.message
            self._engine.ask(lambda assistant: assistant.note(asked), self._on_noted, self.failed.emit)
        else:
            self.deleteLater()

    def _on_noted(self, noted: list[Noted]) -> None:
        self.noted.emit(noted)
        self.deleteLater()

    def _on_failed(self, error: Exception) -> None:
        self.running = False
        self.failed.emit(error)
        self.deleteLater()

    def _tell_cost(self, completion: Completion, context: int) -> None:
        seconds = completion.seconds - completion.ttft_ms / 1000
        # A few tokens say nothing about a speed.
        speed = (completion.completion_tokens - 1) / seconds if seconds > 0 and completion.completion_tokens > 4 else 0.0
        self.cost.emit(Cost(speed, completion.prompt_tokens + completion.completion_tokens, context))
