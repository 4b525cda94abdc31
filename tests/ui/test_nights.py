"""Nights that begin by themselves while the window is open: begun in a process of their own, told in the window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QTime

from app.nights import scheduler
from app.settings import load
from learning.nightly import Due
from tests.ui.conftest import Person
from ui.nights import Nights


def test_a_night_that_ended_elsewhere_is_told(person: Person) -> None:
    nights = Nights(person.window._home, person.window)
    nights.heard.emit({"event": "progress", "phase": "training", "done": 1, "total": 2})
    nights.heard.emit({"event": "finished", "outcome": "not_now"})
    assert person.window.toast.isHidden()
    nights.heard.emit({"event": "finished", "outcome": "promoted", "learned": [1, 2]})
    person.settle()
    assert not person.window.toast.isHidden()
    assert "2 learned by heart" in person.window.toast.accessibleName()


def test_while_the_window_is_open_it_is_looked_whether_a_night_is_due(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "SOONEST", timedelta(milliseconds=1))
    monkeypatch.setattr(scheduler, "AGAIN", timedelta(milliseconds=1))
    looked: list[bool] = []
    look = scheduler.Nightwatch.status

    def watched(watch: scheduler.Nightwatch) -> Due:
        due = look(watch)
        looked.append(due.now)
        return due

    monkeypatch.setattr(scheduler.Nightwatch, "status", watched)
    nights = Nights(person.window._home, person.window)
    person.window.engine.ask(lambda assistant: assistant.settings)
    person.until(lambda: len(looked) > 2)
    nights.close()
    assert not any(looked)


def test_when_nights_may_begin_is_set_and_kept(person: Person, profile: Path) -> None:
    page = person.window.settings
    person.window.show_page(page)
    person.settle()
    shown = page.nights
    assert (shown.nights.currentData(), shown.begins.time().toString("HH:mm")) == ("on", "00:30")
    shown.nights.setCurrentIndex(shown.nights.findData("ask"))
    shown.power.setCurrentIndex(shown.power.findData("any"))
    shown.ends.setTime(QTime(5, 15))
    shown.ends.editingFinished.emit()
    person.settle()
    kept = load(profile / "settings.json")
    assert (kept.nights, kept.night_power, kept.night_ends, kept.night_begins) == ("ask", "any", "05:15", "00:30")
    shown.nights.setCurrentIndex(shown.nights.findData("off"))
    assert not shown.power.isEnabled()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_where_nights_ask_first_the_panel_waits_for_the_word(person: Person) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    window = person.window
    window.engine.ask(lambda assistant: assistant.configure(replace(assistant.settings, nights="ask")))
    window.show_page(window.night)
    person.settle()
    window.sleep.begin()
    person.until(lambda: not window.sleep.running, minutes=20)
    person.settle()
    known: list[list[str]] = []
    window.library.ask(lambda library: [m.status for m in library.store.memories(library.base)], known.append)
    person.settle()
    assert known == [["noted"]]
    window.night.agree.click()
    person.settle()
    window.library.ask(lambda library: [m.status for m in library.store.memories(library.base)], known.append)
    person.settle()
    assert known[1] == ["learned"]
    assert "adapter" in window.chat.status.text()
