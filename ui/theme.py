"""The window's one design system: colours for day and night, spacing, type, and the style sheet made of them.

Everything that is drawn asks here; no other file names a colour, a font or a radius. The palette is a hazel wood at dusk:
warm paper, hazel for what can be done, violet for what sleep has put into the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Appearance = Literal["system", "light", "dark"]
APPEARANCES: tuple[Appearance, ...] = ("system", "light", "dark")

SPACE = (0, 4, 8, 12, 16, 24, 32, 48)
"""Distances in pixels, by step."""
RADIUS = 10
COLUMN = 760
"""Width that lines of text are read at, in pixels."""
FAMILIES = ["Inter", "SF Pro Text", "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans"]
MONOSPACE = ["JetBrains Mono", "SF Mono", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


@dataclass(frozen=True, slots=True)
class Colours:
    """One palette. `accent` is what can be done, `learned` what the weights hold, `note` what notes hold (`note_line` as a surface)."""

    dark: bool
    paper: str
    side: str
    raised: str
    hover: str
    chosen: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    accent_soft: str
    learned: str
    learned_soft: str
    note: str
    note_line: str
    note_soft: str
    danger: str
    danger_soft: str
    said: str
    code: str


LIGHT = Colours(
    dark=False, paper="#fdfcfa", side="#f5f2ec", raised="#ffffff", hover="#ece7de", chosen="#e6dfd3", line="#e4ded3",
    text="#2a2520", muted="#6f675d", faint="#968d81", accent="#9a5426", on_accent="#ffffff", accent_soft="#f6e8da",
    learned="#5a55b4", learned_soft="#ebeafa", note="#7a6217", note_line="#d9c177", note_soft="#f7efd6", danger="#a93a2a", danger_soft="#fae6e1",
    said="#f1ece3", code="#f5f2ec",
)  # fmt: skip
DARK = Colours(
    dark=True, paper="#1b1a1e", side="#151418", raised="#242228", hover="#2a282f", chosen="#34313a", line="#343139",
    text="#ece7df", muted="#a59d93", faint="#81796f", accent="#e5a671", on_accent="#2a1a0c", accent_soft="#3a2c20",
    learned="#aaa6f2", learned_soft="#2b2a44", note="#dcc06a", note_line="#8a773f", note_soft="#38311b", danger="#ef9280", danger_soft="#43251f",
    said="#2b292f", code="#151418",
)  # fmt: skip


class Theme(QObject):
    """The palette in effect. Signal `changed`: everything that painted by itself must do so again."""

    changed = Signal()

    def __init__(self, application: QApplication, appearance: Appearance = "system", scale: float = 1.0) -> None:
        super().__init__(application)
        self._application = application
        self._appearance: Appearance = appearance
        self.scale = scale
        self.colours = LIGHT
        for file in sorted((Path(__file__).parent / "fonts").glob("*.otf")):
            QFontDatabase.addApplicationFont(str(file))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self.apply()

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    def set_appearance(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self.apply()

    def font(self, size: float = 14, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont()
        font.setFamilies(FAMILIES)
        font.setPixelSize(round(size * self.scale))
        font.setWeight(weight)
        return font

    def monospace(self, size: float = 13) -> QFont:
        font = QFont()
        font.setFamilies(MONOSPACE)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(round(size * self.scale))
        return font

    def apply(self) -> None:
        """Put fonts, palette and style sheet into effect."""
        system = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        dark = system if self._appearance == "system" else self._appearance == "dark"
        self.colours = DARK if dark else LIGHT
        self._application.setStyle("Fusion")
        self._application.setFont(self.font())
        self._application.setPalette(_palette(self.colours))
        self._application.setStyleSheet(sheet(self.colours, self.scale))
        self.changed.emit()

    def _on_scheme_changed(self) -> None:
        if self._appearance == "system":
            self.apply()


_current: Theme | None = None


def use(application: QApplication, appearance: Appearance = "system", scale: float = 1.0) -> Theme:
    """Make the theme of this application, once."""
    global _current
    if _current is None:
        _current = Theme(application, appearance, scale)
    else:
        _current.scale = scale
        _current.set_appearance(appearance)
    return _current


def theme() -> Theme:
    """The theme in effect."""
    assert _current is not None, "ui.theme.use comes first"
    return _current


def colours() -> Colours:
    return theme().colours


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: c.paper, role.WindowText: c.text, role.Base: c.raised, role.AlternateBase: c.side,
        role.Text: c.text, role.Button: c.raised, role.ButtonText: c.text, role.BrightText: c.on_accent,
        role.Highlight: c.accent, role.HighlightedText: c.on_accent, role.Link: c.accent, role.LinkVisited: c.accent,
        role.ToolTipBase: c.raised, role.ToolTipText: c.text, role.PlaceholderText: c.faint, role.Mid: c.line,
    }.items():  # fmt: skip
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.faint))
    return palette


def sheet(c: Colours, scale: float) -> str:
    """The style sheet. Widgets choose their look by the properties `look` and `tone`, never by a colour of their own."""

    def px(size: float) -> str:
        return f"{round(size * scale)}px"

    return f"""
