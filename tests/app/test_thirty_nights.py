"""A month of nights through the app's own scheduler and the system's timer, with a person who comes, goes, stays up and unplugs.

Time, presence and power are scripted. By default the work of a night is too: so many minutes for each memory, kept when it is
stopped. The slow test lives some days with real lessons, real training and the real gate.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from app.assistant import Assistant, night_settings
from app.compose import open_assistant, open_library
from app.instance_lock import hold
from app.nights import commands
from app.nights.manners import Watch
from app.nights.scheduler import Scheduler, look_at
from app.nights.situation import rules_of
from app.settings import Settings, save
from learning.agenda import plan
from learning.consolidation import Progress
from learning.nightly import Look
from learning.types import Measure, MemoryId, Sha256, Verdict
from models.engine import CancelToken
from models.errors import Cancelled
from tests.app.nights_world import QUIET
from tests.conftest import ScriptedClock

BEGIN = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
TICK = timedelta(minutes=1)
MINUTES = 60
"""How often the system's timer asks: more seldom than it does, for each look of a month costs the test some milliseconds."""


@dataclass
class Person:
    """When somebody is at the machine, when it is plugged in, and what is told when; drawn from a seed.

    `quiet` are the days whose night nobody disturbs in any way.
    """

    seed: int
    days: int
    there: list[tuple[datetime, datetime]] = field(default_factory=list)
    unplugged: list[tuple[datetime, datetime]] = field(default_factory=list)
    tells: list[tuple[datetime, str]] = field(default_factory=list)
    quiet: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        for day in range(self.days):
            morning = BEGIN.replace(hour=0) + timedelta(days=day)
            up_until = chance.choice([22, 23, 24, 24, 25.5, 27])
            self._be_there(morning, chance.uniform(7, 9), chance.uniform(11, 12.5))
            if chance.random() < 0.6:
                self._be_there(morning, chance.uniform(14, 17), chance.uniform(17, 19))
            self._be_there(morning, 20, up_until)
            kind = chance.choice(["quiet", "quiet", "wakes", "unplugged", "restless"])
            night = morning + timedelta(days=1)
            if kind == "wakes":
                self._be_there(night, chance.uniform(1, 4), chance.uniform(4, 4.5))
            elif kind == "restless":
                for hour in (0.7, 1.2, 2.1, 3.3, 4.0, 5.4):
                    self._be_there(night, hour, hour + chance.uniform(0.02, 0.2))
            elif kind == "unplugged":
                self.unplugged.append((night, night + timedelta(hours=chance.uniform(2, 9))))
            elif up_until <= 25.5:
                self.quiet.append(night)
            for _ in range(chance.choice([0, 1, 1, 2])):
                told = morning + timedelta(hours=chance.uniform(20, 22))
                name = "".join(chance.choice("bdgklmnrst") + chance.choice("aeiou") for _ in range(3)).capitalize()
                self.tells.append((told, f"My {chance.choice(WORDS)} number {len(self.tells) + 1} is called {name}."))
        self.there.sort()
        self.tells.sort()

    def _be_there(self, day: datetime, begins: float, ends: float) -> None:
        self.there.append((day + timedelta(hours=begins), day + timedelta(hours=ends)))

    def look(self, now: datetime) -> Look:
        last = max((min(now, until) for since, until in self.there if since <= now), default=BEGIN - timedelta(days=1))
        on_battery = any(since <= now < until for since, until in self.unplugged)
        return replace(QUIET, idle=now - last, plugged=not on_battery)


WORDS = ("kettle", "boat", "cello", "bicycle", "lighthouse", "tractor", "parrot")


class World:
    """A profile in a scripted life; `machine` and `clock` at once."""

    def __init__(self, home: Path, person: Person) -> None:
        home.mkdir(parents=True)
        save(Settings(night_minutes=0), home / "settings.json")
        self.home, self.person = home, person
        self.clock = ScriptedClock(BEGIN)
        self.assistant: Assistant = open_assistant(home, clock=self.clock)
        self.library = open_library(home, clock=self.clock)
        self.told: dict[MemoryId, datetime] = {}
        self.learned: dict[MemoryId, datetime] = {}
        self.working = 0
        self.nights: list[str] = []
        self.disturbed = timedelta()
        self.other: Scheduler | None = None

    def now(self) -> datetime:
        return self.clock.now()

    def look(self) -> Look:
        return self.person.look(self.clock.now())

    def watch(self, cancel: CancelToken) -> Watch:
        return Watch(self, rules_of(self.assistant.settings, self.assistant.catalog.current().path), cancel)

    def passes(self, watch: Watch) -> None:
        """A minute of a night: whatever else may happen in it, happens."""
        assert self.working == 1, "two nights work at once"
        self.clock.advance(seconds=TICK.total_seconds())
        look = self.look()
        if look.idle is not None and look.idle < TICK:
            self.disturbed += TICK
        if self.other is not None and self.clock.now().minute % MINUTES == 0:
            # The system's timer does not know of this night, and asks.
            self.other.step()
        watch.look()

    def live(self, sleep: Callable[[], None]) -> None:
        """The whole life, with two that begin nights: an open Dormouse, and the system's timer every so many minutes."""
        looking, self.other = (Scheduler(lambda: look_at(self.library, self.clock, self), sleep, self.clock) for _ in range(2))
        end = BEGIN + timedelta(days=self.person.days)
        tells = iter([*self.person.tells, (end + timedelta(days=1), "")])
        told = next(tells)
        own = system = BEGIN
        while self.clock.now() < end:
            self.clock.advance(seconds=max(0.0, (min(told[0], own, system) - self.clock.now()).total_seconds()))
            now = self.clock.now()
            if told[0] <= now:
                self.told[self.assistant.remember(told[1]).memory.id] = now
                told = next(tells)
            elif own <= now:
                own = max(now + looking.step(), self.clock.now())
            else:
                self.other.step()
                system = self.clock.now() + timedelta(minutes=MINUTES)
            for memory in self.assistant.memories() if self.clock.now() != now or own > now else ():
                if memory.status == "learned":
                    self.learned.setdefault(memory.id, self.clock.now())

    def check(self) -> None:
        """Nothing that could be learned in time was not, and nobody was disturbed for longer than a look takes."""
        for night in self.person.quiet:
            for memory, told in self.told.items():
                if told < night and night + timedelta(days=1) < BEGIN + timedelta(days=self.person.days):
                    assert memory in self.learned, f"{memory} was told {told} and not learned in the quiet night {night}"
                    assert self.learned[memory] <= night + timedelta(hours=6, minutes=30)
        assert self.disturbed <= TICK * self.nights.count("cancelled")


