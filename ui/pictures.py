"""`python -m ui.pictures OUT [--profile DIR]`: every screen and state as a PNG, drawn offscreen from the real window.

Without `--profile` a life is told and slept over first, which takes as long as a night does; a profile that was made before
(`--make DIR`) can be drawn as often as wanted, it is copied and never changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from learning.consolidation import Progress
from models.errors import Cancelled
from ui.exchange import ImportSheet
from ui.first_steps import FirstSteps
from ui.keepsakes import Keepsakes
from ui.messages import ReplyMessage, UserMessage
from ui.picture_life import live, year
from ui.theme import Appearance, use
from ui.turns import Cost
from ui.window import Window

SIZE = (1160, 780)
MARKDOWN = """Here is a small plan for **Saturday**:

1. Bread and *two* kinds of cheese
2. The long way along the river
3. Back before the rain

```python
def kettle(name: str = "Vesuvius") -> str:
    # Water first, then patience.
    return f"{name} is on"
```

| What | When | Who |
|------|------|-----|
| Boat | 10:00 | Oduya |
| Soup | 13:30 | you |

> A dormouse sleeps for half of the year.

More under [the usual link](https://example.org), and `inline code` too."""
LONG = "I have been thinking about the allotment again, and about whether the runner beans want more sun than they get. " * 9
ARABIC = "مرحبا! ماذا تعرف عن أختي؟"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ui.pictures", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("build/pictures"))
    parser.add_argument("--profile", type=Path, help="a profile that --make made")
    parser.add_argument("--make", type=Path, help="only make the profile that is drawn")
    options = parser.parse_args(arguments)
    if options.make is not None:
        live(options.make, nights=True)
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dormouse-pictures-") as folder:
        full, empty = Path(folder) / "full", Path(folder) / "empty"
        lived = options.profile
        if lived is None:
            lived = Path(folder) / "lived"
            live(lived, nights=True)
        application = QApplication([])
        for appearance in ("light", "dark"):
            use(application, appearance)
            shutil.rmtree(full, ignore_errors=True)
            shutil.copytree(lived, full)
            _draw(options.out, appearance, full, empty)
        use(application, "light", 1.5)
        with _window(full) as window:
            _shot(window, options.out / "large-type.png")
            window.show_page(window.learned)
            _settled(window)
            _shot(window, options.out / "large-type-learned.png")
            window.show_page(window.night)
            _settled(window)
            window.night.area.verticalScrollBar().setValue(window.night.area.verticalScrollBar().maximum())
            _shot(window, options.out / "large-type-nights.png")
        application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        use(application, "light")
        with _window(full) as window:
            window.bookmark.open(window.shelf.conversations[-1].id)
            _settled(window)
            _shot(window, options.out / "mirrored.png")
            for name, page in (("learned", window.learned), ("nights", window.night), ("settings", window.settings)):
                window.show_page(page)
                _settled(window)
                _shot(window, options.out / f"mirrored-{name}.png")
    return 0


def _draw(out: Path, look: Appearance, full: Path, empty: Path) -> None:
    def shot(window: QWidget, name: str) -> None:
        _shot(window, out / f"{name}-{look}.png")

    with _window(empty) as window:
        shot(window, "first-start")
        (steps,) = window.findChildren(FirstSteps)
        for name in ("first-start-memory", "first-start-looks"):
            steps.next.click()
            shot(window, name)
        window.show_page(window.learned)
        _settled(window)
        shot(window, "learned-empty")
        window.bookmark.begin_temporary()
        shot(window, "temporary")
    with _window(full) as window:
        boat = next(c for c in window.shelf.conversations if "boat" in c.title)
        window.bookmark.open(boat.id)
        _settled(window)
        for question in ("What is my kettle called?", "What am I allergic to?"):
            _talk(window, question)
        window.chat.transcript.show_end()
        shot(window, "chat")
        replies = [widget for widget in window.chat.transcript.messages() if isinstance(widget, ReplyMessage)]
        replies[-2].used.click()
        _settled(window)
        _sheet(window, shot, "knowledge")
        for _ in range(2):
            last = window.chat.transcript.messages()[-1]
            assert isinstance(last, ReplyMessage)
            last.again.click()
            _settled(window)
        last = window.chat.transcript.messages()[-1]
        assert last.branches is not None
        last.branches.before.click()
        _settled(window)
        shot(window, "branches")
        window.chat.head.show_wishes()
        _settled(window)
        _sheet(window, shot, "wishes")
        window.bookmark.begin()
        _talk(window, "My neighbour is called Imre.")
        chip = window.chat.transcript.chips()[-1]
        window.deeds.undo([chip.memory.id])
        _settled(window)
        shot(window, "chip-undone")
        window.toast.finish()
        _ask_first(window, shot)
        for widget in window.chat.transcript.messages()[-1:]:
            widget.prose.set_text(MARKDOWN)
        QTest.qWait(60)
        window.chat.transcript.show_end()
        shot(window, "markdown")
        window.chat.composer.set_text(LONG)
        QTest.qWait(60)
        shot(window, "long-draft")
        window.chat.composer.set_text("")
        window.bookmark.begin()
        _talk(window, LONG[:600])
        shot(window, "long-text")
        window.bookmark.begin()
        _talk(window, ARABIC)
        shot(window, "right-to-left")
        window.show_error(
            "There is no room left on the disk. What was asked for last was not stored. Free some space and try again."
        )
        window.status.show_cost(Cost(48.2, 812, 2048))
        QTest.qWait(60)
        shot(window, "error")
        for notice in window.notices():
            notice.deleteLater()
        _pages(window, shot)
        window.side.search.setText("sister")
        QTest.qWait(400)
        _settled(window)
        window.show_chat()
        shot(window, "search")
    year(full)
    with _window(full) as window:
        window.show_page(window.night)
        _settled(window)
        window.night.area.verticalScrollBar().setValue(window.night.area.verticalScrollBar().maximum())
        shot(window, "nights-of-a-year")
    with _window(full) as window:
        window.resize(680, 720)
        QTest.qWait(60)
        shot(window, "narrow")


def _ask_first(window: Window, shot: Callable[[QWidget, str], None]) -> None:
    """What is proposed, and its wording; then all is as before."""
    for reading in ("ask", "on"):
        window.engine.ask(lambda a, reading=reading: a.configure(replace(a.settings, memory=reading)))
        if reading == "ask":
            window.bookmark.begin()
            _talk(window, "I moved to Aldmoor, and my dentist is called Ferenc.")
            shot(window, "asked-first")
            message = window.chat.transcript.messages()[0]
            assert isinstance(message, UserMessage)
            message.proposals[0].edit.click()
            _sheet(window, shot, "reword")
    _settled(window)


def _pages(window: Window, shot: Callable[[QWidget, str], None]) -> None:
    window.show_page(window.learned)
    _settled(window)
    shot(window, "learned")
    for shown in window.learned.cards[1:3]:
        shown.box.setChecked(True)
    QTest.qWait(60)
    shot(window, "learned-several")
    window.learned.erase_several.click()
    _sheet(window, shot, "erase")
    window.deeds.show_receipts()
    _settled(window)
    _sheet(window, shot, "receipts")
    card = window.learned.cards[0]
    window.deeds.keep_out([card.known.memory.id], True)
    _settled(window)
    window.toast.finish()
    shot(window, "rebuild")
    window.deeds.keep_out([card.known.memory.id], False)
    _settled(window)
    window.toast.finish()
    window.show_page(window.night)
    _settled(window)
    shot(window, "night")
    window.night.area.verticalScrollBar().setValue(window.night.area.verticalScrollBar().maximum())
    shot(window, "nights-so-far")
    # The look of a night under way, without one: what it shows is what a worker would say.
    window.sleep.began.emit()
    window.sleep.progressed.emit(Progress("training", 74, 120, eta_s=21.0))
    QTest.qWait(60)
    shot(window, "night-running")
    window.show_chat()
    QTest.qWait(60)
    shot(window, "asleep")
    window.sleep.ended.emit(Cancelled(""))
    window.toast.finish()
    _settled(window)
    window.show_page(window.settings)
    _settled(window)
    shot(window, "settings")
    window.settings.models._on_show("acorn")
    _settled(window)
    _sheet(window, shot, "model")
    window.settings.area.verticalScrollBar().setValue(window.settings.area.verticalScrollBar().maximum())
    shot(window, "settings-data")
    window.exchange.ask_delete_everything()
    _sheet(window, shot, "delete-everything")
    ImportSheet(window, [Path("conversations.json")], window.exchange).open()
    _sheet(window, shot, "import")
    window.show_chat()
    window.shortcuts.show()
    _sheet(window, shot, "shortcuts")
    memory = window.learned.cards[0].known.memory
    window.deeds.amend(memory)
    _sheet(window, shot, "amend")


def _sheet(window: Window, shot: Callable[[QWidget, str], None], name: str) -> None:
    QTest.qWait(80)
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            shot(dialog, name)
            dialog.reject()
    QTest.qWait(30)


@contextmanager
def _window(home: Path) -> Iterator[Window]:
    window = Window(home, Keepsakes.load(home / "window.json"))
    window.resize(*SIZE)
    window.show()
    _settled(window)
    yield window
    window.close()
    window.deleteLater()
    QTest.qWait(1)


def _talk(window: Window, text: str) -> None:
    window.chat.composer.set_text(text)
    window.chat.composer.send.click()
    _settled(window)


def _settled(window: Window) -> None:
    """Until both rooms are idle and what they said is drawn."""
    deadline = time.monotonic() + 300
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        QTest.qWait(40)
        quiet = 0 if window.engine.busy or window.library.busy else quiet + 1


def _shot(window: QWidget, file: Path) -> None:
    QTest.qWait(60)
    window.grab().save(str(file))
    print(file.name, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
