"""The window without a pointer and without eyes: everything is reached by keys, and says what it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Person
from ui.dialogs import AskSheet, ShortcutsSheet
from ui.messages import ReplyMessage

TAB, BACKTAB, ENTER, SPACE = Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space
MOST = 120


class Keys:
    """Presses keys where the focus is, and tells where that is."""

    def __init__(self, person: Person, qtbot: QtBot) -> None:
        self.person, self._qtbot = person, qtbot

    @property
    def focus(self) -> QWidget:
        if QApplication.focusWidget() is None:
            # Without a window manager nobody gives the focus back when a sheet is closed.
            self.person.window.activateWindow()
            self.person.until(lambda: QApplication.focusWidget() is not None)
        here = QApplication.focusWidget()
        assert here is not None
        return here

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._qtbot.keyClick(self.focus, key, modifier)
        self.person.settle()

    def write(self, text: str) -> None:
        self._qtbot.keyClicks(self.focus, text)

    def tab_to(self, wanted: Callable[[QWidget], bool], key: Qt.Key = TAB) -> QWidget:
        """Go on until the focus is where it is wanted."""
        for _ in range(MOST):
            if wanted(self.focus):
                return self.focus
            self._qtbot.keyClick(self.focus, key)
        raise AssertionError(f"Tab never came there; at last it was at {self.focus.accessibleName()!r}")


def named(name: str) -> Callable[[QWidget], bool]:
    return lambda widget: widget.accessibleName() == name


def test_a_memory_is_told_found_in_the_panel_undone_and_erased_without_a_pointer(
    open_window: Callable[[], Person], qtbot: QtBot
) -> None:
    person = open_window()
    window, keys = person.window, Keys(person, qtbot)
    person.window.activateWindow()
    person.until(lambda: QApplication.focusWidget() is window.chat.composer.field)
    keys.write("Remember that my kettle is called Vesuvius.")
    keys.press(ENTER)
    # Up to the message that was said, where its tools come into sight, and to the chip below it.
    (chip,) = window.chat.transcript.chips()
    keys.tab_to(lambda widget: widget is chip.undo, BACKTAB)
    keys.press(SPACE)
    assert chip.memory.status == "retracted"
    keys.press(SPACE)
    assert chip.memory.status == "noted"
    reply = window.chat.transcript.messages()[-1]
    assert isinstance(reply, ReplyMessage)
    keys.tab_to(lambda widget: widget is reply.again)
    keys.press(SPACE)
    assert window.chat.transcript.messages()[-1].branches is not None
    keys.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    keys.tab_to(named("Search what I know"))
    keys.write("kettle")
    person.settle()
    (shown,) = window.learned.cards
    keys.tab_to(lambda widget: widget is shown.box)
    keys.press(SPACE)
    keys.tab_to(lambda widget: widget is window.learned.erase_several, BACKTAB)
    keys.press(SPACE)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, AskSheet)
    keys.tab_to(lambda widget: widget is sheet.yes)
    keys.press(SPACE)
    assert window.learned.cards == []


def test_settings_night_and_the_conversations_are_used_without_a_pointer(
    open_window: Callable[[], Person], qtbot: QtBot
) -> None:
    person = open_window()
    window, keys = person.window, Keys(person, qtbot)
    window.activateWindow()
    person.until(lambda: QApplication.focusWidget() is window.chat.composer.field)
    keys.write("Hello!")
    keys.press(ENTER)
    control = Qt.KeyboardModifier.ControlModifier
    keys.press(Qt.Key.Key_N, control)
    assert window.chat.conversation is None
    keys.press(Qt.Key.Key_K, control)
    assert keys.focus is window.side.search
    keys.tab_to(lambda widget: widget is window.side.list)
    keys.press(Qt.Key.Key_Down)
    keys.press(ENTER)
    assert window.chat.conversation is not None
    keys.press(Qt.Key.Key_Comma, control)
    keys.tab_to(lambda widget: widget is window.settings.memory)
    keys.press(Qt.Key.Key_Down)
    assert window.settings.memory.currentData() == "ask"
    keys.tab_to(lambda widget: widget is window.settings.appearance)
    keys.press(Qt.Key.Key_Down)
    assert window._keepsakes.appearance == "light"
    keys.press(Qt.Key.Key_Up)
    keys.press(Qt.Key.Key_3, control)
    keys.tab_to(lambda widget: widget is window.night.question)
    keys.write("What is my kettle called?")
    keys.press(ENTER)
    assert window.night.today.text()
    keys.press(Qt.Key.Key_Slash, control)
    sheet = QApplication.activeModalWidget()
    assert isinstance(sheet, ShortcutsSheet)
    keys.press(Qt.Key.Key_Escape)
    assert QApplication.activeModalWidget() is None
    keys.press(Qt.Key.Key_Escape)
    assert window.pages.currentWidget() is window.chat


def test_whatever_can_be_used_says_what_it_is(person: Person) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    window = person.window
    nameless: list[str] = []
    for page in (None, window.learned, window.night, window.settings):
        if page is not None:
            window.show_page(page)
            person.settle()
        for widget in window.findChildren(QWidget):
            used = isinstance(widget, (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView))
            # What Qt itself puts into its widgets (the clear button of a field, the list of a choice) has a name of Qt's.
            own = not isinstance(widget.parentWidget(), (QLineEdit, QComboBox, QAbstractSpinBox)) and widget.isVisible()
            if used and own and not (widget.accessibleName() or getattr(widget, "text", str)()):
                nameless.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    assert nameless == []
