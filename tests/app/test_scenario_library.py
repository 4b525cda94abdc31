"""The library of scenarios: large enough, true to the README, and every story in it able to fail."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.scenario.bounds import Bounds
from app.scenario.language import Pattern, Reasons
from app.scenario.runner import Beginnings, play
from app.scenario.several import scenario_files
from app.scenario.story import Expectation, Scenario, Step, read_scenario

ROOT = Path(__file__).resolve().parents[2]
FILES = scenario_files([ROOT / "tests" / "scenarios"])
README = (ROOT / "README.md").read_text(encoding="utf-8")
IMPOSSIBLE = "xyzzy-that-nobody-says"

# Commands that show or install something and tell no story; whether a night is due depends on the machine, not on the story.
SILENT = ("chat", "memories", "learned", "models", "doctor", "run", "script", "tour", "nights", "night --if-due", "proposed")


def test_the_library_has_at_least_forty_stories() -> None:
    assert len(FILES) >= 40


def test_pytest_collects_the_library(request: pytest.FixtureRequest) -> None:
    """Else no story of it would be played, and nobody would notice."""
    assert request.config.pluginmanager.hasplugin("app.scenario.pytest_plugin")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.split(".")[0])
def test_a_promise_is_a_sentence_of_the_readme(file: Path) -> None:
    def words(text: str) -> str:
        return re.sub(r"\W+", " ", text).casefold().strip()

    assert words(read_scenario(file).promise) in words(README)


def test_the_readmes_commands_are_played_in_their_order() -> None:
    block = README.split("## The command line")[1].split("```console\n")[1].split("```")[0]
    commands = [shlex.split(line, comments=True)[2:] for line in block.splitlines()]
    told = [step for words in commands if words and not {words[0], shlex.join(words)} & {*SILENT} for step in _steps(words)]
    played = read_scenario(ROOT / "tests" / "scenarios" / "readme.scenario.yaml").steps
    assert [(step.written, dict(step.options)) for step in played] == told


def _steps(words: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """A command of the README as the steps of a story."""
    command, *rest = words
    if command == "say" and "--conversation" in rest:
        place = rest.index("--conversation")
        return [(f"conversation: {rest[place + 1]}", {}), (f"say: {' '.join(rest[:place])}", {})]
    match command, rest:
        case "say", ["--no-notes", text]:
            return [(f"ask: {text}", {"notes": False})]
        case "say", [text]:
            return [(f"ask: {text}", {})]
        case "undo", ["--night", night]:
            return [(f"undo: {{night: {night}}}", {})]
        case "undo", ["--everything"]:
            return [("undo: everything", {})]
        case "probe", [question, answer]:
            return [(f"probe: {question}", {"answer": answer})]
        case "night", []:
            return [("night: {}", {})]
        case _, [value]:
            return [(f"{command}: {value}", {})]
    raise AssertionError(words)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_expectation_of_every_story_can_fail(tmp_path: Path) -> None:
    """Each is played once more with something else expected everywhere, and every one of those must be seen to fail."""
    beginnings = Beginnings(tmp_path / "beginnings")
    blind: list[str] = []
    for place, file in enumerate(FILES):
        scenario = read_scenario(file)
        spoiled = _spoiled(scenario)
        report = play(spoiled, tmp_path / str(place), beginnings, lambda _: None).report
        assert not report.passed, file.name
        for step, told in zip(spoiled.steps, report.steps, strict=True):
            failed = {failure.expectation for failure in told.failures}
            blind += [f"{file.name}:{e.place.line} {e.name}" for e in step.expectations if e.name not in failed]
    assert blind == []


def _spoiled(scenario: Scenario) -> Scenario:
    return replace(scenario, steps=tuple(_spoiled_step(step) for step in scenario.steps))


def _spoiled_step(step: Step) -> Step:
    options = {name: value for name, value in step.options.items() if name != "counts"}
    return replace(step, options=options, expectations=tuple(_opposite(e) for e in step.expectations))


def _opposite(expectation: Expectation) -> Expectation:
    """The same expectation of something that does not happen."""
    value = expectation.value
    match expectation.name:
        case "expect_not":
            value = (Pattern("/(?s).*/", "(?s).*"),)
        case "expect_status":
            value = {words: {"learned": "noted"}.get(status, "learned") for words, status in value.items()}
        case "expect_outcome":
            value = "cancelled"
        case "expect_adapter":
            value = {"none": "some", "some": "none", "same": "another", "another": "same"}[value]
        case "expect_kept_because":
            value = Reasons((Pattern(IMPOSSIBLE),))
        case _ if isinstance(value, Bounds):
            value = Bounds("== -1e9", "==", -1e9)
        case _:
            value = (Pattern(IMPOSSIBLE),)
    return replace(expectation, value=value)
