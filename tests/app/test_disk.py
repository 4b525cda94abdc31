"""On a full disk, or one that is closed to writing, every step says what is wrong and the way out, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.cli import main
from app.compose import open_assistant
from learning.types import MemoryId
from models.errors import EnvironmentProblem
from tests.app.small_disk import Disk, small_disk
from tests.learning.profile_bytes import holding

VALUES = ("Vesuvius", "Tibor", "Orsolya")
COMMANDS = (
    ["say", "Hello!"],
    ["remember", "My bicycle is turquoise."],
    ["memories"],
    ["night"],
    ["learned"],
    ["undo", "1"],
    ["undo", "1", "--erase"],
    ["restore", "3"],
    ["receipt", "1"],
    ["why", "1"],
    ["probe", "What is my kettle called?", "Vesuvius"],
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with three memories, the last of them undone."""
    home = tmp_path_factory.mktemp("lived") / "profile"
    home.mkdir(mode=0o700)
    (home / "settings.json").write_text('{"memory": "off", "reply_tokens": 16}', encoding="utf-8")
    with open_assistant(home) as dormouse:
        for thing, value in zip(("kettle", "cat", "boat"), VALUES, strict=True):
            dormouse.remember(f"My {thing} is called {value}.")
        dormouse.undo([MemoryId(3)])
    return home


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_no_command_changes_a_profile_that_cannot_be_written_and_each_says_so(
    disk: Disk, lived: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Path(shutil.copytree(lived, disk.folder / "profile"))
    before = content(home)
    disk.close_to_writing()
    for command in COMMANDS:
        assert main(["--home", str(home), *command]) == 3, command
        said = capsys.readouterr().err
        assert str(home) in said, command
        assert "Nothing was changed" in said, command
        assert "name another profile: dormouse --home FOLDER" in said, command
    assert content(home) == before


def say(dormouse: Assistant) -> None:
    dormouse.reply(dormouse.converse().id, "Hello!")


STEPS: dict[str, Callable[[Assistant], object]] = {
    "say": say,
    "remember": lambda dormouse: dormouse.remember("My bicycle is turquoise."),
    "undo": lambda dormouse: dormouse.undo([MemoryId(1)]),
    "measure": lambda dormouse: dormouse.measure(dormouse.undo([MemoryId(1)])),
    "restore": lambda dormouse: dormouse.restore([MemoryId(3)]),
    "erase": lambda dormouse: dormouse.erase([MemoryId(1)]),
}


@pytest.mark.parametrize("step", STEPS)
def test_on_a_full_disk_nothing_is_lost_and_it_can_be_done_once_there_is_room(disk: Disk, lived: Path, step: str) -> None:
    home, ends = disk.folder / "profile", set()
    for kilobytes in (0, 8, 24, 40, 80, 160, 320, 2000):
        disk.free()
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(lived, home)
        disk.leave(kilobytes)
        said = "done"
        try:
            with open_assistant(home) as dormouse:
                STEPS[step](dormouse)
        except EnvironmentProblem as problem:
            said = str(problem)
        if said != "done":
            assert str(home) in said
            assert "space" in said
        ends.add(said == "done")
        disk.free()
        with open_assistant(home) as dormouse:
            assert dormouse.store.check() == []
            known = {memory.answer for memory in dormouse.memories(all=True)}
            assert known | {"Vesuvius"} >= set(VALUES)
            assert dormouse.store.pending_erasures() == []
            if step == "erase" and "Vesuvius" not in known:
                assert holding(home, "Vesuvius") == []
            else:
                assert "Vesuvius" in known
            if step in ("say", "remember"):
                STEPS[step](dormouse)
    assert ends == {True, False}