@pytest.fixture
def live(profile: Path) -> Iterator[Callable[[Person], World]]:
    worlds: list[World] = []

    def begin(person: Person) -> World:
        worlds.append(World(profile / f"life-{person.seed}", person))
        return worlds[-1]

    yield begin
    for world in worlds:
        world.library.close()
        world.assistant.close()


def scripted_night(world: World) -> Callable[[], None]:
    """A night whose work is minutes: forty, and ten for each new memory. What was done stays done, and is gone on with first."""
    unfinished: dict[frozenset[MemoryId], int] = {}

    def sleep() -> None:
        assistant, store = world.assistant, world.assistant.store
        base, cancel = Sha256(assistant.serving.base), CancelToken()
        watch = world.watch(cancel)
        with hold(assistant.profile.night_lock, "two nights at once"):
            world.working += 1
            due = plan(store, base, world.clock, night_settings(assistant.settings, unattended=True)).due
            every = frozenset(memory.id for memory in due)
            begun = next((chosen for chosen in unfinished if chosen <= every), None)
            chosen, minutes = begun or every, unfinished.pop(begun, 0) if begun else 0
            unfinished.clear()
            needed = 40 + 10 * sum(memory.status != "learned" for memory in due if memory.id in chosen)
            night = store.start_consolidation()
            while minutes < needed and not cancel.cancelled:
                world.passes(watch)
                minutes += 1
            outcome = "cancelled" if cancel.cancelled else "promoted"
            if outcome == "cancelled":
                unfinished[chosen] = minutes
            adapter = None
            if outcome == "promoted":
                passed = [Verdict(id, True, Measure(-9.0, 0.0, ""), Measure(-0.1, 1.0, ""), 1.0) for id in sorted(chosen)]
                sha256, file = Sha256(f"{night.id:064}"), f"adapters/{night.id}.gguf"
                adapter = store.add_adapter(night.id, base, {}, 0, chosen, sha256, file, "promoted", passed).id
            store.finish_consolidation(night.id, outcome, {"went_on": chosen != every}, adapter)
            world.nights.append(outcome)
            world.working -= 1

    return sleep


@pytest.mark.parametrize(("seed", "days"), [(1, 8), *(pytest.param(seed, 30, marks=pytest.mark.slow) for seed in range(1, 8))])
def test_night_after_night_everything_is_learned_in_time_and_never_by_two_at_once(
    live: Callable[[Person], World], seed: int, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = live(Person(seed, days))
    # The scripted nights write no files, which a look at what serves would miss.
    monkeypatch.setattr(world.assistant.serving, "sync", lambda: None)
    world.live(scripted_night(world))
    world.check()
    assert len(world.told) >= days / 2
    assert world.nights.count("cancelled") >= days / 10
    assert len(world.learned) >= len(world.told) - 3


@pytest.mark.slow
def test_some_days_with_real_nights(
    live: Callable[[Person], World], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = live(Person(11, 6))
    # Its priority is for good, and this process has more to do.
    monkeypatch.setattr(commands, "step_back", lambda: None)

    def sleep() -> None:
        cancel = CancelToken()
        watch = world.watch(cancel)
        workers: set[int] = set()

        def on_progress(progress: Progress) -> None:
            children = {child.pid for child in psutil.Process().children()}
            assert len(children) <= 1, "two workers at once"
            workers.update(children)
            world.passes(watch)

        world.working += 1
        try:
            report = world.assistant.night(on_progress, cancel, unattended=True)
            world.nights.append(report.outcome)
        except Cancelled:
            world.nights.append("cancelled")
        finally:
            world.working -= 1
        assert not [pid for pid in workers if psutil.pid_exists(pid)]

    world.live(sleep)
    world.check()
    assert "promoted" in world.nights
    with capsys.disabled():
        print(f"\n{len(world.told)} told, {len(world.learned)} by heart; nights: {', '.join(world.nights)}")
