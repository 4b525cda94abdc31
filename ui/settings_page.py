"""The settings: which model answers, what is remembered, how it looks, where everything is kept, and what this is."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import icons
from ui.elided import Elided
from ui.exchange import Exchange
from ui.flow import Flow
from ui.keepsakes import Keepsakes
from ui.offers import Offers
from ui.page import Page
from ui.pieces import Check, Choice, button, card, column, label, only_if, row, rule
from ui.room import Room
from ui.settings_models import Models
from ui.settings_nights import NightSettings
from ui.theme import APPEARANCES, colours, theme

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library
    from app.settings import Settings

_SIZES = (0.9, 1.0, 1.15, 1.3, 1.5)


class SettingsPage(Page):
    """Signals: `model_changed(name)`, `model_fetched(name)`, `shortcuts_wanted`."""

    model_changed = Signal(str)
    model_fetched = Signal(str)
    shortcuts_wanted = Signal()

    def __init__(
        self,
        engine: Room[Assistant],
        library: Room[Library],
        keepsakes: Keepsakes,
        home: Path,
        exchange: Exchange,
        *,
        has_tray: bool,
    ) -> None:
        super().__init__(self.tr("Settings"))
        self._engine, self._keepsakes, self._home = engine, keepsakes, home
        self._settings: Settings | None = None
        self.models = Models(library)
        self.models.chosen.connect(self.model_changed)
        self.models.failed.connect(self.show_error)
        self.body.addWidget(label(self.tr("Model"), "heading"))
        self.body.addWidget(self.models)
        self.offers = Offers(home)
        self.offers.fetched.connect(self._on_fetched)
        self.offers.failed.connect(self.show_error)
        self.body.addWidget(self.offers)
        self._build_memory()
        self.nights = NightSettings()
        self.nights.wanted.connect(lambda changes: self._set(**changes))
        self.body.addWidget(label(self.tr("Nights"), "heading"))
        self.body.addWidget(self.nights)
        self._build_looks(has_tray)
        self._build_privacy(exchange)
        self._build_about()
        self.body.addStretch(1)

    def refresh(self) -> None:
        self.models.refresh()
        self.offers.refresh()
        self._engine.ask(lambda assistant: assistant.settings, self._on_settings)

    def _on_fetched(self, name: str) -> None:
        self.models.refresh()
        self.offers.refresh()
        self.model_fetched.emit(name)

    # Memory

    def _build_memory(self) -> None:
        self.memory = Choice()
        for reading, says in (
            ("on", self.tr("Note it")), ("ask", self.tr("Ask me first")), ("off", self.tr("Only when I say so"))
        ):  # fmt: skip
            self.memory.addItem(says, reading)
        self.memory.setAccessibleName(self.tr("What I say about myself"))
        self.memory.currentIndexChanged.connect(lambda _: self._on_memory())
        self._memory_means = label("", "small", wraps=True)
        self.patience = QDoubleSpinBox()
        self.patience.setRange(0, 365)
        self.patience.setDecimals(1)
        self.patience.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.patience.setFixedWidth(round(96 * theme().scale))
        self.patience.setSuffix(self.tr(" days"))
        self.patience.setAccessibleName(self.tr("Patience before something merely mentioned is learned"))
        self.patience.valueChanged.connect(lambda days: self._set(patience_days=float(days)))
        waits = label(self.tr("What was merely mentioned must stand for this long before it is learned by heart"), wraps=True)
        waits.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        said = label(self.tr("What I say about myself"), wraps=True)
        self._section(
            self.tr("Memory"), row(said, self.memory, space=4), self._memory_means, row(waits, self.patience, space=4)
        )

    def _on_memory(self) -> None:
        reading = self.memory.currentData()
        self._memory_means.setText(
            {
                "on": self.tr("Noted at once and shown under the message, where it can be undone."),
                "ask": self.tr("Proposed under the message. Until you agree it is used nowhere."),
                "off": self.tr("Only what is said with “remember that …” or with the button is noted."),
            }[reading]
        )
        self._set(memory=reading)

    def _on_settings(self, settings: Settings) -> None:
        self._settings = None
        self.memory.setCurrentIndex(self.memory.findData(settings.memory))
        self._on_memory()
        self.patience.setValue(settings.patience_days)
        self.nights.show_settings(settings)
        self._settings = settings

    def _set(self, **changes: object) -> None:
        if self._settings is None:
            return
        settings = self._settings = replace(self._settings, **changes)  # pyright: ignore[reportArgumentType]
        self._engine.ask(lambda assistant: assistant.configure(settings), None, self.show_error)

    # Looks

    def _build_looks(self, has_tray: bool) -> None:
        self.appearance = Choice()
        for name, says in zip(APPEARANCES, (self.tr("As the system"), self.tr("Light"), self.tr("Dark")), strict=True):
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

    def _build_privacy(self, exchange: Exchange) -> None:
        says = label(
            self.tr(
                "Everything happens on this computer, and nothing is sent anywhere. All of it is in one folder that only you "
                "can read; delete the folder and nothing is left."
            ),
            "muted",
            wraps=True,
        )
        where = Elided()
        where.say(str(self._home))
        copy = button(self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(str(self._home)))
        show = button(self.tr("Open the folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._home))))
        self._section(
            self.tr("Privacy and data"),
            says,
            row(where, None, _together(copy, show)),
            rule(),
            self._line(
                self.tr("Chats of yours from ChatGPT, Claude or another Dormouse"),
                button(self.tr("Import…"), exchange.ask_import),
            ),
            self._line(
                self.tr("All conversations as Markdown or JSON; all that I know as JSON Lines"),
                button(self.tr("Export conversations…"), exchange.ask_export),
                button(self.tr("Export memories…"), exchange.ask_export_memories),
            ),
            self._line(
                self.tr("Everything but model files in one file, and the way back"),
                button(self.tr("Back up…"), exchange.ask_backup),
                button(self.tr("Restore…"), exchange.ask_restore),
            ),
            rule(),
            self._line(
                self.tr("Conversations, memories, weights and settings, for good"),
                button(self.tr("Delete everything…"), exchange.ask_delete_everything, "danger"),
            ),
        )

    def _line(self, says: str, *buttons: QWidget) -> QHBoxLayout:
        return row(label(says, wraps=True), _together(*buttons), space=2)

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


def _together(*buttons: QWidget) -> QWidget:
    """Buttons beside each other, or below where there is no room."""
    made = QWidget()
    made.setLayout(Flow(*buttons))
    return made
