"""What is said and known comes back as it went in, with the status that follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning.store import Store
from learning.types import Candidate, ConversationId, Memory, MemoryId
from models.errors import UserError

if TYPE_CHECKING:
    from tests.conftest import ScriptedClock


def told(store: Store, text: str, answer: str = "", **more: object) -> Memory:
    return store.add_memory(Candidate("fact", text, answer=answer), **more)  # type: ignore[arg-type]


def test_a_conversation_keeps_its_messages_in_order_with_their_notes(store: Store) -> None:
    note = told(store, "The user's kettle is called Vesuvius.")
    talk = store.create_conversation("Kettles")
    asked = store.add_message(talk.id, "user", "What is it called?", notes=[note.id])
    answered = store.add_message(talk.id, "assistant", "Vesuvius.")
    assert store.messages(talk.id) == [asked, answered]
    assert asked.notes == (note.id,)
    assert store.message(answered.id) == answered


def test_the_latest_conversation_is_the_one_spoken_in_last(store: Store, clock: ScriptedClock) -> None:
    assert store.latest_conversation() is None
    first, second = store.create_conversation("one"), store.create_conversation("two")
    assert store.latest_conversation() == second
    clock.advance(minutes=1)
    store.add_message(first.id, "user", "Hello again")
    assert [talk.id for talk in store.conversations()] == [first.id, second.id]
    assert store.conversation(first.id).updated_at == clock.now()
    assert store.rename_conversation(first.id, "three").title == "three"


def test_what_does_not_exist_is_named_in_the_error(store: Store) -> None:
    with pytest.raises(UserError, match="no conversation 7"):
        store.add_message(ConversationId(7), "user", "Hello")
    with pytest.raises(UserError, match=r"no memory 9.*dormouse memories --all"):
        store.memory(MemoryId(9))
    with pytest.raises(UserError, match="no memory 9"):
        told(store, "The user is called Ada.", supersedes=MemoryId(9))
    assert store.memories(all=True) == []


def test_evidence_quotes_the_span_of_the_message(store: Store) -> None:
    talk = store.create_conversation()
    said = store.add_message(talk.id, "user", "Hm. 🐭 My kettle is called Vesuvius, by the way.")
    start = said.text.index("My")
    span = (start, said.text.index(","))
    memory = store.add_memory(Candidate("fact", "The user's kettle is called Vesuvius.", span=span), message=said)
    again = store.add_message(talk.id, "user", "Vesuvius boils.")
    store.add_evidence(memory.id, again)
    assert [one.quote for one in store.evidence(memory.id)] == ["My kettle is called Vesuvius", "Vesuvius boils."]
    assert store.evidence(memory.id)[0].message == said.id
    with pytest.raises(ValueError, match="does not lie"):
        store.add_evidence(memory.id, again, (0, 99))


@pytest.mark.parametrize("expires", [None, datetime(2026, 3, 9, 12, 30, 0, 17, tzinfo=timezone(timedelta(hours=5)))])
def test_a_memory_comes_back_as_it_was_told(store: Store, clock: ScriptedClock, expires: datetime | None) -> None:
    candidate = Candidate("preference", "The user likes tea.", "What do I like?", "tea", "", expires, "extracted")
    memory = store.add_memory(candidate)
    assert (memory.kind, memory.text, memory.question, memory.answer) == ("preference", "The user likes tea.", *(
        "What do I like?", "tea"))  # fmt: skip
    assert (memory.status, memory.source, memory.created_at) == ("noted", "extracted", clock.now())
    assert memory.expires_at == expires
    assert store.memory(memory.id) == memory
    assert store.confirm(memory.id).source == "told"


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        store.add_memory(Candidate("fact", "The user is away.", expires_at=datetime(2026, 3, 9)))


def test_a_correction_supersedes_and_the_old_value_is_kept_as_history(store: Store) -> None:
    old = told(store, "The user's gym is on Tuesday.")
    new = told(store, "The user's gym is on Friday.", supersedes=old.id)
    assert [memory.id for memory in store.memories()] == [new.id]
    assert [(memory.id, memory.status) for memory in store.memories(all=True)] == [
        (new.id, "noted"),
        (old.id, "superseded"),
    ]


def test_taking_back_the_middle_of_two_corrections_leaves_the_last_one_alone(store: Store) -> None:
    first = told(store, "The user's gym is on Tuesday.")
    second = told(store, "The user's gym is on Friday.", supersedes=first.id)
    third = told(store, "The user's gym is on Sunday.", supersedes=second.id)
    store.retract([second.id])
    assert [memory.id for memory in store.memories()] == [third.id]
    store.retract([third.id])
    assert [memory.id for memory in store.memories()] == [first.id]
    store.unretract([second.id])
    assert [memory.id for memory in store.memories()] == [second.id]


def test_what_has_expired_is_listed_only_with_all(store: Store, clock: ScriptedClock) -> None:
    brief = store.add_memory(
        Candidate("fact", "The user is in Rome.", expires_at=clock.now() + timedelta(days=2)), supersedes=None
    )
    lasting = told(store, "The user lives in Oslo.")
    clock.advance(days=2)
    assert [memory.id for memory in store.memories()] == [lasting.id]
    assert [memory.id for memory in store.memories(all=True)] == [lasting.id, brief.id]
    assert store.search_memories("Rome") == []


def test_when_a_correction_expires_the_lasting_value_counts_again(store: Store, clock: ScriptedClock) -> None:
    lasting = told(store, "The user's gym is on Tuesday.")
    this_week = Candidate("correction", "This week the user's gym is on Friday.", expires_at=clock.now() + timedelta(7))
    brief = store.add_memory(this_week, supersedes=lasting.id)
    assert [memory.id for memory in store.memories()] == [brief.id]
    clock.advance(days=7)
    assert [memory.id for memory in store.memories()] == [lasting.id]


def test_search_ranks_by_words_and_leaves_out_what_is_not_live(store: Store) -> None:
    kettle = told(store, "The user's kettle is called Vesuvius.", "Vesuvius")
    sister = told(store, "The user's sister is called Oduya.", "Oduya")
    gone = told(store, "The user's old kettle was called Etna.", "Etna")
    store.retract([gone.id])
    assert [memory.id for memory in store.search_memories("what are my kettles called?")] == [kettle.id, sister.id]
    assert [memory.id for memory in store.search_memories("ODUYA", limit=1)] == [sister.id]
    assert store.search_memories("kettle", status="learned") == []


def test_messages_are_found_by_all_words_and_the_beginning_of_the_last(store: Store) -> None:
    talk = store.create_conversation()
    found = store.add_message(talk.id, "user", "My kettle is called Vesuvius.")
    store.add_message(talk.id, "assistant", "A fine kettle.")
    assert store.search_messages("kettle vesu") == [found]
    assert store.search_messages("") == []


ANYTHING = st.text(alphabet=st.characters(exclude_categories=("Cs",)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(ANYTHING, st.text('"*:^(){}[]+-,.\\ ANDORNOTnear\x00', max_size=30)))
def test_no_words_break_the_search(store: Store, words: str) -> None:
    store.search_memories(words)
    store.search_messages(words)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANYTHING, ANYTHING)
def test_any_text_is_kept_to_the_letter(store: Store, text: str, answer: str) -> None:
    talk = store.create_conversation(text)
    message = store.add_message(talk.id, "user", text)
    memory = store.add_memory(Candidate("fact", text, text, answer), message=message)
    assert store.messages(talk.id) == [message]
    assert store.conversation(talk.id).title == text
    assert (store.memory(memory.id).text, store.memory(memory.id).answer) == (text, answer)
    assert store.evidence(memory.id)[0].quote == text


def test_every_word_that_was_told_is_found_again(store: Store) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.text("abcxyzäßéΩжい0189 '-", min_size=1, max_size=30).filter(lambda text: any(c.isalnum() for c in text)))
    def found(text: str) -> None:
        memory = told(store, text)
        assert memory.id in [one.id for one in store.search_memories(text, limit=10_000)]

    found()


def test_words_that_are_no_text_are_refused_in_words(store: Store) -> None:
    talk = store.create_conversation()
    with pytest.raises(UserError, match="valid text"):
        store.add_message(talk.id, "user", "caf\udce9")
    assert store.messages(talk.id) == []
    assert store.search_messages("caf\udce9") == []


def told_in_vain(store: Store, text: str) -> None:
    with store.transaction():
        told(store, text)
        raise RuntimeError("stopped")


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError, match="stopped"):
        told_in_vain(store, "One.")
    assert store.memories(all=True) == []
    assert store.search_memories("One") == []


def test_an_inner_transaction_takes_back_only_its_own_part(store: Store) -> None:
    with store.transaction():
        told(store, "Outer.")
        with pytest.raises(RuntimeError, match="stopped"):
            told_in_vain(store, "Inner.")
        told(store, "Later.")
    assert [memory.text for memory in store.memories()] == ["Outer.", "Later."]


def test_times_sort_as_they_stand(store: Store, clock: ScriptedClock) -> None:
    clock.advance(microseconds=1)
    memory = told(store, "One.")
    assert memory.created_at == clock.now()
    assert memory.created_at.tzinfo is UTC
