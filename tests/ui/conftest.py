"""The real window on the built-in model, without a screen; whatever Qt warns of fails a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from ui.keepsakes import Keepsakes
from ui.theme import use
from ui.window import Window

PATIENCE_MINUTES = 1.0
"""A busy machine can be very slow; nobody waits as long where it is not."""


class Person:
    """Someone at the window: says things, waits for what comes of them."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window = window
        self._qtbot = qtbot

    def settle(self) -> None:
        """Until nothing is under way any more."""
        self.until(lambda: not (self.window.engine.busy or self.window.library.busy))
        self._qtbot.wait(1)
        self.until(lambda: not (self.window.engine.busy or self.window.library.busy))

    def until(self, holds: Callable[[], bool], minutes: float = PATIENCE_MINUTES) -> None:
        self._qtbot.waitUntil(holds, timeout=round(minutes * 60_000))

    def say(self, text: str) -> str:
        """Send and wait for the reply, and for what was noted; the reply."""
        self.window.chat.composer.set_text(text)
        self.window.chat.composer.send.click()
        self.settle()
        return self.window.chat.transcript.messages()[-1].prose.markdown


@pytest.fixture
def open_window(qtbot: QtBot, qapp: object, profile: Path) -> Iterator[Callable[[], Person]]:
    """Opens the window of the test's profile, as often as wanted; each is closed before the next."""
    opened: list[Window] = []

    def shut() -> None:
        for window in opened:
            window.close()
            window.deleteLater()
        opened.clear()
        qtbot.wait(1)

    def open_() -> Person:
        shut()
        profile.mkdir(exist_ok=True)
        window = Window(profile, Keepsakes.load(profile / "window.json"))
        opened.append(window)
        window.show()
        person = Person(window, qtbot)
        person.settle()
        return person

    use(qapp)  # pyright: ignore[reportArgumentType]
    yield open_
    shut()


@pytest.fixture
def person(open_window: Callable[[], Person]) -> Person:
    return open_window()
