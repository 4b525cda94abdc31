"""What is known of this moment, gathered for `nightly.is_due`: the store, the clock, the machine, and what the person allows."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from app.instance_lock import holder
from app.nights.machine import Machine
from app.paths import Profile
from app.settings import Settings
from learning import consent
from learning.agenda import NightSettings, waiting
from learning.nightly import Look, Past, Rules, Situation
from learning.store import Store
from learning.types import Clock, Consolidation, Memory, Sha256

REMEMBERED = 12
"""Nights that are looked back on: more failures in a row make no difference."""
ROOM = 1_000_000_000
"""Bytes of memory that Python, torch and llama.cpp want beside any model."""


def rules_of(settings: Settings, model: Path) -> Rules:
    """What these settings allow and what a night on this model file needs: it is served, and dequantized piece by piece."""
    size = model.stat().st_size if model.exists() else 0
    return Rules(
        on=settings.nights != "off",
        begins=time.fromisoformat(settings.night_begins),
        ends=time.fromisoformat(settings.night_ends),
        idle=timedelta(minutes=settings.night_idle_minutes),
        on_battery=settings.night_power == "any",
        budget=timedelta(minutes=settings.night_minutes),
        memory=ROOM + 3 * size,
        disk=ROOM // 4 + size // 4,
        vram=ROOM // 2 + size,
    )


def situation_of(
    store: Store,
    base: Sha256,
    clock: Clock,
    night: NightSettings,
    profile: Profile,
    machine: Machine,
    zone: tzinfo | None = None,
) -> Situation:
    """This moment. `zone` is the person's, the system's otherwise. The machine is only looked at where there is something to do."""
    now = clock.now()
    new = waiting(store, base, clock, night, profile.home / "lessons")
    running = holder(profile.night_lock) is not None
    nights = store.consolidations()[-REMEMBERED:]
    return Situation(
        now=now.astimezone(zone),
        look=machine.look() if new and not running else Look(),
        past=[_past(past) for past in nights if not (running and past.outcome == "running")],
        waiting=len(new),
        waiting_since=min((ripe(store, memory, night) for memory in new), default=None),
        running=running,
        unanswered=consent.awaiting(store, base) is not None,
    )


def ripe(store: Store, memory: Memory, night: NightSettings) -> datetime:
    """Since when a night may learn it: at once, but for what was merely mentioned."""
    evidence = store.evidence(memory.id)
    if memory.source != "extracted" or memory.supersedes is not None:
        return memory.created_at
    waited = memory.created_at + night.patience
    said_again = [store.message(entry.message).created_at for entry in evidence[1:]]
    return min([waited, *said_again])


def _past(night: Consolidation) -> Past:
    became: Literal["finished", "stopped", "failed"] = "finished"
    if night.outcome == "cancelled" or night.report.get("went_on"):
        # One that only brought an earlier night to its end has left what was told since for another.
        became = "stopped"
    elif night.outcome in ("failed", "running"):
        # "running" without anyone at it: its process died.
        became = "failed"
    return Past(night.started_at, night.finished_at or night.started_at, became)
