"""What may go into the weights tonight, and what never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.stability import Due, is_due, sensitive
from learning.types import Kept, Memory, MemoryId

TOLD_AT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def memory(**more: Any) -> Memory:
    fields: dict[str, Any] = {
        "id": MemoryId(3),
        "kind": "fact",
        "text": "The user's kettle is called Vesuvius.",
        "question": "What is my kettle called?",
        "answer": "Vesuvius",
        "status": "noted",
        "created_at": TOLD_AT,
        "source": "told",
    }
    return Memory(**(fields | more))


@pytest.mark.parametrize("source", ["told", "pattern", "imported"])
@pytest.mark.parametrize("status", ["noted", "learned"])
def test_what_was_told_is_due_the_same_night_and_every_night_after(source: str, status: str) -> None:
    assert is_due(memory(source=source, status=status), 0, TOLD_AT, DAY) == Due(MemoryId(3))


def test_what_was_mentioned_once_waits_until_it_has_stood_for_a_while() -> None:
    mentioned = memory(source="extracted")
    kept = is_due(mentioned, 1, TOLD_AT + timedelta(hours=23, minutes=59), DAY)
    assert kept == Kept(MemoryId(3), "mentioned once; due from 3 March 2026, or when said again")
    assert is_due(mentioned, 1, TOLD_AT + DAY, DAY) == Due(MemoryId(3))
    assert is_due(mentioned, 1, TOLD_AT, timedelta(0)) == Due(MemoryId(3))


def test_what_was_said_again_need_not_wait() -> None:
    assert is_due(memory(source="extracted"), 2, TOLD_AT, DAY) == Due(MemoryId(3))


def test_a_correction_replaces_the_old_value_the_next_night() -> None:
    assert is_due(memory(source="extracted", supersedes=MemoryId(1)), 1, TOLD_AT, DAY) == Due(MemoryId(3))


def test_what_holds_for_a_time_only_is_never_learned() -> None:
    kept = is_due(memory(expires_at=TOLD_AT + timedelta(days=30)), 5, TOLD_AT + timedelta(days=9), DAY)
    assert kept == Kept(MemoryId(3), "holds only until 2026-04-01")


@pytest.mark.parametrize(("status", "reason"), [("retracted", "undone"), ("superseded", "corrected since")])
def test_what_does_not_count_is_never_learned(status: str, reason: str) -> None:
    assert is_due(memory(status=status), 5, TOLD_AT, DAY) == Kept(MemoryId(3), reason)


def test_a_secret_is_never_learned_and_the_reason_names_its_kind_but_not_itself() -> None:
    secret = memory(text="The user's wifi password is hunter2.", question="What is my wifi password?", answer="hunter2")
    kept = is_due(secret, 5, TOLD_AT + timedelta(days=99), DAY)
    assert kept == Kept(MemoryId(3), "looks like a password; secrets are never put into weights")


def test_a_secret_in_the_question_and_answer_alone_is_found() -> None:
    secret = memory(text="The user told it.", question="What is my PIN?", answer="4711")
    assert isinstance(is_due(secret, 1, TOLD_AT, DAY), Kept)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The user's wifi password is hunter2.", "a password"),
        ("Hunter2 is the user's password for the bank.", "a password"),
        ("The user uses swordfish as a password.", "a password"),
        ("password: swordfish", "a password"),
        ("The user's recovery phrase is apple banana cherry.", "a password"),
        ("The user's API key is abc.", "a password"),
        ("Mein Passwort ist Schwertfisch; das Passwort: Schwertfisch", "a password"),
        ("The user's PIN is 4711.", "a PIN or code"),
        ("4711 is the user's PIN.", "a PIN or code"),
        ("The alarm code is 12 34.", "a PIN or code"),
        ("The CVV is 123.", "a PIN or code"),
        ("The user's card is 4111 1111 1111 1111.", "a card number"),
        ("The user pays with 5500-0000-0000-0004.", "a card number"),
        ("The user's account is DE89 3704 0044 0532 0130 00.", "a bank account"),
        ("The user's account is GB82WEST12345698765432.", "a bank account"),
        ("It says sk-abcdefghijklmnop1234567.", "a key"),
        ("It says ghp_abcdefghijklmnopqrstuv123456.", "a key"),
        ("It says AKIAIOSFODNN7EXAMPLE.", "a key"),
        ("It says 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.", "a key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("The user's number is 078-05-1120.", "a social security number"),
    ],
)
def test_secrets_are_recognised(text: str, kind: str) -> None:
    assert sensitive(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "The user's kettle is called Vesuvius.",
        "The user's job is password security.",
        "The user works on password managers.",
        "The user was born on 1984-03-12.",
        "The user's phone number is +49 170 1234567890.",
        "The user likes https://example.org/2024/05/06/some-long-article-name-about-cats",
        "The user speaks of the Donaudampfschifffahrtsgesellschaft.",
        "The user likes a combination of tea and milk.",
        "The user's order number is 4111 1111 1111 1112.",
        "The user lives at 1234 Main Street, Springfield, IL 62704.",
        "The user pinned a photo in 2024.",
        "The user's favourite keys are those of a piano.",
        "The user wakes up at 7:15 and runs 10 km.",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert sensitive(text) == ""


def luhn_check_digit(digits: str) -> str:
    """The digit that completes a card number, by the table of doubled digits."""
    doubled = "0246813579"
    total = sum(int(doubled[int(digit)] if place % 2 == 0 else digit) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@settings(deadline=None)
@given(st.from_regex(r"[3-6][0-9]{12,17}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_every_valid_card_number_is_found_however_it_is_spaced(digits: str, between: str) -> None:
    number = digits + luhn_check_digit(digits)
    spaced = between.join(number[place : place + 4] for place in range(0, len(number), 4))
    assert sensitive(f"It is {spaced}.") == "a card number"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(sensitive(text), str)
