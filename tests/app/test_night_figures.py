"""The nights in figures: counted from what is on record, and silent where nothing was measured."""

from __future__ import annotations

from pathlib import Path

from app.compose import open_library
from app.library import NightCard
from app.nights.figures import NightFigures, figures
from learning.store import Store
from learning.types import Candidate, Clock, ConsolidationId, Measure, MemoryId, Sha256, Verdict

NAN = float("nan")


def verdict(memory: MemoryId, passed: bool, recall: float) -> Verdict:
    return Verdict(memory, passed, Measure(-9.0, 0.0, ""), Measure(-0.1, recall, ""), recall, "" if passed else "too weak")


def lived(store: Store, base: Sha256) -> list[MemoryId]:
    """A night that learns one of two and leaves a third, one with nothing due, one that fails, one that learns the second."""
    cat, dog, wish = (store.add_memory(Candidate("fact", f"The user has {what}.")).id for what in ("a cat", "a dog", "a wish"))
    first = store.start_consolidation()
    verdicts = [verdict(cat, True, 1.0), verdict(dog, False, 0.25)]
    adapter = store.add_adapter(first.id, base, {}, 0, [cat, dog], Sha256("1" * 64), "", "promoted", verdicts)
    kept = [{"memory": dog, "reason": "too weak"}, {"memory": wish, "reason": "it must stand for longer"}]
    told = {"kept": kept, "gate": {"flipped": 0.25}, "by_heart": {"memories": 1, "tokens": 9}, "bytes": 1000}
    store.finish_consolidation(first.id, "promoted", told, adapter.id)
    # What served on is named, and was measured another night.
    store.finish_consolidation(store.start_consolidation().id, "nothing_due", {"kept": []}, adapter.id)
    store.finish_consolidation(store.start_consolidation().id, "failed", {"error": "no room"})
    last = store.start_consolidation()
    verdicts = [
        verdict(cat, True, 1.0),
        verdict(dog, True, 0.5),
        Verdict(wish, True, Measure(-9, NAN, ""), Measure(-1, NAN, ""), 1),
    ]
    adapter = store.add_adapter(last.id, base, {}, 0, [cat, dog, wish], Sha256("2" * 64), "", "promoted", verdicts)
    # As nights were recorded before they counted tokens.
    store.finish_consolidation(last.id, "promoted", {"kept": []}, adapter.id)
    return [cat, dog, wish]


def told(store: Store) -> list[NightFigures]:
    return figures(store.consolidations(), store.first_nights(), store.refusals(), store.recalled())


def test_each_night_is_told_by_what_it_changed_and_what_was_measured(tmp_path: Path, clock: Clock) -> None:
    with Store.open(tmp_path / "dormouse.db", clock) as store:
        lived(store, Sha256("b" * 64))
        first, quiet, failed, last = told(store)
    assert (first.learned, first.refused, first.kept) == (1, 1, 1)
    assert (first.recall_before, first.recall, first.unharmed) == (0.0, 0.625, 0.75)
    assert (first.tokens, first.size) == (9, 1000)
    for night in (quiet, failed):
        assert (night.learned, night.refused, night.kept) == (0, 0, 0)
        assert (night.recall, night.unharmed, night.tokens, night.size) == (None, None, None, None)
    # What has no answer has no recall, and does not weigh on that of the rest.
    assert (last.learned, last.recall, last.tokens, last.size) == (2, 0.75, None, None)


def test_what_was_refused_stands_apart_from_what_was_left_with_its_reason(profile: Path, clock: Clock) -> None:
    library = open_library(profile, clock=clock)
    _, dog, wish = lived(library.store, library.base)
    newest, *_, first = library.nights()
    assert [memory.id for memory in newest.learned] == [dog, wish]
    assert [(memory.id, why) for memory, why in first.refused] == [(dog, "too weak")]
    assert [(memory.id, why) for memory, why in first.kept] == [(wish, "it must stand for longer")]
    assert isinstance(first, NightCard)
    assert first.figures.night == ConsolidationId(1)
    library.close()
