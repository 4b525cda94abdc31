"""For how long a statement holds by its own words: "this week", "until Friday". Pure; the present is an argument."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def expires(said: str, now: datetime) -> datetime | None:
    """When a statement stops being true by its own words ("this week", "until Friday", "tomorrow"), or None if it lasts."""
    low = said.lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if re.search(r"\b(every|each|always|usually|most)\b", low):
        return None
    until = re.search(
        rf"\b(?:until|till|through)\s+(?:next |the )?({'|'.join(_DAYS)}|tomorrow|tonight|the weekend|weekend)\b", low
    )
    if until is not None:
        day = until[1]
        ahead = (
            1
            if day == "tomorrow"
            else 0
            if day == "tonight"
            else (_DAYS.index(day) - now.weekday()) % 7 or 7
            if day in _DAYS
            else (5 - now.weekday()) % 7
        )
        return midnight + timedelta(days=ahead + 1)
    span = re.search(r"\bfor (?:the next |another )?(\d+|a|an|one|two|three|four|five|six) (day|week|month)s?\b", low)
    if (
        span is not None
        and re.search(r"\bnext\b|\bhere for\b|\baway for\b|\bin \w+ for\b|\bout for\b|\boff for\b", low)
        and "have" not in low
    ):
        count = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}.get(span[1]) or int(span[1])
        return midnight + timedelta(days=count * {"day": 1, "week": 7, "month": 30}[span[2]] + 1)
    week_end = midnight + timedelta(days=7 - now.weekday())
    for pattern, end in (
        (r"\btomorrow\b", midnight + timedelta(days=2)),
        (r"\b(today|tonight|this (morning|afternoon|evening)|right now|at the moment)\b", midnight + timedelta(days=1)),
        (r"\bnext week\b", week_end + timedelta(days=7)),
        (r"\b(this week|this weekend|these days this)\b", week_end),
        (r"\bthis month\b", midnight + timedelta(days=31)),
    ):
        if re.search(pattern, low):
            return end
    return None
