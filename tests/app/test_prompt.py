"""A prompt: persona, history as it was shown, newest words; a long conversation loses its oldest part in large steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from app.prompt import build, notes_in_view
from learning.types import ConversationId, MemoryId, Message, MessageId
from models.engine import Turn
from models.errors import UserError
from models.instructions import PERSONA

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
NOTES = {MemoryId(1): "The user's kettle is called Vesuvius.", MemoryId(2): "The user lives in Ghent."}


def note_text(id: MemoryId) -> str:
    return NOTES.get(id, "")


def count(turns: Sequence[Turn]) -> int:
    return sum(len(turn.content.split()) + 2 for turn in turns)


def said(id: int, text: str, notes: Sequence[int] = (), *, suppressed: bool = False) -> Message:
    return Message(
        MessageId(id), ConversationId(1), "user", text, NOW, tuple(MemoryId(n) for n in notes), suppressed=suppressed
    )


def replied(id: int, text: str, *, suppressed: bool = False) -> Message:
    return Message(MessageId(id), ConversationId(1), "assistant", text, NOW, suppressed=suppressed)


def prompt(messages: Sequence[Message], text: str = "And now?", notes: Sequence[str] = (), budget: int = 1000) -> list[Turn]:
    return build(messages, note_text, text, notes, budget=budget, count_tokens=count)


def test_notes_stand_in_front_of_the_words_they_were_put_to() -> None:
    turns = prompt([said(1, "Hello", [1, 2]), replied(2, "Hi!")], "And now?", ["The user plays the cello."])
    assert [turn.role for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[0].content == PERSONA
    assert turns[1].content == "Notes:\n- The user's kettle is called Vesuvius.\n- The user lives in Ghent.\n\nHello"
    assert turns[3].content == "Notes:\n- The user plays the cello.\n\nAnd now?"


def test_a_note_that_must_not_be_shown_any_more_is_left_out() -> None:
    turns = prompt([said(1, "Hello", [1, 99]), replied(2, "Hi!")])
    assert turns[1].content == "Notes:\n- The user's kettle is called Vesuvius.\n\nHello"
    assert notes_in_view([said(1, "Hello", [1, 99]), replied(2, "Hi!")], note_text, budget=1000, count_tokens=count) == {1}


@pytest.mark.parametrize("which", ["what was said", "the reply"])
def test_a_suppressed_message_takes_its_exchange_with_it(which: str) -> None:
    secret = [
        said(1, "My PIN is 1234", suppressed=which == "what was said"),
        replied(2, "Your PIN is 1234, noted", suppressed=which == "the reply"),
    ]
    turns = prompt([*secret, said(3, "Hello"), replied(4, "Hi!")])
    assert [turn.content for turn in turns[1:]] == ["Hello", "Hi!", "And now?"]


def test_what_got_no_reply_is_said_with_the_next_words() -> None:
    turns = prompt([said(1, "I live in Ghent"), said(2, "Where is that?"), replied(3, "In Belgium")])
    assert [turn.content for turn in turns[1:3]] == ["I live in Ghent\n\nWhere is that?", "In Belgium"]
    assert [turn.role for turn in turns] == ["system", "user", "assistant", "user"]


def test_roles_always_alternate() -> None:
    messages = [
        said(1, "a"),
        said(2, "b", suppressed=True),
        replied(3, ""),
        replied(4, "c"),
        said(5, "d"),
        replied(6, "e"),
        said(7, "f"),
    ]
    roles = [turn.role for turn in prompt(messages)]
    assert roles == ["system", *["user", "assistant"] * (len(roles) // 2 - 1), "user"]


def conversation(turns: int, words: int = 12) -> list[Message]:
    messages: list[Message] = []
    for place in range(turns):
        messages.append(said(2 * place, f"question {place} " + "word " * words))
        messages.append(replied(2 * place + 1, f"reply {place} " + "word " * words))
    return messages


def test_a_prompt_begins_like_the_last_one_but_for_a_few_large_steps() -> None:
    whole = conversation(60)
    previous: list[Turn] = []
    breaks = 0
    for place in range(0, len(whole), 2):
        turns = prompt(whole[:place], whole[place].text, budget=400)
        assert count(turns) <= 400
        breaks += turns[: len(previous)] != previous
        previous = turns
    assert 0 < breaks <= 12


def test_what_a_prompt_shows_of_notes_goes_with_its_exchange() -> None:
    messages = [said(0, "hello", [1]), replied(1, "hi"), *conversation(30)]
    assert notes_in_view(messages[:4], note_text, budget=300, count_tokens=count) == {1}
    assert notes_in_view(messages, note_text, budget=300, count_tokens=count) == frozenset()


def test_a_long_message_makes_room_for_itself() -> None:
    turns = prompt(conversation(8), "word " * 250, budget=400)
    assert count(turns) <= 400
    assert turns[-1].content.startswith("word")


def test_a_message_that_cannot_fit_says_so() -> None:
    with pytest.raises(UserError, match="too long for this model"):
        prompt([], "word " * 500, budget=400)
