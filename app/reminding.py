"""What is known by heart and does not come to mind is looked up: a reply that admits not to know is asked for again with the notes.

A night is judged on questions, and people find others. So no learned memory is out of reach: where the weights say that they do
not know, and the question names what learned memories are about, their notes stand in front of the question after all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from learning.judge import abstains, says
from learning.types import Memory
from models.engine import CancelToken, ChatEngine, Completion, Sampling, Turn
from models.errors import UserError

_OPENING = 60
"""Characters in which a reply has admitted not to know, if it is going to."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What to ask where the weights do not know.

    Attributes:
        looked_up: learned memories that the question may be about.
        notes: these and the notes that the question needs anyway, oldest first.
        turns: makes the prompt with them; raises `UserError` where it is too long.
    """

    looked_up: Sequence[Memory]
    notes: tuple[Memory, ...]
    turns: Callable[[], list[Turn]]


class HeldBack:
    """Hands a reply on as it is written, but for its opening, which waits until it is clear that the reply will stand.

    `values`: what the reply may say; with the first of them it stands.
    """

    def __init__(self, on_piece: Callable[[str], None], values: Sequence[str]) -> None:
        self._on_piece, self._values = on_piece, values
        self._held: list[str] | None = []

    def __call__(self, piece: str) -> None:
        if self._held is None:
            self._on_piece(piece)
            return
        self._held.append(piece)
        text = "".join(self._held)
        if any(says(text, value) for value in self._values) or (len(text) > _OPENING and not abstains(text)):
            self.let_go()

    def let_go(self) -> None:
        """Hand on what was held back, and everything after it at once."""
        held, self._held = self._held, None
        if held:
            self._on_piece("".join(held))


def reply(
    engine: ChatEngine,
    turns: Sequence[Turn],
    sampling: Sampling,
    reminder: Reminder | None,
    on_piece: Callable[[str], None] | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Completion, tuple[Sequence[Memory], list[Turn]] | None]:
    """The reply to `turns` and None, or that to the reminder with its notes and turns."""
    if reminder is None:
        return engine.reply(turns, sampling=sampling, on_piece=on_piece, cancel=cancel), None
    held = HeldBack(on_piece or (lambda _piece: None), [memory.answer for memory in reminder.looked_up])
    first = engine.reply(turns, sampling=sampling, on_piece=held, cancel=cancel)
    if first.stopped == "end" and abstains(first.text):
        # Where the words are so long that the notes do not fit beside them, the reply stands.
        with suppress(UserError):
            again = reminder.turns()
            return engine.reply(again, sampling=sampling, on_piece=on_piece, cancel=cancel), (reminder.notes, again)
    held.let_go()
    return first, None
