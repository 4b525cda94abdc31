"""Another model: what was learned is a note again at once, the next night learns it anew, and the first model's adapter is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.compose import open_assistant
from learning import proof
from learning.agenda import NightSettings, plan
from learning.types import AdapterId, MemoryId, Sha256, Verdict
from learning.types import Measure as Measured
from models.catalog import BUILT_IN, Catalog
from tests.conftest import ScriptedClock

QUESTION = "What is my kettle called?"


@pytest.fixture
def other(profile: Path, acorn_path: Path) -> str:
    """Another model of the profile's: the built-in one under another name in its header, and so another base."""
    file = profile.parent / "other.gguf"
    content = acorn_path.read_bytes()
    assert content.count(b"Acorn") == 1
    file.write_bytes(content.replace(b"Acorn", b"Other"))
    Catalog(profile).add(file, "other")
    return "other"


def promote(home: Path, file: Path, memory: MemoryId) -> AdapterId:
    """Record `file` as the adapter that the model in use has learned `memory` into."""
    with open_assistant(home) as dormouse:
        store, base = dormouse.store, dormouse.serving.base
        sha256 = Sha256(hashlib.sha256(file.read_bytes()).hexdigest())
        known = Measured(-0.1, 1.0, "Vesuvius")
        made = proof.manifest(base, {}, 0, [store.memory(memory, base)], sha256)
        verdicts = [Verdict(memory, True, known, known, 1.0)]
        night = store.start_consolidation().id
        where = str(file.relative_to(home))
        return store.add_adapter(night, base, {}, 0, [memory], sha256, where, "promoted", verdicts, made).id


def test_what_one_model_learned_is_a_note_to_another_and_known_again_by_the_first(
    profile: Path, other: str, write_adapter: Callable[[Path, int], Path]
) -> None:
    with open_assistant(profile) as dormouse:
        memory = dormouse.remember("My kettle is called Vesuvius.").memory.id
    (profile / "adapters").mkdir()
    first = promote(profile, write_adapter(profile / "adapters" / "first.gguf", 1), memory)
    with open_assistant(profile) as dormouse:
        assert [entry.memory.id for entry in dormouse.learned()] == [memory]

    Catalog(profile).use(other)
    with open_assistant(profile) as dormouse:
        assert dormouse.learned() == []
        assert dormouse.memory(memory).status == "noted"
        reply = dormouse.reply(dormouse.converse().id, QUESTION)
        assert [note.id for note in reply.notes_used] == [memory]
        assert reply.message.adapter is None
        due = plan(dormouse.store, dormouse.serving.base, dormouse.clock, NightSettings()).due
        assert [waiting.id for waiting in due] == [memory]

    Catalog(profile).use(BUILT_IN)
    with open_assistant(profile) as dormouse:
        assert [(entry.memory.id, entry.adapter.id) for entry in dormouse.learned()] == [(memory, first)]
        reply = dormouse.reply(dormouse.converse().id, QUESTION, notes=False)
        assert reply.message.adapter == first


def test_an_undo_under_another_model_holds_when_the_first_comes_back(
    profile: Path, other: str, write_adapter: Callable[[Path, int], Path]
) -> None:
    with open_assistant(profile) as dormouse:
        memory = dormouse.remember("My kettle is called Vesuvius.").memory.id
    (profile / "adapters").mkdir()
    promote(profile, write_adapter(profile / "adapters" / "first.gguf", 1), memory)
    Catalog(profile).use(other)
    with open_assistant(profile) as dormouse:
        dormouse.undo([memory])
    Catalog(profile).use(BUILT_IN)
    with open_assistant(profile) as dormouse:
        assert dormouse.learned() == []
        assert dormouse.serving.sync() is None


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_each_model_has_its_own_night(profile: Path, other: str) -> None:
    (profile / "settings.json").write_text('{"threads": 1, "night_threads": 1}', encoding="utf-8")

    def sleep() -> tuple[AdapterId | None, list[str]]:
        with open_assistant(profile, clock=ScriptedClock()) as dormouse:
            report = dormouse.night()
            return report.adapter and report.adapter.id, [memory.text for memory in report.learned]

    with open_assistant(profile, clock=ScriptedClock()) as dormouse:
        text = dormouse.remember("My kettle is called Vesuvius.").memory.text
    first, learned = sleep()
    assert learned == [text]
    Catalog(profile).use(other)
    second, learned = sleep()
    assert learned == [text]
    assert second != first
    Catalog(profile).use(BUILT_IN)
    with open_assistant(profile, clock=ScriptedClock()) as dormouse:
        (known,) = dormouse.learned()
        assert known.adapter.id == first
        assert "Vesuvius" in dormouse.reply(dormouse.converse().id, QUESTION, notes=False).message.text
