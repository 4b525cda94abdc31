"""The terminal chat on a pipe: replies, commands after a slash, what was noted and used, and no error that ends it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main

Chat = Callable[..., str]


@pytest.fixture
def chat(profile: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Chat:
    """One sitting with these lines typed; returns all that was shown. The model's own reading is off: rules are enough here."""
    profile.mkdir()
    (profile / "settings.json").write_text('{"memory": "off", "reply_tokens": 24}', encoding="utf-8")

    def sit(*lines: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        assert main(["chat"]) == 0
        shown = capsys.readouterr()
        return shown.out + shown.err

    return sit


def test_the_end_of_the_input_ends_the_chat(chat: Chat) -> None:
    assert "/help" in chat()


def test_quit_ends_the_chat_before_the_input_does(chat: Chat) -> None:
    shown = chat("/quit", "/memories")
    assert "Nothing yet" not in shown


def test_help_names_every_command(chat: Chat) -> None:
    shown = chat("/help")
    for command in ("/remember", "/note", "/no", "/memories", "/learned", "/night", "/undo", "/restore", "/new", "/quit"):
        assert command in shown


def test_what_is_noted_is_shown_with_the_way_back_and_used_at_once(chat: Chat) -> None:
    shown = chat("/remember My kettle is called Vesuvius.", "What is my kettle called?")
    assert "Noted: The user's kettle is called Vesuvius. (/undo 1)" in shown
    assert "1 note used" in shown


def test_a_note_already_in_the_conversation_is_not_put_there_again(chat: Chat) -> None:
    shown = chat("/remember My kettle is called Vesuvius.", "What is my kettle called?", "And again?")
    assert shown.count("1 note used") == 1
    shown = chat("What is my kettle called?", "/new", "What is my kettle called?")
    assert shown.count("1 note used") == 2


def test_undo_without_a_number_takes_back_what_was_noted_last(chat: Chat) -> None:
    shown = chat("Remember that my kettle is called Vesuvius.", "/undo", "/memories", "/restore 1", "/memories")
    assert "Forgotten: The user's kettle is called Vesuvius." in shown
    assert "Nothing yet" in shown
    assert "Restored: The user's kettle is called Vesuvius." in shown


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("/sleep", "There is no /sleep"),
        ("/undo", "/undo ID"),
        ("/undo kettle", "'kettle' is no memory's number"),
        ("/undo 9", "no memory 9"),
        ("/restore", "/restore ID"),
        ("/remember", "nothing to remember"),
        ("/", "/help"),
    ],
)
def test_a_mistake_is_explained_and_the_chat_goes_on(chat: Chat, line: str, complaint: str) -> None:
    shown = chat(line, "/help")
    assert complaint in shown
    assert "/memories        what it knows" in shown


def test_who_wants_to_be_asked_first_answers_with_a_number(chat: Chat, profile: Path) -> None:
    (profile / "settings.json").write_text('{"memory": "ask", "reply_tokens": 24}', encoding="utf-8")
    shown = chat("My sister is called Oduya.", "/memories", "My cat is called Tibor.", "/no 2", "/note", "/note 1", "/memories")
    assert "Note this? The user's sister is called Oduya. (/note 1, /no 1)" in shown
    assert "Nothing yet" in shown
    assert "Not noted." in shown
    assert "Say which, by its number" in shown
    assert "Noted: The user's sister is called Oduya. (/undo 1)" in shown
    assert "1   fact" in shown or "1  fact" in shown
