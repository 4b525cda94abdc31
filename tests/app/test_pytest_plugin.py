"""Scenarios as pytest's own tests, and the fixture for Python tests, in a pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STORIES = {
    "holds.scenario.yaml": "name: holds\nsteps:\n  - remember: My kettle is called Vesuvius.\n    expect_memories: 1\n",
    "fails.scenario.yaml": "name: fails\ngiven: holds\nsteps:\n  - undo: kettle\n    expect_memories: 1\n",
    "typo.scenario.yaml": "name: typo\nsteps:\n  - remembr: My kettle is called Vesuvius.\n",
    "test_assistant.py": (
        "from datetime import timedelta\n"
        "def test_it(assistant):\n"
        "    memory = assistant.remember('My kettle is called Vesuvius.').memory\n"
        "    assistant.clock.advance(timedelta(days=1))\n"
        "    assert assistant.clock.now() - memory.created_at == timedelta(days=1)\n"
    ),
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of a folder with the stories in it, far from this repository's configuration."""
    folder: Path = tmp_path_factory.mktemp("stories")
    for name, text in STORIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-W", "error", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False).stdout


def test_each_scenario_is_a_test(output: str) -> None:
    assert "holds.scenario.yaml::holds PASSED" in output
    assert "fails.scenario.yaml::fails FAILED" in output
    assert "2 failed, 2 passed" in output


def test_a_failure_is_explained_and_not_traced(output: str) -> None:
    assert "line 5, expect_memories:" in output
    assert "+ none" in output
    assert "Traceback" not in output


def test_a_typo_fails_its_own_test_alone(output: str) -> None:
    assert "typo.scenario.yaml:3:5: remembr: did you mean remember?" in output


def test_the_fixture_is_an_assistant_under_a_clock_that_is_moved(output: str) -> None:
    assert "test_assistant.py::test_it PASSED" in output
