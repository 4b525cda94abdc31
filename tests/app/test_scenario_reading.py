"""Scenario files as text: what they may say, and that every mistake is told with its line, its column and what was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenario import bounds
from app.scenario.clock import moment, passage
from app.scenario.language import Pattern, Which
from app.scenario.reading import BadScenario
from app.scenario.story import Scenario, parse_scenario

FILE = Path("story.scenario.yaml")

KETTLE = """\
name: the kettle
steps:
  - remember: My kettle is called Vesuvius.
  - ask: What is my kettle called?
    notes: false
    expect_not: Vesuvius
  - night: {}
  - ask: What's the name of my kettle?
    notes: false
    expect: Vesuvius
    expect_notes_used: 0
  - undo: kettle
  - ask: What is my kettle called?
    expect_not: Vesuvius
"""


def story(*steps: str) -> Scenario:
    return parse_scenario("name: x\nsteps:\n" + "\n".join(steps), FILE)


def complaint(text: str) -> str:
    with pytest.raises(BadScenario) as raised:
        parse_scenario(text, FILE)
    return str(raised.value)


def test_the_kettle_is_read_as_it_is_written() -> None:
    read = parse_scenario(KETTLE, FILE)
    assert read.name == "the kettle"
    assert [step.verb for step in read.steps] == ["remember", "ask", "night", "ask", "undo", "ask"]
    assert [step.place.line for step in read.steps] == [3, 4, 7, 8, 12, 13]
    assert read.steps[1].options == {"notes": False}
    assert [(e.name, e.value) for e in read.steps[1].expectations] == [("expect_not", (Pattern("Vesuvius"),))]
    assert read.steps[4].value == Which(words=("kettle",))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("remember:", "remembr:"), "3:5: remembr: did you mean remember?"),
        (("expect_not: Vesuvius\n  - night", "expct_not: Vesuvius\n  - night"), "6:5: expct_not: did you mean expect_not?"),
        (("notes: false\n    expect_not", "note: false\n    expect_not"), "5:5: note: did you mean notes?"),
        (("name: the", "nme: the"), "1:1: nme: did you mean name?"),
        (("night: {}", "night: 3"), "7:12: night takes nothing"),
        (("notes: false", "notes: perhaps"), "5:12: notes takes true or false"),
        (("undo: kettle", "undo: {nite: 1}"), "12:12: undo takes words"),
        (("undo: kettle", "undo: kettle\n    expect_logprob: 1"), "13:5: expect_logprob cannot be asked of undo"),
        (("expect_notes_used: 0", "expect_notes_used: []"), "11:24: expect_notes_used has an empty list"),
        (("expect: Vesuvius", "expect: /(/"), "10:13: /(/ is no regular expression"),
        (("- undo: kettle", "- undo: kettle\n    night: {}"), "one step does one thing"),
        (("- undo: kettle", "- [undo]"), "a step is a verb"),
        (("- undo: kettle", "- say: No: it is"), "needs quotes"),
        (("- undo: kettle", "- crash: worker\n    at: measuring"), "the worker can be killed at loading or training"),
        (("- undo: kettle", "- advance: soon"), "20h, 2 days"),
        (("- undo: kettle", "- tally: recall"), "nothing was counted as recall"),
        (("- undo: kettle", "- probe: What?"), "probe needs answer"),
        (("expect_notes_used: 0", "expect_seconds: 3"), "held against an earlier step"),
        (("expect_notes_used: 0", "expect_prompt_tokens: < noted"), "no earlier step is called noted"),
        (("the kettle\n", "x\nsettings: {memry: off}\n"), "2:12: memry is no setting: did you mean memory?"),
        (("the kettle\n", "x\nsettings: {threads: many}\n"), "threads must be a whole number"),
        (("the kettle\n", "x\ngiven: the-first-nite\n"), "2:8: given names the-first-nite, but there is no such file"),
        (("the kettle\n", "x\nclock: tomorrow\n"), "2:8: clock takes an ISO-8601 time"),
        (("- night: {}", "- night: {}\n    expect_outcome: promotd"), "did you mean promoted?"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(change: tuple[str, str], told: str) -> None:
    assert change[0] in KETTLE
    assert told in complaint(KETTLE.replace(*change, 1))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    told = complaint(KETTLE.replace("remember", "remembr").replace("undo", "udno")).splitlines()
    assert [line.split(":")[1] for line in told] == ["3", "12"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("just words", "a scenario is a mapping"),
        ("name: x\n", "the scenario has no steps"),
        ("steps: [{restart: }]\n", "the scenario has no name"),
        ("name: x\nsteps: []\n", "steps takes a list"),
        ("name: x\nname: y\nsteps: [{restart: }]\n", "2:1: name stands twice"),
        ("a: &a [*a]\n", "are not used in scenarios"),
        ("name: [1\n", "2:1: expected"),
        ("name: x\n\tsteps: 1\n", "2:1"),
        ("name: \x07\n", "cannot stand in YAML"),
        ("[" * 500, "story.scenario.yaml:"),
    ],
)
def test_what_is_no_scenario_is_told_as_such(text: str, told: str) -> None:
    assert told in complaint(text)


@given(st.text(max_size=80))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadScenario):
        parse_scenario(f"steps:\n  - remembr: x\n{text}", FILE)


def test_words_that_yaml_takes_for_something_else_stay_words() -> None:
    read = story("  - remember: No", "  - remember: 4711", "  - remember: 1e3", "  - remember: null")
    assert [step.value for step in read.steps] == ["No", "4711", "1e3", "null"]


def test_a_table_is_told_out_row_by_row() -> None:
    read = story(
        "  - for each: [{thing: kettle, name: Vesuvius}, {thing: boat, name: Orsolya}]",
        "    steps:",
        "      - remember: My {thing} is called {name}.",
        "        expect: '{name}'",
    )
    assert [step.value for step in read.steps] == ["My kettle is called Vesuvius.", "My boat is called Orsolya."]
    assert [step.expectations[0].value for step in read.steps] == [(Pattern("Vesuvius"),), (Pattern("Orsolya"),)]


def test_a_loop_in_a_loop_sees_the_columns_of_both() -> None:
    read = story(
        "  - repeat: 2",
        "    steps:",
        "      - for each: [a, b]",
        "        steps:",
        "          - say: '{round} {it}'",
    )
    assert [step.value for step in read.steps] == ["1 a", "1 b", "2 a", "2 b"]


def test_a_column_that_no_row_has_is_a_mistake() -> None:
    text = "name: x\nsteps:\n  - for each: [{thing: kettle}]\n    steps:\n      - say: My {thng}.\n"
    assert "5:14: there is no column thng: did you mean thing?" in complaint(text)


def test_more_steps_than_can_be_meant_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.scenario.story.MOST_STEPS", 500)
    inner = "      - repeat: 999999\n        steps: [{say: x}]\n"
    assert "more than" in complaint(f"name: x\nsteps:\n  - repeat: 999999\n    steps:\n{inner}")


@pytest.mark.parametrize(
    ("written", "number", "holds"),
    [
        ("3", 3, True), ("3", 4, False), ("<= 60", 60, True), ("< 60", 60, False), (">= 2", 1, False), ("> 0", 1, True),
        ("0.8..1", 0.8, True), ("0.8..1", 0.79, False), ("-5..-1", -3, True), ("== 2", 2, True), ("= 2", 3, False),
        ("<= 1.3 x before", 13, True), ("<= 1.3 x before", 13.1, False), ("< before", 10, False), ("> 0.5 x before", 6, True),
    ],
)  # fmt: skip
def test_a_number_is_held_against_its_bounds(written: str, number: float, holds: bool) -> None:
    parsed = bounds.parse(written)
    assert parsed is not None
    assert parsed.holds(number, {"before": 10}) is holds


@pytest.mark.parametrize("written", ["", "many", "<", "< 3 x", "3..", "< 3 before", "3 4"])
def test_what_is_no_bound_is_none(written: str) -> None:
    assert bounds.parse(written) is None


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("20h", timedelta(hours=20)), ("2 days", timedelta(days=2)), ("1 week", timedelta(weeks=1)), ("90 min", timedelta(minutes=90)),
        ("1 week and 3 h", timedelta(days=7, hours=3)), ("1.5 hours", timedelta(hours=1.5)), ("10s", timedelta(seconds=10)),
    ],
)  # fmt: skip
def test_time_passes_as_it_is_written(written: str, span: timedelta) -> None:
    found = passage(written)
    assert found is not None
    assert (found.span, found.nights) == (span, 0)


def test_nights_are_no_span() -> None:
    found = passage("3 nights")
    assert found is not None
    assert found.nights == 3


@pytest.mark.parametrize("written", ["", "soon", "3", "h", "3 fortnights", "-2 days", "999999999999 years"])
def test_what_is_no_time_to_pass_is_none(written: str) -> None:
    assert passage(written) is None


def test_a_moment_without_a_zone_is_utc() -> None:
    assert moment("2026-03-02T20:00:00") == datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert moment("2026-03-02T20:00:00+02:00") == datetime(2026, 3, 2, 18, tzinfo=UTC)
