"""Which model answers: those that are known, what each file says of itself, and how another one comes to the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QVBoxLayout, QWidget

from ui.dialogs import Sheet
from ui.pieces import button, column, label, only_if, row
from ui.room import Room
from ui.theme import SPACE

if TYPE_CHECKING:
    from app.library import Library
    from models.catalog import KnownModel
    from models.gguf_file import GgufSummary


class Models(QFrame):
    """Signals: `chosen(name)`: another one answers from now on; `failed(error)`."""

    chosen = Signal(str)
    failed = Signal(object)

    def __init__(self, library: Room[Library]) -> None:
        super().__init__()
        self._library = library
        self.setProperty("look", "card")
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        says = self.tr("Any GGUF file of a chat model on this computer. The file stays where it is.")
        outer = column(
            self._list, row(label(says, "small", wraps=True), button(self.tr("Add a model file…"), self._on_add)), space=3
        )
        outer.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[4])
        self.setLayout(outer)

    def refresh(self) -> None:
        self._library.ask(lambda library: library.catalog.list(), self._on_models, self.failed.emit)

    def add(self, file: Path) -> None:
        """Show what a file says of itself, and take it on the list if the person still wants it."""

        def read(_: Library) -> GgufSummary:
            from models.gguf_file import read_summary

            return read_summary(file, sha256=False)

        def offer(summary: GgufSummary) -> None:
            ModelSheet(self, summary, lambda: self._keep(file)).open()

        self._library.ask(read, offer, self.failed.emit)

    def use(self, name: str) -> None:
        self._library.ask(lambda library: library.catalog.use(name).name, self.chosen.emit, self.failed.emit)

    def _keep(self, file: Path) -> None:
        self._library.ask(lambda library: library.catalog.add(file), lambda _: self.refresh(), self.failed.emit)

    def _on_models(self, models: tuple[KnownModel, ...]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for model in models:
            self._list.addWidget(self._line(model))

    def _line(self, model: KnownModel) -> QWidget:
        about = self.tr("built in; a small demonstration model") if model.built_in else str(model.path)
        if not model.present:
            about = self.tr("the file is gone: %1").replace("%1", str(model.path))
        use = button(self.tr("Use"), lambda: self.use(model.name))
        use.setAccessibleName(self.tr("Use %1").replace("%1", model.name))
        use.setEnabled(model.present)
        only_if(not model.in_use, use)
        show = button(self.tr("About"), lambda: self._on_show(model.name), "link")
        show.setAccessibleName(self.tr("About %1").replace("%1", model.name))
        only_if(model.present, show)
        remove = button(self.tr("Take off the list"), lambda: self._on_remove(model.name), "link")
        remove.setAccessibleName(self.tr("Take %1 off the list").replace("%1", model.name))
        only_if(not model.built_in and not model.in_use, remove)
        in_use = label(self.tr("in use"), "badge-learned")
        only_if(model.in_use, in_use)
        inner = row(space=3)
        inner.addLayout(column(label(model.name), label(about, "small", wraps=True), space=0), 1)
        for widget in (show, remove, in_use, use):
            inner.addWidget(widget)
        line = QWidget()
        line.setLayout(inner)
        return line

    def _on_add(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, self.tr("Add a model"), "", self.tr("Models (*.gguf)"))
        if file:
            self.add(Path(file))

    def _on_show(self, name: str) -> None:
        self._library.ask(
            lambda library: library.catalog.show(name), lambda known: ModelSheet(self, known).open(), self.failed.emit
        )

    def _on_remove(self, name: str) -> None:
        self._library.ask(lambda library: library.catalog.remove(name), lambda _: self.refresh(), self.failed.emit)


class ModelSheet(Sheet):
    """What a model file says of itself; with `on_add` it is offered to take it on the list."""

    def __init__(self, parent: QWidget, model: GgufSummary, on_add: Callable[[], object] | None = None) -> None:
        super().__init__(parent, 520)
        self.entitle(model.name or model.path.name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[5])
        grid.setVerticalSpacing(SPACE[2])
        grid.setColumnStretch(1, 1)
        facts = (
            (self.tr("File"), str(model.path)),
            (self.tr("Size"), f"{model.size / 1e9:.2f} GB" if model.size > 1e8 else f"{model.size / 1e6:.1f} MB"),
            (self.tr("Family"), model.architecture),
            (
                self.tr("Weights"),
                self.tr("%1, mostly %2").replace("%1", _count(model.parameters)).replace("%2", model.quantization),
            ),
            (self.tr("Context"), self.tr("trained on %1 tokens at once").replace("%1", f"{model.context_length:,}")),
            (self.tr("Licence"), model.license or self.tr("the file does not say")),
        )
        for place, (name, says) in enumerate(facts):
            grid.addWidget(label(name, "muted"), place, 0)
            grid.addWidget(label(says, wraps=True), place, 1)
        self.inner.addLayout(grid)
        if not model.chat_template:
            says = self.tr("The file has no chat template: it may be a model that only goes on with a text, and answers badly.")
            self.inner.addWidget(label(says, "muted", wraps=True))
        if on_add is None:
            self.inner.addLayout(row(None, button(self.tr("Close"), self.accept, "primary")))
        else:
            self.add = button(self.tr("Add to the list"), lambda: (self.accept(), on_add()), "primary")
            self.inner.addLayout(row(None, button(self.tr("Cancel"), self.reject), self.add))


def _count(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.1f} M"
