"""The adapter that the store says serves is the one on the engine; one that is damaged or gone serves no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.events import AdapterServed, Event, Events, Warned
from app.paths import Profile
from app.serving import Serving
from learning import undo
from learning.store import Store
from learning.types import AdapterVersion, Candidate, Clock, Measure, MemoryId, Sha256, Verdict
from models.engine import ChatEngine
from models.files import sha256_of

Promote = Callable[[list[MemoryId], int], AdapterVersion]
KNOWN = Measure(-0.1, 1.0, "Vesuvius")
UNKNOWN = Measure(-9.0, 0.0, "I don't know.")


class _Kept:
    """An engine that outlives the `Serving` it is lent to."""

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def close(self) -> None:
        self._engine.set_adapter(None)


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(Profile(tmp_path / "home").make().database, clock) as store:
        yield store


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def serving(tmp_path: Path, store: Store, engine: ChatEngine, heard: list[Event]) -> Iterator[Serving]:
    events = Events()
    events.subscribe(heard.append)
    serving = Serving(Profile(tmp_path / "home"), store, events, lambda: engine.summary, lambda: _Kept(engine))  # type: ignore[arg-type, return-value]
    yield serving
    serving.close()


@pytest.fixture
def promote(tmp_path: Path, store: Store, engine: ChatEngine, write_adapter: Callable[[Path, int], Path]) -> Promote:
    """Records a promoted adapter that was trained on these memories and passed for each."""

    def promoted(memories: list[MemoryId], seed: int) -> AdapterVersion:
        file = f"adapters/{seed}.gguf"
        path = tmp_path / "home" / file
        path.parent.mkdir(exist_ok=True)
        write_adapter(path, seed)
        verdicts = [Verdict(memory, True, UNKNOWN, KNOWN, 1.0) for memory in memories]
        night = store.start_consolidation().id
        base = Sha256(engine.summary.sha256)
        return store.add_adapter(night, base, {}, seed, memories, Sha256(sha256_of(path)), file, "promoted", verdicts)

    return promoted


def _note(store: Store, text: str) -> MemoryId:
    return store.add_memory(Candidate("fact", text)).id


def test_without_a_night_the_bare_base_serves(serving: Serving, heard: list[Event]) -> None:
    assert serving.engine.adapter is None
    assert heard == [AdapterServed(None)]


def test_the_engine_is_loaded_with_the_adapter_that_serves(serving: Serving, store: Store, promote: Promote) -> None:
    adapter = promote([_note(store, "The user's kettle is called Vesuvius.")], 1)
    assert serving.engine.adapter == serving.file_of(adapter)


def test_an_undo_anywhere_takes_its_adapter_off_the_engine(
    serving: Serving, store: Store, promote: Promote, heard: list[Event]
) -> None:
    kept, undone = _note(store, "The user lives in Tolby."), _note(store, "The user's kettle is called Vesuvius.")
    older = promote([kept], 1)
    newer = promote([kept, undone], 2)
    assert serving.engine.adapter == serving.file_of(newer)
    undo.retract(store, [undone], serving.base)
    serving.sync()
    assert serving.engine.adapter == serving.file_of(older)
    assert heard == [AdapterServed(newer.id), AdapterServed(older.id)]


@pytest.mark.parametrize("harm", ["gone", "flipped", "cut"])
def test_a_damaged_adapter_serves_no_more_and_its_memories_are_notes_again(
    serving: Serving, store: Store, promote: Promote, heard: list[Event], harm: str
) -> None:
    memory = _note(store, "The user's kettle is called Vesuvius.")
    file = serving.file_of(promote([memory], 1))
    assert store.memory(memory, serving.base).status == "learned"
    content = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(content[: len(content) // 2] if harm == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    assert serving.sync() is None
    assert serving.engine.adapter is None
    assert store.memory(memory, serving.base).status == "noted"
    assert any(isinstance(event, Warned) and "dormouse night" in event.text for event in heard)


def test_another_adapter_is_lent_and_the_serving_one_comes_back(serving: Serving, store: Store, promote: Promote) -> None:
    memory = _note(store, "The user's kettle is called Vesuvius.")
    older, newer = promote([memory], 1), promote([memory], 2)
    with serving.with_adapter(older) as engine:
        assert engine.adapter == serving.file_of(older)
    assert serving.engine.adapter == serving.file_of(newer)
    with serving.with_adapter(None) as engine:
        assert engine.adapter is None
    assert serving.engine.adapter == serving.file_of(newer)


def test_the_engine_comes_back_in_step_after_an_error(serving: Serving, store: Store, promote: Promote) -> None:
    newer = promote([_note(store, "The user's kettle is called Vesuvius.")], 1)
    with pytest.raises(ZeroDivisionError), serving.with_adapter(None):
        raise ZeroDivisionError
    assert serving.engine.adapter == serving.file_of(newer)


def test_an_adapter_that_took_anothers_number_is_put_on_the_engine(
    serving: Serving, store: Store, promote: Promote, tmp_path: Path
) -> None:
    """As when a backup of another profile is restored while the engine has the first adapter of this one."""
    store.copy_to(tmp_path / "before.sqlite3")
    first = promote([_note(store, "one")], 1)
    engine = serving.engine
    store.become(tmp_path / "before.sqlite3")
    second = promote([_note(store, "two")], 2)
    assert second.id == first.id
    serving.sync()
    assert engine.adapter == serving.file_of(second)
