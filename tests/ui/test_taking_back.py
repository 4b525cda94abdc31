"""What is done with memories from the panels: erased, kept out of weights, held back for a night, with receipts to keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from tests.learning.profile_bytes import holding
from tests.ui.conftest import Person
from ui.dialogs import AskSheet
from ui.memory_card import MemoryCard
from ui.night_progress import NightProgress
from ui.pieces import Notice
from ui.receipts import ReceiptsSheet

KETTLE, BOAT = "Remember that my kettle is called Vesuvius.", "Remember that my boat is called Orsolya."


def cards(person: Person) -> dict[str, MemoryCard]:
    """The cards of the panel, by what they say."""
    person.window.show_page(person.window.learned)
    person.settle()
    return {shown.accessibleName(): shown for shown in person.window.learned.cards}


def choose(card: MemoryCard, starts: str) -> None:
    """One of the things that a card's menu offers."""
    menu = card.menu()
    next(action for action in menu.actions() if action.text().startswith(starts)).trigger()
    menu.deleteLater()


def agree() -> str:
    """Say yes to the question that is asked; its words."""
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    said = " ".join(text.text() for text in sheet.findChildren(QLabel))
    sheet.yes.click()
    return said


def texts(widget: QWidget) -> str:
    return "\n".join(text.text() for text in widget.findChildren(QLabel) if not text.isHidden())


def test_what_is_erased_is_gone_from_sight_and_from_every_file(person: Person, profile: Path) -> None:
    person.say(KETTLE)
    person.say("Why does Vesuvius sing?")
    person.window.chat.composer.set_text("And Vesuvius again")
    choose(cards(person)["Your kettle is called Vesuvius."], "Erase")
    assert "Your kettle is called Vesuvius." in agree()
    person.settle()
    assert cards(person) == {}
    person.window.show_chat()
    person.settle()
    shown = [widget.prose.markdown for widget in person.window.chat.transcript.messages()]
    assert not [text for text in shown if "Vesuvius" in text]
    assert "Vesuvius" not in person.window.chat.composer.text
    assert not [sent for sent in person.window.chat.composer._history if "Vesuvius" in sent]
    person.window.shut()
    assert holding(profile, "Vesuvius") == []


def test_a_question_that_is_not_agreed_to_erases_nothing(person: Person) -> None:
    person.say(KETTLE)
    choose(cards(person)["Your kettle is called Vesuvius."], "Erase")
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    sheet.reject()
    person.settle()
    assert list(cards(person)) == ["Your kettle is called Vesuvius."]


def test_several_are_erased_at_once(person: Person) -> None:
    person.say(KETTLE)
    person.say(BOAT)
    for shown in cards(person).values():
        shown.box.setChecked(True)
    person.window.learned.erase_several.click()
    agree()
    person.settle()
    assert cards(person) == {}


def test_what_is_never_to_be_learned_says_so_and_is_no_part_of_tonight_until_it_is_allowed(person: Person) -> None:
    person.say(KETTLE)
    person.say(BOAT)
    choose(cards(person)["Your kettle is called Vesuvius."], "Never learn")
    person.settle()
    assert "never to be learned into weights, as you wished" in texts(cards(person)["Your kettle is called Vesuvius."])
    window = person.window
    window.show_page(window.night)
    person.settle()
    assert "1 new thing" in texts(window.night)
    choose(cards(person)["Your kettle is called Vesuvius."], "Allow")
    person.settle()
    window.show_page(window.night)
    person.settle()
    assert "2 new things" in texts(window.night)


def test_single_memories_are_held_back_for_tonight_and_approved_again(person: Person) -> None:
    person.say(KETTLE)
    person.say("My sister is called Oduya.")
    window = person.window
    window.show_page(window.night)
    person.settle()
    assert "1 new thing" in texts(window.night)
    press(window.night, "Not tonight: Your kettle is called Vesuvius.")
    person.settle()
    assert "nothing new to learn" in texts(window.night)
    assert "held back by you" in texts(window.night)
    press(window.night, "Learn it tonight: Your kettle is called Vesuvius.")
    person.settle()
    press(window.night, "Learn it tonight: Your sister is called Oduya.")
    person.settle()
    assert "2 new things" in texts(window.night)


