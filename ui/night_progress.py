"""A night under way, on whatever page it is watched: what is being done, how far it is, and the way to wake up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QWidget

from app.addressing import to_you
from app.progress import PHASES
from ui.pieces import button, column, label, row
from ui.sleep import Sleep

if TYPE_CHECKING:
    from learning.consolidation import Progress


class NightProgress(QWidget):
    """Follows `sleep`; hidden where there is no night to watch."""

    def __init__(self, sleep: Sleep) -> None:
        super().__init__()
        self.cancel = button(self.tr("Wake up"), sleep.stop)
        self.phase = label("", wraps=True)
        self.left_over = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the night"))
        self.setLayout(column(self.phase, self.bar, row(self.left_over, None, self.cancel), space=2))
        self.hide()
        sleep.began.connect(self._on_began)
        sleep.progressed.connect(self._on_progress)
        sleep.waking.connect(self._on_waking)
        sleep.ended.connect(self.hide)
        if sleep.running:
            self._on_began()

    def _on_began(self) -> None:
        self.cancel.setEnabled(True)
        self.phase.setText(self.tr("Falling asleep …"))
        self.left_over.setText("")
        self.bar.setRange(0, 0)
        self.show()

    def _on_waking(self) -> None:
        self.phase.setText(self.tr("Waking up …"))
        self.cancel.setEnabled(False)

    def _on_progress(self, progress: Progress) -> None:
        phase = PHASES.get(progress.phase, progress.phase)
        self.phase.setText(f"{phase} …" if not progress.detail else f"{phase}: {to_you(progress.detail)}")
        self.bar.setRange(0, max(1, progress.total))
        self.bar.setValue(progress.done)
        left = self.tr("about %1 s left in this step").replace("%1", f"{progress.eta_s:.0f}") if progress.eta_s else ""
        self.left_over.setText(left)
