"""The settings: which model answers, what is remembered, how it looks, where everything is kept, and what this is."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from ui import icons
from ui.keepsakes import Keepsakes
from ui.page import Page
from ui.pieces import Check, Choice, button, card, column, label, only_if, row
from ui.room import Room
from ui.theme import SPACE, colours, theme

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library
    from app.settings import Settings
    from models.catalog import KnownModel

_SIZES = (0.9, 1.0, 1.15, 1.3, 1.5)


class SettingsPage(Page):
    """Signals: `model_changed(name)`, `shortcuts_wanted`, `undo_everything_wanted`."""

    model_changed = Signal(str)
    shortcuts_wanted = Signal()

    def __init__(
        self, engine: Room[Assistant], library: Room[Library], keepsakes: Keepsakes, home: Path, *, has_tray: bool
    ) -> None:
        super().__init__(self.tr("Settings"))
        self._engine, self._library, self._keepsakes, self._home = engine, library, keepsakes, home
        self._settings: Settings | None = None
        self._build_models()
        self._build_memory()
        self._build_looks(has_tray)
        self._build_privacy()
        self._build_about()
        self.body.addStretch(1)

    def refresh(self) -> None:
        self._library.ask(lambda library: library.catalog.list(), self._on_models)
        self._engine.ask(lambda assistant: assistant.settings, self._on_settings)

    # Models

    def _build_models(self) -> None:
        self._models = QVBoxLayout()
        self._models.setSpacing(SPACE[2])
        add = button(self.tr("Add a model file…"), self._on_add)
        more = label(
            self.tr("Any GGUF file of a chat model on this computer. The file stays where it is."), "small", wraps=True
        )
        self._section(self.tr("Model"), self._models, row(more, add))

    def _on_models(self, models: tuple[KnownModel, ...]) -> None:
        self.empty(self._models)
        for model in models:
            about = self.tr("built in; a small demonstration model") if model.built_in else str(model.path)
            if not model.present:
                about = self.tr("the file is gone: %1").replace("%1", str(model.path))
            use = button(self.tr("Use"), lambda name=model.name: self._on_use(name))
            use.setAccessibleName(self.tr("Use %1").replace("%1", model.name))
            use.setEnabled(model.present)
            only_if(not model.in_use, use)
            remove = button(self.tr("Take off the list"), lambda name=model.name: self._on_remove(name), "link")
            only_if(not model.built_in and not model.in_use, remove)
            in_use = label(self.tr("in use"), "badge-learned")
            only_if(model.in_use, in_use)
            path = label(about, "small", wraps=True)
            names = column(label(model.name), path, space=0)
            line = QWidget()
            inner = row(space=3)
            inner.addLayout(names, 1)
            for widget in (remove, in_use, use):
                inner.addWidget(widget)
            line.setLayout(inner)
            self._models.addWidget(line)

    def _on_add(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, self.tr("Add a model"), "", self.tr("Models (*.gguf)"))
        if file:
            self.add_model(Path(file))

    def add_model(self, file: Path) -> None:
        self._library.ask(lambda library: library.catalog.add(file), lambda _: self.refresh(), self.show_error)

    def _on_use(self, name: str) -> None:
        def use(library: Library) -> str:
            return library.catalog.use(name).name

        self._library.ask(use, self.model_changed.emit, self.show_error)

    def _on_remove(self, name: str) -> None:
        self._library.ask(lambda library: library.catalog.remove(name), lambda _: self.refresh(), self.show_error)

    # Memory

    def _build_memory(self) -> None:
        self.memory = Check(self.tr("Note what I say about myself"))
        self.memory.toggled.connect(lambda on: self._set(memory="on" if on else "off"))
        says = label(self.tr("Off: only what I say with “remember that …” or with the button is noted."), "small", wraps=True)
        self.patience = QDoubleSpinBox()
        self.patience.setRange(0, 365)
        self.patience.setDecimals(1)
        self.patience.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.patience.setFixedWidth(96)
        self.patience.setSuffix(self.tr(" days"))
        self.patience.setAccessibleName(self.tr("Patience before something merely mentioned is learned"))
        self.patience.valueChanged.connect(lambda days: self._set(patience_days=float(days)))
        waits = label(self.tr("What was merely mentioned must stand for this long before it is learned by heart"), wraps=True)
        waits.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._section(self.tr("Memory"), self.memory, says, row(waits, self.patience, space=4))

    def _on_settings(self, settings: Settings) -> None:
        self._settings = None
        self.memory.setChecked(settings.memory == "on")
        self.patience.setValue(settings.patience_days)
        self._settings = settings

    def _set(self, **changes: object) -> None:
        if self._settings is None:
            return
        settings = self._settings = replace(self._settings, **changes)  # pyright: ignore[reportArgumentType]
        self._engine.ask(lambda assistant: assistant.configure(settings), None, self.show_error)

    # Looks

    def _build_looks(self, has_tray: bool) -> None:
        self.appearance = Choice()
        for name, says in (
            ("system", self.tr("As the system")), ("light", self.tr("Light")), ("dark", self.tr("Dark"))
        ):  # fmt: skip
            self.appearance.addItem(says, name)
        self.appearance.setCurrentIndex(self.appearance.findData(self._keepsakes.appearance))
        self.appearance.setAccessibleName(self.tr("Colours"))
        self.appearance.currentIndexChanged.connect(lambda _: self._on_looks())
        self.type_size = Choice()
        for scale in _SIZES:
            self.type_size.addItem(f"{scale:.0%}", scale)
        self.type_size.setCurrentIndex(max(0, self.type_size.findData(self._keepsakes.text_scale)))
        self.type_size.setAccessibleName(self.tr("Size of text"))
        self.type_size.currentIndexChanged.connect(lambda _: self._on_looks())
        tray = Check(self.tr("Closing the window leaves Dormouse in the tray"))
        tray.setChecked(self._keepsakes.tray)
        tray.toggled.connect(self._on_tray)
        only_if(has_tray, tray)
        self._section(
            self.tr("Appearance"),
            row(label(self.tr("Colours")), None, self.appearance),
            row(label(self.tr("Size of text")), None, self.type_size),
            tray,
        )

    def _on_looks(self) -> None:
        self._keepsakes.appearance = self.appearance.currentData()
        self._keepsakes.text_scale = self.type_size.currentData()
        self._keepsakes.save()
        theme().scale = self._keepsakes.text_scale
        theme().set_appearance(self._keepsakes.appearance)

    def _on_tray(self, wanted: bool) -> None:
        self._keepsakes.tray = wanted
        self._keepsakes.save()

    # Privacy and about

    def _build_privacy(self) -> None:
        says = label(
            self.tr(
                "Everything happens on this computer, and nothing is sent anywhere. All of it is in one folder that only you "
                "can read; delete the folder and nothing is left."
            ),
            "muted",
            wraps=True,
        )
        where = label(str(self._home), wraps=True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        where.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        copy = button(self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(str(self._home)))
        show = button(self.tr("Open the folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._home))))
        self._section(self.tr("Privacy"), says, row(where, copy, show))

    def _build_about(self) -> None:
        try:
            version = metadata.version("dormouse")
        except metadata.PackageNotFoundError:
            version = self.tr("from its sources")
        picture = label("")
        picture.setPixmap(icons.portrait(56, colours().learned))
        text = column(
            label(f"Dormouse {version}"),
            label(self.tr("MIT licence. Made with Qt, llama.cpp and the typeface Inter."), "small", wraps=True),
            space=0,
        )
        line = row(picture, space=4)
        line.addLayout(text, 1)
        line.addWidget(button(self.tr("Shortcuts"), self.shortcuts_wanted.emit))
        self._section(self.tr("About"), line)

    def _section(self, title: str, *content: QWidget | QVBoxLayout | object) -> None:
        self.body.addWidget(label(title, "heading"))
        self.body.addWidget(card(*content, space=3))  # pyright: ignore[reportArgumentType]
