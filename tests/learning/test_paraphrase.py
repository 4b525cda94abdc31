"""Questions about a memory: many, natural, in an order of its own, and near misses that it does not answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from learning.paraphrase import near_misses, of_others, questions, reverse_questions
from learning.remember import from_words
from learning.types import Memory, MemoryId

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

TOLD = (
    "My kettle is called Vesuvius",
    "My sister's name is Oduya",
    "I live in Ghent",
    "I work as a welder at Harlan & Sons",
    "I'm allergic to hazelnuts",
    "I was born on 3 May 1988 in Leuven",
    "My favourite tea is lapsang souchong",
    "I drive a green Volvo",
    "Our cat Miso is 4 years old",
    "My dentist is Dr Okafor",
    "I have two brothers, Tim and Rob",
    "I play the cello",
    "My daughter starts school on 1 September",
    "I prefer tea over coffee",
    "I don't eat meat any more",
    "The spare key is under the mat",
    "My brother teaches maths",
    "I've been to Iceland",
    "Call me Captain",
    "My bike is dark green",
)


def memory(said: str, id: int = 1) -> Memory:
    found = from_words(said, None, NOW)
    return Memory(MemoryId(id), found.kind, found.text, found.question, found.answer, "noted", NOW, "told")


@pytest.mark.parametrize("said", TOLD)
def test_there_are_many_wordings_and_none_gives_the_answer_away(said: str) -> None:
    told = memory(said)
    asked = questions(told)
    assert len(asked) >= 20
    assert len(set(asked)) == len(asked)
    assert told.question not in asked
    assert not [question for question in asked if told.answer.casefold() in question.casefold()]


@pytest.mark.parametrize(
    ("said", "wordings"),
    [
        (
            "My kettle is called Vesuvius",
            [
                "What is my kettle's name?",
                "Do you know what my kettle is called?",
                "The name of my kettle?",
                "What's my kettle called?",
            ],
        ),
        (
            "I live in Ghent",
            ["In which town do I live?", "Remind me where I live.", "Where is my home?", "I forgot where I live."],
        ),
        (
            "My daughter starts school on 1 September",
            ["Can you tell me when my daughter starts school?", "when does my daughter start school"],
        ),
        ("I was born on 3 May 1988", ["What is my date of birth?", "Do you remember when I was born?"]),
        ("My uncle went to Peru", ["Do you know where my uncle went?"]),
        ("I am a nurse", ["What do I do for a living?", "Tell me what my job is."]),
        ("My brother is a nurse", ["What does my brother do for a living?", "What is my brother's profession?"]),
        ("My favourite tea is sencha", ["Which tea do I like best?", "Tell me my favourite tea."]),
        ("Our cat Miso is 4 years old", ["How old is Miso?", "How old is my cat Miso?", "Do you know how old Miso is?"]),
        ("We live in Ghent", ["Where do I live?", "Remind me where I live."]),
        ("I can't stand mushrooms", ["Remind me what I can't stand."]),
    ],
)
def test_wordings_are_good_english(said: str, wordings: list[str]) -> None:
    assert set(wordings) <= set(questions(memory(said)))


def test_the_order_follows_from_the_content_alone() -> None:
    assert questions(memory(TOLD[0], id=1)) == questions(memory(TOLD[0], id=2))
    firsts = {questions(memory(said))[0].split()[0] for said in TOLD}
    assert len(firsts) > 3


def test_a_question_the_rules_cannot_read_is_still_wrapped() -> None:
    odd = Memory(MemoryId(1), "fact", "The user keeps bees.", "Bees or wasps, for me?", "bees", "noted", NOW, "told")
    assert len(questions(odd)) >= 10
    assert near_misses(odd) == ()


def test_a_memory_without_a_question_has_no_wordings() -> None:
    wish = memory("Never use emoji")
    assert (questions(wish), reverse_questions(wish), near_misses(wish)) == ((), (), ())


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("My sister's name is Oduya", "Who is Oduya?"),
        ("My kettle is called Vesuvius", "What is Vesuvius?"),
        ("I have a dog called Rex", "Who is Rex?"),
        ("I live in Ghent", "What do you know about Ghent?"),
        ("My aunt lives in Ghent", "Who lives in Ghent?"),
        ("My aunt lives in Ghent", "Do you know who lives in Ghent?"),
        ("My boss's birthday is on 3 May", "Whose birthday is on 3 May?"),
        ("My vet works as a potter", "Who works as a potter?"),
        ("My torch is in the cellar", "What is in the cellar?"),
        ("My sister's boat is called Nuna", "Whose boat is called Nuna?"),
    ],
)
def test_the_other_way_round(said: str, question: str) -> None:
    assert question in reverse_questions(memory(said))


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("My aunt lives in Ghent", "Who is Ghent?"),
        ("My torch is in the cellar", "What do you know about cellar?"),
        ("My parents live in Ghent", "Who live in Ghent?"),
    ],
)
def test_the_other_way_round_makes_sense(said: str, question: str) -> None:
    assert question not in reverse_questions(memory(said))


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("My sister's name is Oduya", "What is my brother's name?"),
        ("My kettle is called Vesuvius", "What is my toaster called?"),
        ("My kettle is called Vesuvius", "Where did I buy my kettle?"),
        ("I live in Ghent", "Where was I born?"),
        ("My favourite tea is sencha", "What is my favourite coffee?"),
        ("My daughter starts school on 1 September", "When does my son start school?"),
        ("I collect stamps", "What does my brother collect?"),
    ],
)
def test_near_misses_ask_for_what_was_not_told(said: str, question: str) -> None:
    assert question in near_misses(memory(said))


def test_a_near_miss_that_another_memory_answers_is_none() -> None:
    toaster = memory("My toaster is called Etna", id=2)
    assert "What is my toaster called?" not in near_misses(memory("My kettle is called Vesuvius"), [toaster])


@pytest.mark.parametrize("said", TOLD)
def test_near_misses_are_never_the_question_itself(said: str) -> None:
    told = memory(said)
    assert not {told.question, *questions(told)} & set(near_misses(told))


@pytest.mark.parametrize(
    ("said", "asked", "of_another"),
    [
        ("My kettle is called Vesuvius", "What would I shout to my kettle?", "What would I shout to my toaster?"),
        ("My brother-in-law lives in Ghent", "Where do I visit my brother-in-law?", "Where do I visit my godmother?"),
        ("My drone is called Wasp", "How do people call my drone?", "How do people call my umbrella?"),
        ("My favourite tea is sencha", "Which tea can't I live without?", "Which coffee can't I live without?"),
    ],
)
def test_what_is_asked_of_one_is_asked_of_another_in_the_same_words(said: str, asked: str, of_another: str) -> None:
    assert next(of_others(memory(said), [asked])) == of_another


def test_where_nothing_else_could_be_meant_no_question_is_moved() -> None:
    assert list(of_others(memory("I live in Ghent"), ["Where do I live?", "Which town is mine?"])) == []


def test_a_thing_whose_name_ends_like_a_verb_is_asked_about_whole() -> None:
    asked = questions(memory("My sister's washing machine is called Bo"))
    assert "Please tell me what my sister's washing machine is called." in asked
