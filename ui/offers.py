"""Models that can be downloaded: what each is good for, whether this machine can, and a download beside everything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from models.engine import CancelToken
from models.errors import Cancelled
from ui.flow import Flow
from ui.pieces import button, column, label, only_if, row
from ui.room import Room
from ui.theme import SPACE

if TYPE_CHECKING:
    from app.downloads import Offered
    from models.catalog import KnownModel
    from models.download import Fetched


class Hands:
    """What downloads in its room; it has nothing that must be closed."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def close(self) -> None: ...


class Offers(QFrame):
    """Nothing is fetched before it is asked for. Signals: `fetched(name)`: there is one more; `failed(error)`."""

    fetched = Signal(str)
    failed = Signal(object)

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.setProperty("look", "card")
        # A room of its own: a download takes minutes, and neither the engine nor the library waits for it.
        self.room: Room[Hands] = Room("downloads", lambda: Hands(home))
        self.lines: dict[str, OfferLine] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[3])
        says = self.tr(
            "Models that can be had from the Hugging Face hub. Only a download goes out to the network, and it sends nothing of yours."
        )
        outer = column(label(says, "small", wraps=True), self._list, space=3)
        outer.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[4])
        self.setLayout(outer)

    def refresh(self) -> None:
        def read(hands: Hands) -> tuple[Offered, ...]:
            from app.downloads import offered

            return offered(hands.home)

        # A download under way holds the room, and shows itself.
        if not self.room.busy:
            self.room.start()
            self.room.ask(read, self._on_offered, self.failed.emit)

    def close_room(self) -> None:
        """Stop what is under way; what has arrived is kept for the next time."""
        for line in self.lines.values():
            line.stop()
        self.room.close()

    def _on_offered(self, found: tuple[Offered, ...]) -> None:
        for line in self.lines.values():
            line.hide()
            line.deleteLater()
        self.lines = {}
        for entry in found:
            line = self.lines[entry.offer.name] = OfferLine(entry, self)
            self._list.addWidget(line)


class OfferLine(QWidget):
    """One model: its words, and the download while it runs."""

    def __init__(self, entry: Offered, offers: Offers) -> None:
        super().__init__()
        self._entry, self._offers = entry, offers
        self._cancel: CancelToken | None = None
        offer, fit = entry.offer, entry.fit
        size = f"{offer.size / 1e9:.1f} GB"
        facts = [offer.about, offer.suits, size, offer.license, fit.why or self._where()]
        self.words = label(" · ".join(fact for fact in facts if fact), "small", wraps=True)
        best = label(self.tr("fits this machine best"), "badge-learned")
        only_if(entry.recommended, best)
        here = label(self.tr("on this computer"), "badge-quiet")
        only_if(entry.present, here)
        self.get = button(self.tr("Download"), self._on_get)
        self.get.setAccessibleName(self.tr("Download %1, %2").replace("%1", offer.title).replace("%2", size))
        self.get.setEnabled(fit.usable)
        only_if(not entry.present, self.get)
        self.halt = button(self.tr("Stop"), self.stop)
        self.halt.hide()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(self.tr("Download of %1").replace("%1", offer.title))
        self.bar.hide()
        self.arrived: QLabel = label("", "small")
        self.arrived.hide()
        head = Flow(label(offer.title), best, here)
        inner = row(space=3)
        inner.addLayout(column(head, self.words, self.bar, self.arrived, space=1), 1)
        inner.addWidget(self.get)
        inner.addWidget(self.halt)
        self.setLayout(inner)

    def stop(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()

    def _where(self) -> str:
        places = {"gpu": self.tr("on the graphics processor"), "cpu": self.tr("on the processor"), "": self.tr("nowhere")}
        fit = self._entry.fit
        if fit.learns == "cpu":
            words = self.tr("chats %1; learning takes many hours on the processor")
            return words.replace("%1", places[fit.chats])
        if fit.learns:
            return self.tr("chats %1, learns %2").replace("%1", places[fit.chats]).replace("%2", places[fit.learns])
        return self.tr("chats %1, cannot learn here").replace("%1", places[fit.chats])

    def _on_get(self) -> None:
        cancel = self._cancel = CancelToken()
        name = self._entry.offer.name
        self._show_running(True)

        def fetch(hands: Hands) -> KnownModel:
            from app.downloads import get_model

            return get_model(
                hands.home, name, on_progress=lambda far: self._offers.room.tell(self._on_progress, far), cancel=cancel
            )

        self._offers.room.ask(fetch, self._on_done, self._on_failed)

    def _on_progress(self, far: Fetched) -> None:
        self.bar.setValue(round(1000 * far.done / max(1, far.total)))
        says = self.tr("checking") if far.stage == "checking" else self.tr("%1 of %2 MB")
        self.arrived.setText(says.replace("%1", f"{far.done / 1e6:.0f}").replace("%2", f"{far.total / 1e6:.0f}"))

    def _on_done(self, model: KnownModel) -> None:
        self._show_running(False)
        self._offers.fetched.emit(model.name)

    def _on_failed(self, error: Exception) -> None:
        self._show_running(False)
        if isinstance(error, Cancelled):
            self.arrived.setText(self.tr("Stopped. What has arrived is kept, and the next download goes on from there."))
            self.arrived.show()
        else:
            self._offers.failed.emit(error)

    def _show_running(self, running: bool) -> None:
        self._cancel = self._cancel if running else None
        self.bar.setValue(0)
        self.arrived.setText(self.tr("asking the hub …") if running else "")
        for widget in (self.bar, self.arrived, self.halt):
            widget.setVisible(running)
        self.get.setVisible(not running)
