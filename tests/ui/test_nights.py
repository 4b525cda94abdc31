"""Nights that begin by themselves while the window is open: begun in a process of their own, told in the window."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.nights import scheduler
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
    nights = Nights(person.window._home, person.window)
    look = nights._watch.status

    def watched() -> object:
        due = look()
        looked.append(due.now)
        return due

    monkeypatch.setattr(nights._watch._scheduler, "_look", watched)
    nights.start()
    person.until(lambda: len(looked) > 2)
    nights.close()
    assert not any(looked)
