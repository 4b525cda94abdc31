"""Whatever is told, corrected, learned, undone and restored, in any order: the promises of undo hold after every step."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from learning import undo
from learning.store import Store
from learning.types import AdapterId, Candidate, Conversation, Measure, MemoryId, Sha256, Verdict

BASES = (Sha256("a" * 64), Sha256("b" * 64))
MEASURE = Measure(-0.5, 1.0, "so it is")


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@dataclass
class Told:
    """What the test knows of a memory, kept apart from the store."""

    supersedes: MemoryId | None
    expires_at: datetime | None
    retracted: bool = False


@dataclass
class Built:
    """What the test knows of an adapter."""

    base: Sha256
    trained_on: frozenset[MemoryId]
    passed: frozenset[MemoryId]
    promoted: bool


@dataclass
class Book:
    """The plainest account of what should be true: every answer is searched for from the beginning."""

    clock: Clock
    told: dict[MemoryId, Told] = field(default_factory=dict)
    built: dict[AdapterId, Built] = field(default_factory=dict)

    def expired(self, id: MemoryId) -> bool:
        until = self.told[id].expires_at
        return until is not None and until <= self.clock.time

    def superseded(self, id: MemoryId) -> bool:
        successors = [new for new, memory in self.told.items() if memory.supersedes == id]
        return any((not self.told[new].retracted and not self.expired(new)) or self.superseded(new) for new in successors)

    def serving(self, base: Sha256) -> AdapterId | None:
        for id, adapter in sorted(self.built.items(), reverse=True):
            fits = adapter.base == base and adapter.promoted and not any(self.told[m].retracted for m in adapter.trained_on)
            # Where the gate saw that a note would not win, the adapter steps aside for a correction.
            aside = {told.supersedes for told in self.told.values() if not told.retracted} & (
                adapter.trained_on - adapter.passed
            )
            if fits and not aside:
                return id
        return None

    def status(self, id: MemoryId, base: Sha256) -> str:
        serving = self.serving(base)
        if self.told[id].retracted:
            return "retracted"
        if self.superseded(id):
            return "superseded"
        return "learned" if serving is not None and id in self.built[serving].passed else "noted"


class Life(RuleBasedStateMachine):
    """Steps a person and their nights may take. Training is the one thing made up: which adapter came out, and what it knew."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="dormouse-")
        self.clock = Clock()
        self.book = Book(self.clock)
        self.store = self.open()
        self.talk: Conversation = self.store.create_conversation()
        # A life begins with what is rarely drawn by chance: a correction that was corrected, and one for a week.
        first, lasting = self._note(None, None), self._note(None, None)
        self._note(self._note(first, None), None)
        self._note(lasting, 7)

    def open(self) -> Store:
        store = Store.open(Path(self.folder.name) / "profile" / "dormouse.db", self.clock)
        # No power is cut here; waiting for the disk would be most of the test.
        store._connection.execute("PRAGMA synchronous = OFF")
        return store

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def ids(self, *, retracted: bool) -> list[MemoryId]:
        return [id for id, memory in self.book.told.items() if memory.retracted == retracted]

    @rule(days=st.none() | st.integers(1, 9))
    def tell(self, days: int | None) -> None:
        self._note(None, days)

    @precondition(lambda self: self.store.memories())
    @rule(data=st.data(), days=st.none() | st.integers(1, 9))
    def correct(self, data: st.DataObject, days: int | None) -> None:
        old = data.draw(st.sampled_from([memory.id for memory in self.store.memories()]), label="old")
        self._note(old, days)

    def _note(self, supersedes: MemoryId | None, days: int | None) -> MemoryId:
        until = None if days is None else self.clock.time + timedelta(days=days)
        number = len(self.book.told)
        message = self.store.add_message(self.talk.id, "user", f"My thing is item{number}.")
        candidate = Candidate("fact", f"The user's thing is item{number}.", "", f"item{number}", expires_at=until)
        memory = self.store.add_memory(candidate, message=message, supersedes=supersedes)
        assert memory.id not in self.book.told
        self.book.told[memory.id] = Told(supersedes, until)
        return memory.id

    @rule(data=st.data(), base=st.sampled_from(BASES), promoted=st.booleans())
    def sleep(self, data: st.DataObject, base: Sha256, promoted: bool) -> None:
        due = [memory.id for memory in self.store.memories(base) if memory.expires_at is None]
        passed = data.draw(st.frozensets(st.sampled_from(due)) if due else st.just(frozenset()), label="passed")
        # What was undone while the night ran was still trained on.
        late = data.draw(st.frozensets(st.sampled_from(due), max_size=1) if due else st.just(frozenset()), label="late")
        night = self.store.start_consolidation()
        if late:
            undo.retract(self.store, sorted(late), base)
            for id in late:
                self.book.told[id].retracted = True
        adapter = self.store.add_adapter(
            night.id, base, {"version": 1}, 0, due, Sha256("c" * 64), "adapters/c.gguf",
            "promoted" if promoted else "rejected", [Verdict(id, id in passed, MEASURE, MEASURE, 1.0) for id in due],
        )  # fmt: skip
        self.store.finish_consolidation(night.id, "promoted" if promoted else "rejected", {}, adapter.id)
        self.book.built[adapter.id] = Built(base, frozenset(due), passed, promoted)

    @precondition(lambda self: self.ids(retracted=False))
    @rule(data=st.data(), base=st.sampled_from(BASES), back=st.booleans())
    def undo(self, data: st.DataObject, base: Sha256, back: bool) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.ids(retracted=False)), min_size=1, unique=True), label="undone")
        before = self._seen()
        receipt = undo.retract(self.store, ids, base)
        assert receipt.memories == tuple(ids)
        for id in ids:
            self.book.told[id].retracted = True
        assert receipt.adapter_after == self.book.serving(base)
        if back:
            undo.restore(self.store, ids[::-1], base)
            for id in ids:
                self.book.told[id].retracted = False
            assert self._seen() == before

    @precondition(lambda self: self.ids(retracted=True))
    @rule(data=st.data(), base=st.sampled_from(BASES))
    def restore(self, data: st.DataObject, base: Sha256) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.ids(retracted=True)), min_size=1, unique=True), label="restored")
        undo.restore(self.store, ids, base)
        for id in ids:
            self.book.told[id].retracted = False

    @precondition(lambda self: any(adapter.promoted for adapter in self.book.built.values()))
    @rule(data=st.data())
    def lose_an_adapter(self, data: st.DataObject) -> None:
        promoted = [id for id, adapter in self.book.built.items() if adapter.promoted]
        lost = data.draw(st.sampled_from(promoted), label="lost")
        self.store.reject_adapter(lost)
        self.book.built[lost] = dataclasses.replace(self.book.built[lost], promoted=False)

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.clock.time += timedelta(days=days)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @invariant()
    def the_store_agrees_with_the_book(self) -> None:
        for base in BASES:
            serving = self.store.serving(base)
            assert (serving.id if serving else None) == self.book.serving(base)
            for memory in self.store.memories(base, all=True):
                assert memory.status == self.book.status(memory.id, base)

    @invariant()
    def no_serving_adapter_was_trained_on_a_retracted_memory(self) -> None:
        retracted = {memory.id for memory in self.store.memories(all=True) if memory.status == "retracted"}
        for base in BASES:
            serving = self.store.serving(base)
            assert serving is None or serving.trained_on.isdisjoint(retracted)

    @invariant()
    def every_live_memory_is_served_from_exactly_one_place(self) -> None:
        live = {
            id
            for id, memory in self.book.told.items()
            if not memory.retracted and not self.book.expired(id) and not self.book.superseded(id)
        }
        for base in BASES:
            serving = self.store.serving(base)
            known = {v.memory for v in self.store.verdicts(serving.id) if v.passed} if serving else set()
            listed = self.store.memories(base)
            assert [memory.id for memory in listed] == sorted(live)
            notes = {memory.id for memory in listed if memory.status == "noted"}
            learned = {memory.id for memory in listed if memory.status == "learned"}
            assert notes | learned == live
            assert notes.isdisjoint(learned)
            assert learned == known & live

    @invariant()
    def no_conversation_says_what_was_taken_back(self) -> None:
        retracted = {memory.answer for memory in self.store.memories(all=True) if memory.status == "retracted"}
        for message in self.store.messages(self.talk.id):
            says_it = any(f"is {answer}." in message.text for answer in retracted)
            assert message.suppressed == says_it

    def _seen(self) -> list[object]:
        return [
            *((self.store.serving(base), self.store.memories(base, all=True)) for base in BASES),
            self.store.messages(self.talk.id),
        ]


Life.TestCase.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLife = Life.TestCase
