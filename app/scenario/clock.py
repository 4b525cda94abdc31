"""Simulated time: it passes only when a step says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EVENING = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
"""When a story begins that says nothing of its time."""

DAY = timedelta(days=1)

_UNITS = {
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hour": 3600,
    "d": 86400, "day": 86400,
    "w": 604800, "week": 604800,
    "month": 30 * 86400,
    "year": 365 * 86400,
}  # fmt: skip
_PART = re.compile(r"\s*(?P<count>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)\s*(?:,|and)?", re.IGNORECASE)
_NIGHTS = re.compile(r"^\s*(?P<count>\d+)\s*nights?\s*$", re.IGNORECASE)


class ScriptedClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = EVENING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Let `by` pass; the new time."""
        self._now += by
        return self._now


@dataclass(frozen=True, slots=True)
class Passage:
    """Time that passes: a span, or a number of days whose nights are slept through and learned in."""

    written: str
    span: timedelta = timedelta()
    nights: int = 0


def passage(written: str) -> Passage | None:
    """`20h`, `2 days`, `1 week and 3 h`, `3 nights`; None where it is none of these."""
    if found := _NIGHTS.match(written):
        return Passage(written, nights=int(found["count"]))
    seconds, place = 0.0, 0
    while place < len(written):
        part = _PART.match(written, place)
        if part is None:
            return None
        unit = part["unit"].casefold()
        length = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
        if length is None:
            return None
        seconds += float(part["count"]) * length
        place = part.end()
    try:
        return Passage(written, timedelta(seconds=seconds)) if seconds else None
    except OverflowError:
        return None


def moment(written: str) -> datetime | None:
    """An ISO-8601 time, in UTC where it names no zone; None where it is none."""
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
