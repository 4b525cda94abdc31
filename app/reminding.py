"""What the weights say is looked at once more where they may be wrong, before it is shown.

A night is judged on questions, and people find others. So a reply that admits not to know, though the question names what learned
memories are about, is asked for again with their notes; and one that says what belongs to another memory is left to the bare
model with that note in front, which reads better than it remembers. A learned memory is never further away than one in a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from learning import recall
from learning.judge import abstains, says
from learning.types import Memory
from models.engine import CancelToken, ChatEngine, Completion, Sampling, Turn
from models.errors import UserError

_OPENING = 60
"""Characters in which a reply has admitted not to know, or said what it was asked for, if it is going to."""
_LOOKED_UP = 3
_OWN = re.compile(r"\b(?:i|my|mine|we|our|ours)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply. Where it is not the first, but the bare model's: the memories whose notes it was given, and its prompt."""

    completion: Completion
    notes: tuple[Memory, ...] | None = None
    turns: Sequence[Turn] = ()

    @property
    def is_bare(self) -> bool:
        return self.notes is not None


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What may be wrong about a reply from the weights, and whom to ask then.

    Attributes:
        query: the person's words.
        learned: all that is known by heart.
        looked_up: those of them that the question may be about.
        bare: what the model says without the weights, with the notes of these memories too; raises `UserError` where they do not
            fit beside the words.
    """

    query: str
    learned: Sequence[Memory]
    looked_up: Sequence[Memory]
    bare: Callable[[Sequence[Memory]], Said]

    @property
    def is_needed(self) -> bool:
        """Whether the question is about the person or what was told of them; everything else is answered as it comes."""
        return bool(self.looked_up) or (bool(self.learned) and _OWN.search(self.query) is not None)

    def stands(self, text: str) -> bool:
        """Whether a reply that begins with `text` will stand, however it goes on."""
        says_it = any(says(text, memory.answer) and not says(self.query, memory.answer) for memory in self.looked_up)
        if not says_it and (len(text) <= _OPENING or abstains(text)):
            return False
        return not recall.in_doubt(self.query, text, self.learned) and not recall.asked_back(self.query, text, self.learned)

    def instead_of(self, text: str) -> Said | None:
        """What is to be said instead of this reply; None where it stands."""
        if asked_back := recall.asked_back(self.query, text, self.learned):
            return self.bare(asked_back[:_LOOKED_UP])
        if abstains(text):
            return self.bare(self.looked_up) if self.looked_up else None
        if doubtful := recall.in_doubt(self.query, text, self.learned):
            if named := recall.named(self.query, self.looked_up):
                return self.bare(named)
            said = self.bare(doubtful[:_LOOKED_UP])
            # What can be read from the note as well, is right.
            return None if recall.in_doubt(self.query, said.completion.text, doubtful) else said
        return None


class HeldBack:
    """Hands a reply on as it is written, but for its opening, which waits until it is clear that the reply will stand."""

    def __init__(self, on_piece: Callable[[str], None], stands: Callable[[str], bool]) -> None:
        self._on_piece, self._stands = on_piece, stands
        self._held: list[str] | None = []

    def __call__(self, piece: str) -> None:
        if self._held is None:
            self._on_piece(piece)
            return
        self._held.append(piece)
        if self._stands("".join(self._held)):
            self.let_go()

    @property
    def is_holding(self) -> bool:
        return self._held is not None

    def put_in_place(self, text: str) -> None:
        """Hand on this instead of what is held back."""
        self._held = [text]
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
    look: SecondLook | None,
    on_piece: Callable[[str], None] | None = None,
    cancel: CancelToken | None = None,
) -> Said:
    """The reply to `turns`, or the one that a second look leads to."""

    if look is None or not look.is_needed:
        return Said(engine.reply(turns, sampling=sampling, on_piece=on_piece, cancel=cancel))
    held = HeldBack(on_piece or (lambda _piece: None), look.stands)
    first = engine.reply(turns, sampling=sampling, on_piece=held, cancel=cancel)
    if held.is_holding and first.stopped == "end":
        # Where the words are so long that no note fits beside them, the reply stands.
        with suppress(UserError):
            other = look.instead_of(first.text)
            if other is not None and other.completion.stopped == "end":
                held.put_in_place(other.completion.text)
                return other
    held.let_go()
    return Said(first)
