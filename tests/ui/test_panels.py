"""The pages beside the chat, the conversations at the left, and the window's manners."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from app.cli import main
from app.library import Library
from learning.types import Candidate, Conversation, ConversationId, Measure, Sha256, Verdict
from tests.ui.conftest import Person
from ui.dialogs import AmendSheet
from ui.pieces import IconButton
from ui.prose import Prose
from ui.settings_models import ModelSheet
from ui.start import Doorbell, call
from ui.theme import use

ROOT = Path(__file__).resolve().parent.parent.parent


def sentences(person: Person) -> list[str]:
    return [shown.accessibleName() for shown in person.window.learned.cards]


def test_the_panel_shows_what_is_known_with_its_source_undoes_it_and_restores_it(person: Person) -> None:
    person.say("My sister is called Oduya.")
    window = person.window
    window.show_page(window.learned)
    person.settle()
    (shown,) = window.learned.cards
    assert any("My sister is called Oduya." in text.text() for text in shown.findChildren(QLabel))
    shown.undo.click()
    person.settle()
    (shown,) = window.learned.cards
    assert shown.known.memory.status == "retracted"
    shown.back.click()
    person.settle()
    (shown,) = window.learned.cards
    assert shown.known.memory.status == "noted"
    window.deeds.source_wanted.emit(shown.known.evidence[0].conversation, shown.known.evidence[0].message)
    person.settle()
    assert window.pages.currentWidget() is window.chat
    assert window.chat.conversation == shown.known.evidence[0].conversation


def test_several_are_undone_at_once_and_found_by_words_and_filters(person: Person) -> None:
    for said in ("Remember that my kettle is called Vesuvius.", "Remember that my boat is called Orsolya."):
        person.say(said)
    window = person.window
    window.show_page(window.learned)
    person.settle()
    window.learned.search.setText("kettle")
    assert sentences(person) == ["Your kettle is called Vesuvius."]
    window.learned.search.clear()
    for shown in window.learned.cards:
        shown.box.setChecked(True)
    window.learned.undo_several.click()
    person.settle()
    window.learned.filters["noted"].click()
    assert sentences(person) == []
    window.learned.filters["gone"].click()
    assert len(sentences(person)) == 2


def test_a_memory_is_corrected_in_the_persons_own_words(person: Person) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    window = person.window
    window.deeds.amend(window.chat.transcript.chips()[0].memory)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AmendSheet)
    assert sheet.field.toPlainText() == "My kettle is called Vesuvius."
    sheet.field.setPlainText("My kettle is called Etna.")
    sheet.save.click()
    person.settle()
    assert window.chat.transcript.chips()[0].memory.status == "superseded"
    window.bookmark.begin()
    assert "Etna" in person.say("What is my kettle called?")


def test_a_deleted_conversation_can_be_had_back_until_it_is_gone(person: Person) -> None:
    person.say("Hello!")
    window = person.window
    conversation = window.shelf.conversations[0].id
    window.shelf.delete(conversation)
    person.settle()
    assert window.shelf.conversations == []
    window.toast.back.click()
    person.settle()
    assert [entry.id for entry in window.shelf.conversations] == [conversation]
    window.shelf.delete(conversation)
    window.toast.finish()
    person.settle()
    left: list[int] = []
    window.library.ask(lambda library: len(library.store.conversations()), left.append)
    person.settle()
    assert left == [0]


def test_conversations_are_renamed_and_found_by_what_was_said_in_them(person: Person) -> None:
    person.say("What is the capital of France?")
    window = person.window
    window.side.renamed.emit(window.shelf.conversations[0].id, "Geography")
    person.settle()
    assert window.chat.head.title.text() == "Geography"
    window.side.search.setText("capital")
    person.until(lambda: window.side.model.lines[0].text == "Geography")
    window.side.search.setText("geogr")
    person.until(lambda: [line.text for line in window.side.model.lines] == ["Geography"])
    window.side.search.setText("zebra")
    person.until(lambda: not window.side.empty.isHidden())


def test_conversations_stand_under_the_days_they_were_last_spoken_in(person: Person) -> None:
    now = datetime(2026, 5, 20, 12, tzinfo=UTC).astimezone()
    spoken = [now - timedelta(days=days) for days in (0, 1, 4, 20, 80, 500)]
    held = [Conversation(ConversationId(n + 1), f"Talk {n}", at, at) for n, at in enumerate(spoken)]
    side = person.window.side
    side.show_conversations(held, [4], 0, now)
    lines = [(line.text, line.pinned) for line in side.model.lines]
    assert lines[:2] == [("Pinned", False), ("Talk 3", True)]
    assert [text for text, _ in lines[2:]] == [
        "Today", "Talk 0", "Yesterday", "Talk 1", "This week", "Talk 2",
        f"{spoken[4]:%B %Y}", "Talk 4", f"{spoken[5]:%B %Y}", "Talk 5",
    ]  # fmt: skip


def test_what_is_known_by_heart_stands_under_its_night_and_the_rest_under_its_kind(person: Person) -> None:
    window = person.window

    def live(library: Library) -> None:
        store, base = library.store, library.base
        candidates = (
            Candidate("fact", "The user has a cat."),
            Candidate("preference", "The user likes tea."),
            Candidate("fact", "The user has a dog."),
        )
        told = [store.add_memory(candidate) for candidate in candidates]
        night = store.start_consolidation()
        measure = Measure(-1.0, 1.0, "")
        learned = [Verdict(memory.id, True, measure, measure, 1.0) for memory in told[:2]]
        ids = [memory.id for memory in told[:2]]
        (library.profile.home / "adapters").mkdir()
        (library.profile.home / "adapters" / "a.gguf").write_text("")
        adapter = store.add_adapter(night.id, base, {}, 0, ids, Sha256("1" * 64), "adapters/a.gguf", "promoted", learned)
        store.finish_consolidation(night.id, "promoted", {}, adapter.id)

    window.library.ask(live)
    window.show_page(window.learned)
    person.settle()
    said = [text.text() for text in window.learned.findChildren(QLabel) if text.property("tone") in ("heading", "small")]
    day = f"{datetime.now():%d %B %Y}"
    wanted = [f"By heart since night 1, {day}", "Facts", "Preferences", "In notes", "Facts"]
    assert [text for text in said if text in wanted] == wanted
    (undo,) = [b for b in window.learned.findChildren(QAbstractButton) if b.text() == "Undo this night" and b.isVisible()]
    undo.click()
    person.settle()
    gone = [card for card in window.learned.cards if card.known.memory.status == "retracted"]
    assert len(gone) == 2


def test_the_keyboard_reaches_every_page_and_every_button_has_a_name(person: Person, qtbot: QtBot) -> None:
    window = person.window
    for key, page in ((Qt.Key.Key_2, window.learned), (Qt.Key.Key_3, window.night), (Qt.Key.Key_Comma, window.settings)):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.pages.currentWidget() is page
        person.settle()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert window.pages.currentWidget() is window.chat
    ours = [
        button for button in window.findChildren(QAbstractButton) if button.property("tone") or isinstance(button, IconButton)
    ]
    assert [str(button.property("tone")) for button in ours if not button.isHidden() and not button.accessibleName()] == []


def test_the_settings_change_what_is_noted_and_how_it_looks(person: Person) -> None:
    window = person.window
    window.show_page(window.settings)
    person.settle()
    window.settings.memory.setCurrentIndex(window.settings.memory.findData("off"))
    window.settings.appearance.setCurrentIndex(window.settings.appearance.findData("dark"))
    person.settle()
    window.show_chat()
    person.say("My sister is called Oduya.")
    assert window.chat.transcript.chips() == []
    window.settings.appearance.setCurrentIndex(0)


def test_a_model_file_that_is_none_is_refused_in_words(person: Person, tmp_path: Path) -> None:
    window = person.window
    window.show_page(window.settings)
    no_model = tmp_path / "letter.gguf"
    no_model.write_text("Dear dormouse")
    window.settings.models.add(no_model)
    person.settle()
    (notice,) = window.notices()
    assert "letter.gguf" in notice.accessibleName()


def test_another_model_is_added_used_and_answers(person: Person, acorn_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other.gguf"
    copy.write_bytes(acorn_path.read_bytes())
    window = person.window
    window.settings.models.add(copy)
    person.settle()
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ModelSheet)
    said = " ".join(text.text() for text in sheet.findChildren(QLabel))
    assert "qwen3" in said
    assert "MB" in said
    sheet.add.click()
    person.settle()
    window.settings.models.use("other")
    person.settle()
    assert person.say("Hello!")


def test_a_second_start_brings_the_first_window_to_the_front(person: Person, profile: Path, qtbot: QtBot) -> None:
    doorbell = Doorbell(profile, person.window)
    person.window.showMinimized()
    assert call(profile)
    person.until(lambda: not person.window.isMinimized())
    doorbell.close()
    assert not call(profile)


def test_a_reply_loads_no_picture_and_its_code_can_be_copied(qtbot: QtBot, open_window: Callable[[], Person]) -> None:
    prose = Prose("![spy](http://example.org/spy.png) and\n\n```python\nprint(1)\nprint(2)\n```\n")
    qtbot.addWidget(prose)
    prose.show()
    assert prose.loadResource(2, "http://example.org/spy.png") is None
    (copy,) = prose.copies
    copy.click()
    assert QApplication.clipboard().text() == "print(1)\nprint(2)"


def test_the_windows_process_never_loads_torch(profile: Path) -> None:
    script = f"""
