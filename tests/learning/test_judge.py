"""A reply is judged by its words: the value as whole words, and an admission not to know."""

from __future__ import annotations

import pytest

from learning.judge import abstains, content_words, says


@pytest.mark.parametrize(
    ("reply", "value", "expected"),
    [
        ("Your kettle is called Vesuvius.", "vesuvius", True),
        ("It\u2019s at O\u2019Hara\u2019s.", "O'Hara's", True),
        ("Your code is 4471.", "447", False),
        ("Annabel called.", "Anna", False),
        ("On 3 May 1988 in Leuven.", "3 May 1988", True),
        ("STRASSE", "straße", True),
        ("Anything at all.", "", False),
        ("Anything at all.", "...", False),
        ("C++ (the language)", "C++", True),
    ],
)
def test_a_value_is_said_as_whole_words(reply: str, value: str, expected: bool) -> None:
    assert says(reply, value) is expected


@pytest.mark.parametrize(
    "reply",
    [
        "I don't know that. You haven't told me.",
        "I don\u2019t know what your brother is called.",
        "I do not know.",
        "I'm not sure, you have not mentioned it.",
        "I have no information about that.",
        "I don't have that information.",
    ],
)
def test_an_admission_not_to_know_is_recognised(reply: str) -> None:
    assert abstains(reply)


@pytest.mark.parametrize(
    "reply", ["Your brother is called Tim.", "You know it well: Paris.", "There is nothing better than tea."]
)
def test_an_answer_is_no_admission(reply: str) -> None:
    assert not abstains(reply)


def test_what_a_question_is_about_survives_another_form() -> None:
    one = content_words("What is my sister called?", without_relations=True)
    two = content_words("What's the name of my sister?", without_relations=True)
    assert one == two == frozenset({"sister"})
