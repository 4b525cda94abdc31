"""What the keyboard can do wherever one is in the window, and the sheet that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from ui.window import Window


class Shortcuts(QObject):
    """The keys of one window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        does = {
            "Ctrl+N": (self.tr("New conversation"), window.bookmark.begin),
            "Ctrl+Shift+N": (self.tr("Temporary chat"), window.bookmark.begin_temporary),
            "Ctrl+K": (self.tr("Search"), window.focus_search),
            "Ctrl+B": (self.tr("Show or hide the conversations"), window.toggle_side),
            "Ctrl+L": (self.tr("Write a message"), window.show_chat),
            "Ctrl+1": (self.tr("The chat"), window.show_chat),
            "Ctrl+2": (self.tr("What I've learned"), lambda: window.show_page(window.learned)),
            "Ctrl+3": (self.tr("Night"), lambda: window.show_page(window.night)),
            "Ctrl+,": (self.tr("Settings"), lambda: window.show_page(window.settings)),
            "Ctrl+/": (self.tr("These shortcuts"), self.show),
            "Ctrl+Q": (self.tr("Quit"), window.quit),
        }
        for keys, (_, do) in does.items():
            QShortcut(QKeySequence(keys), window).activated.connect(do)
        QShortcut(QKeySequence("Escape"), window).activated.connect(self._on_escape)
        self._says = [(keys, says) for keys, (says, _) in does.items()]

    def show(self) -> None:
        """The sheet of all of them, with those that belong to one place."""
        from ui.dialogs import ShortcutsSheet

        more = [
            ("Return", self.tr("Send")), ("Shift+Return", self.tr("A new line")), ("Up", self.tr("What was sent last")),
            ("Escape", self.tr("Stop the reply; back to the chat")), ("F2", self.tr("Rename the chosen conversation")),
            ("Delete", self.tr("Delete the chosen conversation")),
            ("Left", self.tr("The night before, in the picture of the nights")),
        ]  # fmt: skip
        ShortcutsSheet(self._window, [*self._says, *more]).open()

    def _on_escape(self) -> None:
        window = self._window
        if window.pages.currentWidget() is not window.chat:
            window.show_chat()
        elif window.side.search.hasFocus():
            window.side.search.clear()
            window.chat.composer.field.setFocus()
