"""The packaged program's beginning: its learning pack, the environment its loader left, the children it starts.

That all of it holds in the real program, tests/packaging/test_installed_package.py shows.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from app import extras, frozen
from app.nights import system
from models import child
from models.errors import EnvironmentProblem


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process as the packaged program in an empty folder, called without arguments."""
    program = tmp_path / "dormouse" / "dormouse"
    program.parent.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setattr(sys, "path", list(sys.path))
    # What it changes there ends with the test.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return program


def lay(place: Path, **changed: str) -> Path:
    """A pack for this program, but for what is `changed`."""
    place.mkdir(parents=True)
    (place / frozen.MARK).write_text(json.dumps(frozen.built_for() | changed))
    return place


def test_the_pack_is_found_beside_the_program_before_it_is_looked_for_among_the_persons_data(program: Path) -> None:
    assert frozen.find_pack() is None
    beside, own = frozen.places()
    lay(own)
    assert frozen.find_pack() == own
    lay(beside)
    assert frozen.find_pack() == beside == program.parent / "learning-pack"
    (beside / frozen.MARK).write_text("damaged")
    assert frozen.find_pack() == own


def test_only_the_trainer_takes_from_the_pack_what_the_program_has_too(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = str(lay(frozen.places()[0]))
    before = list(sys.path)
    frozen.begin()
    assert sys.path == [*before, pack]
    monkeypatch.setattr(sys, "path", list(before))
    monkeypatch.setattr(sys, "argv", ["dormouse", "-m", "learning.worker", "job"])
    with pytest.raises(SystemExit) as end:
        frozen.begin()
    assert sys.path == [pack, *before]
    # The worker's own door, which wants two folders.
    assert end.value.code == 2


@pytest.mark.parametrize("changed", [{"dormouse": "9.9.9"}, {"python": "2.7"}, {"platform": "linux-vax"}])
def test_a_pack_of_another_build_is_not_used_and_named(program: Path, changed: dict[str, str]) -> None:
    pack = lay(frozen.places()[0], **changed)
    frozen.begin()
    assert str(pack) not in sys.path
    (value,) = changed.values()
    assert f"the one in {pack} is for" in frozen.wanted_pack()
    assert value in frozen.wanted_pack()


@pytest.mark.parametrize("mark", ["", "[]", "{}", "null", '{"dormouse": 1}'])
def test_a_damaged_mark_is_said_to_be_damaged(program: Path, mark: str) -> None:
    pack = lay(frozen.places()[0])
    (pack / frozen.MARK).write_text(mark)
    assert frozen.unfit(pack) == f"the one in {pack} is damaged"


def test_without_a_pack_a_night_says_which_one_it_needs_and_where_it_was_looked_for(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = extras.util.find_spec
    monkeypatch.setattr(extras.util, "find_spec", lambda name: None if name == "torch" else find_spec(name))
    with pytest.raises(EnvironmentProblem) as problem:
        extras.require_learning()
    said = str(problem.value)
    assert f"dormouse-learning {frozen.built_for()['dormouse']}" in said
    assert all(str(place) in said for place in frozen.places())
    assert "pip" not in said


def test_programs_of_the_system_find_its_own_libraries_again(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/ours")
    frozen.begin()
    assert "LD_LIBRARY_PATH" not in os.environ
    monkeypatch.setenv("LD_LIBRARY_PATH", "/ours:/theirs")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/theirs")
    frozen.begin()
    assert os.environ["LD_LIBRARY_PATH"] == "/theirs"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


def test_the_packaged_program_starts_itself_where_another_starts_python(program: Path, profile: Path) -> None:
    assert child.command("learning.worker", "job", "out") == [str(program), "-m", "learning.worker", "job", "out"]
    assert system.night_command(profile) == [str(program), "--home", str(profile), "night", "--if-due"]


def test_it_runs_no_module_but_its_own(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["dormouse", "-m", "http.server"])
    frozen.begin()
    assert sys.argv == ["dormouse", "-m", "http.server"]


def test_on_windows_the_task_runs_the_program_that_opens_no_console_and_the_window_the_other(
    program: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windowless = program.with_name("dormousew")
    windowless.touch()
    (text,) = system.timer("task", profile).files.values()
    assert f"<Command>{windowless}</Command>" in text
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", str(windowless))
    assert child.command("app", "night") == [str(program), "night"]
