"""What stays on disk after a night: all that an undo or a restore may need, the newest few, and nothing that nobody names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning import housekeeping, undo, workshop
from learning.curriculum import VERSION
from learning.job import CHECKPOINT_FILE, REPORT_FILE
from learning.store import Store
from learning.types import AdapterId, AdapterVersion, Candidate, Measure, MemoryId, Sha256, Verdict
from models.files import write_atomically
from tests.conftest import ScriptedClock

BASE, OTHER = Sha256("a" * 64), Sha256("b" * 64)


def know(store: Store, count: int, corrections: Collection[int] = ()) -> list[MemoryId]:
    """So many memories; those at the places of `corrections` supersede the one before them."""
    ids: list[MemoryId] = []
    for n in range(count):
        told = Candidate("fact", f"The user's thing {n} is v{n}.", "", f"v{n}")
        ids.append(store.add_memory(told, supersedes=ids[-1] if n in corrections else None).id)
    return ids


def build(
    store: Store,
    folder: Path,
    trained_on: Sequence[MemoryId],
    status: str = "promoted",
    base: Sha256 = BASE,
    passed: Callable[[MemoryId], bool] = lambda _: True,
) -> AdapterVersion:
    night = store.start_consolidation()
    file = f"adapters/{night.id:024}.gguf"
    (folder / "adapters").mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(b"adapter")
    measures = Measure(-9.0, 0.0, ""), Measure(-0.1, 1.0, "")
    verdicts = [Verdict(id, passed(id), *measures, 1.0) for id in trained_on]
    version = store.add_adapter(night.id, base, {}, 0, trained_on, Sha256(f"{night.id:064}"), file, status, verdicts)  # type: ignore[arg-type]
    outcome = "promoted" if status == "candidate" else status
    store.finish_consolidation(night.id, outcome, {}, version.id)  # type: ignore[arg-type]
    return version


def on_disk(store: Store, folder: Path) -> list[AdapterId]:
    files = {path.relative_to(folder).as_posix() for path in (folder / "adapters").iterdir()}
    named = {version.file: version.id for version in store.adapters() if version.file}
    assert files == set(named)
    return sorted(named.values())


def test_a_years_nights_leave_what_serves_what_one_undo_needs_and_the_newest_few(store: Store, profile: Path) -> None:
    ids = know(store, 10)
    built = [build(store, profile, ids[: n + 1]).id for n in range(10)]
    housekeeping.tidy(store, profile, 3)
    # Undoing the newest memory falls back on the night before it; undoing the first, on none.
    assert set(on_disk(store, profile)) >= set(built[-3:])
    assert store.serving(BASE).id == built[-1]  # type: ignore[union-attr]
    for id in reversed(ids):
        served = store.adapters(BASE)
        undo.retract(store, [id], BASE)
        now = store.serving(BASE)
        expected = [version.id for version in served if id not in version.trained_on]
        assert (now.id if now else None) == (expected[-1] if expected else None)
        undo.restore(store, [id], BASE)
    assert store.serving(BASE).id == built[-1]  # type: ignore[union-attr]


def test_what_a_restore_would_serve_again_stays(store: Store, profile: Path) -> None:
    first, second = know(store, 2)
    old, new = build(store, profile, [first]), build(store, profile, [first, second])
    undo.retract(store, [second], BASE)
    housekeeping.tidy(store, profile, 1)
    assert on_disk(store, profile) == [old.id, new.id]
    undo.restore(store, [second], BASE)
    assert store.serving(BASE).id == new.id  # type: ignore[union-attr]


def test_what_waits_for_a_word_stays_and_what_was_rejected_goes(store: Store, profile: Path) -> None:
    ids = know(store, 3)
    build(store, profile, ids[:1], "rejected")
    serving = build(store, profile, ids[:1])
    waiting = build(store, profile, ids, "candidate")
    other = build(store, profile, ids[:2], base=OTHER)
    housekeeping.tidy(store, profile, 1)
    assert on_disk(store, profile) == [serving.id, waiting.id, other.id]


def test_an_adapter_whose_file_went_is_history_and_does_not_serve(store: Store, profile: Path) -> None:
    one, two = know(store, 2)
    nights = [build(store, profile, trained) for trained in ([one], [one], [one], [one, two])]
    housekeeping.tidy(store, profile, 1)
    gone = store.adapter(nights[0].id)
    assert (gone.file, gone.status) == ("", "promoted")
    assert store.first_learned(nights[0].consolidation) == [one]
    undo.retract(store, [two], BASE)
    assert store.serving(BASE).id == nights[2].id  # type: ignore[union-attr]


def test_what_no_record_names_goes_and_what_can_be_gone_on_with_stays(store: Store, profile: Path) -> None:
    (one,) = know(store, 1)
    kept = build(store, profile, [one])
    files = {
        "adapters/nobodys.gguf": False,
        "adapters/.half.tmp": False,
        f"lessons/{'0' * 32}-{'a' * 16}-{VERSION}.json": True,
        f"lessons/{'0' * 32}-{'a' * 16}-{VERSION - 1}.json": False,
        "lessons/.half": False,
        "jobs/half/job/job.json": False,
        f"jobs/stopped/out/{CHECKPOINT_FILE}": True,
        f"jobs/trained/out/{REPORT_FILE}": True,
    }
    for name in files:
        write_atomically(profile / name, b"{}")
    left = housekeeping.usage(store, profile)
    assert len(left.orphans) == 5
    assert left.sizes["adapters"] == len(b"adapter") + 4
    assert sorted(housekeeping.tidy(store, profile, 3)) == sorted(left.orphans)
    assert {name for name in files if (profile / name).exists()} == {name for name, stays in files.items() if stays}
    assert (profile / kept.file).exists()
    assert housekeeping.usage(store, profile).orphans == ()


def test_free_pages_go_back_to_the_disk_once_they_are_many(store: Store) -> None:
    assert not store.compact()
    talk = store.create_conversation()
    for _ in range(200):
        store.add_message(talk.id, "user", "Once upon a time there was a dormouse. " * 200)
    store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    large = store.path.stat().st_size
    store.remove_conversation(talk.id)
    assert store.compact()
    assert store.path.stat().st_size < large / 4
    assert store.check() == []


@given(
    st.lists(st.tuples(st.sets(st.integers(0, 4)), st.sampled_from(["promoted", "rejected"]), st.integers(0, 31)), max_size=8),
    st.integers(0, 31),
    st.sets(st.integers(1, 4)),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_past_tidying_changes_nothing_that_is_served_now_or_after_any_one_undo(
    tmp_path_factory: pytest.TempPathFactory,
    clock: ScriptedClock,
    nights: list[tuple[set[int], str, int]],
    undone: int,
    corrections: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("life")
    with Store.open(folder / "dormouse.db", clock) as store:
        # No power cut is tried here; waiting for the disk would be most of the test.
        store._connection.execute("PRAGMA synchronous = OFF")
        ids = know(store, 5, corrections)
        for trained, status, failed in nights:
            chosen = [ids[place] for place in sorted(trained)]
            build(store, folder, chosen, status, passed=lambda id, failed=failed: not failed >> ids.index(id) & 1)
        gone = [id for place, id in enumerate(ids) if undone >> place & 1]
        if gone:
            undo.retract(store, gone, BASE)

        def served() -> list[AdapterId | None]:
            def now() -> AdapterId | None:
                version = store.serving(BASE)
                assert version is None or (folder / version.file).is_file()
                return version.id if version is not None else None

            seen = [now()]
            for id in ids:
                act, back = (store.unretract, store.retract) if id in gone else (store.retract, store.unretract)
                act([id])
                seen.append(now())
                back([id])
            return seen

        before = served()
        housekeeping.tidy(store, folder, 1)
        assert served() == before


def test_a_folder_that_holds_nothing_to_go_on_with_is_no_unfinished_night(profile: Path) -> None:
    assert workshop.unfinished(profile / "jobs") == frozenset()
    write_atomically(profile / "jobs" / "stopped" / "out" / CHECKPOINT_FILE, b"")
    assert workshop.unfinished(profile / "jobs") == frozenset()
