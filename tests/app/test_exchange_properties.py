"""Random lives with backups in them: whatever comes before and after, a restore brings nothing back that was taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.exchange.backup import back_up
from app.exchange.restoring import restore
from learning import erase, undo
from learning.redaction import marks
from learning.store import Store
from learning.types import Candidate, Clock, MemoryId, Sha256
from tests.learning.profile_bytes import holding

BASE = Sha256("a" * 64)
NAMES = {"kettle": "Vesuvius", "cat": "Tibor", "boat": "Orsolya"}
State = dict[str, str]

_things = st.sampled_from(sorted(NAMES))
_deeds = st.one_of(
    st.tuples(st.sampled_from(["tell", "tell", "undo", "restore", "erase"]), _things),
    st.tuples(st.sampled_from(["back up", "recover"]), st.just("")),
)


class Life:
    """A profile, and what its owner would say is known in it: a thing is "", "known", "undone" or "erased"."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.home, self.file = folder / "profile", folder / "kept.dormouse"
        self.store = Store.open(self.home / "dormouse.sqlite3", clock)
        self.state: State = dict.fromkeys(NAMES, "")
        self.kept: State | None = None

    def ids(self, thing: str, *statuses: str) -> list[MemoryId]:
        return [m.id for m in self.store.memories(all=True) if m.answer == NAMES[thing] and m.status in statuses]

    def do(self, deed: str, thing: str) -> None:
        match deed:
            case "tell" if self.state[thing] != "known":
                told = Candidate(
                    "fact", f"The user's {thing} is called {NAMES[thing]}.", f"What is my {thing} called?", NAMES[thing]
                )
                self.store.forgive(marks(told))
                talk = (self.store.latest_conversation() or self.store.create_conversation()).id
                self.store.add_memory(
                    told, message=self.store.add_message(talk, "user", f"My {thing} is called {NAMES[thing]}.")
                )
                self.state[thing] = "known"
            case "undo" if self.state[thing] == "known":
                undo.retract(self.store, self.ids(thing, "noted"), BASE)
                self.state[thing] = "undone"
            case "restore" if self.state[thing] == "undone":
                undo.restore(self.store, self.ids(thing, "retracted")[-1:], BASE)
                self.state[thing] = "known"
            case "erase" if self.state[thing] in ("known", "undone"):
                undo.erase(self.store, self.ids(thing, "noted", "retracted", "superseded"), BASE)
                erase.finish(self.store, self.home)
                self.state[thing] = "erased"
            case "back up":
                back_up(self.store, self.home, self.file, force=True)
                self.kept = dict(self.state)
            case "recover" if self.kept is not None:
                restore(self.store, self.home, self.file, BASE, force=True)
                for thing, before in self.kept.items():
                    self.state[thing] = self.state[thing] if self.state[thing] in ("undone", "erased") else before
            case _:
                pass

    def check(self) -> None:
        known = {memory.answer for memory in self.store.memories()}
        assert known == {NAMES[thing] for thing, state in self.state.items() if state == "known"}
        for thing, state in self.state.items():
            if state == "undone":
                assert self.ids(thing, "retracted")
            if state == "erased":
                assert holding(self.home, NAMES[thing]) == []
        for talk in self.store.conversations():
            for message in self.store.messages(talk.id):
                named = [thing for thing, name in NAMES.items() if name in message.text]
                assert message.suppressed or all(self.state[thing] == "known" for thing in named)
        assert self.store.check() == []


@pytest.mark.parametrize("lives", [8, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_nothing_that_was_taken_back_returns_by_a_restore(
    lives: int, tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> None:
    @settings(max_examples=lives, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(st.lists(_deeds, min_size=6, max_size=16))
    def lived(deeds: list[tuple[str, str]]) -> None:
        life = Life(tmp_path_factory.mktemp("life"), clock)
        with life.store:
            for deed, thing in deeds:
                life.do(deed, thing)
                if deed == "recover":
                    life.check()
            life.check()

    lived()
