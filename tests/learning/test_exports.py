"""An erasure names the files outside of the profile that may hold what was erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning import erase, undo
from learning.store import Store
from learning.types import Candidate, ConversationId, Memory, Sha256
from tests.conftest import ScriptedClock
from tests.learning.profile_bytes import holding

BASE = Sha256("a" * 64)


def told(store: Store, thing: str, value: str) -> tuple[Memory, ConversationId]:
    talk = store.create_conversation()
    said = store.add_message(talk.id, "user", f"My {thing} is called {value}.")
    told = Candidate("fact", f"The user's {thing} is called {value}.", f"What is my {thing} called?", value)
    return store.add_memory(told, message=said), talk.id


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "Documents"


def test_exports_that_were_made_of_a_memory_or_of_what_told_it_are_named(store: Store, clock: ScriptedClock, out: Path) -> None:
    kettle, first = told(store, "kettle", "Vesuvius")
    cat, second = told(store, "cat", "Tibor")
    store.add_export(out / "cats.jsonl", [cat.id], [])
    store.add_export(out / "second early.md", [], [second])
    clock.advance(hours=1)
    store.add_export(out / "first.md", [], [first])
    store.add_export(out / "all.jsonl", [kettle.id, cat.id], [])
    store.add_message(second, "user", "Is Vesuvius a good name?")
    store.add_export(out / "second late.md", [], [second])
    assert [Path(export.path).name for export in store.exports_with([kettle.id])] == ["first.md", "all.jsonl", "second late.md"]
    assert store.exports_with([kettle.id])[0].made_at == clock.now()


def test_what_was_edited_away_or_deleted_since_may_still_be_in_a_file(store: Store, out: Path) -> None:
    kettle, first = told(store, "kettle", "Vesuvius")
    cat, second = told(store, "cat", "Tibor")
    store.add_export(out / "first.md", [], [first])
    store.add_export(out / "second.md", [], [second])
    store.remove_from(store.messages(first)[0].id)
    assert [Path(export.path).name for export in store.exports_with([kettle.id])] == ["first.md"]
    store.remove_conversation(second)
    assert [Path(export.path).name for export in store.exports_with([kettle.id])] == ["first.md", "second.md"]
    assert [Path(export.path).name for export in store.exports_with([cat.id])] == ["second.md"]


def test_a_file_that_is_written_anew_holds_what_was_written_last(store: Store, out: Path) -> None:
    kettle, first = told(store, "kettle", "Vesuvius")
    cat, _ = told(store, "cat", "Tibor")
    store.add_export(out / "all.jsonl", [kettle.id], [first])
    store.add_export(out / "all.jsonl", [cat.id], [])
    assert store.exports_with([kettle.id]) == []
    assert [Path(export.path).name for export in store.exports_with([cat.id])] == ["all.jsonl"]


def test_the_receipt_names_the_files_whole_once_and_the_profile_keeps_no_word_of_what_was_erased(
    store: Store, profile: Path, out: Path
) -> None:
    kettle, first = told(store, "kettle", "Vesuvius")
    store.add_export(out / "About Vesuvius.md", [], [first])
    receipt = undo.erase(store, [kettle.id], BASE)
    assert [Path(export["path"]).name for export in receipt.account["exports"]] == ["About Vesuvius.md"]
    erase.finish(store, profile)
    assert holding(profile, "Vesuvius") == []
    assert [Path(export["path"]).name for export in store.receipt(receipt.id).account["exports"]] == ["About [erased].md"]
    assert store.check() == []
