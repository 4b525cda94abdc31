"""Does the window wait? Starts, and the longest time its thread was held up while it works, on the real window and model.

`python -m tests.benchmarks.window [start stream night large]` prints one line for each thing measured. Without a display it draws
offscreen. `start` opens `dormouse` as a user would, several times: until a key that is pressed stands in the composer, and until
the model can be asked. The others watch a timer that rings every 5 ms: how late it rang is how long the window's thread was blocked.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ui.keepsakes import Keepsakes
from ui.theme import use
from ui.window import Window

TICK_MS = 5
TOKENS = 2000
PARAGRAPH = """## A plan for **Saturday**

Bread and *two* kinds of cheese, then the long way along the river, and back before the rain comes down from the hills.

1. The boat at ten, with `kettle` and cups
2. Soup at half past one

```python
def kettle(name: str = "Vesuvius") -> str:
    return f"{name} is on"
```

| What | When | Who |
|------|------|-----|
| Boat | 10:00 | Oduya |

"""


class Pulse(QObject):
    """Rings every `TICK_MS`; `late` are the milliseconds by which it was late each time."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        self.late, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        self._on_tick()
        self._timer.stop()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1000 - TICK_MS))
        self._last = now


@contextmanager
def watched(what: str) -> Iterator[None]:
    """Print how long the window's thread was blocked at the most during what happens within."""
    pulse = Pulse()
    begun = time.perf_counter()
    pulse.start()
    yield
    pulse.stop()
    late = sorted(pulse.late)
    often = late[int(len(late) * 0.99)]
    print(
        f"{what}: blocked at the most {late[-1]:.0f} ms, 99 % under {often:.0f} ms "
        f"({sum(gap > 50 for gap in late)} over 50 ms; {time.perf_counter() - begun:.1f} s)",
        flush=True,
    )


def memory() -> str:
    used = psutil.Process().memory_full_info()
    return f"{used.rss / 2**20:.0f} MB resident, {used.uss / 2**20:.0f} MB of its own"


@contextmanager
def opened(home: Path) -> Iterator[Window]:
    window = Window(home, Keepsakes.load(home / "window.json"))
    window.resize(1160, 780)
    window.show()
    settle(window)
    yield window
    window.close()
    window.deleteLater()
    QTest.qWait(1)


def settle(window: Window, minutes: float = 10) -> None:
    """Until both rooms are idle. The loop runs as in the program, so that the other threads get their turns."""
    wait_until(lambda: not (window.engine.busy or window.library.busy), minutes)


def wait_until(holds: Callable[[], bool], minutes: float = 10) -> None:
    application = QApplication.instance()
    assert application is not None
    timer = QTimer(interval=20)
    timer.timeout.connect(lambda: application.exit() if holds() else None)
    late = QTimer(singleShot=True, interval=round(minutes * 60_000))
    late.timeout.connect(lambda: application.exit(1))
    timer.start()
    late.start()
    if application.exec():
        raise SystemExit("The window did not come to rest.")


# From the start of the process


class Witness(QObject):
    """Presses a key once the window has been drawn, and writes when the key stood in the composer and when the model could be asked."""

    def __init__(self, begun: float) -> None:
        super().__init__()
        self._begun = begun
        self._timer = QTimer(self, interval=2)
        self._timer.timeout.connect(self._look)
        self._usable = False
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, Window):
            application = QApplication.instance()
            assert application is not None
            application.removeEventFilter(self)
            self._window = watched
            self._timer.start()
        return False

    def _look(self) -> None:
        if not self._usable:
            QTest.keyClick(self._window.chat.composer.field, Qt.Key.Key_A)
            self._usable = self._window.chat.composer.text == "a"
            self._write("usable")
        elif not self._window.engine.busy:
            self._write("ready")
            print(f"memory {memory()}", flush=True)
            self._timer.stop()
            self._window.chat.composer.set_text("")
            self._window.quit()

    def _write(self, what: str) -> None:
        print(what, f"{time.time() - self._begun:.3f}", flush=True)


def one_start(begun: float) -> None:
    """In the child: `dormouse`, with a witness."""
    from app.__main__ import main

    _ = QApplication(sys.argv[:1])
    witness = Witness(begun)
    sys.argv = ["dormouse"]
    main()
    del witness