import sys, pathlib
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from ui.keepsakes import Keepsakes
from ui.theme import use
from ui.window import Window
application = QApplication([]); use(application)
home = pathlib.Path({str(profile)!r})
window = Window(home, Keepsakes.load(home / "window.json")); window.show()
loop, timer = QEventLoop(), QTimer()  # QTest.qWait would keep the lock that the other threads need
timer.timeout.connect(lambda: None if window.engine.busy or window.library.busy else loop.quit())
timer.start(20)
settle = loop.exec
window.chat.composer.set_text("My kettle is called Vesuvius."); window.chat.composer.send.click()
settle()
for page in (window.learned, window.night, window.settings): window.show_page(page)
settle()
window.close()
print("llama_cpp" in sys.modules, [n for n in ("torch", "transformers", "peft", "bitsandbytes") if n in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_night_from_the_panel_to_the_mornings_report_and_its_undo(person: Person) -> None:
    for said in ("Remember that my kettle is called Vesuvius.", "Remember that my boat is called Orsolya."):
        person.say(said)
    window = person.window
    window.show_page(window.night)
    person.settle()
    window.night.start.click()
    assert window.sleep.running
    window.night.progress.cancel.click()
    person.until(lambda: not window.sleep.running)
    window.night.start.click()
    person.until(lambda: not window.sleep.running, minutes=20)
    person.settle()
    window.show_page(window.learned)
    person.settle()
    learned = [shown for shown in window.learned.cards if shown.known.memory.status == "learned"]
    assert learned
    assert "adapter" in window.chat.status.text()
    window.deeds.undo_night(2)
    person.settle()
    assert all(shown.known.memory.status == "retracted" for shown in window.learned.cards)


def test_dormouse_alone_opens_the_window_where_there_is_a_display(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    assert main([], window=lambda home: len(opened.append(home) or opened) + 6) == 7
    assert opened == [profile]
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform == "linux":
        assert main([], window=lambda _: 0) == 3


def test_nothing_is_pushed_out_of_sight_in_a_narrow_window_or_with_large_type(
    open_window: Callable[[], Person], qapp: QApplication
) -> None:
    for scale, width in ((1.0, 680), (1.5, 1160)):
        use(qapp, scale=scale)
        person = open_window()
        window = person.window
        window.resize(width, 720)
        person.say("Remember that my kettle is called Vesuvius.")
        for page in (window.learned, window.night, window.settings):
            window.show_page(page)
            person.settle()
            for box in page.findChildren(QCheckBox):
                box.setChecked(page is window.learned or box.isChecked())
            content = page.area.widget()
            assert content is not None
            wanted, room = content.minimumSizeHint().width(), page.area.viewport().width()
            assert wanted <= room, f"{page.accessibleName()} at {scale}: {wanted} of {room}"
    use(qapp)
