"""Nights that begin by themselves: due or not, asked about first, told in the morning, watched, logged and scheduled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.as_text import of_morning
from app.assistant import Assistant, night_settings
from app.cli import main
from app.compose import open_assistant
from app.nights import commands, diary, scheduler
from app.nights.manners import Watch, awake
from app.nights.scheduler import Nightwatch, Scheduler, until
from app.settings import Settings, save
from learning import consent
from learning.agenda import identity
from learning.consolidation import Progress
from learning.nightly import Due, Rules
from learning.types import Measure, Sha256, Verdict
from models.engine import CancelToken
from models.errors import UserError
from models.files import sha256_of
from tests.app.nights_world import ScriptedMachine
from tests.conftest import ScriptedClock

ASKING = Settings(nights="ask", night_begins="00:00", night_ends="00:00")
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def opened(home: Path, clock: ScriptedClock | None = None) -> Assistant:
    return open_assistant(home, clock=clock or ScriptedClock(NOON))


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def waiting(profile: Path, write_adapter: Callable[[Path, int], Path]) -> Iterator[Assistant]:
    """A profile in which a night passed the gate and waits for the person's word; its adapter is a random one."""
    profile.mkdir()
    save(ASKING, profile / "settings.json")
    with opened(profile) as assistant:
        cello = assistant.remember("My cello is called Brunhild.").memory
        pin = assistant.remember("My bank card's PIN is 4471.").memory
        store, base, settings = assistant.store, assistant.serving.base, night_settings(ASKING)
        (profile / "adapters").mkdir()
        file = write_adapter(profile / "adapters" / "candidate.gguf", 1)
        sha256, night = Sha256(sha256_of(file)), store.start_consolidation()
        verdicts = [Verdict(cello.id, True, Measure(-9.0, 0.0, ""), Measure(-0.1, 1.0, "Brunhild"), 1.0)]
        recipe = identity(settings.recipe, settings)
        adapter = store.add_adapter(
            night.id, base, recipe, 0, [cello.id], sha256, "adapters/candidate.gguf", "candidate", verdicts
        )
        report = {
            "kept": [{"memory": pin.id, "reason": "looks like a PIN; secrets are never put into weights"}],
            "gate": {"promoted": True, "reason": "", "kl_neutral": 0.01, "flipped": 0.0, "abstention": 1.0},
            "seconds": 12.0, "cpu_seconds": 20.0, "tokens": 900,
        }  # fmt: skip
        store.finish_consolidation(night.id, "promoted", report, adapter.id)
        yield assistant


