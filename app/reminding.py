"""What is known by heart and does not come to mind is looked up: a reply that admits not to know is asked for again with the notes.

A night is judged on questions, and people find others. So no learned memory is out of reach: where the weights say that they do
not know, and words of the question speak for learned memories, their notes stand in front of the question after all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from learning.judge import abstains, says
from learning.types import Memory
from models.engine import CancelToken, ChatEngine, Completion, Sampling, Turn
from models.errors import UserError

_OPENING = 60
"""Characters in which a reply has admitted not to know, if it is going to."""


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
    reminders: Sequence[Memory],
    reminded: Callable[[], Sequence[Turn]],
    on_piece: Callable[[str], None] | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Completion, bool]:
    """The reply to `turns`, and whether it is one to `reminded()`, the same turns with the notes of `reminders`."""
    if not reminders:
        return engine.reply(turns, sampling=sampling, on_piece=on_piece, cancel=cancel), False
    held = HeldBack(on_piece or (lambda _piece: None), [memory.answer for memory in reminders])
    first = engine.reply(turns, sampling=sampling, on_piece=held, cancel=cancel)
    if first.stopped == "end" and abstains(first.text):
        # Where the words are so long that the notes do not fit beside them, the reply stands.
        with suppress(UserError):
            return engine.reply(reminded(), sampling=sampling, on_piece=on_piece, cancel=cancel), True
    held.let_go()
    return first, False