def press(page: QWidget, name: str) -> None:
    """A button by the name that a screen reader says."""
    from PySide6.QtWidgets import QPushButton

    (found,) = (
        button for button in page.findChildren(QPushButton) if button.accessibleName() == name and not button.isHidden()
    )
    found.click()


def test_a_receipt_shows_what_was_taken_back_and_is_kept_as_a_file(person: Person, tmp_path: Path) -> None:
    person.say(KETTLE)
    cards(person)["Your kettle is called Vesuvius."].undo.click()
    person.settle()
    sheet = receipts(person)
    said = texts(sheet)
    assert "Your kettle is called Vesuvius." in said
    assert "It is not said any more." in said
    kept = tmp_path / "receipt.json"
    receipt: list[object] = []
    person.window.library.ask(lambda library: library.receipts()[0], receipt.append)
    person.settle()
    sheet.save(receipt[0], kept)  # pyright: ignore[reportArgumentType]
    person.settle()
    written = json.loads(kept.read_text(encoding="utf-8"))
    assert written["action"] == "undo"
    assert written["account"]["memories"][0]["answer"] == "Vesuvius"
    (tmp_path / "folder.json").mkdir()
    sheet.save(receipt[0], tmp_path / "folder.json")  # pyright: ignore[reportArgumentType]
    person.settle()
    (notice,) = person.window.findChildren(Notice)
    assert "folder.json" in notice.accessibleName()
    sheet.close()


def receipts(person: Person) -> ReceiptsSheet:
    person.window.deeds.show_receipts()
    person.settle()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ReceiptsSheet)
    return sheet


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_after_an_undo_the_rest_is_learned_anew_from_the_panel(open_window: Callable[[], Person], profile: Path) -> None:
    person = open_window()
    window = person.window
    for said in (KETTLE, BOAT):
        person.say(said)
    window.sleep.begin()
    person.until(lambda: not window.sleep.running, minutes=20)
    assert {shown.known.memory.status for shown in cards(person).values()} == {"learned"}
    cards(person)["Your kettle is called Vesuvius."].undo.click()
    person.settle()
    assert not window.learned.rebuilding.isHidden()
    window.learned.rebuild.click()
    (progress,) = window.learned.findChildren(NightProgress)
    assert not progress.isHidden()
    person.until(lambda: not window.sleep.running, minutes=20)
    person.settle()
    assert {shown.known.memory.status for shown in cards(person).values()} == {"learned", "retracted"}
    assert window.learned.rebuilding.isHidden()
    sheet = receipts(person)
    assert "Vesuvius" in texts(sheet)
    sheet.close()
    # The weights of the first night know what was taken back, and are not asked any more.
    window.show_page(window.night)
    person.settle()
    assert window.night.when.count() == 0
    window.deeds.restore([shown.known.memory.id for shown in window.learned.cards if shown.known.memory.status == "retracted"])
    person.settle()
    window.show_page(window.night)
    person.settle()
    assert window.night.when.count() == 1
    window.night.question.setText("What is my kettle called?")
    window.night.compare.click()
    person.settle()
    assert "Vesuvius" in window.night.then.text()
    assert "Vesuvius" not in window.night.before.text()
    cards(person)["Your kettle is called Vesuvius."].undo.click()
    person.settle()
    # Never to be learned: from now on no weights that hold it serve.
    choose(cards(person)["Your boat is called Orsolya."], "Never learn")
    person.settle()
    assert cards(person)["Your boat is called Orsolya."].known.memory.status == "noted"
    choose(cards(person)["Your boat is called Orsolya."], "Allow")
    person.settle()
    assert cards(person)["Your boat is called Orsolya."].known.memory.status == "learned"
    choose(cards(person)["Your boat is called Orsolya."], "Erase")
    agree()
    person.settle()
    window.shut()
    assert holding(profile, "Orsolya") == []
