"""Which memory some words mean: exactly one, or an error that lists what there is."""

from __future__ import annotations

from collections.abc import Sequence

from learning.judge import says
from learning.types import Memory
from models.errors import UserError


def find(words: str, memories: Sequence[Memory]) -> list[Memory]:
    """The memories in whose text, question or answer every one of the words stands."""
    wanted = words.split()
    return [
        memory
        for memory in memories
        if wanted and all(says(f"{memory.text} {memory.question} {memory.answer}", word) for word in wanted)
    ]


def find_one(words: str, memories: Sequence[Memory]) -> Memory:
    """The one memory that the words mean; raises `UserError` that lists the candidates where there is none or more."""
    found = find(words, memories)
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"“{words}” fits {len(found)} memories: {listed(found)}. Say more, or give the number.")
    raise UserError(f"“{words}” fits no memory. There are: {listed(memories) or 'none'}.")


def listed(memories: Sequence[Memory]) -> str:
    return "; ".join(f"{memory.id} {memory.text}" for memory in memories)
