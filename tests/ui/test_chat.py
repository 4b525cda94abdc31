"""A conversation in the window: replies, stopping, another reply, editing, what was noted, what leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.library import Library
from learning.types import Message
from tests.ui.conftest import Person
from ui.dialogs import AskSheet, RewordSheet
from ui.messages import ReplyMessage, UserMessage
from ui.proposals import ProposalChip

SISTER = "My sister is called Oduya."
ASKED = "What is my sister called?"


def stored(person: Person) -> list[Message]:
    """What the profile holds of the conversation that is open."""
    found: list[list[Message]] = []
    conversation = person.window.chat.conversation
    assert conversation is not None
    person.window.library.ask(lambda library: library.store.messages(conversation), found.append)
    person.settle()
    return found[0]


def test_a_reply_comes_and_is_kept_and_the_conversation_gets_its_name(person: Person) -> None:
    reply = person.say("Hello!")
    assert reply
    assert [message.role for message in stored(person)] == ["user", "assistant"]
    assert person.window.side.model.lines[1].text == "Hello!"
    assert re.search(r"\d+ tokens/s  ·  \d+% of the context", person.window.chat.status.text())


def test_what_was_noted_is_used_and_both_are_said(person: Person) -> None:
    person.say(SISTER)
    (chip,) = person.window.chat.transcript.chips()
    assert chip.said.accessibleName() == "Noted: your sister is called Oduya"
    assert "Oduya" in person.say(ASKED)
    reply = person.window.chat.transcript.messages()[-1]
    assert isinstance(reply, ReplyMessage)
    assert not reply.used.isHidden()


def test_a_chips_undo_works_from_the_next_word_on_and_can_be_taken_back(person: Person) -> None:
    person.say(SISTER)
    (chip,) = person.window.chat.transcript.chips()
    chip.undo.click()
    person.settle()
    assert chip.memory.status == "retracted"
    assert "Oduya" not in person.say(ASKED)
    chip.undo.click()
    person.settle()
    assert chip.memory.status == "noted"
    assert "Oduya" in person.say(ASKED)


def test_what_a_reply_drew_on_opens_with_its_source(person: Person, qtbot: QtBot) -> None:
    person.say(SISTER)
    person.say(ASKED)
    reply = person.window.chat.transcript.messages()[-1]
    assert isinstance(reply, ReplyMessage)
    reply.used.click()
    person.settle()
    sheet = QApplication.activeModalWidget()
    assert sheet is not None
    said = [child.text() for child in sheet.findChildren(QLabel)]
    assert "Your sister is called Oduya." in said
    assert any(SISTER in text for text in said)
    sheet.close()


def test_a_reply_that_is_stopped_says_so_and_the_next_one_comes(person: Person) -> None:
    chat = person.window.chat
    chat.composer.set_text("Tell me about the moon.")
    chat.composer.send.click()
    chat.composer.send.click()
    person.settle()
    reply = chat.transcript.messages()[-1]
    assert isinstance(reply, ReplyMessage)
    assert reply.stopped.text() == "stopped"
    assert not chat.talking
    assert person.say("Hello!")


def shown(person: Person) -> list[str]:
    return [widget.prose.markdown for widget in person.window.chat.transcript.messages()]


def test_another_reply_stands_beside_the_first_and_both_can_be_browsed(person: Person) -> None:
    person.say("Hello!")
    before = stored(person)
    for count in (2, 3):
        reply = person.window.chat.transcript.messages()[-1]
        assert isinstance(reply, ReplyMessage)
        reply.again.click()
        person.settle()
        after = stored(person)
        assert after[0] == before[0]
        assert after[1].id != before[1].id
        switch = person.window.chat.transcript.messages()[-1].branches
        assert switch is not None
        assert switch.says.text() == f"{count} of {count}"
        assert not switch.after.isEnabled()
    for place in (2, 1):
        switch = person.window.chat.transcript.messages()[-1].branches
        assert switch is not None
        switch.before.click()
        person.settle()
        switch = person.window.chat.transcript.messages()[-1].branches
        assert switch is not None
        assert switch.says.text() == f"{place} of 3"
    assert stored(person) == before
    assert shown(person) == [message.text for message in before]


def test_what_is_said_after_going_back_goes_on_from_there_and_is_found_where_it_was_said(person: Person) -> None:
    person.say("Hello!")
    person.say("What is the capital of France?")
    first = person.window.chat.transcript.messages()[0]
    assert isinstance(first, UserMessage)
    first.edit_wanted.emit()
    person.say("Good evening!")
    conversation = person.window.chat.conversation or 0
    found: list[int] = []
    person.window.library.ask(
        lambda library: next(said.id for _, said in library.search("capital") if said is not None), found.append
    )
    person.settle()
    person.window.bookmark.open(conversation, found[0])
    person.settle()
    assert shown(person)[::2] == ["Hello!", "What is the capital of France?"]
    person.say("Good night!")
    switch = person.window.chat.transcript.messages()[0].branches
    assert switch is not None
    assert switch.says.text() == "1 of 2"
    switch.after.click()
    person.settle()
    assert shown(person)[::2] == ["Good evening!"]


def test_editing_an_earlier_message_begins_a_branch(person: Person) -> None:
    person.say("Hello!")
    person.say("What is the capital of France?")
    first = person.window.chat.transcript.messages()[0]
    assert isinstance(first, UserMessage)
    first.edit_wanted.emit()
    assert person.window.chat.composer.text == "Hello!"
    person.say("Good evening!")
    assert [message.text for message in stored(person) if message.role == "user"] == ["Good evening!"]
    assert len(person.window.chat.transcript.messages()) == 2


def test_a_selected_part_can_be_remembered_in_so_many_words(person: Person) -> None:
    person.say("Hello!")
    message = person.window.chat.transcript.messages()[0]
    assert isinstance(message, UserMessage)
    message.remember_wanted.emit("My kettle is called Vesuvius.")
    person.settle()
    person.window.show_page(person.window.learned)
    person.settle()
    assert [shown.accessibleName() for shown in person.window.learned.cards] == ["Your kettle is called Vesuvius."]


def test_a_temporary_chat_is_neither_kept_nor_noted(person: Person) -> None:
    person.window.bookmark.begin_temporary()
    assert person.say(SISTER)
    assert person.say("Remember that my boat is called Orsolya.")
    found: list[tuple[int, int]] = []

    def count(library: Library) -> tuple[int, int]:
        return len(library.store.conversations()), len(library.store.memories(all=True))

    person.window.library.ask(count, found.append)
    person.settle()
    assert found == [(0, 0)]
    assert person.window.chat.transcript.chips() == []


def test_words_that_are_too_long_come_back_with_a_plain_error(person: Person) -> None:
    much = "word " * 4000
    person.window.chat.composer.set_text(much)
    person.window.chat.composer.send.click()
    person.until(lambda: bool(person.window.notices()))
    person.settle()
    (notice,) = person.window.notices()
    assert "too long" in notice.accessibleName()
    assert person.window.chat.composer.text == much.strip()


def test_a_reply_goes_on_while_another_conversation_is_open(person: Person) -> None:
    chat = person.window.chat
    chat.composer.set_text("Hello!")
    chat.composer.send.click()
    person.window.bookmark.begin()
    assert not chat.talking
    person.settle()
    assert person.window.side.model.lines[1].text == "Hello!"
    person.window.bookmark.open(person.window.shelf.conversations[0].id)
    person.settle()
    assert [type(widget) for widget in chat.transcript.messages()] == [UserMessage, ReplyMessage]


def test_everything_is_as_it_was_left_after_a_restart(open_window: Callable[[], Person]) -> None:
    person = open_window()
    person.say(SISTER)
    conversation = person.window.chat.conversation
    person.window.chat.composer.set_text("and she lives")
    person.window.shelf.pin(conversation or 0, True)
    person.settle()
    person = open_window()
    chat = person.window.chat
    assert chat.conversation == conversation
    assert chat.composer.text == "and she lives"
    assert next(widget.prose.markdown for widget in chat.transcript.messages()) == SISTER
    assert len(chat.transcript.chips()) == 1
    assert person.window.side.model.lines[0].text == "Pinned"
    chat.composer.set_text("")
    chat.composer.field.recalled.emit(-1)
    assert chat.composer.text == SISTER


def test_what_was_said_from_a_message_on_is_deleted_after_a_question(person: Person) -> None:
    person.say("Hello!")
    person.say("What is the capital of France?")
    second = person.window.chat.transcript.messages()[2]
    assert isinstance(second, UserMessage)
    second.delete_wanted.emit()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    sheet.yes.click()
    person.settle()
    assert shown(person)[::2] == ["Hello!"]
    assert len(stored(person)) == 2
    assert person.say("Good evening!")
    first = person.window.chat.transcript.messages()[0]
    assert isinstance(first, UserMessage)
    first.delete_wanted.emit()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    sheet.yes.click()
    person.settle()
    assert person.window.chat.conversation is None
    assert person.window.side.model.lines == []


def ask_first(person: Person) -> None:
    settings = person.window.settings
    person.window.show_page(settings)
    person.settle()
    settings.memory.setCurrentIndex(settings.memory.findData("ask"))
    person.settle()
    person.window.show_chat()


def waiting(person: Person) -> list[ProposalChip]:
    messages = person.window.chat.transcript.messages()
    return [chip for widget in messages if isinstance(widget, UserMessage) for chip in widget.proposals]


def test_who_is_asked_first_agrees_rewords_or_declines_under_the_message(open_window: Callable[[], Person]) -> None:
    person = open_window()
    ask_first(person)
    person.say(SISTER)
    (chip,) = waiting(person)
    assert chip.says.whole == "Note this? Your sister is called Oduya."
    assert person.window.chat.transcript.chips() == []
    assert "Oduya" not in person.say(ASKED).split()
    person = open_window()
    (chip,) = waiting(person)
    chip.yes.click()
    person.settle()
    assert waiting(person) == []
    (noted,) = person.window.chat.transcript.chips()
    assert noted.said.accessibleName() == "Noted: your sister is called Oduya"
    person.say("My kettle is called Vesuvius.")
    (chip,) = waiting(person)
    chip.no.click()
    person.settle()
    assert waiting(person) == []
    person.say("My boat is called Orsolya.")
    person.window.show_page(person.window.learned)
    person.settle()
    (chip,) = person.window.learned.proposed.chips
    chip.edit.click()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, RewordSheet)
    sheet.field.setPlainText("My boat is called Ursula.")
    sheet.save.click()
    person.settle()
    assert person.window.learned.proposed.isHidden()
    assert waiting(person) == []
    says = [chip.said.accessibleName() for chip in person.window.chat.transcript.chips()]
    assert says == ["Noted: your sister is called Oduya", "Noted: your boat is called Ursula"]
