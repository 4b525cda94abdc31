"""Whatever is said, told, corrected, slept over, undone, restored, erased and reopened, in any order: undo keeps its promises.

A real assistant on a real profile; only the training has a stand-in: a night writes a file and says what it knows.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from app.assistant import Assistant
from app.compose import open_assistant
from learning.agenda import NightSettings, plan
from learning.types import ConversationId, Measure, MemoryId, Sha256, Verdict
from learning.undo import all_of
from models.errors import UserError
from models.gguf_file import GgufSummary
from tests.conftest import ScriptedClock
from tests.learning.profile_bytes import holding

THINGS = ("kettle", "boat", "cat", "sister")
MEASURE = Measure(-0.5, 1.0, "so it is")


def name(number: int) -> str:
    """A made-up name, never part of another one."""
    return "Qu" + "".join("bdfgklmnpr"[int(digit)] + "a" for digit in f"{number:03}")


class Life(RuleBasedStateMachine):
    """What a person and their nights may do, beside the plainest account of what must then be true."""

    base: GgufSummary | None = None
    lived = steps = 0

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="dormouse-")
        self.home = Path(self.folder.name) / "profile"
        self.clock = ScriptedClock()
        self.names = 0
        self.erased: set[str] = set()
        self.ids: dict[MemoryId, bool] = {}
        """Every memory that was not erased, and whether it counts or is history (and is not undone)."""
        self.open()
        for thing in THINGS[:2]:
            self.remember(thing, None)

    def open(self) -> None:
        self.dormouse: Assistant = open_assistant(self.home, clock=self.clock)
        # No power is cut here; waiting for the disk would be most of the test.
        self.dormouse.store._connection.execute("PRAGMA synchronous = OFF")
        # Every life has the same base; its file is read once.
        Life.base = self.dormouse.serving._base = Life.base or self.dormouse.serving.summary

    def teardown(self) -> None:
        if hasattr(self, "dormouse"):
            Life.lived += 1
            assert self.dormouse.store.check() == []
            self.dormouse.close()
            for value in self.erased:
                assert holding(self.home, value) == []
            self.folder.cleanup()

    @rule(thing=st.sampled_from(THINGS), again=st.none() | st.integers(0, 5))
    def remember(self, thing: str, again: int | None) -> None:
        """Tell something new about a thing, or something that was told before: to what is known it may be a correction."""
        self.names += again is None
        value = name(self.names if again is None else min(again, self.names))
        noted = self.dormouse.remember(f"My {thing} is called {value}.")
        self.ids[noted.memory.id] = True
        self.erased.discard(value)

    @rule(new=st.booleans(), number=st.integers(0, 5))
    def say(self, new: bool, number: int) -> None:
        """A turn that speaks of what may be known; the reply is made up, and says it again."""
        store = self.dormouse.store
        talk = store.latest_conversation()
        value = name(min(number, self.names))
        if value in self.erased:
            return
        if new or talk is None:
            talk = store.create_conversation(f"About {value}")
        store.add_message(talk.id, "user", f"What do you think of {value}?")
        serving = store.serving(self.dormouse.serving.base)
        store.add_message(talk.id, "assistant", f"{value} it is.", adapter=serving.id if serving else None)

    @rule(data=st.data())
    def night(self, data: st.DataObject) -> None:
        store, base = self.dormouse.store, self.dormouse.serving.base
        due = plan(store, base, self.clock, NightSettings()).due
        night = store.start_consolidation()
        if not due:
            store.finish_consolidation(night.id, "nothing_due", {})
            return
        failed = data.draw(st.sets(st.sampled_from([memory.id for memory in due]), max_size=2), label="failed")
        promoted = data.draw(st.booleans() | st.just(True), label="promoted")
        content = "\n".join(memory.text for memory in due).encode() + str(night.id).encode()
        sha256 = Sha256(hashlib.sha256(content).hexdigest())
        file = Path("adapters") / f"{sha256[:24]}.gguf"
        (self.home / "adapters").mkdir(exist_ok=True)
        (self.home / file).write_bytes(content)
        adapter = store.add_adapter(
            night.id, base, {}, 0, [memory.id for memory in due], sha256, file.as_posix(),
            "promoted" if promoted else "rejected", [Verdict(m.id, m.id not in failed, MEASURE, MEASURE, 1.0) for m in due],
        )  # fmt: skip
        kept = [{"memory": memory.id, "reason": memory.text} for memory in due if memory.id in failed]
        store.finish_consolidation(night.id, "promoted" if promoted else "rejected", {"kept": kept}, adapter.id)

    def counting(self) -> list[MemoryId]:
        return sorted(id for id, counts in self.ids.items() if counts)

    def undone(self) -> list[MemoryId]:
        return sorted(id for id, counts in self.ids.items() if not counts)

    @precondition(lambda self: self.counting())
    @rule(data=st.data(), unit=st.sampled_from(["some", "some", "night", "conversation", "everything"]), back=st.booleans())
    def undo(self, data: st.DataObject, unit: str, back: bool) -> None:
        ids = self.chosen(data, unit)
        before = self.seen()
        receipt = self.dormouse.undo(ids) if ids else None
        if receipt is None:
            return
        self.ids |= dict.fromkeys(ids, False)
        if back:
            self.dormouse.restore(data.draw(st.permutations(ids), label="restored"))
            self.ids |= dict.fromkeys(ids, True)
            assert self.seen() == before

    def chosen(self, data: st.DataObject, unit: str) -> list[MemoryId]:
        try:
            if unit == "everything":
                return all_of(self.dormouse.store)
            if unit == "conversation":
                return all_of(self.dormouse.store, conversation=ConversationId(1))
            if unit == "night":
                return all_of(self.dormouse.store, night=self.dormouse.store.consolidations()[-1].id)
        except (UserError, IndexError):
            return []
        return data.draw(st.lists(st.sampled_from(self.counting()), min_size=1, unique=True), label="undone")

    @precondition(lambda self: self.undone())
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(self.undone()), min_size=1, unique=True), label="restored")
        self.dormouse.restore(ids)
        self.ids |= dict.fromkeys(ids, True)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.ids)), min_size=1, max_size=2, unique=True), label="erased")
        values = {memory.id: memory.answer for memory in self.dormouse.memories(all=True)}
        receipt = self.dormouse.erase(ids)
        for id in receipt.memories:
            del self.ids[id]
        left = {memory.answer for memory in self.dormouse.memories(all=True)}
        self.erased |= {values[id] for id in receipt.memories} - left

    @rule()
    def restart(self) -> None:
        self.dormouse.close()
        self.open()

    @invariant()
    def no_memory_is_lost_and_none_comes_back(self) -> None:
        if hasattr(self, "dormouse"):
            Life.steps += 1
            statuses = {memory.id: memory.status for memory in self.dormouse.memories(all=True)}
            assert statuses.keys() == self.ids.keys()
            assert {id for id, status in statuses.items() if status == "retracted"} == set(self.undone())

    @invariant()
    def no_serving_adapter_was_trained_on_what_was_taken_back(self) -> None:
        if hasattr(self, "dormouse"):
            serving = self.dormouse.serving.sync()
            assert serving is None or serving.trained_on <= set(self.counting())
            assert serving is None or (self.home / serving.file).is_file()

    @invariant()
    def every_live_memory_is_served_from_exactly_one_place_and_every_thing_has_one_name(self) -> None:
        if hasattr(self, "dormouse"):
            serving = self.dormouse.serving.sync()
            knows = {v.memory for v in self.dormouse.store.verdicts(serving.id) if v.passed} if serving else set()
            live = self.dormouse.memories()
            assert {memory.id for memory in live if memory.status == "learned"} == knows & {memory.id for memory in live}
            assert {memory.status for memory in live} <= {"noted", "learned"}
            assert len({memory.question for memory in live}) == len(live)

    @invariant()
    def nothing_that_was_erased_is_said(self) -> None:
        if hasattr(self, "dormouse"):
            store = self.dormouse.store
            said = [message.text for talk in store.conversations() for message in store.messages(talk.id)]
            assert not any(value in text for value in self.erased for text in said)

    def seen(self) -> list[object]:
        store = self.dormouse.store
        return [
            self.dormouse.serving.sync(),
            self.dormouse.memories(all=True),
            [store.messages(talk.id) for talk in store.conversations()],
        ]


def _live(lives: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=lives, stateful_step_count=steps, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )


def test_undo_keeps_its_promises_whatever_happens() -> None:
    _live(25, 15)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(4))
def test_undo_keeps_its_promises_in_two_thousand_lives(part: int) -> None:
    Life.lived = Life.steps = 0
    seed(part)(Life)
    _live(500, 20)
    print(f"part {part}: {Life.lived} lives, {Life.steps} steps")
    assert Life.lived >= 500
