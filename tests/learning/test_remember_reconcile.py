"""What becomes of something told beside what is known, and what "forget ..." means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from learning.patterns import Forget, plain
from learning.reconcile import Add, Ignore, Supersede, forgotten, reconcile, topic
from learning.remember import from_words
from learning.types import Memory, MemoryId

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def known(*said: str) -> list[Memory]:
    """These sentences as memories, told one after the other."""
    memories = []
    for place, sentence in enumerate(said):
        found = from_words(sentence, None, NOW)
        told = NOW + timedelta(minutes=place)
        memories.append(
            Memory(MemoryId(place + 1), found.kind, found.text, found.question, found.answer, "noted", told, "told")
        )
    return memories


def outcome(said: str, memories: Sequence[Memory], about: Memory | None = None) -> Add | Supersede | Ignore:
    return reconcile(from_words(said, None, NOW), memories, about)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("My sister is called Oduya", "No, my sister is called Ada"),
        ("My sister is called Oduya", "My sister's name is Ada"),
        ("My kettle is called Vesuvius", "my kettle is called Etna"),
        ("I live in Ghent", "Actually I moved to Antwerp"),
        ("I live in Ghent", "I live in Bruges now"),
        ("My birthday is on 3 May", "My birthday is 4 May"),
        ("My favourite tea is sencha", "My favorite tea is lapsang souchong"),
        ("I work as a welder", "I'm a nurse"),
        ("Call me Captain", "Please call me Boss"),
        ("I drive a green Volvo", "I drive a red Saab"),
        ("My dentist is Dr Okafor", "My new dentist is Dr Lund"),
        ("My keys are in the bowl", "I put my keys in the drawer"),
        ("My dentist appointment is on Tuesday", "My dentist appointment was moved to Friday"),
        ("I prefer tea over coffee", "I prefer coffee over tea"),
        ("I eat meat", "I don't eat meat any more"),
        ("I like tea", "I no longer like tea"),
        ("I'm allergic to hazelnuts", "No, I'm allergic to peanuts"),
        ("I work as a welder at Harlan & Sons", "I no longer work at Harlan"),
        ("My cat Miso is 3 years old", "My cat Miso is 4 years old"),
        ("I'm a florist", "I'm no longer a florist, I'm a baker"),
        ("I'm lactose intolerant", "I'm not lactose intolerant any more"),
    ],
)  # fmt: skip
def test_a_new_value_takes_the_place_of_the_old(first: str, second: str) -> None:
    memories = known("My toaster is called Blitz", first, "I speak Welsh")
    result = outcome(second, memories)
    assert isinstance(result, Supersede)
    assert result.old is memories[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I'm allergic to hazelnuts", "I'm allergic to peanuts"),
        ("I like tea", "I like jazz"),
        ("I have a brother called Tim", "I have a brother called Rob"),
        ("My cat is called Miso", "My other cat is called Tofu"),
        ("I speak Dutch", "I speak French"),
        ("My friend is called Kofi", "My friend is called Ama"),
        ("My sister is called Oduya", "My brother is called Oduya"),
        ("I live in Ghent", "My sister lives in Lyon"),
        ("My kettle is called Vesuvius", "My toaster is called Etna"),
        ("I hate cilantro", "I don't eat pork"),
        ("I've been to Japan", "I've been to Chile"),
        ("My brother's birthday is 3 May", "My birthday is 4 May"),
        ("I was born in Leuven", "I was born on 3 May 1988"),
        ("I can juggle", "I can bake"),
    ],
)  # fmt: skip
def test_what_can_be_beside_the_old_is_added(first: str, second: str) -> None:
    assert isinstance(outcome(second, known(first)), Add)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("My sister is called Oduya", "my sister is called Oduya."),
        ("My sister is called Oduya", "My sister's name is Oduya"),
        ("I live in Antwerp", "I moved to Antwerp"),
        ("I work as a welder at Harlan & Sons", "I work as a welder"),
        ("I like jazz", "I LIKE jazz!"),
    ],
)
def test_what_is_known_is_ignored(first: str, second: str) -> None:
    memories = known("I speak Welsh", first)
    result = outcome(second, memories)
    assert isinstance(result, Ignore)
    assert result.old is memories[1]
    assert result.why


def test_a_bare_correction_takes_its_sentence_from_the_memory_that_holds_the_old_value() -> None:
    memories = known("My dentist appointment is on Tuesday at 3", "My kettle is called Vesuvius")
    result = outcome("Not Tuesday but Friday", memories)
    assert isinstance(result, Supersede)
    assert result.old is memories[0]
    assert result.candidate.text == "The user's dentist appointment is on Friday at 3."
    assert (result.candidate.question, result.candidate.answer) == ("When is my dentist appointment?", "Friday at 3")


def test_no_it_is_means_what_was_spoken_of_last() -> None:
    memories = known("My sister is called Oduya", "My kettle is called Vesuvius")
    newest = outcome("No, it's Etna", memories)
    spoken_of = outcome("No, it's Ada", memories, about=memories[0])
    assert isinstance(newest, Supersede)
    assert isinstance(spoken_of, Supersede)
    assert newest.candidate.text == "The user's kettle is called Etna."
    assert spoken_of.candidate.text == "The user's sister is called Ada."


@pytest.mark.parametrize(
    ("first", "correction", "text", "answer"),
    [
        ("I work for Okapi", "I don't work for Okapi any more, I'm with Lumen now", "The user works for Lumen.", "Lumen"),
        ("I drive a Lada", "I no longer drive the Lada, it's a Saab now", "The user drives a Saab.", "Saab"),
        ("I live in Faro", "We no longer live in Faro but in Beja", "The user lives in Beja.", "Beja"),
        ("My exam is on 8 June at 9", "No, the 18th", "The user's exam is on 18 June at 9.", "18 June at 9"),
        ("My exam is on 8 June at 9", "Sorry, at 11", "The user's exam is on 8 June at 11.", "8 June at 11"),
        ("My name day is November 3rd", "I meant the 4th.", "The user's name day is November 4th.", "November 4th"),
        ("My wedding is on 21 July", "It's the 22nd of July, not the 21st", "The user's wedding is on the 22nd of July.", "the 22nd of July"),
    ],
)  # fmt: skip
def test_a_correction_that_names_a_part_takes_the_rest_from_what_is_known(
    first: str, correction: str, text: str, answer: str
) -> None:
    memories = known("My toaster is called Blitz", first)
    result = outcome(correction, memories)
    assert isinstance(result, Supersede)
    assert result.old is memories[1]
    assert (result.candidate.text, result.candidate.answer) == (text, answer)


def test_a_correction_of_nothing_known_is_kept_as_it_is() -> None:
    assert isinstance(outcome("not Tuesday but Friday", known("My kettle is called Vesuvius")), Add)
    assert isinstance(outcome("No, it's Ada", []), Add)


def test_a_model_made_question_meets_a_rule_made_one() -> None:
    memories = known("My sister is called Oduya")
    candidate = replace(from_words("My sister is called Ada", None, NOW), question="Who is my sister?")
    assert isinstance(reconcile(candidate, memories), Supersede)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is my sister called?", "Who is my sister?"),
        ("What is my sister called?", "what's the name of my sister"),
        ("Where do I live?", "Which city do I live in?"),
        ("What is my job?", "What do I do for a living?"),
        ("When is my birthday?", "When was I born?"),
        ("What do I drive?", "What kind of car do I have?"),
        ("What is my favourite tea?", "What is my favorite tea?"),
    ],
)
def test_wordings_of_one_question_have_one_topic(one: str, other: str) -> None:
    assert topic(one) == topic(other)


LIFE = (
    "My sister is called Oduya",
    "My brother is called Tim",
    "I have a dog called Rex",
    "I live in Ghent",
    "My sister lives in Lyon",
    "I like jazz",
    "My kettle is called Vesuvius",
    "I work as a welder at Harlan & Sons",
    "My birthday is on 3 May",
    "Call me Captain",
)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("my kettle", ["My kettle is called Vesuvius"]),
        ("that my sister is called Oduya", ["My sister is called Oduya"]),
        ("my sister", ["My sister is called Oduya", "My sister lives in Lyon"]),
        ("my sister's name", ["My sister is called Oduya"]),
        ("where I live", ["I live in Ghent"]),
        ("that I live in Ghent", ["I live in Ghent"]),
        ("where my sister lives", ["My sister lives in Lyon"]),
        ("my job", ["I work as a welder at Harlan & Sons"]),
        ("that I like jazz", ["I like jazz"]),
        ("Rex", ["I have a dog called Rex"]),
        ("the dog", ["I have a dog called Rex"]),
        ("when my birthday is", ["My birthday is on 3 May"]),
        ("everything about me", list(LIFE)),
        ("that my sister is called Ada", []),
        ("my cousin", []),
        ("my toaster is called Vesuvius", []),
        ("the", []),
    ],
)
def test_forget_hits_what_is_meant_and_nothing_else(words: str, meant: list[str]) -> None:
    memories = known(*LIFE)
    found = forgotten(words, memories)
    assert [LIFE[memory.id - 1] for memory in found] == meant


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Forget that my sister is called Oduya.", "my sister is called Oduya"),
        ("please forget my kettle", "my kettle"),
        ("Forget about my old job, please", "my old job"),
        ("don't remember my birthday", "my birthday"),
        ("Delete my phone number from your memory", "my phone number"),
        ("Forget everything about my sister!", "my sister"),
    ],
)
def test_forget_is_heard(said: str, words: str) -> None:
    assert plain(said, NOW) == Forget(words)


@pytest.mark.parametrize(
    "said",
    [
        "Forget it.",
        "forget that",
        "I always forget my keys",
        "Don't forget to buy milk",
        "Did you forget my name?",
        "I'll never forget my sister",
        "delete the file",
    ],
)
def test_other_forgetting_is_not_meant(said: str) -> None:
    assert not isinstance(plain(said, NOW), Forget)


@pytest.mark.parametrize(
    "said",
    ["Remember that I hate cilantro", "note: my PIN is on the fridge", "Actually, I'm a nurse now", "no, it's Ada", "Not Tuesday but Friday", "Call me Captain",
     "No, my sister is called Ada", "From now on always answer in French", "Correction: I live in Bruges"],
)  # fmt: skip
def test_plain_patterns_need_no_model(said: str) -> None:
    assert plain(said, NOW) is not None


@pytest.mark.parametrize(
    "said",
    ["What is my name?", "No problem", "No, thanks", "Actually that's fine", "Remember to call mum", "Hello there", "Do you remember my name?", "Sorry!", "wait",
     "Actually, what is the capital of France?", "It's raining, not snowing?", "no way", "Remember when we met?"],
)  # fmt: skip
def test_small_talk_and_questions_match_no_pattern(said: str) -> None:
    assert plain(said, NOW) is None


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("I'm away this week", 5),
        ("I have a cold today", 1),
        ("I'm in Lisbon until Friday", 3),
        ("My mother visits tomorrow", 2),
        ("I'm on holiday next week", 12),
        ("I live in Ghent", None),
        ("I swim every Tuesday", None),
        ("I've lived here for ten years", None),
        ("I run every day", None),
    ],
)
def test_what_is_true_for_a_while_expires(said: str, days: int | None) -> None:
    expires_at = from_words(said, None, NOW).expires_at
    midnight = NOW.replace(hour=0)
    assert expires_at == (None if days is None else midnight + timedelta(days=days))
