"""Which notes a turn needs: all of them while they fit the budget, then those the words and the time speak for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from learning.judge import content_words, says, words_about
from learning.types import WISHES, Memory, MemoryId

# Reciprocal rank fusion damps the first ranks with 60 (Cormack, Clarke, Buettcher 2009); newness counts for less than words.
_DAMPING = 60.0
_NEWNESS = 0.25
_REMINDERS = 3
_OWNER = re.compile(r"(?<!\b[Uu]ser)['’]s\b|s['’] ")


def recall(
    query: str,
    memories: Sequence[Memory],
    already: Collection[MemoryId],
    budget: int,
    count_tokens: Callable[[str], int],
    search: Callable[[str, int], Sequence[Memory]],
) -> list[Memory]:
    """The memories whose notes stand in front of this turn, oldest first.

    Args:
        memories: what is served from notes; what the weights hold is not among them.
        already: memories whose notes this conversation still shows; they are not repeated.
        budget: tokens that all notes of the turn may cost.
        count_tokens: tokens of a text in the served model.
        search: memories found by words, best first, at most so many (BM25).
    """
    missing = [memory for memory in sorted(memories, key=age) if memory.id not in already]
    costs = {memory.id: _cost(memory, count_tokens) for memory in missing}
    if sum(costs.values()) <= budget:
        return missing
    chosen: set[MemoryId] = set()
    left = budget
    for memory in _ranked(query, missing, search):
        if costs[memory.id] <= left:
            chosen.add(memory.id)
            left -= costs[memory.id]
    return [memory for memory in missing if memory.id in chosen]


def reminders(
    query: str,
    learned: Sequence[Memory],
    recalled: Sequence[Memory],
    budget: int,
    count_tokens: Callable[[str], int],
) -> list[Memory]:
    """Those of the learned memories that may be asked for, best first: what to look up where the weights do not answer.

    Only what names the same thing or person: notes about others would tempt to an answer where there is none.

    Args:
        learned: learned memories that the words of the query find, best first.
        recalled: memories whose notes the turn has anyway.
        budget, count_tokens: as for `recall`.
    """
    chosen: list[Memory] = []
    left = budget - sum(_cost(memory, count_tokens) for memory in recalled)
    for memory in learned:
        cost = _cost(memory, count_tokens)
        if len(chosen) < _REMINDERS and cost <= left and _may_be_asked_for(memory, query):
            chosen.append(memory)
            left -= cost
    return chosen


def in_doubt(query: str, reply: str, learned: Sequence[Memory]) -> list[Memory]:
    """Those of the learned memories whose value the reply says although the question names something else, newest first."""
    asked = content_words(query, without_relations=True)
    said = [memory for memory in learned if says(reply, memory.answer) and not says(query, memory.answer)]
    if named(query, said) or (not asked and any(not _subject(memory) for memory in said)):
        return []
    return sorted(said, key=age, reverse=True)


def asked_back(query: str, reply: str, learned: Sequence[Memory]) -> list[Memory]:
    """Those of the learned memories whose value the question says, newest first, where the reply is about none of them."""
    given = [memory for memory in learned if says(query, memory.answer) and _subject(memory)]
    replied = content_words(reply)
    if any(_subject(memory) & replied for memory in given):
        return []
    return sorted(given, key=age, reverse=True)


def named(query: str, memories: Sequence[Memory]) -> list[Memory]:
    """Those that are about what the question names."""
    asked = content_words(query, without_relations=True)
    return [memory for memory in memories if (about := _subject(memory)) and about <= asked]


def _may_be_asked_for(memory: Memory, query: str) -> bool:
    """Whether the query names what the memory is about, or its value; where that is the user alone, whether it asks for the same.

    "My coat" may be the winter coat, but my aunt's cat is not my aunt's dog.
    """
    about = _subject(memory)
    if not about:
        return bool(content_words(memory.question) & content_words(query))
    asked = content_words(query, without_relations=True)
    return about <= asked or says(query, memory.answer) or (bool(about & asked) and not _OWNER.search(memory.text))


def _subject(memory: Memory) -> frozenset[str]:
    """The words for what the memory's value is the value of."""
    return words_about(memory) - content_words(memory.answer)


def _cost(memory: Memory, count_tokens: Callable[[str], int]) -> int:
    return count_tokens(f"- {memory.text}\n")


def age(memory: Memory) -> tuple[float, int]:
    """By it notes are sorted, oldest first."""
    return memory.created_at.timestamp(), memory.id


def _ranked(query: str, memories: Sequence[Memory], search: Callable[[str, int], Sequence[Memory]]) -> list[Memory]:
    """Wishes first, for they concern every turn whatever its words; then words and newness, fused by rank."""
    found = {memory.id: rank for rank, memory in enumerate(search(query, len(memories)))}
    newest_first = sorted(memories, key=age, reverse=True)
    scores = {
        memory.id: (1.0 / (_DAMPING + found[memory.id]) if memory.id in found else 0.0) + _NEWNESS / (_DAMPING + newness)
        for newness, memory in enumerate(newest_first)
    }
    return sorted(newest_first, key=lambda memory: (memory.kind not in WISHES, -scores[memory.id]))
