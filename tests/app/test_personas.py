"""Drawn lives: the same from the same seed, readable as scenarios, with something to learn every night."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.cli import main
from app.scenario.personas import FACTS_AT_ONCE, write_life
from app.scenario.story import parse_scenario

FILE = Path("life.scenario.yaml")


@pytest.mark.parametrize("seed", range(8))
def test_a_life_is_a_scenario_with_something_new_for_every_night(seed: int) -> None:
    life = parse_scenario(write_life(seed, 40), FILE)
    days: list[list[str]] = [[]]
    for step in life.steps:
        if step.verb == "night":
            days.append([])
        else:
            days[-1].append(step.verb)
    assert len(days) == 41
    assert all({"remember", "correct"} & set(day) for day in days[:-1])
    assert {"say", "undo", "correct", "ask", "tally"} <= {step.verb for step in life.steps}


@pytest.mark.parametrize("seed", range(8))
def test_no_more_is_known_than_a_night_can_carry_and_what_is_taken_back_leaves_no_older_value(seed: int) -> None:
    """An older value would count again, and the person would be told what they thought forgotten."""
    facts: list[list[str]] = []
    undone: list[list[str]] = []
    steps = parse_scenario(write_life(seed, 60), FILE).steps
    for step, after in pairwise(steps):
        match step.verb:
            case "remember":
                facts.append([step.value])
            case "correct":
                (old,) = next(expected.value for expected in after.expectations if expected.name == "expect_not")
                (fact,) = [fact for fact in facts if fact and old.written in fact[-1]]
                fact.append(step.value)
            case "undo":
                (fact,) = [fact for fact in facts if fact and step.value.words[0] in fact[-1]]
                fact.pop()
                undone.append(fact)
            case "night":
                assert not any(undone)
                facts = [fact for fact in facts if fact]
                assert 0 < len(facts) <= FACTS_AT_ONCE
    assert undone


def test_the_same_seed_gives_the_same_life_and_another_another() -> None:
    assert write_life(3, 20) == write_life(3, 20)
    assert write_life(3, 20) != write_life(4, 20)


def test_a_longer_life_begins_as_the_shorter_one() -> None:
    short, long = write_life(5, 10).splitlines(), write_life(5, 20).splitlines()
    days = short[short.index("  # day 1") : short.index("  # all in all")]
    assert long[long.index("  # day 1") :][: len(days)] == days


def test_a_life_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--persona", "1", "--nights", "3"]) == 0
    assert parse_scenario(capsys.readouterr().out, FILE).seed == 1


@pytest.mark.parametrize("arguments", [["--nights", "0"], ["--nights", "99999"], ["--persona", "-1"]])
def test_a_life_that_cannot_be_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--persona", "1", *arguments]) == 2
    assert "life" in capsys.readouterr().err
