"""Nights that begin by themselves while the window is open, or in the tray: they are slept elsewhere, and told here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.nights.scheduler import Nightwatch
    from ui.window import Window


class Nights(QObject):
    """Signals: `heard(line)`, each line that a night says, on the window's thread."""

    heard = Signal(object)

    def __init__(self, home: Path, window: Window) -> None:
        super().__init__(window)
        self._home, self._window = home, window
        self._watch: Nightwatch | None = None
        self.heard.connect(self._on_heard)
        # Not before the model is awake: what watches over nights takes long to import, and by then all of it is.
        window.engine.idle.connect(self._start)

    def close(self) -> None:
        """Wake a night that runs: it goes on another time."""
        if self._watch is not None:
            self._watch.stop()

    def _start(self) -> None:
        if self._watch is None:
            from app.nights.scheduler import Nightwatch

            self._watch = Nightwatch(self._home, self.heard.emit)
            self._watch.start()

    def _on_heard(self, line: Mapping[str, Any]) -> None:
        if line["event"] != "finished":
            return
        said = {
            "promoted": self.tr("Good morning. %1 learned by heart.").replace("%1", str(len(line.get("learned", ())))),
            "awaiting": self.tr("Good morning. What I could learn tonight waits for your word."),
            "failed": self.tr("The night failed. Nothing changed."),
        }.get(line["outcome"])
        if said is None:
            return
        self._window.tell(said)
        self._window.refresh_memories()
