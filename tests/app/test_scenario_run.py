"""`dormouse run`: what is played, how it is judged and reported, and which exit code comes out. No night is trained here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.cli import main

HOLDS = """\
name: the kettle
seed: 5
settings: {memory: off, reply_tokens: 12}
steps:
  - remember: My kettle is called Vesuvius.
    expect_noted: Vesuvius
  - ask: What is my kettle called?
    as: noted
    expect_notes_used: 1
  - ask: What is my kettle called?
    notes: false
    expect_not: Vesuvius
    expect_prompt_tokens: < noted
"""
FAILS = HOLDS.replace("expect_notes_used: 1", "expect_notes_used: 0")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a scenario file of a name."""

    def written(text: str, name: str = "kettle") -> Path:
        file = tmp_path / f"{name}.scenario.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `dormouse run`: its exit code and what it printed, on stdout and stderr."""

    def ran(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["run", "--jobs", "1", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return ran


def test_a_scenario_that_holds_exits_with_0(write: Write, run: Any) -> None:
    code, out, err = run(write(HOLDS))
    assert (code, err) == (0, "")
    assert out.startswith("ok   the kettle (3 steps")
    assert "1 of 1 scenario holds." in out


def test_one_that_does_not_exits_with_1_and_tells_why(write: Write, run: Any) -> None:
    code, out, _ = run(write(FAILS))
    assert code == 1
    for told in (
        "kettle.scenario.yaml:7: ask: What is my kettle called?",
        "line 9, expect_notes_used:",
        "- 0\n",
        "+ 1: The user's kettle is called Vesuvius.",
        "in the prompt (",
        "user: - The user's kettle is called Vesuvius.",
        "serving: the bare base",
        "known: 1 The user's kettle is called Vesuvius. (noted)",
    ):
        assert told in out


def test_a_typo_exits_with_2_before_anything_runs(write: Write, run: Any) -> None:
    good, bad = write(HOLDS, "a"), write(HOLDS.replace("remember", "remembr"), "b")
    code, out, err = run(good, bad)
    assert (code, out) == (2, "")
    assert "b.scenario.yaml:5:5: remembr: did you mean remember?" in err


def test_an_environment_fault_exits_with_3(write: Write, run: Any, acorn_path: Path, tmp_path: Path) -> None:
    (tmp_path / "short.gguf").write_bytes(acorn_path.read_bytes()[:100_000])
    code, out, _ = run(write(HOLDS.replace("seed: 5", "model: short.gguf")))
    assert code == 3
    assert out.startswith("FAULT the kettle")
    assert "cut short" in out


def test_no_file_and_an_empty_folder_exit_with_2(run: Any, tmp_path: Path) -> None:
    assert run(tmp_path / "none.scenario.yaml")[0] == 2
    assert run(tmp_path)[0] == 2
    assert run()[0] == 2


def test_junit_is_read_by_a_standard_parser(write: Write, run: Any, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    code, _, _ = run(write(HOLDS, "a"), write(FAILS, "b"), "--junit", report)
    assert code == 1
    (suite,) = ElementTree.parse(report).getroot().findall("testsuite")
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {"tests": "2", "failures": "1", "errors": "0"}
    cases = suite.findall("testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True]
    failure = cases[1].find("failure")
    assert failure is not None
    assert "expect_notes_used" in str(failure.text)


def test_the_same_scenario_twice_gives_the_same_report_but_for_seconds(write: Write, run: Any) -> None:
    file = write(FAILS)
    assert _without_seconds(run(file, "--json")[1]) == _without_seconds(run(file, "--json")[1])


def _without_seconds(report: str) -> str:
    kept = json.loads(report, object_hook=lambda fields: {name: value for name, value in fields.items() if name != "seconds"})
    assert kept["name"] == "the kettle"
    assert kept["seed"] == 5
    assert [step["passed"] for step in kept["steps"]] == [True, False, True]
    return json.dumps(kept)


def test_several_are_reported_in_the_order_they_were_named_also_side_by_side(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write(text, name)) for name, text in (("a", HOLDS), ("b", FAILS))]
    assert main(["run", "--json", "--jobs", "2", *files]) == 1
    reports = json.loads(capsys.readouterr().out)
    assert [(Path(report["file"]).name[0], report["passed"]) for report in reports] == [("a", True), ("b", False)]


def test_a_step_that_is_refused_ends_the_story_and_lists_what_there_is(write: Write, run: Any) -> None:
    code, out, _ = run(write(HOLDS + "  - undo: parrot\n  - restart:\n"))
    assert code == 1
    assert "could not be done: “parrot” fits no memory. There are: 1 The user's kettle is called Vesuvius." in out
    assert "1 step was not done." in out


def test_a_refusal_that_is_expected_is_none(write: Write, run: Any) -> None:
    assert run(write(HOLDS + "  - undo: parrot\n    expect_error: fits no memory\n  - restart:\n"))[0] == 0
    assert run(write(HOLDS + "  - restart:\n    expect_error: fits no memory\n"))[0] == 1


def test_what_others_go_on_from_is_played_once_and_copied(write: Write, run: Any) -> None:
    write(HOLDS, "first")
    late = "name: {0}\ngiven: first\nsteps:\n  - undo: kettle\n    expect_memories: 0\n"
    code, out, _ = run(write(late.format("one"), "one"), write(late.format("two"), "two"))
    assert code == 0
    assert "2 of 2 scenarios hold." in out


def test_what_goes_on_from_something_that_does_not_hold_does_not_hold(write: Write, run: Any) -> None:
    write(FAILS, "first")
    code, out, _ = run(write("name: late\ngiven: first\nsteps: [{restart: }]\n", "late"))
    assert code == 1
    assert "goes on from first.scenario.yaml, which does not hold itself" in out


def test_a_story_that_goes_on_from_itself_is_refused(write: Write, run: Any) -> None:
    write("name: a\ngiven: b\nsteps: [{restart: }]\n", "a")
    code, _, err = run(write("name: b\ngiven: a\nsteps: [{restart: }]\n", "b"))
    assert code == 2
    assert "goes on from itself" in err


def test_kept_profiles_can_be_looked_at(write: Write, run: Any) -> None:
    code, out, _ = run(write(HOLDS), "--keep", "--json")
    assert code == 0
    profile = json.loads(out)["profile"]
    assert main(["--home", profile, "--json", "memories"]) == 0


def test_update_records_what_really_happened_and_then_it_holds(write: Write, run: Any) -> None:
    file = write(FAILS.replace("expect_noted: Vesuvius", "expect_noted:\n      - Orsolya\n      - Tibor"))
    code, _, err = run(file, "--update")
    assert code == 1
    assert "2 recorded" in err
    written = file.read_text(encoding="utf-8")
    assert 'expect_noted:\n      ["The user\'s kettle is called Vesuvius."]\n  - ask' in written
    assert "expect_notes_used: 1\n" in written
    assert run(file)[0] == 0


def test_update_leaves_alone_what_no_value_can_mend(write: Write, run: Any) -> None:
    file = write(HOLDS + "  - undo: kettle\n    expect_not: Forgotten\n")
    before = file.read_bytes()
    code, _, err = run(file, "--update")
    assert code == 1
    assert "0 recorded; 1 have no single value" in err
    assert file.read_bytes() == before


def test_counted_expectations_fail_only_in_their_tally(write: Write, run: Any) -> None:
    counted = HOLDS + "  - ask: Hello!\n    counts: luck\n    expect: Xyzzy\n    expect_notes_used: 1\n"
    code, out, _ = run(write(counted + "  - tally: luck\n    expect_share: 0.5\n"))
    assert code == 0, out
    code, out, _ = run(write(counted + "  - tally: luck\n    expect_share: '>= 0.9'\n"))
    assert code == 1
    assert "+ 0.5" in out


def test_simulated_time_passes_without_waiting(write: Write, run: Any) -> None:
    steps = "  - remember: I am staying in Kesterby this week.\n  - advance: 40 weeks\n    expect_memories: Vesuvius\n"
    code, out, _ = run(write(HOLDS + steps))
    assert code == 0, out


def test_another_model_serves_and_can_be_left_again(write: Write, run: Any, acorn_path: Path, tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(acorn_path.read_bytes())
    code, out, _ = run(write(HOLDS + "  - model: other.gguf\n    expect: other\n  - model: acorn\n    expect_memories: 1\n"))
    assert code == 0, out


def test_a_worker_that_was_not_there_to_be_killed_is_a_failure(write: Write, run: Any) -> None:
    code, out, _ = run(write("name: x\nsteps:\n  - crash: worker\n"))
    assert code == 1
    assert "over before its worker could be killed" in out


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["name", "steps"]