QWidget {{ color: {c.text}; }}
QMainWindow, QDialog, QWidget[look="page"] {{ background: {c.paper}; }}
QWidget[look="side"] {{ background: {c.side}; }}
QFrame[look="card"] {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: {RADIUS}px; }}
QFrame[look="said"] {{ background: {c.said}; border: none; border-radius: 14px; }}
QFrame[look="composer"] {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 14px; }}
QFrame[look="composer"][active="true"] {{ border-color: {c.faint}; }}
QFrame[look="toast"] {{ background: {c.text}; border-radius: {RADIUS}px; }}
QFrame[look="toast"] QLabel {{ color: {c.paper}; }}
QFrame[look="error"] {{ background: {c.danger_soft}; border-radius: {RADIUS}px; }}
QFrame[look="error"] QLabel {{ color: {c.danger}; }}
QFrame[look="sleep"] {{ background: {c.learned_soft}; border-radius: {RADIUS}px; }}
QFrame[look="rule"] {{ background: {c.line}; border: none; max-height: 1px; min-height: 1px; }}
QLabel {{ background: transparent; }}
QLabel:disabled {{ color: {c.faint}; }}
QLabel[tone="title"] {{ font-size: {px(22)}; font-weight: 600; }}
QLabel[tone="heading"] {{ font-size: {px(15)}; font-weight: 600; }}
QLabel[tone="hero"] {{ font-size: {px(26)}; font-weight: 600; }}
QLabel[tone="muted"] {{ color: {c.muted}; }}
QLabel[tone="small"] {{ color: {c.muted}; font-size: {px(12)}; }}
QLabel[tone="asked"] {{ color: {c.note}; background: transparent; border: 1px solid {c.note_line}; border-radius: 9px;
    padding: 2px 10px; font-size: {px(12)}; }}
QLabel[tone="quote"] {{ color: {c.muted}; font-style: italic; }}
QLabel[tone="badge-learned"], QLabel[tone="badge-note"], QLabel[tone="badge-quiet"] {{
    font-size: {px(11.5)}; font-weight: 500; border-radius: 8px; padding: 2px 8px; }}
QLabel[tone="badge-learned"] {{ color: {c.learned}; background: {c.learned_soft}; }}
QLabel[tone="badge-note"] {{ color: {c.note}; background: {c.note_soft}; }}
QLabel[tone="badge-quiet"] {{ color: {c.muted}; background: {c.hover}; }}
QPushButton {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; padding: 6px 14px;
    font-weight: 500; }}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:focus {{ border-color: {c.accent}; }}
