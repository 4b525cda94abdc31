"""Opens the window for one profile, once: a second start on the same profile brings the first one to the front."""

from __future__ import annotations

import hashlib
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from app.instance_lock import hold
from app.paths import Profile
from models.errors import EnvironmentProblem
from ui import icons
from ui.keepsakes import Keepsakes
from ui.languages import speak
from ui.nights import Nights
from ui.theme import use
from ui.window import Window

_BUSY = "Dormouse is open already for this profile (process {owner}), but does not answer. Close it, or name another profile: --home DIR"


def open_window(home: Path) -> int:
    """Show the window and return when it is closed: the exit code."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Dormouse")
    application.setDesktopFileName("dormouse")
    application.setWindowIcon(icons.app_icon())
    application.setQuitOnLastWindowClosed(True)
    profile = Profile(home).make()
    try:
        with hold(profile.home / "window.lock", _BUSY):
            return _run(application, profile)
    except EnvironmentProblem:
        if call(profile.home):
            return 0
        raise


def _run(application: QApplication, profile: Profile) -> int:
    keepsakes = Keepsakes.load(profile.home / "window.json")
    use(application, keepsakes.appearance, keepsakes.text_scale)
    # Python's threads hand over every 5 ms, which a key pressed while a room imports or counts would be felt by.
    sys.setswitchinterval(0.0002)
    speak(application)
    window = Window(profile.home, keepsakes)
    doorbell = Doorbell(profile.home, window)
    window.show()
    nights = Nights(profile.home, window)
    # Python looks for Ctrl-C only while it runs itself.
    for named in (signal.SIGINT, signal.SIGTERM):
        # Not at once: the signal may come while the window is drawing itself.
        signal.signal(named, lambda *_: QTimer.singleShot(0, window, window.quit))
    pulse = QTimer(interval=300)
    pulse.timeout.connect(lambda: None)
    pulse.start()
    code = application.exec()
    nights.close()
    doorbell.close()
    return code


def _address(home: Path) -> str:
    return f"dormouse-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"


def call(home: Path) -> bool:
    """Ask the window that is open for this profile to come to the front; whether it heard."""
    socket = QLocalSocket()
    socket.connectToServer(_address(home))
    heard = socket.waitForConnected(1000)
    socket.disconnectFromServer()
    return heard


class Doorbell(QObject):
    """Hears a second start on the same profile."""

    def __init__(self, home: Path, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # What a crash left behind; the lock says that nobody listens there any more.
        QLocalServer.removeServer(_address(home))
        self._server.listen(_address(home))
        self._server.newConnection.connect(self._on_rung)

    def close(self) -> None:
        self._server.close()

    def _on_rung(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
