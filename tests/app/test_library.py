"""What a face reads beside the assistant: histories with their memories, cards with reasons, undo without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.addressing import to_me, to_you
from app.assistant import Assistant
from app.compose import open_assistant, open_library
from app.library import Library, title_from
from learning.types import Clock, ConversationId
from models.errors import UserError
from tests.learning.profile_bytes import holding


@pytest.fixture
def assistant(profile: Path, clock: Clock) -> Iterator[Assistant]:
    with open_assistant(profile, clock=clock) as opened:
        yield opened


@pytest.fixture
def library(profile: Path, clock: Clock) -> Iterator[Library]:
    opened = open_library(profile, clock=clock)
    yield opened
    opened.close()


def told(assistant: Assistant, text: str) -> ConversationId:
    conversation = assistant.converse().id
    assistant.note(assistant.reply(conversation, text).asked)
    return conversation


def test_a_history_shows_what_was_noted_and_what_a_reply_used(assistant: Assistant, library: Library) -> None:
    conversation = assistant.converse().id
    assistant.note(assistant.reply(conversation, "My sister is called Oduya.").asked)
    assistant.reply(conversation, "What is my sister called?")
    first, _, _, last = library.history(conversation)
    assert [memory.answer for memory in first.noted] == ["Oduya"]
    assert [memory.answer for memory in last.notes_used] == ["Oduya"]


def test_conversations_have_their_first_words_for_a_title_and_empty_ones_are_left_out(
    assistant: Assistant, library: Library
) -> None:
    told(assistant, "Hello!")
    assistant.converse()
    assistant.remember("My kettle is called Vesuvius.")
    assert [entry.title for entry in library.conversations()] == ["Hello!"]
    assert title_from("one two three four", 10) == "one two…"


def test_an_undo_in_the_library_counts_for_the_assistants_next_word(assistant: Assistant, library: Library) -> None:
    told(assistant, "My sister is called Oduya.")
    (card,) = library.cards()
    assert card.evidence[0].quote == "My sister is called Oduya."
    library.undo([card.memory.id])
    assert assistant.memories() == []
    assert library.cards()[0].why == "undone"
    library.restore([card.memory.id])
    assert len(assistant.memories()) == 1


def test_what_is_erased_in_the_library_is_gone_for_the_assistant_and_from_the_disk(
    assistant: Assistant, library: Library, profile: Path
) -> None:
    told(assistant, "My sister is called Oduya.")
    (card,) = library.cards()
    assert library.erase([card.memory.id]).action == "erase"
    assert assistant.memories(all=True) == []
    assert holding(profile, "Oduya") == []


def test_a_deleted_conversation_takes_its_words_and_leaves_the_memory(assistant: Assistant, library: Library) -> None:
    conversation = told(assistant, "My sister is called Oduya.")
    library.delete(conversation)
    assert library.conversations() == []
    assert library.store.search_messages("Oduya") == []
    (card,) = library.cards()
    assert card.evidence == ()
    assert library.store.check() == []


def test_another_reply_and_an_edit_begin_branches_and_what_was_there_is_kept(assistant: Assistant, library: Library) -> None:
    conversation = assistant.converse().id
    reply = assistant.reply(conversation, "Hello!")
    again = assistant.reply_again(reply.asked)
    assert [said.message for said in library.history(conversation)] == [reply.asked, again.message]
    assert library.history(conversation)[1].others == (reply.message.id, again.message.id)
    edited = assistant.reply(conversation, "Good evening!", instead_of=reply.asked)
    assert [said.message for said in library.history(conversation)] == [edited.asked, edited.message]
    assert edited.prompt[1].content == "Good evening!"
    shown = library.history(conversation, showing=reply.message.id)
    assert [said.message.text for said in shown] == ["Hello!", reply.message.text]


def test_a_conversations_own_wishes_count_for_its_replies_alone(assistant: Assistant, library: Library) -> None:
    mine, other = assistant.converse().id, assistant.converse().id
    library.store.set_wishes(mine, "Answer in one word.", 0.9, 3)
    reply = assistant.reply(mine, "What is the capital of France?")
    assert reply.prompt[0].content.endswith("Answer in one word.")
    assert reply.completion.completion_tokens <= 3
    plain = assistant.reply(other, "What is the capital of France?")
    assert "one word" not in plain.prompt[0].content
    assert plain.completion.completion_tokens > 3


def test_instructions_do_not_say_what_was_taken_back(assistant: Assistant, library: Library) -> None:
    conversation = assistant.converse().id
    noted = assistant.remember("My sister is called Oduya.")
    library.store.set_wishes(conversation, "My sister Oduya reads this too.", None, None)
    assert "Oduya" in assistant.reply(conversation, "Hello!").prompt[0].content
    library.undo([noted.memory.id])
    assert "Oduya" not in assistant.reply(conversation, "Good evening!").prompt[0].content


def test_what_is_said_aside_leaves_nothing(assistant: Assistant, library: Library) -> None:
    assistant.remember("My kettle is called Vesuvius.")
    before = len(library.store.conversations())
    assert "Vesuvius" not in assistant.aside([], "What is my kettle called?").text
    assert len(library.store.conversations()) == before


def test_an_amended_memory_supersedes_the_old_one_and_an_undone_one_cannot_be_amended(assistant: Assistant) -> None:
    old = assistant.remember("My kettle is called Vesuvius.").memory
    noted = assistant.amend(old.id, "My kettle is called Etna.")
    assert (noted.memory.answer, noted.memory.supersedes) == ("Etna", old.id)
    with pytest.raises(UserError):
        assistant.amend(old.id, "My kettle is called Fuji.")


@pytest.mark.parametrize(
    ("text", "you", "me"),
    [
        ("The user's sister is called Oduya.", "Your sister is called Oduya.", "My sister is called Oduya."),
        ("The user likes short answers.", "You like short answers.", "I like short answers."),
        ("The user is allergic to nuts.", "You are allergic to nuts.", "I am allergic to nuts."),
        ("Answer the user in German.", "Answer you in German.", "Answer me in German."),
    ],
)
def test_a_memory_is_told_to_its_owner_and_back(text: str, you: str, me: str) -> None:
    assert (to_you(text), to_me(text)) == (you, me)
