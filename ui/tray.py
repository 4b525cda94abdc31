"""The dormouse in the system's tray, where there is one: opens the window, begins a night, says when one is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from ui import icons

if TYPE_CHECKING:
    from ui.window import Window


class Tray(QObject):
    """`leaving` is set once the person has really asked to quit."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.leaving = False
        self._window = window
        self._menu = QMenu(window)
        self._menu.addAction(self.tr("Open Dormouse"), self._open)
        self._menu.addAction(self.tr("Learn now"), window.sleep.begin)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Quit"), window.quit)
        self._icon = QSystemTrayIcon(icons.app_icon(), window)
        self._icon.setToolTip("Dormouse")
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.show()

    def notify(self, text: str) -> None:
        self._icon.showMessage("Dormouse", text, icons.app_icon())

    def hide(self) -> None:
        self._icon.hide()

    def _on_activated(self, how: QSystemTrayIcon.ActivationReason) -> None:
        if how == QSystemTrayIcon.ActivationReason.Trigger:
            self._open()

    def _open(self) -> None:
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
