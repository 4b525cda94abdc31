"""What a message tells about its user, read by the rules and the model together: nothing more than the user said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from learning.remember import extract, from_words
from models.engine import ChatEngine, Completion
from models.errors import UserError

if TYPE_CHECKING:
    from models.llama import LlamaEngine

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Reader:
    """A model whose reading of the message is given: what the rules make of any reading is what is tested here."""

    def __init__(self, *memories: dict[str, str], text: str | None = None) -> None:
        self._text = json.dumps(memories) if text is None else text

    def reply(self, turns: object, **how: Any) -> Completion:
        assert how["schema"]
        return Completion(self._text, 1, 1, 1, 0.0, 0.0, "end")


def reading(*memories: dict[str, str], text: str | None = None) -> ChatEngine:
    return cast("ChatEngine", Reader(*memories, text=text))


def item(text: str, question: str = "", answer: str = "", kind: str = "fact", lasts: str = "always") -> dict[str, str]:
    return {"kind": kind, "text": text, "question": question, "answer": answer, "lasts": lasts, "replaces": ""}


@pytest.mark.parametrize(
    ("message", "noted"),
    [
        (
            "Hi! My bicycle is called Pegasus and I live in Ghent. What is the capital of France?",
            ["The user's bicycle is called Pegasus.", "The user lives in Ghent."],
        ),
        (
            "My brother Tim lives in Rome. He plays the drums. His wife is called Saar.",
            ["The user's brother Tim lives in Rome.", "The user's brother Tim plays the drums.", "The user's brother Tim's wife is called Saar."],
        ),
        ("I'm Ines, I live in Faro and I work as a nurse", ["The user is Ines.", "The user lives in Faro.", "The user works as a nurse."]),
        ("Thanks! By the way, I'm allergic to bees.", ["The user is allergic to bees."]),
        ("We have three kids. What should I cook tonight?", ["The user has three kids."]),
        ("I started a new job as a chef", ["The user started a new job as a chef."]),
        ("Dr. Okonkwo is my cardiologist.", ["Dr. Okonkwo is the user's cardiologist."]),
        ("Give me short answers.", ["The user wants you to give the user short answers."]),
        ("Please use metric units.", ["The user wants you to use metric units."]),
    ],
)  # fmt: skip
def test_what_is_plainly_told_is_noted_without_a_model(message: str, noted: list[str]) -> None:
    found = extract(message, None, NOW)
    assert [memory.text for memory in found] == noted
    for memory in found:
        assert memory.source == "extracted"
        assert memory.span is not None
        assert memory.answer in message[memory.span[0] : memory.span[1]]


@pytest.mark.parametrize(
    "message",
    [
        "What is my sister called?",
        "Translate into French: my dog is called Rex",
        'He said "my dog is called Rex"',
        "> My dog is called Rex\nWhat does that mean?",
        "I have a question about bees.",
        "My question is simple.",
        "My code is broken and I hate that.",
        "I'd like to know what time it is",
        "If I were rich I would live in Monaco",
        "Thanks, I like your answer!",
        "I'm happy to hear that",
        "Tell me a joke",
        "Write a poem about my cat Miso",
        "In the film, my name is Bond.",
        "Good morning!",
        "```\nmy name is x\n```",
    ],
)
def test_questions_quotes_and_small_talk_tell_nothing(message: str) -> None:
    assert extract(message, None, NOW) == []


@pytest.mark.parametrize("message", ["What is my sister called?", 'He said "my dog is called Rex"', "Good morning!"])
def test_even_a_model_that_sees_memories_there_is_not_believed(message: str) -> None:
    eager = reading(item("The user's dog is called Rex.", "What is my dog called?", "Rex"))
    assert extract(message, eager, NOW) == []


def test_the_model_adds_what_the_rules_cannot_see() -> None:
    message = "I snore at dawn, I fear."
    assert extract(message, None, NOW) == []
    assert from_words("My wife is pregnant", None, NOW).question == ""
    found = extract("My wife is pregnant", reading(item("The user's wife is pregnant.", "How is my wife?", "pregnant")), NOW)
    assert [(memory.text, memory.question, memory.answer) for memory in found] == [
        ("The user's wife is pregnant.", "How is my wife?", "pregnant")
    ]


@pytest.mark.parametrize(
    "invented",
    [
        item("The user's wife is happy.", "How is my wife?", "happy"),
        item("The user's wife is pregnant in Ghent.", "How is my wife?", "pregnant"),
        item("A wife is pregnant.", "Who is pregnant?", "wife"),
        item("The user's dog is called Rex.", "What is my dog called?", "Rex"),
    ],
)
def test_what_the_user_did_not_say_is_not_noted(invented: dict[str, str]) -> None:
    assert extract("My wife is pregnant again.", reading(invented), NOW) == []


def test_what_the_model_says_lasts_a_week_expires() -> None:
    weekly = reading(item("The user's wife is pregnant.", "How is my wife?", "pregnant", lasts="week"))
    assert extract("My wife is pregnant", weekly, NOW)[0].expires_at == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    "broken", ['[{"kind":"fact","text":"The us', "{}", "[1, null]", '[{"kind":"rumour","text":"The user"}]', ""]
)
def test_a_broken_reading_is_no_reading(broken: str) -> None:
    found = extract("My kettle is called Vesuvius. I snore.", reading(text=broken), NOW)
    assert [memory.answer for memory in found] == ["Vesuvius"]


def test_the_model_fills_in_the_question_that_no_rule_knows() -> None:
    words = "My wife is pregnant"
    bare = from_words(words, None, NOW)
    assert (bare.text, bare.question, bare.answer) == ("The user's wife is pregnant.", "", "")
    helped = from_words(words, reading(item("The user's wife is pregnant.", "How is my wife?", "pregnant")), NOW)
    assert (helped.text, helped.question, helped.answer) == ("The user's wife is pregnant.", "How is my wife?", "pregnant")
    misled = from_words(words, reading(item("The user's wife is pregnant.", "Who is pregnant?", "pregnant")), NOW)
    assert (misled.text, misled.question, misled.answer) == ("The user's wife is pregnant.", "", "")


def test_nothing_to_remember_is_said_so() -> None:
    with pytest.raises(UserError, match="nothing to remember"):
        from_words(" ... ", None, NOW)


@pytest.mark.parametrize(
    "message",
    [
        "My bicycle is called Pegasus",
        "What is my name?",
        "I swap shoes with the postman",
        "Hello there, how are you?",
        "My mum turns sixty next month",
    ],
)
def test_with_the_real_model_answers_are_the_users_words(engine: LlamaEngine, message: str) -> None:
    for memory in extract(message, engine, NOW):
        assert memory.answer in message
        assert "user" in memory.text.lower()
    assert not extract(message, engine, NOW) or not message.endswith("?")


@pytest.mark.parametrize(
    "message",
    [
        "Tell me what I'm allergic to.",
        "Remind me where my passport is.",
        "Show me my notes.",
        "Please give me three ideas for my birthday.",
        "Help me write a letter to my landlord.",
        "Let me know when my dentist appointment is.",
        "Make me a list of my cousins, please.",
    ],
)
def test_a_request_for_now_is_no_wish_for_always(message: str) -> None:
    wish = item(f"The user wants you to {message[0].lower()}{message[1:]}", kind="instruction")
    assert extract(message, reading(wish), NOW) == []
