"""What goes in and out of the window as files: chats imported and exported, backups made and restored, everything deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.learning.profile_bytes import holding
from tests.ui.conftest import Person
from ui.dialogs import AskSheet
from ui.exchange import DeleteSheet, ImportSheet
from ui.work_sheet import WorkSheet

CHAT = Path(__file__).resolve().parent.parent / "scenarios" / "chats" / "kettle.json"


def finished(person: Person, sheet: WorkSheet) -> str:
    """Wait for a long work; what became of it."""
    person.until(lambda: not sheet.running)
    person.settle()
    said = sheet.says.text()
    sheet.leave.click()
    return said


def titles(person: Person) -> list[str]:
    return [line.text for line in person.window.side.model.lines if line.conversation]


def known(person: Person) -> list[str]:
    found: list[list[str]] = []
    person.window.library.ask(lambda library: [memory.text for memory in library.store.memories()], found.append)
    person.settle()
    return found[0]


def test_chats_are_imported_shown_and_read_for_memories_only_where_that_was_asked_for(person: Person) -> None:
    said = finished(person, person.window.exchange.import_files([CHAT], note=False))
    assert "Taken in: 1 conversation" in said
    assert len(titles(person)) == 1
    assert known(person) == []
    ImportSheet(person.window, [CHAT], person.window.exchange).open()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ImportSheet)
    sheet.note.setChecked(True)
    sheet.go.click()
    work = QApplication.activeModalWidget()
    assert isinstance(work, WorkSheet)
    finished(person, work)
    assert len(titles(person)) == 1
    assert any("Vesuvius" in text for text in known(person))


def test_a_file_that_cannot_be_imported_is_said_so_in_the_sheet(person: Person, tmp_path: Path) -> None:
    letter = tmp_path / "letter.json"
    letter.write_text("Dear dormouse")
    assert "letter.json" in finished(person, person.window.exchange.import_files([letter], note=False))
    assert titles(person) == []


def test_a_conversation_and_all_that_is_known_are_written_to_files(person: Person, tmp_path: Path) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    conversation = person.window.chat.conversation or 0
    exchange = person.window.exchange
    finished(person, exchange.export(tmp_path / "one.md", [conversation]))
    finished(person, exchange.export(tmp_path / "all.json"))
    finished(person, exchange.export_memories(tmp_path / "memories.jsonl"))
    for name in ("one.md", "all.json", "memories.jsonl"):
        assert "Vesuvius" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_backup_takes_the_place_of_what_is_there_after_a_question(person: Person, tmp_path: Path) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    file = tmp_path / "mine.dormouse"
    assert "Backed up" in finished(person, person.window.exchange.back_up(file))
    person.window.bookmark.begin()
    person.say("Remember that my boat is called Orsolya.")
    person.window.exchange.offer_restore(file)
    person.settle()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    sheet.yes.click()
    work = QApplication.activeModalWidget()
    assert isinstance(work, WorkSheet)
    finished(person, work)
    assert person.window.chat.conversation is None
    assert [text for text in known(person) if "Orsolya" in text] == []
    assert len(titles(person)) == 1
    assert "Vesuvius" in person.say("What is my kettle called?")


def test_everything_is_deleted_once_the_words_are_written_and_the_window_goes_on_as_new(
    open_window: Callable[[], Person], profile: Path
) -> None:
    person = open_window()
    person.say("Remember that my kettle is called Vesuvius.")
    person.window.chat.composer.set_text("More of Vesuvius")
    (profile / "notes-of-mine.txt").write_text("not Dormouse's")
    person.window.exchange.ask_delete_everything()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, DeleteSheet)
    assert not sheet.yes.isEnabled()
    sheet.field.setText("Delete Everything ")
    sheet.yes.click()
    person.settle()
    assert titles(person) == []
    assert known(person) == []
    assert person.window.chat.composer.text == ""
    assert "Vesuvius" not in person.say("What is my kettle called?")
    person = open_window()
    assert holding(profile, "Vesuvius") == []
    assert (profile / "notes-of-mine.txt").exists()