def start(runs: int = 9) -> None:
    """Each start in a process of its own, on a profile that has been opened before."""
    usable, ready, last = [], [], ""
    with tempfile.TemporaryDirectory() as home:
        # As installed: with the compiled modules that pip writes, whatever this machine's developer prefers.
        environment = {**os.environ, "DORMOUSE_HOME": home}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for run in range(runs + 1):
            command = [sys.executable, "-m", "tests.benchmarks.window", "--child", repr(time.time())]
            said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            found = dict(line.split(" ", 1) for line in said.splitlines())
            if run:
                usable.append(float(found["usable"]))
                ready.append(float(found["ready"]))
            last = found["memory"]
    print(f"start: usable after {statistics.median(usable):.2f} s (median of {runs}; {min(usable):.2f} to {max(usable):.2f})")
    print(f"start: engine ready after {statistics.median(ready):.2f} s ({min(ready):.2f} to {max(ready):.2f})")
    print(f"start: memory with the model loaded: {last}", flush=True)


# At work


class Talkative:
    """The real engine, which does not come to an end: for each token it writes, the next piece of a long Markdown text is handed over."""

    def __init__(self, engine: Any, tokens: int) -> None:
        self._engine, self._tokens = engine, tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def reply(self, turns: Any, *, on_piece: Callable[[str], None], **more: Any) -> Any:
        words = (PARAGRAPH * self._tokens).split(" ")
        given: list[str] = []

        def piece(_: str) -> None:
            if len(given) < self._tokens:
                given.append(words[len(given)] + " ")
                on_piece(given[-1])

        while True:
            done = self._engine.reply(turns, on_piece=piece, **more)
            if len(given) == self._tokens:
                return done


def stream() -> None:
    """A reply of `TOKENS` tokens at the real model's pace."""
    with tempfile.TemporaryDirectory() as home, opened(Path(home)) as window:

        def talk_on(assistant: Any) -> None:
            assistant.serving._engine = Talkative(assistant.serving.engine, TOKENS)

        window.engine.ask(talk_on)
        settle(window)
        window.chat.composer.set_text("Tell me about Saturday.")
        with watched(f"a reply of {TOKENS} tokens"):
            window.chat.composer.send.click()
            settle(window)
        print(f"a reply of {TOKENS} tokens: {memory()}")


def night() -> None:
    """A real night on two memories."""
    with tempfile.TemporaryDirectory() as home, opened(Path(home)) as window:
        for told in ("My kettle is called Vesuvius.", "My boat is called Orsolya."):
            window.deeds.remember(told)
        settle(window)
        window.show_page(window.night)
        settle(window)
        with watched("a night"):
            window.sleep.begin()
            settle(window, minutes=30)
        print(f"a night: {memory()}")


def large() -> None:
    """A conversation of 10,000 messages among 100,000 in the store."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        long = fill(home)
        with opened(home) as window:
            with watched("open a conversation of 10,000 messages"):
                window.bookmark.open(long)
                settle(window)
            bar = window.chat.transcript.verticalScrollBar()
            with watched("scroll up through it"):
                for _ in range(300):
                    bar.setValue(bar.value() - 400)
                    QTest.qWait(10)
            with watched("search 100,000 messages while typing"):
                for letters in ("r", "ri", "riv", "rive", "river", "river 77", "river 777"):
                    window.side.search.setText(letters)
                    QTest.qWait(150)
                settle(window)
                window.side.search.clear()
                settle(window)
            with watched("say something in it"):
                window.chat.composer.set_text("Hello!")
                window.chat.composer.send.click()
                settle(window)
            print(f"100,000 messages: {memory()}")


def fill(home: Path) -> int:
    """Make a store of 100,000 messages; the number of the conversation that has 10,000."""
    from learning.store import Store

    class Now:
        def now(self) -> datetime:
            return datetime.now(UTC)

    home.mkdir(exist_ok=True)
    with Store.open(home / "dormouse.sqlite3", Now()) as store, store.transaction():
        long = store.create_conversation("A long one").id
        others = [store.create_conversation().id for _ in range(900)]
        for place in range(100_000):
            where = long if place < 10_000 else others[(place // 2) % len(others)]
            text = f"Message {place}: along the river {place // 7} there is much to say. " * (1 + place % 4)
            store.add_message(where, "assistant" if place % 2 else "user", text)
        return long


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.window", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["start", "stream", "night", "large", []], default=[])
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        one_start(options.child)
        return
    if not options.what or "start" in options.what:
        start()
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    use(application)
    sys.setswitchinterval(0.0002)
    for work in (stream, night, large):
        if not options.what or work.__name__ in options.what:
            work()


if __name__ == "__main__":
    main()
