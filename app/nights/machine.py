"""The one place that asks the machine for its power, heat, load and memory; who is at it, `presence` knows.

What a system cannot tell is None. Decisions are made elsewhere (`learning.nightly`), of the `Look` this gives.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import psutil

from app.machine import gpus
from app.nights.presence import idle_time
from learning.nightly import Look

HOT = 95.0
"""Degrees Celsius that count as hot where a sensor names no limit of its own."""
SAMPLE_SECONDS = 0.3
MARGIN = 3.0
"""Degrees below a sensor's own limit at which the machine is about to slow itself down."""


class Machine(Protocol):
    """Whatever can be looked at: this machine, or a scripted one in tests."""

    def look(self) -> Look: ...


class ThisMachine:
    """This computer, as seen from the profile at `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def look(self) -> Look:
        """All that can be told at this moment; takes as long as the load is sampled, and a graphics card's command runs."""
        plugged, battery = power()
        return Look(
            idle=idle_time(),
            plugged=plugged,
            battery=battery,
            load=load(),
            hot=is_hot(),
            free_memory=psutil.virtual_memory().available,
            free_disk=_free_disk(self._home),
            free_vram=free_vram(),
        )


class RunningMachine(ThisMachine):
    """The same, for a night that is under way: what only matters before one is not asked twice a second."""

    def look(self) -> Look:
        plugged, battery = power()
        free = psutil.virtual_memory().available
        return Look(idle=idle_time(), plugged=plugged, battery=battery, hot=is_hot(), free_memory=free)


def power() -> tuple[bool | None, float | None]:
    """Whether the machine is plugged in, and its battery's charge as a share of 1."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return (None, None) if battery is None else (battery.power_plugged, battery.percent / 100)


def load() -> float:
    """The share of the processor that is in use now, but for what is done at a low priority: that gives way to a night too."""
    spent = psutil.cpu_times_percent(interval=SAMPLE_SECONDS)
    free = sum(getattr(spent, name, 0.0) for name in ("idle", "iowait", "nice"))
    return min(1.0, max(0.0, 1.0 - free / 100))


def is_hot() -> bool:
    """Whether a sensor is near its limit; only Linux and FreeBSD let themselves be asked."""
    read = getattr(psutil, "sensors_temperatures", None)
    if read is None:
        return False
    for sensor in (sensor for sensors in read().values() for sensor in sensors):
        limit = sensor.critical or sensor.high or 0.0
        # Some firmware names limits like 0 or 65261 degrees.
        limit = limit - MARGIN if 60.0 <= limit <= 120.0 else HOT
        if sensor.current is not None and limit <= sensor.current < 150.0:
            return True
    return False


def _free_disk(home: Path) -> int | None:
    try:
        return shutil.disk_usage(home).free
    except OSError:
        return None


def free_vram() -> int | None:
    """Free bytes on the emptiest card that training would use; None where there is none."""
    return max((gpu.free for gpu in gpus() if gpu.cuda), default=None)
