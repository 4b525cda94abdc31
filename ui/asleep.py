"""What stands over the composer while a night runs that was begun here: how far it is, and the way to wake up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ui.pieces import button, card, label, row
from ui.sleep import Sleep

if TYPE_CHECKING:
    from learning.consolidation import Progress


class Asleep(QFrame):
    """Comes and goes with the night; `show_more` leads to where all of it is shown."""

    def __init__(self, sleep: Sleep, show_more: Callable[[], object]) -> None:
        super().__init__()
        self._says = label("")
        buttons = (button(self.tr("Show"), show_more, "link"), button(self.tr("Wake up"), sleep.stop, "link"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card(row(self._says, None, *buttons, space=2), look="sleep", inside=3))
        sleep.began.connect(self._on_began)
        sleep.progressed.connect(self._on_progress)
        sleep.ended.connect(self.hide)
        self.hide()

    def _on_began(self) -> None:
        self._says.setText(self.tr("Falling asleep. Messages wait until morning."))
        self.show()

    def _on_progress(self, progress: Progress) -> None:
        # The night's own vocabulary; whoever tells of its progress has it loaded.
        from app.progress import PHASES

        says = self.tr("Asleep: %1, %2. Messages wait until morning.")
        share = f"{progress.done / max(1, progress.total):.0%}"
        self._says.setText(says.replace("%1", PHASES.get(progress.phase, progress.phase)).replace("%2", share))
