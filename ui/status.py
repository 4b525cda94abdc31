"""The quiet line under the composer: which model answers, by heart or as it came, how fast, and how full its context is."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from ui.turns import Cost


class Status(QObject):
    """Keeps the line."""

    def __init__(self, line: QLabel) -> None:
        super().__init__(line)
        self._line = line
        self._model = ""
        self._adapter: int | None = None
        self._cost: Cost | None = None

    def show_waking(self) -> None:
        self._model = ""
        self._line.setText(self.tr("waking up …"))

    def show_asleep(self) -> None:
        self._line.setText(self.tr("no model is loaded"))

    def show_model(self, name: str, adapter: int | None) -> None:
        self._model, self._adapter, self._cost = name, adapter, None
        self._show()

    def show_adapter(self, adapter: int | None) -> None:
        self._adapter = adapter
        self._show()

    def show_cost(self, cost: Cost) -> None:
        self._cost = cost
        self._show()

    def _show(self) -> None:
        if not self._model:
            return
        adapter = (
            self.tr("adapter %1").replace("%1", str(self._adapter)) if self._adapter else self.tr("base, nothing by heart yet")
        )
        parts = [self._model, adapter]
        if self._cost is not None:
            if self._cost.tokens_per_second:
                parts.append(self.tr("%1 tokens/s").replace("%1", f"{self._cost.tokens_per_second:.0f}"))
            used = f"{self._cost.used / self._cost.context:.0%}"
            parts.append(self.tr("%1 of the context").replace("%1", used))
        self._line.setText("  ·  ".join(parts))
