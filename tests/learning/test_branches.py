"""Branches of a conversation: what is said anew stands beside what was said; undoing and erasing reach all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning import erase, undo
from learning.store import Store, schema
from learning.types import Candidate, Clock, ConversationId, Message, MessageId, Sha256
from tests.learning.profile_bytes import holding

BASE = Sha256("a" * 64)
SISTER = Candidate("fact", "The user's sister is called Oduya.", "What is my sister called?", "Oduya")


def said(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages]


def talk(store: Store, *texts: str) -> tuple[ConversationId, list[Message]]:
    conversation = store.create_conversation().id
    roles = ("user", "assistant")
    return conversation, [store.add_message(conversation, roles[n % 2], text) for n, text in enumerate(texts)]


def test_what_is_said_instead_begins_a_branch_and_both_can_be_gone_on_with(store: Store) -> None:
    here, (hello, _, _, _) = talk(store, "Hello!", "Hello.", "How are you?", "Well.")
    store.go_back(here, hello.parent)
    evening = store.add_message(here, "user", "Good evening!")
    store.add_message(here, "assistant", "Good evening.")
    assert said(store.messages(here)) == ["Good evening!", "Good evening."]
    assert store.alternatives(here) == dict.fromkeys((hello.id, evening.id), (hello.id, evening.id))
    store.choose(hello.id)
    assert said(store.messages(here)) == ["Hello!", "Hello.", "How are you?", "Well."]
    store.add_message(here, "user", "Good.")
    store.choose(evening.id)
    assert said(store.messages(here)) == ["Good evening!", "Good evening."]
    assert said(store.all_messages(here))[-1] == "Good."


def test_a_branch_that_is_deleted_leaves_the_others_and_its_words_are_found_no_more(store: Store) -> None:
    here, (hello, reply) = talk(store, "Hello!", "Hello.")
    store.go_back(here, hello.id)
    other = store.add_message(here, "assistant", "Ahoy, Vesuvius.")
    store.add_message(here, "user", "Who is that?")
    store.remove_from(other.id)
    assert said(store.messages(here)) == ["Hello!", "Hello."]
    assert store.alternatives(here) == {}
    assert store.search_messages("Vesuvius") == []
    store.remove_from(hello.id)
    assert store.messages(here) == []
    assert store.check() == []
    assert reply.parent == hello.id


def test_what_was_undone_stays_out_of_every_branch_and_only_there(store: Store) -> None:
    here, (told, _, _, _) = talk(
        store, "My sister is called Oduya.", "Noted.", "What is she called?", "Your sister is called Oduya."
    )
    memory = store.add_memory(SISTER, message=told)
    store.go_back(here, told.parent)
    store.add_message(here, "user", "What is the capital of France?")
    store.add_message(here, "assistant", "Paris.")
    undo.retract(store, [memory.id], BASE)
    assert [message.suppressed for message in store.messages(here)] == [False, False]
    store.choose(told.id)
    suppressed = {message.text: message.suppressed for message in store.messages(here)}
    assert suppressed["My sister is called Oduya."]
    assert suppressed["Your sister is called Oduya."]
    undo.restore(store, [memory.id], BASE)
    assert not any(message.suppressed for message in store.messages(here))


def test_a_branch_is_judged_by_what_stands_before_it_and_not_by_its_neighbour(store: Store) -> None:
    """ "Maria" alone betrays nothing where a live memory has the same name; beside talk of the sister it does."""
    here, (first,) = talk(store, "Tell me about my sister.")
    sister = store.add_memory(Candidate("fact", "The user's sister is called Maria.", "What is my sister called?", "Maria"))
    store.add_memory(Candidate("fact", "The user's boat is called Maria.", "What is my boat called?", "Maria"))
    of_sister = store.add_message(here, "assistant", "Maria.")
    store.go_back(here, first.parent)
    store.add_message(here, "user", "Tell me about the boat.")
    of_boat = store.add_message(here, "assistant", "Maria.")
    undo.retract(store, [sister.id], BASE)
    judged = {message.id: message.suppressed for message in store.all_messages(here)}
    assert judged[of_sister.id]
    assert not judged[of_boat.id]


def test_erasing_reaches_the_branches_that_are_not_chosen_and_a_conversations_instructions(store: Store, profile: Path) -> None:
    here, (told, *_) = talk(store, "My sister is called Oduya.", "Noted.", "And she?", "Your sister is called Oduya.")
    memory = store.add_memory(SISTER, message=told)
    store.set_wishes(here, "My sister is called Oduya. Be brief.", 0.5, 100)
    store.go_back(here, told.parent)
    store.add_message(here, "user", "Hello!")
    undo.erase(store, [memory.id], BASE)
    erase.finish(store, profile)
    assert holding(profile, "Oduya") == []
    kept = store.conversation(here)
    assert ("Be brief." in kept.instructions, kept.temperature, kept.reply_tokens) == (True, 0.5, 100)
    assert said(store.messages(here)) == ["Hello!"]
    assert store.check() == []


def test_a_profile_from_before_there_were_branches_keeps_each_conversation_as_it_was(
    profile: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = profile / "dormouse.db"
    with monkeypatch.context() as older:
        older.setattr(schema, "VERSION", schema.MIGRATIONS.index(schema._BRANCHES))
        Store.open(file, clock).close()
    with closing(sqlite3.connect(file)) as old, old:
        for conversation in (1, 2, 3):
            old.execute(
                "INSERT INTO conversation VALUES (?, '', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')",
                [conversation],
            )
        for place in range(12):
            values = [1 + place % 2, "user" if place % 4 < 2 else "assistant", f"Message {place}"]
            old.execute(
                "INSERT INTO message (conversation, role, text, created_at) VALUES (?, ?, ?, '2026-01-01T00:00:00+00:00')",
                values,
            )
    with Store.open(file, clock) as store:
        assert said(store.messages(ConversationId(1))) == [f"Message {place}" for place in range(0, 12, 2)]
        assert said(store.messages(ConversationId(2))) == [f"Message {place}" for place in range(1, 12, 2)]
        assert store.messages(ConversationId(3)) == []
        assert store.alternatives(ConversationId(1)) == {}
        assert store.add_message(ConversationId(1), "user", "More").parent == MessageId(11)
        assert store.check() == []


@settings(max_examples=20, deadline=None)
@given(moves=st.lists(st.tuples(st.sampled_from(("say", "again", "choose", "delete")), st.integers(0, 30)), max_size=30))
def test_whatever_is_said_chosen_and_deleted_the_chosen_branch_is_one_line_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    class Still:
        def now(self) -> datetime:

            return datetime(2026, 3, 2, tzinfo=UTC)

    with Store.open(tmp_path_factory.mktemp("branches") / "dormouse.db", Still()) as store:
        here = store.create_conversation().id
        for move, place in moves:
            everything = store.all_messages(here)
            if move == "say" or not everything:
                store.add_message(here, "user", f"Words {place}")
                continue
            chosen = everything[place % len(everything)]
            if move == "again":
                store.go_back(here, chosen.parent)
                assert store.add_message(here, "user", "Again").parent == chosen.parent
            elif move == "choose":
                store.choose(chosen.id)
                assert chosen.id in {message.id for message in store.messages(here)}
            else:
                store.remove_from(chosen.id)
                assert chosen.id not in {message.id for message in store.all_messages(here)}
        branch = store.messages(here)
        assert [message.parent for message in branch] == [None, *(message.id for message in branch)][: len(branch)]
        assert not branch or not store.following(branch[-1].id)
        assert bool(branch) == bool(store.all_messages(here))
        assert store.check() == []


def test_weights_that_hold_what_is_never_to_be_learned_do_not_serve_until_it_is_allowed_again(store: Store) -> None:
    kettle = store.add_memory(Candidate("fact", "The user's kettle is called Vesuvius."))
    night = store.start_consolidation()
    adapter = store.add_adapter(
        night.id, BASE, recipe={}, seed=0, trained_on=[kettle.id], sha256=Sha256("b" * 64), file="adapters/1.gguf",
        status="promoted", verdicts=(),
    )  # fmt: skip
    assert store.serving(BASE) == adapter
    store.keep_out([kettle.id], True)
    assert store.serving(BASE) is None
    assert store.memory(kettle.id).kept_out
    store.keep_out([kettle.id], False)
    assert store.serving(BASE) == adapter
