"""When a night is due, when one must stop and what fits into its minutes: a table of situations, each one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.nightly import Look, Pace, Past, Purse, Rules, Situation, by_priority, hours, is_due, must_stop
from learning.types import Memory, MemoryId

BERLIN = ZoneInfo("Europe/Berlin")
GB = 10**9
RULES = Rules(begins=time(0, 30), ends=time(6, 30), memory=2 * GB, disk=1 * GB, vram=4 * GB)
QUIET = Look(
    idle=timedelta(hours=2), plugged=True, battery=0.9, load=0.05, free_memory=8 * GB, free_disk=50 * GB, free_vram=None
)


def at(clock: str, day: int = 3) -> datetime:
    return datetime(2026, 3, day, int(clock[:2]), int(clock[3:]), tzinfo=BERLIN)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def past(begun: datetime, length: float = 20, became: Any = "finished") -> Past:
    return Past(begun, begun + minutes(length), became)


def since(clock: str, day: int) -> dict[str, Any]:
    return {"waiting_since": at(clock, day)}


GOOD = Situation(now=at("02:00"), look=QUIET, waiting=3, waiting_since=at("20:00", 2))
MISSED = {"now": at("14:00"), "waiting_since": at("20:00", 2)}
OVER_MIDNIGHT = {"begins": time(22, 0), "ends": time(4, 0)}
ALL_DAY = {"begins": time(0, 0), "ends": time(0, 0)}
BY_DAY = {"begins": time(12, 0), "ends": time(14, 0)}
ON_BATTERY: dict[str, Any] = {"plugged": False}
FAILED = past(at("01:00"), 10, "failed")
STOPPED = past(at("01:00"), 10, "stopped")

# name, what is other than a good moment (situation, look, rules), due?, part of the reason, not before
TABLE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], bool, str, datetime | None]] = [
    ("a good moment", {}, {}, {}, True, "3 new things", None),
    ("one thing waits", {"waiting": 1}, {}, {}, True, "1 new thing is", None),
    # What there is to do
    ("switched off", {}, {}, {"on": False}, False, "switched off", None),
    ("nothing waits", {"waiting": 0}, {}, {}, False, "nothing new", None),
    ("a night runs", {"running": True}, {}, {}, False, "under way", None),
    ("the last one waits for a word", {"unanswered": True}, {}, {}, False, "your word", None),
    ("off counts before all else", {"waiting": 0, "running": True}, {"idle": None}, {"on": False}, False, "switched off", None),
    # The hours
    ("a minute before the hours", {"now": at("00:29"), **since("02:00", 2)}, {}, {}, False, "between 00:30 and 06:30", at("00:30")),
    ("the hours open", {"now": at("00:30")}, {}, {}, True, "", None),
    ("the last minute", {"now": at("06:29")}, {}, {}, True, "", None),
    ("the hours close; told since they opened", {"now": at("06:30"), **since("05:00", 3)}, {}, {}, False, "between", at("00:30", 4)),
    ("in the evening", {"now": at("20:00"), **since("19:00", 3)}, {}, {}, False, "between", at("00:30", 4)),
    ("over midnight, before it", {"now": at("23:00")}, {}, OVER_MIDNIGHT, True, "", None),
    ("over midnight, at it", {"now": at("00:00")}, {}, OVER_MIDNIGHT, True, "", None),
    ("over midnight, after it", {"now": at("03:59")}, {}, OVER_MIDNIGHT, True, "", None),
    ("over midnight, closed", {"now": at("04:00"), **since("23:00", 2)}, {}, OVER_MIDNIGHT, False, "22:00 and 04:00", at("22:00")),
    ("over midnight, just before", {"now": at("21:59"), **since("09:00", 3)}, {}, OVER_MIDNIGHT, False, "between", at("22:00")),
    ("the whole day", {"now": at("15:00"), **since("14:00", 3)}, {}, ALL_DAY, True, "", None),
    ("hours by day", {"now": at("13:00")}, {}, BY_DAY, True, "", None),
    ("hours by day, not yet", {"now": at("11:00"), **since("13:00", 2)}, {}, BY_DAY, False, "between", at("12:00")),
    ("by the person's clock, not UTC", {"now": at("00:45").astimezone(ZoneInfo("Asia/Tokyo")), **since("02:00", 3)}, {}, {}, False,
     "between", datetime(2026, 3, 4, 0, 30, tzinfo=ZoneInfo("Asia/Tokyo"))),
    # Nights there were
    ("done tonight", {"past": [past(at("01:00"))]}, {}, {}, False, "is over", at("00:30", 4)),
    ("done by hand in the evening", {"now": at("23:00"), "past": [past(at("21:00"))]}, {}, {}, False, "is over", at("00:30", 4)),
    ("done yesterday", {"past": [past(at("01:00", 2))]}, {}, {}, True, "", None),
    ("begun before the hours opened", {"past": [past(at("00:20"), 30)]}, {}, {}, True, "", None),
    ("begun as they opened", {"past": [past(at("00:30"), 5)]}, {}, {}, False, "is over", at("00:30", 4)),
    ("over midnight, done before it", {"past": [past(at("22:30", 2))]}, {}, OVER_MIDNIGHT, False, "is over", at("22:00")),
    ("stopped tonight", {"past": [STOPPED]}, {}, {}, True, "", None),
    ("stopped, then done", {"past": [STOPPED, past(at("01:30"))]}, {}, {}, False, "is over", at("00:30", 4)),
    ("failed an hour ago", {"now": at("02:10"), "past": [FAILED]}, {}, {}, True, "", None),
    ("failed just now", {"past": [FAILED]}, {}, {}, False, "failed", at("02:10")),
    ("failed twice", {"now": at("02:30"), "past": [past(at("00:40"), 1, "failed"), FAILED]}, {}, {}, False, "failed", at("03:10")),
    ("failed, then stopped", {"past": [FAILED, past(at("01:20"), 5, "stopped")]}, {}, {}, True, "", None),
    ("failed for many nights", {"past": [past(at("01:00", day), 0, "failed") for day in (1, 1, 1, 1, 1, 1, 2)]}, {}, {}, True, "", None),
    ("failed for many nights, a day not over", {"now": at("00:40"), "past": [past(at("01:00", d), 0, "failed") for d in (1,) * 9 + (2,)]},
     {}, {}, False, "failed", at("01:00")),
    # The budget
    ("part of the minutes spent", {"past": [past(at("00:30"), 80, "stopped")]}, {}, {}, True, "", None),
    ("all minutes spent", {"now": at("03:00"), "past": [past(at("00:30"), 120, "stopped")]}, {}, {}, False, "minutes are spent", at("00:30", 4)),
    ("spent in two parts", {"now": at("05:00"), "past": [past(at("00:30"), 70, "stopped"), past(at("02:00"), 50, "stopped")]}, {}, {}, False,
     "minutes are spent", at("00:30", 4)),
    ("spent the night before", {"past": [past(at("00:30", 2), 200, "stopped")]}, {}, {}, True, "", None),
    ("no limit", {"now": at("05:00"), "past": [past(at("00:30"), 240, "stopped")]}, {}, {"budget": timedelta()}, True, "", None),
    # Missed nights
    ("missed", MISSED, {}, {}, True, "a missed night is caught up", None),
    ("missed, stopped tonight", {**MISSED, "past": [STOPPED]}, {}, {}, True, "caught up", None),
    ("missed, away only as at night", MISSED, {"idle": minutes(15)}, {}, False, "someone", at("14:05")),
    ("missed, away twice as long", MISSED, {"idle": minutes(20)}, {}, True, "caught up", None),
    ("missed for a week", {"now": at("14:00"), "waiting_since": at("20:00", 1) - timedelta(days=7)}, {}, {}, True, "caught up", None),
    ("missed on battery", MISSED, ON_BATTERY, {}, False, "on battery", None),
    ("waits since the moment they opened", {"now": at("14:00"), **since("00:30", 3)}, {}, {}, True, "caught up", None),
    ("waits since a minute after", {"now": at("14:00"), **since("00:31", 3)}, {}, {}, False, "between", at("00:30", 4)),
    ("caught up already today", {"now": at("17:00"), "past": [past(at("14:00"))], **since("20:00", 2)}, {}, {}, False, "is over", at("00:30", 4)),
    ("since when is not known", {"now": at("14:00"), "waiting_since": None}, {}, {}, False, "between", at("00:30", 4)),
    # The person
    ("idle unknown is active", {}, {"idle": None}, {}, False, "cannot be told", None),
    ("at the keys", {}, {"idle": timedelta()}, {}, False, "someone", at("02:10")),
    ("not long enough away", {}, {"idle": minutes(9)}, {}, False, "someone", at("02:01")),
    ("just long enough away", {}, {"idle": minutes(10)}, {}, True, "", None),
    ("asks for an hour", {}, {"idle": minutes(50)}, {"idle": minutes(60)}, False, "someone", at("02:10")),
    ("idle does not matter", {}, {"idle": timedelta()}, {"idle": timedelta()}, True, "", None),
    ("idle does not matter and is unknown", {}, {"idle": None}, {"idle": timedelta()}, True, "", None),
    # The machine
    ("on battery", {}, ON_BATTERY, {}, False, "on battery", None),
    ("on a full battery, allowed", {}, ON_BATTERY, {"on_battery": True}, True, "", None),
    ("on half a battery, allowed", {}, {"plugged": False, "battery": 0.5}, {"on_battery": True}, True, "", None),
    ("on less, allowed", {}, {"plugged": False, "battery": 0.49}, {"on_battery": True}, False, "too low", None),
    ("on battery of unknown charge", {}, {"plugged": False, "battery": None}, {"on_battery": True}, False, "too low", None),
    ("plugged in, nearly empty", {}, {"battery": 0.1}, {}, False, "nearly empty", None),
    ("plugged in, filling", {}, {"battery": 0.2}, {}, True, "", None),
    ("no battery at all", {}, {"plugged": None, "battery": None}, {}, True, "", None),
    ("hot", {}, {"hot": True}, {}, False, "hot", None),
    ("busy", {}, {"load": 0.51}, {}, False, "busy", None),
    ("half busy", {}, {"load": 0.5}, {}, True, "", None),
    ("load unknown", {}, {"load": None}, {}, True, "", None),
    ("little memory", {}, {"free_memory": 2 * GB - 1}, {}, False, "too little memory (2.0 of 2.0 GB", None),
    ("just enough memory", {}, {"free_memory": 2 * GB}, {}, True, "", None),
    ("memory unknown", {}, {"free_memory": None}, {}, True, "", None),
    ("little disk", {}, {"free_disk": GB // 2}, {}, False, "too little disk space (0.5 of 1.0", None),
    ("little graphics memory", {}, {"free_vram": 3 * GB}, {}, False, "graphics card", None),
    ("enough graphics memory", {}, {"free_vram": 5 * GB}, {}, True, "", None),
    ("nothing but the person is known", {"look": Look(idle=minutes(30))}, {}, {}, True, "", None),
    ("nothing at all is known", {"look": Look()}, {}, {}, False, "cannot be told", None),
    ("the person counts before the battery", {}, {"idle": minutes(1), **ON_BATTERY}, {}, False, "someone", at("02:09")),
]  # fmt: skip


def test_the_table_is_long_enough_and_no_situation_stands_twice() -> None:
    assert len(TABLE) >= 60
    assert len({name for name, *_ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("name", "situation", "look", "rules", "due", "why", "not_before"), TABLE, ids=[row[0] for row in TABLE]
)
def test_is_due(
    name: str, situation: dict[str, Any], look: dict[str, Any], rules: dict[str, Any], due: bool, why: str, not_before: Any
) -> None:
    there = replace(GOOD, **situation)
    verdict = is_due(replace(there, look=replace(there.look, **look)), replace(RULES, **rules))
    assert (verdict.now, verdict.not_before) == (due, not_before), verdict
    assert why in verdict.why


def test_the_hours_are_the_clocks_also_on_the_days_when_it_is_put_forward_and_back() -> None:
    for day, length in ((datetime(2026, 3, 29, 5, tzinfo=BERLIN), 5), (datetime(2026, 10, 25, 5, tzinfo=BERLIN), 7)):
        window = hours(day, RULES)
        assert (window.opened.hour, window.closes.hour) == (0, 6)
        assert window.closes.astimezone(UTC) - window.opened.astimezone(UTC) == timedelta(hours=length)


@given(
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),
    begins=st.times(),
    ends=st.times(),
    idle=st.one_of(st.none(), st.timedeltas(min_value=timedelta(), max_value=timedelta(days=1))),
)
def test_not_before_is_in_the_future_and_unknown_idle_never_begins_a_night(
    now: datetime, begins: time, ends: time, idle: timedelta | None
) -> None:
    rules = replace(RULES, begins=begins.replace(tzinfo=None), ends=ends.replace(tzinfo=None))
    there = replace(GOOD, now=now.replace(tzinfo=UTC), look=replace(QUIET, idle=idle))
    verdict = is_due(there, rules)
    assert verdict.not_before is None or verdict.not_before > there.now
    assert not (verdict.now and idle is None)
    window = hours(there.now, rules)
    assert window.opened <= there.now < window.next
    assert window.opened < window.closes <= window.next


@pytest.mark.parametrize(
    ("look", "rules", "why"),
    [
        ({}, {}, ""),
        ({"idle": timedelta(seconds=1)}, {}, "someone is at the machine"),
        ({"idle": None}, {}, "someone is at the machine"),
        ({"idle": None}, {"idle": timedelta()}, ""),
        ({"idle": minutes(10)}, {}, ""),
        ({"plugged": False}, {}, "on battery"),
        ({"plugged": False}, {"on_battery": True}, ""),
        ({"plugged": False, "battery": 0.24}, {"on_battery": True}, "on battery"),
        ({"plugged": None, "battery": None}, {}, ""),
        ({"hot": True}, {}, "hot"),
        ({"load": 1.0}, {}, ""),  # a night is load itself
        ({"free_memory": 100_000_000}, {}, "memory is short"),
        ({"free_memory": None}, {}, ""),
    ],
)
def test_what_stops_a_night(look: dict[str, Any], rules: dict[str, Any], why: str) -> None:
    said = must_stop(replace(QUIET, **look), replace(RULES, **rules))
    assert why in said
    assert bool(why) == bool(said)


def memory(id: int, status: Any = "noted", **changes: Any) -> Memory:
    told = datetime(2026, 3, 1, 12, id, tzinfo=UTC)
    return replace(Memory(MemoryId(id), "fact", f"m{id}", "", "", status, told, "told"), **changes)


def test_corrections_go_first_then_what_is_known_then_what_waits_longest() -> None:
    due = [
        memory(1, "learned"), memory(2), memory(3, supersedes=MemoryId(9)), memory(4), memory(5, "learned", kind="correction"),
        memory(6, kind="correction"),
    ]  # fmt: skip
    assert [m.id for m in by_priority(reversed(due))] == [3, 6, 1, 5, 2, 4]


def test_a_purse_holds_what_the_last_nights_pace_says() -> None:
    purse = Purse(100.0, Pace(lesson=10.0, memory=5.0, besides=20.0))
    assert purse.holds(0.0, 0, written=False)
    assert purse.holds(75.0, 0, written=True)
    assert not purse.holds(75.0, 0, written=False)
    assert not purse.holds(0.0, 16, written=True)


def test_a_first_night_takes_its_own_lessons_for_a_measure() -> None:
    purse = Purse(100.0)
    assert purse.holds(0.0, 0, written=False)
    purse.wrote(10.0)
    spent, chosen = 10.0, 1
    while purse.holds(spent, chosen, written=False):
        spent, chosen = spent + 10.0, chosen + 1
    assert chosen == 5  # five lessons of ten seconds, and as much again to train on them and measure


def test_the_pace_is_read_from_a_nights_report_and_only_where_it_was_measured() -> None:
    spent = {"preparing": 30.0, "loading": 5.0, "training": 20.0, "measuring": 10.0}
    assert Pace.of({"phases": spent, "lessons": 3, "trained": 6}) == Pace(10.0, 5.0, 5.0)
    assert Pace.of({"phases": spent, "lessons": 0, "trained": 6}) == Pace(5.0, 5.0, 5.0)
    assert Pace.of({"phases": {"preparing": 30.0}, "lessons": 3, "trained": 6}) is None
    assert Pace.of({}) is None
