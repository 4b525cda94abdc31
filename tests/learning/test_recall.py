"""Which notes a turn needs: all that fit, else wishes, then what the words ask for, then the newest; always oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.recall import recall
from learning.store import Store
from learning.types import Candidate, Kind, Memory, MemoryId, Sha256

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def memory(id: int, text: str, kind: Kind = "fact") -> Memory:
    return Memory(MemoryId(id), kind, text, "", "", "noted", NOW + timedelta(minutes=id), "told")


def words(text: str) -> int:
    return len(text.split())


def nothing(query: str, limit: int) -> Sequence[Memory]:
    return []


MANY = [memory(id, f"The user's thing number {id} is here.") for id in range(1, 31)]


def test_while_all_fit_all_are_there_oldest_first() -> None:
    assert recall("anything", list(reversed(MANY)), (), 10_000, words, nothing) == MANY


def test_what_the_conversation_already_shows_is_not_repeated() -> None:
    assert recall("anything", MANY[:3], {MemoryId(2)}, 100, words, nothing) == [MANY[0], MANY[2]]


def test_beyond_the_budget_the_words_decide_then_the_newest() -> None:
    found = recall("number 7", MANY, (), 24, words, lambda query, limit: [MANY[6]])
    assert found == [MANY[6], MANY[28], MANY[29]]


def test_wishes_come_before_everything_found_by_words() -> None:
    wish = memory(0, "The user wants to be called Captain.", "instruction")
    assert wish in recall("number 7", [wish, *MANY], (), 20, words, lambda query, limit: MANY[:20])


@pytest.mark.parametrize("budget", [0, 7])
def test_a_budget_too_small_for_one_note_gives_none(budget: int) -> None:
    assert recall("anything", MANY, (), budget, words, nothing) == []


@given(st.integers(0, 300), st.sets(st.integers(1, 30)))
def test_the_budget_is_kept_and_nothing_repeats(budget: int, already: set[int]) -> None:
    found = recall("number 3", MANY, {MemoryId(id) for id in already}, budget, words, lambda query, limit: MANY[2:9])
    assert sum(words(f"- {note.text}\n") for note in found) <= budget
    assert not {note.id for note in found} & already
    assert found == sorted(found, key=lambda note: note.id)


def test_the_store_finds_the_note_a_question_needs_among_many(store: Store) -> None:
    base = Sha256("0" * 64)
    for id in range(40):
        store.add_memory(Candidate("fact", f"The user's gadget {id} is called Name{id}."), message=None, supersedes=None)
    wanted = store.add_memory(Candidate("fact", "The user's kettle is called Vesuvius."), message=None, supersedes=None)
    for id in range(40, 80):
        store.add_memory(Candidate("fact", f"The user's gadget {id} is called Name{id}."), message=None, supersedes=None)
    found = recall(
        "What is my kettle called?",
        store.memories(base),
        (),
        60,
        words,
        lambda query, limit: store.search_memories(query, base, limit),
    )
    assert wanted.id in [note.id for note in found]
