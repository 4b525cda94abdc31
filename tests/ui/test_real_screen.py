"""`dormouse` as a user starts it: the whole program in a process of its own, on a real (if unseen) X screen, photographed.

The pictures are kept where DORMOUSE_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app.compose import open_assistant
from ui.theme import DARK, LIGHT

ROOT = Path(__file__).resolve().parent.parent.parent
SIZE = (1400, 900)
PHOTOGRAPH = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
application.primaryScreen().grabWindow(0).save(sys.argv[1])
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="there is no Xvfb here: apt-get install xvfb"),
]


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """An X server with a screen that nobody sees; the environment of programs on it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
        pass_fds=(writing,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as display:
        number = display.readline().strip()
    assert number, "Xvfb did not start."
    environment = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    yield {**environment, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait()


def photograph(environment: dict[str, str], file: Path) -> QImage:
    subprocess.run([sys.executable, "-c", PHOTOGRAPH, str(file)], env=environment, check=True, capture_output=True)
    picture = QImage(str(file))
    if folder := os.environ.get("DORMOUSE_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        picture.save(str(Path(folder) / file.name))
    return picture


def colours(picture: QImage) -> dict[str, int]:
    """How often each colour is in a picture, looked at every fourth pixel."""
    found: dict[str, int] = {}
    for x in range(0, picture.width(), 4):
        for y in range(0, picture.height(), 4):
            name = picture.pixelColor(x, y).name()
            found[name] = found.get(name, 0) + 1
    return found


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.2)


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_dormouse_opens_its_window_on_a_screen_once_and_leaves_when_it_is_told_to(
    screen: dict[str, str], profile: Path, tmp_path: Path
) -> None:
    with open_assistant(profile) as assistant:
        talk = assistant.converse().id
        for said in ("My sister is called Oduya.", "What is my sister called?"):
            assistant.note(assistant.reply(talk, said).asked)
    assert colours(photograph(screen, tmp_path / "before.png")).keys() == {"#000000"}
    program = start(screen, "--home", str(profile))

    def drawn() -> bool:
        found = colours(photograph(screen, tmp_path / "window.png"))
        papers = {theme.paper: theme.side for theme in (LIGHT, DARK)}
        return any(found.get(paper, 0) > 5000 and found.get(side, 0) > 1000 for paper, side in papers.items())

    until(drawn)
    again = start(screen, "--home", str(profile))
    assert (*again.communicate(timeout=60), again.returncode) == ("", "", 0)
    assert program.poll() is None
    photograph(screen, tmp_path / "real-window.png")
    program.send_signal(signal.SIGTERM)
    out, errors = program.communicate(timeout=60)
    assert (program.returncode, out, errors) == (0, "", "")
    assert (profile / "window.json").is_file()
