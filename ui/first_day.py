"""The first day: three steps are shown where nothing has been said yet, until they were gone through, skipped or talked over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.chat import ChatPage
from ui.keepsakes import Keepsakes
from ui.room import Room
from ui.theme import Appearance, theme

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.settings import Reading


class FirstDay(QObject):
    """Signals: `models_wanted`: the person would choose another one; `passed`: the steps make room for the welcome."""

    models_wanted = Signal()
    passed = Signal()

    def __init__(self, chat: ChatPage, engine: Room[Assistant], keepsakes: Keepsakes) -> None:
        super().__init__(chat)
        self._chat, self._engine, self._keepsakes = chat, engine, keepsakes
        chat.sent.connect(lambda _: self.end())
        if not keepsakes.introduced:
            chat.first_steps = self._make

    def end(self) -> None:
        """Once; they do not come again."""
        self._chat.first_steps = None
        self._keepsakes.introduced = True

    def end_where_much_was_said(self) -> None:
        """A profile from before there were first steps."""
        if not self._keepsakes.introduced:
            self._on_done()

    def _make(self) -> QWidget:
        from ui.first_steps import FirstSteps

        steps = FirstSteps(self._keepsakes.appearance)
        steps.memory_wanted.connect(self._on_memory_wanted)
        steps.looks_wanted.connect(self._on_looks_wanted)
        steps.models_wanted.connect(self.models_wanted)
        steps.done.connect(self._on_done)
        return steps

    def _on_done(self) -> None:
        self.end()
        self._keepsakes.save()
        if self._chat.conversation is None and not self._chat.temporary:
            self.passed.emit()

    def _on_memory_wanted(self, reading: Reading) -> None:
        def change(assistant: Assistant) -> None:
            assistant.configure(replace(assistant.settings, memory=reading))

        self._engine.ask(change)

    def _on_looks_wanted(self, appearance: Appearance) -> None:
        self._keepsakes.appearance = appearance
        self._keepsakes.save()
        theme().set_appearance(appearance)
