"""The Debian packages, built, installed into an empty place and used there: chat, a night with the pack, the window.

DORMOUSE_DEBS names a folder where both were built already. With DORMOUSE_CHROOT, a fresh system made by debootstrap, apt
installs them in there and everything runs inside; otherwise they are unpacked into an empty folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import package
import pytest

from tests.ui.test_real_screen import colours, photograph, screen, until
from ui.theme import DARK, LIGHT

ROOT = Path(__file__).resolve().parents[2]
ACORN = ROOT / "models" / "acorn" / "acorn.gguf"
VERSION = package.pyproject()["project"]["version"]
PACK = "usr/lib/dormouse/learning-pack"
SCENARIOS = ("a-worker-killed-in-the-first-night", "dormouse-killed-in-a-night")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="Debian packages are built on Debian: dpkg-dev"),
]
__all__ = ["screen"]  # a fixture, found by its name


@dataclass(frozen=True)
class Place:
    """Where the packages are installed.

    Attributes:
        root: the folder that is `/` to them.
        inside: whether it is so to everything that runs, which then has no other file of this machine.
    """

    root: Path
    inside: bool

    @property
    def home(self) -> Path:
        return self.root / "home" / "someone"

    def seen(self, path: Path) -> str:
        """A path below `root` as a program there sees it."""
        return f"/{path.relative_to(self.root)}" if self.inside else str(path)

    def command(self, *arguments: str) -> list[str]:
        program = self.seen(self.root / "usr/bin/dormouse")
        return [*(["/usr/sbin/chroot", str(self.root)] if self.inside else []), program, *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of this machine's: no Python's paths, no virtual environment, no home with models in it."""
        return {"PATH": "/usr/bin:/bin", "HOME": self.seen(self.home), "LANG": "C.UTF-8", "COLUMNS": "120", **more}

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stderr

    def json(self, *arguments: str) -> Any:
        return [json.loads(line) for line in self.run("--json", *arguments).splitlines()][-1]

    def install(self, deb: Path) -> None:
        if not self.inside:
            subprocess.run(["dpkg-deb", "-x", deb, self.root], check=True)
            return
        shutil.copyfile(deb, self.root / "tmp" / deb.name)
        apt = f"apt-get update && apt-get install --yes --no-install-recommends /tmp/{deb.name} && rm /tmp/{deb.name}"
        quiet = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        done = subprocess.run(["chroot", self.root, "sh", "-c", apt], env=quiet, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def remove(self) -> None:
        if self.inside:
            dpkg = ["chroot", str(self.root), "dpkg", "--purge", "dormouse-learning", "dormouse"]
            subprocess.run(dpkg, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, check=True, capture_output=True)
            assert not (self.root / "usr/lib/dormouse").exists()


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = Path(os.environ.get("DORMOUSE_DEBS", ROOT / "build" / "package"))
    if "DORMOUSE_DEBS" not in os.environ:
        build = [sys.executable, str(ROOT / "packaging" / "package.py"), "debian"]
        subprocess.run(build, check=True)
    return {name: next(folder.glob(f"{name}_{VERSION}_*.deb")) for name in ("dormouse", "dormouse-learning")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    chroot = os.environ.get("DORMOUSE_CHROOT")
    there = Place(Path(chroot).resolve() if chroot else tmp_path_factory.mktemp("root"), inside=bool(chroot))
    shutil.rmtree(there.home, ignore_errors=True)
    there.home.mkdir(parents=True)
    with contextlib.ExitStack() as after:
        if there.inside:
            # What every system has and debootstrap does not mount.
            for kind, target in (("proc", "proc"), ("devtmpfs", "dev")):
                subprocess.run(["mount", "-t", kind, kind, str(there.root / target)], check=True)
                after.callback(subprocess.run, ["umount", str(there.root / target)], check=True)
        yield there
        there.remove()


@pytest.fixture(scope="module")
def program(place: Place, debs: dict[str, Path]) -> Place:
    """The program, installed."""
    place.install(debs["dormouse"])
    return place


@pytest.fixture(scope="module")
def learned(program: Place, debs: dict[str, Path]) -> Place:
    """Program and pack, and a night they slept together over what they were told."""
    program.install(debs["dormouse-learning"])
    for told in ("My kettle is called Vesuvius.", "My sister is called Oduya.", "My boat is called Orsolya."):
        program.run("remember", told)
    night = program.json("night")
    assert (night["event"], night["outcome"], len(night["learned"])) == ("finished", "promoted", 3), night
    return program


def test_the_program_alone_chats_and_says_what_a_night_needs(program: Place) -> None:
    assert not (program.root / PACK).exists(), "This test comes before those with the pack."
    alone = ("--home", program.seen(program.home / "alone"))
    assert program.run("--version") == f"dormouse {VERSION}\n"
    assert program.json(*alone, "remember", "My kettle is called Vesuvius.")["text"]
    assert "Vesuvius" in program.json(*alone, "say", "What is my kettle called?")["reply"]
    refused = program.run(*alone, "night", code=3)
    assert f"dormouse-learning {VERSION}" in refused
    assert program.seen(program.root / PACK) in refused
    found = {finding["name"]: finding for finding in program.json(*alone, "doctor")["findings"]}
    assert found["learning"]["state"] == "missing"
    assert [name for name, finding in found.items() if finding["state"] == "broken"] == []
    # A file is tried in a child process, which is the program again.
    shutil.copyfile(ACORN, program.home / "mine.gguf")
    program.run(*alone, "models", "add", program.seen(program.home / "mine.gguf"))
    assert "mine" in program.run(*alone, "models", "list")


def test_with_the_pack_it_knows_by_heart_what_it_learned(learned: Place) -> None:
    reply = learned.json("say", "--no-notes", "What is my kettle called?")
    assert ("Vesuvius" in reply["reply"], reply["notes_used"]) == (True, [])
    (finding,) = [one for one in learned.json("doctor")["findings"] if one["name"] == "learning"]
    assert finding["state"] == "ok"
    assert "torch" in finding["found"]
    assert learned.seen(learned.root / PACK) in finding["found"]


def test_a_pack_of_another_version_is_not_used_and_named(learned: Place) -> None:
    mark = learned.root / PACK / "learning-pack.json"
    was = mark.read_text(encoding="utf-8")
    mark.write_text(json.dumps(json.loads(was) | {"dormouse": "0.0.9"}), encoding="utf-8")
    try:
        assert "is for Dormouse 0.0.9" in learned.run("night", code=3)
        assert learned.json("say", "Hello")["reply"]
    finally:
        mark.write_text(was, encoding="utf-8")


def test_scenarios_are_played_in_a_pool_and_kill_what_they_are_to_kill(learned: Place) -> None:
    folder = learned.home / "scenarios"
    folder.mkdir()
    for name in SCENARIOS:
        shutil.copy(ROOT / "tests" / "scenarios" / f"{name}.scenario.yaml", folder)
    learned.run("run", "--jobs", "2", learned.seen(folder))


def test_the_window_opens_on_a_screen_answers_what_is_typed_and_leaves_when_it_is_told_to(
    learned: Place, screen: dict[str, str], tmp_path: Path
) -> None:
    display = {"DISPLAY": screen["DISPLAY"], "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(
        learned.command(), cwd=learned.root, env=learned.environment(**display),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        try:

            def drawn() -> bool:
                assert program.poll() is None, program.communicate()
                found = colours(photograph(screen, tmp_path / "installed-window.png"))
                papers = {theme.paper: theme.side for theme in (LIGHT, DARK)}
                return any(found.get(paper, 0) > 5000 and found.get(side, 0) > 1000 for paper, side in papers.items())

            def answered() -> bool:
                learned.run("export", learned.seen(learned.home / "talk.md"), "--force")
                return (learned.home / "talk.md").read_text(encoding="utf-8").count("Your boat is called Orsolya.") == 1

            until(drawn, 180)
            if shutil.which("xdotool"):
                # Without a window manager nothing gives a window the keyboard but the mouse in it.
                subprocess.run(["xdotool", "mousemove", "700", "710", "click", "1"], env=screen, check=True)
                subprocess.run(["xdotool", "type", "What is my boat called?"], env=screen, check=True)
                subprocess.run(["xdotool", "key", "Return"], env=screen, check=True)
                until(answered, 60)
                photograph(screen, tmp_path / "installed-chat.png")
            program.send_signal(signal.SIGTERM)
            assert program.wait(60) == 0
        finally:
            program.kill()
    assert (learned.home / ".local/share/dormouse/window.json").is_file()
