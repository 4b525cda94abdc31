"""A scripted machine and a trainer that costs scripted time: what nights that begin by themselves are tested in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from learning.nightly import Look

QUIET = Look(idle=timedelta(hours=2), plugged=True, load=0.0, free_memory=64 * 10**9, free_disk=500 * 10**9)


class ScriptedMachine:
    """A machine that is as a test says. `looks` counts how often it was looked at."""

    def __init__(self, look: Look = QUIET) -> None:
        self.there = look
        self.looks = 0

    def look(self) -> Look:
        self.looks += 1
        return self.there

    def becomes(self, **changes: object) -> None:
        self.there = replace(self.there, **changes)  # pyright: ignore[reportArgumentType]
