"""Whatever is typed: nothing crashes, every answer is the user's own words, every note is one line about something."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from learning.paraphrase import near_misses, questions, reverse_questions
from learning.remember import Forget, extract, from_words, plain, question_and_answer, third_person
from learning.types import Memory, MemoryId

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

SUBJECTS = (
    "I",
    "My sister",
    "we",
    "our old dog Rex",
    "The code of my bike",
    "my friends",
    "Ada's car",
    "You",
    "my wife and I",
    "the US",
)
VERBS = (
    "am",
    "is",
    "'m",
    "called",
    "live",
    "lives in",
    "have",
    "haven't",
    "don't",
    "no longer",
    "used to",
    "was",
    "zorbs",
    "said that",
    "'s",
    "can't",
)
RESTS = ("", "Ghent", "a nurse", "called Ada", "not Tuesday but Friday", "on 3 May at 9", "with my wife", '"My Way"', ", Tim and Rob", "in", "to", "any more",
         "because I can", "4 years old", "- Rex", "who lives in Rome", ": yes", "the", "'", "n't", "&", "of", "from 9 to 5", "every")  # fmt: skip
FRONTS = (
    "",
    "No, ",
    "Actually ",
    "remember that ",
    "Please ",
    "On Fridays ",
    "forget ",
    "Call me ",
    "It's ",
    "not ",
    "When I sleep, ",
    "i'd rather ",
)

sentences = st.builds(
    lambda *parts: " ".join(parts), *(st.sampled_from(words) for words in (FRONTS, SUBJECTS, VERBS, RESTS, RESTS))
)
anything = st.one_of(
    sentences,
    st.text(max_size=60),
    st.lists(sentences, max_size=3).map(". ".join),
    st.text("IiAm'nt my,.!?\"“’-n\n0123", max_size=40),
)


def memory_of(text: str) -> Memory:
    found = from_words(text, None, NOW)
    return Memory(MemoryId(1), found.kind, found.text, found.question, found.answer, "noted", NOW, "told")


@settings(max_examples=150, deadline=None)
@given(anything)
def test_answers_stand_in_what_was_typed(text: str) -> None:
    question, answer = question_and_answer(text)
    assert answer in text
    assert bool(question) == bool(answer)
    assert not question or question.endswith("?")


@settings(max_examples=150, deadline=None)
@given(anything)
def test_every_text_becomes_a_note_or_nothing(text: str) -> None:
    note = third_person(text)
    assert "\n" not in note
    assert note == note.strip()
    assert not note or any(char.isalnum() for char in note)


@settings(max_examples=150, deadline=None)
@given(anything.filter(lambda text: any(char.isalnum() for char in text)))
def test_memories_questions_and_patterns_survive_any_text(text: str) -> None:
    memory = memory_of(text)
    assert memory.answer in text
    assert bool(memory.question) <= bool(memory.answer)
    for question in (*questions(memory), *reverse_questions(memory), *near_misses(memory)):
        assert question.strip()
        assert memory.question != question
    asked = plain(text, NOW)
    assert not isinstance(asked, Forget) or asked.words.strip()
    for found in extract(text, None, NOW):
        assert found.span is not None
        assert found.answer in text[found.span[0] : found.span[1]]