QPushButton:disabled {{ color: {c.faint}; }}
QPushButton[tone="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[tone="primary"]:hover {{ background: {c.accent}; }}
QPushButton[tone="primary"]:focus {{ border-color: {c.text}; }}
QPushButton[tone="primary"]:disabled {{ background: {c.chosen}; border-color: {c.chosen}; color: {c.faint}; }}
QPushButton[tone="danger"] {{ color: {c.danger}; }}
QPushButton[tone="danger"]:disabled {{ color: {c.faint}; }}
QPushButton[tone="link"] {{ background: transparent; border: 1px solid transparent; color: {c.accent}; padding: 2px 4px; }}
QPushButton[tone="link"]:hover {{ text-decoration: underline; }}
QPushButton[tone="link"]:focus {{ border-color: {c.accent}; }}
QPushButton[tone="chip"] {{ background: {c.note_soft}; color: {c.note}; border: 1px solid transparent; border-radius: 9px;
    padding: 2px 10px; font-size: {px(12)}; }}
QPushButton[tone="chip-learned"] {{ background: {c.learned_soft}; color: {c.learned}; border: 1px solid transparent;
    border-radius: 9px; padding: 2px 10px; font-size: {px(12)}; }}
QPushButton[tone="chip"]:focus, QPushButton[tone="chip-learned"]:focus {{ border-color: {c.accent}; }}
QPushButton[tone="filter"] {{ background: transparent; border: 1px solid {c.line}; border-radius: 11px; padding: 4px 12px;
    color: {c.muted}; font-size: {px(13)}; }}
QPushButton[tone="filter"]:hover {{ background: {c.hover}; }}
QPushButton[tone="filter"]:checked {{ background: {c.text}; color: {c.paper}; border-color: {c.text}; }}
QPushButton[tone="filter"]:focus {{ border-color: {c.accent}; }}
QPushButton[tone="nav"] {{ background: transparent; border: 1px solid transparent; text-align: left; padding: 7px 10px;
    font-weight: 400; }}
QPushButton[tone="nav"]:hover {{ background: {c.hover}; }}
QPushButton[tone="nav"]:checked {{ background: {c.chosen}; font-weight: 500; }}
QPushButton[tone="nav"]:focus {{ border-color: {c.accent}; }}
QPushButton[tone="on-toast"] {{ background: transparent; border: 1px solid transparent; padding: 2px 6px;
    color: {(LIGHT if c.dark else DARK).accent}; font-weight: 600; }}
QPushButton[tone="on-toast"]:focus {{ border-color: {c.paper}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 4px; }}
QToolButton:hover {{ background: {c.hover}; }}
QToolButton:checked {{ background: {c.accent_soft}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[tone="send"] {{ background: {c.accent}; border-radius: {px(16)}; }}
QToolButton[tone="send"]:disabled {{ background: {c.chosen}; }}
QToolButton[tone="send"]:focus {{ border: 2px solid {c.text}; }}
QLineEdit, QPlainTextEdit[look="field"], QComboBox, QAbstractSpinBox {{ background: {c.raised};
    border: 1px solid {c.line}; border-radius: 8px; padding: 6px 10px; selection-background-color: {c.accent};
    selection-color: {c.on_accent}; }}
QLineEdit:focus, QPlainTextEdit[look="field"]:focus, QComboBox:focus, QAbstractSpinBox:focus {{
    border-color: {c.accent}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox QAbstractItemView {{ background: {c.raised}; border: 1px solid {c.line}; selection-background-color: {c.hover};
    selection-color: {c.text}; }}
QPlainTextEdit[look="bare"], QTextBrowser {{ background: transparent; border: none;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QListView {{ background: transparent; border: none; outline: none; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.chosen}; border-radius: 4px; min-height: 32px; margin: 1px 2px; }}
QScrollBar::handle:vertical:hover {{ background: {c.faint}; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {c.chosen}; border-radius: 4px; min-width: 32px; margin: 2px 1px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none;
    width: 0; height: 0; }}
QProgressBar {{ background: {c.hover}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {c.learned}; border-radius: 4px; }}
QMenu {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; padding: 4px; }}
QMenu::item {{ padding: 6px 20px 6px 12px; border-radius: 6px; }}
QMenu::item:selected {{ background: {c.hover}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.faint}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; padding: 4px 6px; }}
QCheckBox::indicator {{ width: 16px; height: 16px; border: 1px solid {c.faint}; border-radius: 4px; background: {c.raised}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; }}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; }}
QCheckBox::indicator:checked:focus {{ border: 2px solid {c.text}; }}
QSplitter::handle {{ background: {c.line}; }}
"""
