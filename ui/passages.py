"""A text of any length as one or more documents under each other, so that no part of it ever costs more than a moment to lay out.

A reply that grows changes its last passage only; a long one that is opened gets its passages one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ui.pieces import IconButton
from ui.prose import Prose
from ui.theme import SPACE

REPAINT_MS = 40
"""Pieces of a reply are gathered for this long: no more than 25 repaints a second."""
PASSAGE = 1200
"""Characters after which a text may be cut, where it can be."""
BUDGET_S = 0.012
"""Time for laying out before the window looks up again."""
# What belongs to what stands above it: another item, a cell, a quote, an indented line.
_GOES_ON = re.compile(r"(?:[ \t]|[-*+>|]|\d{1,9}[.)])")


class Passages(QWidget):
    """Markdown that grows while it streams. `markdown` is the text as it was written; signals `menu_wanted(place)`, `focused`."""

    menu_wanted = Signal(QPoint)
    focused = Signal()

    def __init__(self, text: str = "", *, plain: bool = False) -> None:
        super().__init__()
        self._plain = plain
        self.markdown = text
        self.parts: list[Prose] = []
        self._wanted: list[str] = []
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0 if plain else SPACE[3])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._later = QTimer(self, singleShot=True, interval=REPAINT_MS)
        self._later.timeout.connect(self._show)
        self._name = ""
        self._show()

    @property
    def copies(self) -> list[IconButton]:
        """The buttons that copy a piece of code."""
        return [copy for part in self.parts for copy in part.copies]

    @property
    def chosen(self) -> str:
        """The words that are selected, "" where none are."""
        return next((words for part in self.parts if (words := part.chosen)), "")

    def add(self, piece: str) -> None:
        """More of the text; shown with what else comes within the same moment."""
        self.markdown += piece
        if not self._later.isActive():
            self._later.start()

    def set_text(self, text: str) -> None:
        self.markdown = text
        self._show()

    def natural_width(self) -> int:
        """Pixels of the longest line when nothing wraps."""
        return max(part.natural_width() for part in self.parts)

    def describe(self, name: str) -> None:
        """What a screen reader says it is."""
        self._name = name
        for part in self.parts:
            part.setAccessibleName(name)

    def _show(self) -> None:
        self._later.stop()
        self._wanted = list(passages(self.markdown, plain=self._plain))
        while len(self.parts) > len(self._wanted):
            gone = self.parts.pop()
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        begun = perf_counter()
        for place, text in enumerate(self._wanted):
            if place < len(self.parts):
                if self.parts[place].markdown != text:
                    self.parts[place].set_text(text)
                continue
            part = Prose(text, plain=self._plain)
            part.setAccessibleName(self._name)
            part.customContextMenuRequested.connect(lambda at, part=part: self.menu_wanted.emit(part.mapTo(self, at)))
            part.focused.connect(self.focused)
            self.parts.append(part)
            self._list.addWidget(part)
            if not place:
                self.setFocusProxy(part)
            if perf_counter() - begun > BUDGET_S and place + 1 < len(self._wanted):
                self._later.start(0)
                return
        self._later.setInterval(REPAINT_MS)


def passages(text: str, *, plain: bool = False) -> Iterator[str]:
    """The text in pieces that mean the same apart as together, each cut at the first place after `PASSAGE` characters.

    Markdown is cut at an empty line outside of code that no list, table or quote goes on after; plain text at any line.
    """
    lines = text.splitlines(keepends=True)
    held: list[str] = []
    size, fence = 0, ""
    for place, line in enumerate(lines):
        held.append(line)
        size += len(line)
        if plain:
            if size >= PASSAGE and line.endswith("\n"):
                yield "".join(held).removesuffix("\n")
                held, size = [], 0
            continue
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" \n`~"):
            fence = ""
        after = lines[place + 1] if place + 1 < len(lines) else ""
        if size >= PASSAGE and not fence and not line.strip() and after.strip() and not _GOES_ON.match(after):
            yield "".join(held)
            held, size = [], 0
    if held or not lines:
        yield "".join(held)
