"""Nights and their adapters: what is recorded, and which one serves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from learning.store import Store
from learning.types import AdapterStatus, AdapterVersion, Candidate, ConsolidationId, Measure, MemoryId, Sha256, Verdict
from models.errors import UserError

if TYPE_CHECKING:
    from tests.conftest import ScriptedClock

BASE, OTHER_BASE = Sha256("a" * 64), Sha256("b" * 64)


def note(store: Store, text: str) -> MemoryId:
    return store.add_memory(Candidate("fact", text)).id


def verdict(memory: MemoryId, passed: bool = True) -> Verdict:
    before, after = Measure(-7.5, 0.0, "I don't know."), Measure(-0.01, 1.0, "Vesuvius.")
    return Verdict(memory, passed, before, after, 0.9, "" if passed else "not recalled")


def night(
    store: Store,
    *memories: MemoryId,
    failed: tuple[MemoryId, ...] = (),
    base: Sha256 = BASE,
    status: AdapterStatus = "promoted",
) -> AdapterVersion:
    started = store.start_consolidation()
    with store.transaction():
        verdicts = [verdict(id) for id in memories] + [verdict(id, passed=False) for id in failed]
        adapter = store.add_adapter(
            started.id, base, {"version": 1, "r": 16}, 7, {*memories, *failed}, Sha256("c" * 64), "adapters/x.gguf",
            status, verdicts,
        )  # fmt: skip
        outcome = "promoted" if status == "promoted" else "rejected"
        store.finish_consolidation(started.id, outcome, {"examples": 12}, adapter.id)
    return adapter


def test_a_night_is_kept_with_its_report(store: Store, clock: ScriptedClock) -> None:
    started = store.start_consolidation()
    assert (started.outcome, started.finished_at) == ("running", None)
    clock.advance(minutes=3)
    finished = store.finish_consolidation(started.id, "failed", {"error": "the worker died", "café": [1, 2.5, None]})
    assert store.consolidations() == [finished]
    assert (finished.outcome, finished.finished_at) == ("failed", clock.now())
    assert finished.report == {"error": "the worker died", "café": [1, 2.5, None]}
    with pytest.raises(UserError, match="no night 5"):
        store.finish_consolidation(ConsolidationId(5), "failed", {})


def test_an_adapter_and_its_verdicts_come_back_as_they_were(store: Store) -> None:
    one, two = note(store, "One."), note(store, "Two.")
    adapter = night(store, one, failed=(two,))
    assert adapter.trained_on == {one, two}
    assert (adapter.recipe, adapter.seed, adapter.file) == ({"version": 1, "r": 16}, 7, "adapters/x.gguf")
    assert store.adapter(adapter.id) == adapter
    assert store.adapters(BASE) == store.adapters() == [adapter]
    assert store.adapters(OTHER_BASE) == []
    assert store.verdicts(adapter.id) == [verdict(one), verdict(two, passed=False)]


def test_figures_that_are_no_number_survive(store: Store) -> None:
    one = note(store, "One.")
    odd = Verdict(one, False, Measure(-math.inf, 0.0, ""), Measure(math.nan, 0.0, ""), math.nan, "no effect")
    started = store.start_consolidation()
    adapter = store.add_adapter(started.id, BASE, {}, 0, [one], Sha256("d" * 64), "a.gguf", "rejected", [odd])
    [back] = store.verdicts(adapter.id)
    assert back.before.logprob == -math.inf
    assert math.isnan(back.after.logprob)
    assert math.isnan(back.absorption)


def test_the_newest_promoted_adapter_serves_its_base_alone(store: Store) -> None:
    one = note(store, "One.")
    assert store.serving(BASE) is None
    first = night(store, one)
    assert store.serving(BASE) == first
    night(store, one, status="rejected")
    assert store.serving(BASE) == first
    second = night(store, one)
    assert store.serving(BASE) == second
    assert store.serving(OTHER_BASE) is None
    assert store.memory(one, BASE).status == "learned"
    assert store.memory(one, OTHER_BASE).status == store.memory(one).status == "noted"


def test_a_rejected_adapter_leaves_the_place_to_the_one_before(store: Store) -> None:
    one, two = note(store, "One."), note(store, "Two.")
    first, second = night(store, one), night(store, one, two)
    store.reject_adapter(second.id)
    assert store.serving(BASE) == first
    assert [store.memory(id, BASE).status for id in (one, two)] == ["learned", "noted"]


def test_only_what_the_serving_adapter_was_measured_to_know_is_learned(store: Store) -> None:
    one, two = note(store, "One."), note(store, "Two.")
    night(store, one, failed=(two,))
    assert [store.memory(id, BASE).status for id in (one, two)] == ["learned", "noted"]
    night(store, two, failed=(one,))
    assert [store.memory(id, BASE).status for id in (one, two)] == ["noted", "learned"]


def test_an_adapter_trained_on_a_superseded_memory_serves_on(store: Store) -> None:
    one = note(store, "The gym is on Tuesday.")
    adapter = night(store, one)
    new = store.add_memory(Candidate("correction", "The gym is on Friday."), supersedes=one)
    assert store.serving(BASE) == adapter
    assert [(memory.id, memory.status) for memory in store.memories(BASE)] == [(new.id, "noted")]


def test_a_night_first_learned_what_no_promoted_adapter_knew_before(store: Store) -> None:
    one, two, three = note(store, "One."), note(store, "Two."), note(store, "Three.")
    night(store, three, status="rejected")
    first = night(store, one, failed=(two,))
    second = night(store, one, two, three)
    assert store.first_learned(first.consolidation) == [one]
    assert store.first_learned(second.consolidation) == [two, three]
    other = night(store, one, two, three, base=OTHER_BASE)
    assert store.first_learned(other.consolidation) == []


def test_a_failing_verdict_records_nothing_of_its_adapter(store: Store) -> None:
    one = note(store, "One.")
    started = store.start_consolidation()
    with pytest.raises(Exception, match="UNIQUE"):
        store.add_adapter(started.id, BASE, {}, 0, [one], Sha256("e" * 64), "a.gguf", "promoted", [verdict(one), verdict(one)])
    assert store.adapters() == []
    assert store.serving(BASE) is None


def test_an_adapter_that_no_note_wins_over_steps_aside_for_a_correction(store: Store) -> None:
    old, other = note(store, "The user's boat is called Zerra."), note(store, "The user lives in Velmoor.")
    adapter = night(store, other, failed=(old,))
    assert store.serving(BASE) == adapter
    newer = store.add_memory(Candidate("correction", "The user's boat is called Olm."), supersedes=old)
    assert store.serving(BASE) is None
    assert {memory.id: memory.status for memory in store.memories(BASE)} == {other: "noted", newer.id: "noted"}
    store.retract([newer.id])
    assert store.serving(BASE) == adapter


def test_an_adapter_that_a_note_wins_over_serves_on_beside_the_correction(store: Store) -> None:
    old, other = note(store, "The user's boat is called Zerra."), note(store, "The user lives in Velmoor.")
    adapter = night(store, old, other)
    store.add_memory(Candidate("correction", "The user's boat is called Olm."), supersedes=old)
    assert store.serving(BASE) == adapter
