"""What the person wishes of one conversation, and the three steps of the first day."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from learning.types import Conversation, ConversationId
from tests.ui.conftest import Person
from ui.first_steps import FirstSteps
from ui.wishes import WishesSheet


def wish(person: Person, instructions: str, tokens: int) -> None:
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, WishesSheet)
    sheet.instructions.setPlainText(instructions)
    sheet.reply_tokens.setCurrentIndex(sheet.reply_tokens.findData(tokens))
    sheet.save.click()
    person.settle()


def stored(person: Person) -> Conversation:
    found: list[Conversation] = []
    id = ConversationId(person.window.chat.conversation or 0)
    person.window.library.ask(lambda library: library.store.conversation(id), found.append)
    person.settle()
    return found[0]


def test_wishes_are_kept_with_their_conversation_and_shown_again(person: Person) -> None:
    chat = person.window.chat
    chat.head.show_wishes()
    wish(person, "Answer in one word.", 64)
    assert not chat.head.wished.isHidden()
    person.say("Hello!")
    first = chat.conversation
    assert (stored(person).instructions, stored(person).temperature, stored(person).reply_tokens) == (
        "Answer in one word.",
        None,
        64,
    )
    person.window.bookmark.begin()
    assert chat.head.wished.isHidden()
    person.say("Good evening!")
    assert stored(person).instructions == ""
    person.window.bookmark.open(first or 0)
    person.settle()
    assert not chat.head.wished.isHidden()
    chat.head.show_wishes()
    person.settle()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, WishesSheet)
    assert sheet.instructions.toPlainText() == "Answer in one word."
    wish(person, "", 512)
    assert (stored(person).instructions, stored(person).reply_tokens) == ("", 512)


def steps(person: Person) -> list[FirstSteps]:
    return [shown for shown in person.window.findChildren(FirstSteps) if shown.isVisible()]


def test_the_first_day_begins_with_three_steps_that_are_not_shown_again(
    open_window: Callable[[], Person], profile: Path
) -> None:
    person = open_window()
    (shown,) = steps(person)
    assert "1 of 3" in shown.where.text()
    shown.next.click()
    shown.asked.click()
    person.settle()
    assert json.loads((profile / "settings.json").read_text())["memory"] == "off"
    shown.notes.click()
    person.settle()
    assert json.loads((profile / "settings.json").read_text())["memory"] == "on"
    shown.next.click()
    shown.appearance.setCurrentIndex(shown.appearance.findData("dark"))
    assert person.window._keepsakes.appearance == "dark"
    shown.appearance.setCurrentIndex(shown.appearance.findData("system"))
    shown.back.click()
    shown.next.click()
    shown.next.click()
    person.settle()
    assert steps(person) == []
    person = open_window()
    assert steps(person) == []


def test_who_simply_begins_to_talk_has_seen_the_steps(open_window: Callable[[], Person]) -> None:
    person = open_window()
    assert steps(person)
    assert person.say("Hello!")
    person.window.bookmark.begin()
    assert steps(person) == []
