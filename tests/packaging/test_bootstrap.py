"""The two commands, with stand-in programs where the environment would have the real ones."""

from __future__ import annotations

import sys
from pathlib import Path

import bootstrap
import pytest
from environment import Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in programs are shell scripts")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return Environment(tmp_path)


def program(environment: Environment, name: str, script: str) -> None:
    """A program of the environment that writes down how it was called and then does as `script` says."""
    path = environment.program(name)
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{environment.root}/calls"\n{script}\n')
    path.chmod(0o755)


def calls(environment: Environment) -> list[str]:
    return (environment.root / "calls").read_text().splitlines()


def test_run_hands_its_arguments_and_exit_code_through(environment: Environment) -> None:
    program(environment, "dormouse", "exit 2")
    assert bootstrap.run(environment, ["say", "hello"]) == 2
    assert calls(environment) == ["dormouse say hello"]


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has a display")
def test_run_plays_the_tour_where_no_window_can_open_and_says_so(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    program(environment, "dormouse", "exit 0")
    assert bootstrap.run(environment, []) == 0
    assert calls(environment) == ["dormouse tour"]
    assert "window" in capsys.readouterr().out


def test_test_runs_everything_whatever_failed_before_and_fails_at_the_end(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    program(environment, "python", 'case "$*" in *"ruff check"*) exit 1;; esac')
    program(environment, "lint-imports", "exit 0")

    assert bootstrap.check(environment, ["-k", "undo"]) == 1

    called = calls(environment)
    assert [line.split()[:3] for line in called[:3]] == [["python", "-m", "ruff"]] * 2 + [["python", "-m", "pyright"]]
    assert called[3].startswith("lint-imports")
    assert called[4] == "python -m pytest -k undo"
    assert "Failed before the tests: Style (ruff check)" in capsys.readouterr().out


def test_test_ends_with_the_words_of_the_tests_when_all_is_well(
    environment: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    program(environment, "python", 'case "$*" in *pytest*) echo "3 passed in 0.1s";; esac')
    program(environment, "lint-imports", "exit 0")
    assert bootstrap.check(environment, []) == 0
    assert capfd.readouterr().out.endswith("3 passed in 0.1s\n")


def test_failing_tests_give_their_own_exit_code(environment: Environment) -> None:
    program(environment, "python", 'case "$*" in *pytest*) exit 5;; esac')
    program(environment, "lint-imports", "exit 0")
    assert bootstrap.check(environment, []) == 5


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_the_help_is_shown_and_nothing_is_set_up(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    with pytest.raises(SystemExit) as end:
        bootstrap.main(arguments)
    assert end.value.code == 0
    assert "run [ARGS]" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
