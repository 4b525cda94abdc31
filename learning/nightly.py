"""Is this a good moment for a night, must a running one stop, and what fits into its minutes? Pure: values in, values out.

Nobody is asked here for the time, the power or the person: whoever wants to know hands in a `Situation`. What cannot be known
speaks against a night where it is about the person, and for one where it is about the machine: a desktop without a battery
or a thermometer must not stay awake for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal

from learning.types import Memory

DAY = timedelta(days=1)
BY_DAY = 2
"""A missed night is caught up by day only where the person has been away so many times as long as at night."""
ENOUGH_BATTERY = 0.5
"""Charge with which a night may begin on battery, where that is allowed; it stops at half of it."""
NEARLY_EMPTY = 0.15
"""Charge below which even a plugged-in machine is left to fill its battery."""
BUSY = 0.5
"""Share of the processor that others may use when a night begins."""
SHORT_OF_MEMORY = 300_000_000
"""Bytes of free memory below which a running night gives its own back."""
FIRST_RETRY = timedelta(hours=1)
"""How long after a failed night the next is tried; doubled with each failure in a row, up to a day."""


@dataclass(frozen=True, slots=True)
class Look:
    """The machine at one moment; None is what cannot be told there.

    Attributes:
        idle: since when nobody touched it.
        plugged: whether it runs on mains; None also where there is no battery.
        battery, load: shares of 1; load is what the processor does for others.
        hot: whether it is about to slow itself down.
        free_memory, free_disk, free_vram: bytes.
    """

    idle: timedelta | None = None
    plugged: bool | None = None
    battery: float | None = None
    load: float | None = None
    hot: bool = False
    free_memory: int | None = None
    free_disk: int | None = None
    free_vram: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person allows, and what a night needs.

    Attributes:
        begins, ends: the hours of nights by the person's clock, also over midnight; equal for the whole day.
        idle: how long nobody may have touched the machine; zero where that does not matter.
        on_battery: whether a well-charged battery is good enough.
        budget: of each night; zero for no limit.
        memory, disk, vram: bytes that must be free.
    """

    on: bool = True
    begins: time = time(0, 30)
    ends: time = time(6, 30)
    idle: timedelta = timedelta(minutes=10)
    on_battery: bool = False
    budget: timedelta = timedelta(hours=2)
    memory: int = 0
    disk: int = 0
    vram: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """A night that was: when it began and ended, and whether it came to its end, was stopped, or failed."""

    begun: datetime
    ended: datetime
    became: Literal["finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides over a night.

    Attributes:
        now: by the person's clock; its zone is theirs.
        past: the latest nights, oldest first.
        waiting: how many memories a night would learn.
        waiting_since: since when the first of them could have been learned.
        running: whether a night is under way.
        unanswered: whether the last night's adapter waits for the person's word.
    """

    now: datetime
    look: Look = Look()
    past: Sequence[Past] = ()
    waiting: int = 0
    waiting_since: datetime | None = None
    running: bool = False
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a night is due, why (not), and before when it is no use to ask again; None where no time alone decides."""

    now: bool
    why: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of nights that opened last: when, when they close or closed, and when the next ones open."""

    opened: datetime
    closes: datetime
    next: datetime


def hours(now: datetime, rules: Rules) -> Hours:
    """The window of hours around or before `now`, by the wall clock of its zone."""
    opened = datetime.combine(now.date(), rules.begins, now.tzinfo)
    if opened > now:
        opened -= DAY
    closes = datetime.combine(opened.date(), rules.ends, now.tzinfo)
    if closes <= opened:
        closes += DAY
    return Hours(opened, closes, opened + DAY)


def is_due(situation: Situation, rules: Rules) -> Due:
    """Whether a night should begin now by itself."""
    for verdict in (_wanted(situation, rules), _timely(situation, rules), _undisturbing(situation, rules)):
        if verdict is not None:
            return verdict
    things = "1 new thing is waiting" if situation.waiting == 1 else f"{situation.waiting} new things are waiting"
    missed = situation.now >= hours(situation.now, rules).closes
    return Due(True, f"{things}; a missed night is caught up" if missed else things)


def must_stop(look: Look, rules: Rules) -> str:
    """Why a night that began by itself must stop now, "" where it may go on."""
    if rules.idle and (look.idle is None or look.idle < rules.idle):
        return "someone is at the machine"
    if look.plugged is False and (not rules.on_battery or (look.battery or 0) < ENOUGH_BATTERY / 2):
        return "the machine runs on battery"
    if look.hot:
        return "the machine is hot"
    if look.free_memory is not None and look.free_memory < SHORT_OF_MEMORY:
        return "memory is short"
    return ""


def _wanted(situation: Situation, rules: Rules) -> Due | None:
    """Why there is nothing to do, whatever the hour; None where there is."""
    if not rules.on:
        return Due(False, "nights are switched off")
    if situation.running:
        return Due(False, "a night is under way")
    if not situation.waiting:
        return Due(False, "there is nothing new to learn")
    if situation.unanswered:
        return Due(False, "what the last night learned waits for your word")
    return None


def _timely(situation: Situation, rules: Rules) -> Due | None:
    """Why this is not the hour; None where it is."""
    now, window = situation.now, hours(situation.now, rules)
    failed = 0
    for past in reversed(situation.past):
        if past.became != "failed":
            break
        failed += 1
    if failed:
        again = situation.past[-1].ended + min(DAY, FIRST_RETRY * 2 ** min(failed - 1, 10))
        if now < again:
            return Due(False, "the last night failed; it is tried again later", again)
    tonight = [past for past in situation.past if past.begun >= window.opened]
    if any(past.became == "finished" for past in tonight):
        return Due(False, "tonight's night is over", window.next)
    spent = sum((past.ended - past.begun for past in tonight), timedelta())
    if rules.budget and spent >= rules.budget:
        return Due(False, "tonight's minutes are spent", window.next)
    missed = situation.waiting_since is not None and situation.waiting_since <= window.opened
    if now >= window.closes and not missed:
        return Due(False, f"nights are between {rules.begins:%H:%M} and {rules.ends:%H:%M}", window.next)
    return None


def _undisturbing(situation: Situation, rules: Rules) -> Due | None:
    """Why a night would disturb, or could not work; None where neither."""
    now, look = situation.now, situation.look
    away = rules.idle * (BY_DAY if now >= hours(now, rules).closes else 1)
    if away:
        if look.idle is None:
            return Due(False, "it cannot be told whether someone is at the machine")
        if look.idle < away:
            return Due(False, "someone is at the machine", now + away - look.idle)
    if look.plugged is False and not rules.on_battery:
        return Due(False, "the machine runs on battery")
    if look.plugged is False and (look.battery or 0) < ENOUGH_BATTERY:
        return Due(False, "the battery is too low")
    if look.battery is not None and look.battery < NEARLY_EMPTY:
        return Due(False, "the battery is nearly empty")
    if look.hot:
        return Due(False, "the machine is hot")
    if look.load is not None and look.load > BUSY:
        return Due(False, "the machine is busy")
    for what, free, needed in (
        ("memory", look.free_memory, rules.memory),
        ("disk space", look.free_disk, rules.disk),
        ("memory on the graphics card", look.free_vram, rules.vram),
    ):
        if free is not None and free < needed:
            return Due(False, f"there is too little {what} ({free / 1e9:.1f} of {needed / 1e9:.1f} GB free)")
    return None


# What fits into a night


@dataclass(frozen=True, slots=True)
class Pace:
    """What a night costs here, as measured: seconds a lesson, seconds to train and measure a memory, seconds besides."""

    lesson: float
    memory: float
    besides: float = 0.0

    @staticmethod
    def of(report: Mapping[str, Any]) -> Pace | None:
        """As a night's report tells it; None where it did not come that far."""
        spent = report.get("phases") or {}
        memories = report.get("trained", 0)
        if not memories or "training" not in spent:
            return None
        working = spent["training"] + spent.get("measuring", 0.0)
        written = report.get("lessons", 0)
        # A night that found all its lessons written says nothing of their cost: as much as the rest is a fair guess.
        lesson = spent.get("preparing", 0.0) / written if written else working / memories
        return Pace(lesson, working / memories, spent.get("loading", 0.0))


@dataclass(slots=True)
class Purse:
    """A night's seconds, spent memory by memory. `pace` is the last night's, or taken from the lessons as they are written."""

    seconds: float
    pace: Pace | None = None
    _lessons: list[float] = field(default_factory=list)

    def wrote(self, seconds: float) -> None:
        """A lesson was written in so many seconds."""
        self._lessons.append(seconds)

    def holds(self, spent: float, chosen: int, *, written: bool) -> bool:
        """Whether one more memory fits beside the `chosen`, `spent` seconds into the night; `written`: its lesson is there."""
        mean = sum(self._lessons) / len(self._lessons) if self._lessons else 0.0
        # Before anything was ever measured, training and measuring are taken to cost what the lessons do.
        pace = self.pace or Pace(mean, mean)
        return spent + (0.0 if written else pace.lesson) + pace.besides + (chosen + 1) * pace.memory <= self.seconds


def by_priority(due: Iterable[Memory]) -> list[Memory]:
    """Corrections first, for until then the old value is in the weights; then what is known by heart; then what waits longest."""

    def rank(memory: Memory) -> tuple[int, datetime, int]:
        known = memory.status == "learned"
        correction = memory.supersedes is not None or memory.kind == "correction"
        return (0 if correction and not known else 1 if known else 2, memory.created_at, memory.id)

    return sorted(due, key=rank)