@pytest.mark.slow
def test_a_night_that_begins_by_itself_learns_asks_first_and_logs_nothing_that_was_said(
    profile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The real one: lessons, training, gate, and the log it leaves."""
    # Its priority is for good, and this process has more to do.
    monkeypatch.setattr(commands, "step_back", lambda: None)
    profile.mkdir()
    save(ASKING, profile / "settings.json")
    with opened(profile) as assistant:
        assistant.remember("My cello is called Brunhild.")
        assistant.remember("My bank card's PIN is 4471.")
        assert commands.if_due(assistant, True, ScriptedMachine()) == 0
        assert said(capsys)["outcome"] == "awaiting"
        assert assistant.learned() == []
        (log,) = assistant.profile.night_logs.iterdir()
        text = log.read_text(encoding="utf-8")
        first, *_, last = text.splitlines()
        assert "begins by itself" in first
        assert "awaiting: night 1, 1 learned, 1 notes" in last
        assert "tokens/s" in text
        assert " MB" in text
        for word in ("Brunhild", "cello", "4471", "PIN"):
            assert word not in text
        assistant.agree()
        assert [entry.memory.answer for entry in assistant.learned()] == ["Brunhild"]
        assert assistant.morning().cpu_seconds > 0


def test_nothing_serves_before_the_person_agrees(waiting: Assistant) -> None:
    assert waiting.learned() == []
    assert {memory.status for memory in waiting.memories()} == {"noted"}
    morning = waiting.morning()
    assert morning.outcome == "awaiting"
    assert [memory.answer for memory in morning.learned] == ["Brunhild"]
    assert "dormouse night --agree" in of_morning(morning)


def test_no_other_night_begins_while_one_waits_for_a_word(waiting: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    waiting.remember("My boat is called Orsolya.")
    assert commands.if_due(waiting, True, ScriptedMachine()) == 0
    assert said(capsys)["why"] == "what the last night learned waits for your word"


def test_agreed_it_serves_from_that_moment(waiting: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    waiting.close()
    assert main(["night", "--agree", "--json"]) == 0
    assert said(capsys)["status"] == "promoted"
    assert main(["learned", "--json"]) == 0
    assert [entry["text"] for entry in said(capsys)] == ["The user's cello is called Brunhild."]  # type: ignore[index]
    assert main(["learned", "--night", "last", "--json"]) == 0
    morning = said(capsys)
    assert morning["outcome"] == "promoted"
    assert [memory["answer"] for memory in morning["learned"]] == ["Brunhild"]
    assert "secret" in morning["kept_in_notes"][0]["reason"]
    assert morning["cpu_seconds"] > 0
    assert set(morning["harm"]) == {"kl_neutral", "flipped", "abstention"}
    assert main(["night", "--agree"]) == 2


def test_declined_it_stays_notes_and_is_not_built_again_until_there_is_something_else(
    waiting: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting.decline()
    assert waiting.learned() == []
    assert waiting.morning().outcome == "rejected"
    assert commands.if_due(waiting, True, ScriptedMachine()) == 0
    assert said(capsys)["why"] == "there is nothing new to learn"
    waiting.remember("My boat is called Orsolya.")
    status = commands._moment(waiting, ScriptedMachine())[2]
    assert status.waiting == 2
    with pytest.raises(UserError, match="waits for your word"):
        waiting.agree()


def test_what_was_undone_since_cannot_be_agreed_to(waiting: Assistant) -> None:
    waiting.undo([waiting.morning().learned[0].id])
    assert consent.awaiting(waiting.store, waiting.serving.base) is None
    with pytest.raises(UserError, match="waits for your word"):
        waiting.agree()


def test_the_log_says_how_far_and_how_fast_and_nothing_that_was_said(tmp_path: Path, clock: ScriptedClock) -> None:
    with diary.Diary(tmp_path, clock, True) as log:
        told = log.telling(None)
        told(Progress("preparing", 0, 2, detail="The user's cello is called Brunhild."))
        for step in range(1, 41):
            clock.advance(seconds=1)
            told(Progress("training", step, 40, 40.0 - step, tokens_per_second=1234.5, memory_mb=612.0))
    (file,) = tmp_path.iterdir()
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"{NOON.replace(day=2, hour=20).isoformat()} begins by itself"
    assert lines[-1].endswith("training 40/40, 1234 tokens/s, 612 MB, 0 s left")
    # A line for each tenth, not for each step.
    assert len(lines) == 2 + 11
    assert "Brunhild" not in "".join(lines)


def test_the_doctor_shows_what_nights_keep_and_finds_what_they_left_behind(
    waiting: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    home = waiting.profile.home
    waiting.close()

    def found() -> dict[str, dict[str, str]]:
        assert main(["doctor", "--json"]) == 0
        return {finding["name"]: finding for finding in said(capsys)["findings"]}

    before = found()
    assert "adapters" in before["kept"]["found"]
    assert "left over" not in before
    (home / "adapters" / "nobodys.gguf").write_bytes(b"")
    (home / "jobs" / "half").mkdir(parents=True)
    left = found()["left over"]
    assert left["found"] == "2: adapters/nobodys.gguf, jobs/half"
    assert "dormouse night" in left["fix"]


def test_only_the_newest_logs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ScriptedClock) -> None:
    monkeypatch.setattr(diary, "KEPT", 3)
    for _ in range(5):
        clock.advance(days=1)
        with diary.Diary(tmp_path, clock, True) as log:
            log.telling(None)(Progress("training", 1, 10))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3
    assert names[-1].startswith(f"{clock.now():%Y%m%d}")


def test_a_log_that_cannot_be_written_is_no_reason_to_lose_a_night(tmp_path: Path, clock: ScriptedClock) -> None:
    (tmp_path / "file").write_bytes(b"")
    with diary.Diary(tmp_path / "file", clock, True) as log:
        log.telling(None)(Progress("training", 1, 10))
    with diary.Diary(tmp_path / "folder", clock, True) as log:
        assert log._file is not None
        log._file.close()
        with open("/dev/full", "wb", buffering=0) if os.path.exists("/dev/full") else open(os.devnull, "wb") as full:
            log._file = full
            log.telling(None)(Progress("training", 1, 10))


def test_a_bug_is_logged_by_its_name_alone(tmp_path: Path, clock: ScriptedClock) -> None:
    with pytest.raises(KeyError), diary.Diary(tmp_path, clock, True):
        raise KeyError("what the person said")
    (log,) = tmp_path.iterdir()
    assert log.read_text(encoding="utf-8").splitlines()[-1].endswith("failed: KeyError")


@pytest.mark.parametrize(
    ("changes", "settings", "why"),
    [
        ({"idle": timedelta(seconds=3)}, {}, "someone is at the machine"),
        ({"idle": None}, {}, "cannot be told"),
        ({"plugged": False}, {}, "on battery"),
        ({"free_memory": 10**8}, {}, "too little memory"),
        ({}, {"nights": "off"}, "switched off"),
    ],
)
def test_a_bad_moment_is_named_and_nothing_begins(
    profile: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], settings: dict[str, Any], why: str
) -> None:
    profile.mkdir()
    save(replace(ASKING, **settings), profile / "settings.json")
    with opened(profile) as assistant:
        assistant.remember("My cello is called Brunhild.")
        machine = ScriptedMachine()
        machine.becomes(**changes)
        assert commands.if_due(assistant, True, machine) == 0
        told = said(capsys)
        assert told["outcome"] == "not_now"
        assert why in told["why"]
        assert assistant.store.consolidations() == []


def test_a_watch_stops_the_night_with_the_reason_as_soon_as_somebody_is_there() -> None:
    machine, cancel = ScriptedMachine(), CancelToken()
    watch = Watch(machine, Rules(), cancel)
    watch.look()
    assert not cancel.cancelled
    with watch.kept(every=0.001):
        machine.becomes(idle=timedelta())
        assert cancel._event.wait(10)
    assert cancel.why == "someone is at the machine"
    seen = machine.looks
    watch.look()
    assert machine.looks == seen


def test_a_watch_that_sees_nothing_any_more_stops_the_night() -> None:
    class Blind(ScriptedMachine):
        def look(self) -> Any:
            raise OSError("the sensor is gone")

    cancel = CancelToken()
    with Watch(Blind(), Rules(), cancel).kept(every=0.001):
        assert cancel._event.wait(10)
    assert "cannot be watched (OSError: the sensor is gone)" in cancel.why


def test_the_machine_is_asked_to_stay_awake_and_a_night_goes_on_where_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/bus/here")
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "0")
    with awake() as active:
        assert active in (True, False)
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "yes")
    with awake() as active:
        assert active


def test_a_scheduler_looks_no_more_often_than_there_is_something_to_see(clock: ScriptedClock) -> None:
    now = clock.now()
    assert until(Due(False, ""), now) == scheduler.AGAIN
    assert until(Due(False, "", now + timedelta(seconds=1)), now) == scheduler.SOONEST
    assert until(Due(False, "", now + timedelta(minutes=7)), now) == timedelta(minutes=7)
    assert until(Due(False, "", now + timedelta(days=1)), now) == scheduler.LATEST
    slept: list[datetime] = []
    answers = [Due(False, "", now + timedelta(minutes=5)), Due(True, "")]
    chosen = Scheduler(lambda: answers.pop(0), lambda: slept.append(clock.now()), clock)
    clock.advance(seconds=chosen.step().total_seconds())
    assert not slept
    chosen.step()
    assert slept == [now + timedelta(minutes=5)]


def test_a_nightwatch_lets_a_process_of_its_own_sleep_and_hears_what_it_says(profile: Path) -> None:
    heard: list[Mapping[str, Any]] = []
    watch = Nightwatch(profile, heard.append, machine=ScriptedMachine())
    watch._sleep()
    assert [line["outcome"] for line in heard] == ["not_now"]


def test_a_nightwatch_looks_by_itself_and_ends_when_told_to(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "SOONEST", timedelta(milliseconds=1))
    heard: list[Mapping[str, Any]] = []
    profile.mkdir()
    (profile / "settings.json").write_text("{")
    watch = Nightwatch(profile, heard.append, machine=ScriptedMachine())
    monkeypatch.setattr(scheduler, "LATEST", timedelta(days=1))
    watch.start()
    assert watch._thread is not None
    while not heard and watch._thread.is_alive():
        watch._thread.join(0.01)
    watch.stop()
    assert "not valid JSON" in heard[0]["error"]


def test_wrong_usage_is_said(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nights", "status", "--ask"]) == 2
    assert main(["learned", "--night", "yesterday"]) == 2
    assert main(["learned", "--night", "last"]) == 2
    assert main(["night", "--decline"]) == 2
    assert main(["night", "--agree", "--if-due"]) == 2
    assert "There was no night yet" in capsys.readouterr().err
