"""Imports: whole or not at all, once, with their times; and nothing that was taken back comes in with them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.events import Event, Events, Warned
from app.exchange import admission, importing
from app.exchange.gleaning import glean
from app.exchange.importing import import_files
from learning import erase, undo
from learning.redaction import ERASED
from learning.store import Store
from learning.types import Candidate, Clock, Sha256
from models.engine import CancelToken
from models.errors import UserError

BASE = Sha256("a" * 64)
KETTLE = Candidate("fact", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius")
LONG_AGO = datetime(2024, 5, 1, 10, 0, tzinfo=UTC)

Chat = Callable[..., Path]


@pytest.fixture
def store(profile: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(profile / "dormouse.sqlite3", clock) as opened:
        yield opened


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    """Writes a chat of Claude's in which these things are said, each by the other one, a minute apart."""

    def write(*words: str, name: str = "chat.json", uuid: str = "0a1b2c3d-4e5f", begun: datetime = LONG_AGO) -> Path:
        (tmp_path / name).write_text(json.dumps([talk(*words, uuid=uuid, begun=begun)]), encoding="utf-8")
        return tmp_path / name

    return write


def talk(*words: str, uuid: str = "0a1b2c3d-4e5f", begun: datetime = LONG_AGO) -> dict[str, Any]:
    said = [
        {
            "sender": ("human", "assistant")[place % 2],
            "text": text,
            "created_at": (begun + timedelta(minutes=place)).isoformat(),
        }
        for place, text in enumerate(words)
    ]
    return {"uuid": uuid, "name": "Kettles", "created_at": begun.isoformat(), "chat_messages": said}


def texts(store: Store) -> list[list[str]]:
    return [[message.text for message in store.messages(entry.id)] for entry in reversed(store.conversations())]


def test_a_conversation_comes_with_its_title_and_its_times(store: Store, chat: Chat) -> None:
    imported = import_files(store, [chat("Hello.", "Good day!")])
    (conversation,) = store.conversations()
    assert imported.added == (conversation.id,)
    assert (conversation.title, conversation.created_at) == ("Kettles", LONG_AGO)
    assert conversation.updated_at == LONG_AGO + timedelta(minutes=1)
    first, second = store.messages(conversation.id)
    assert [(first.role, first.text), (second.role, second.text)] == [("user", "Hello."), ("assistant", "Good day!")]
    assert (first.created_at, second.created_at) == (LONG_AGO, LONG_AGO + timedelta(minutes=1))
    assert imported.said == (first.id,)
    assert [message.id for message in store.search_messages("good day")] == [second.id]
    assert store.memories(all=True) == []


def test_the_same_file_adds_nothing_the_second_time_and_a_longer_one_what_was_said_since(store: Store, chat: Chat) -> None:
    import_files(store, [chat("Hello.", "Good day!")])
    again = import_files(store, [chat("Hello.", "Good day!"), chat("Hello.", "Good day!", name="copy.json")])
    assert (again.added, again.grown, again.known, again.said) == ((), (), 2, ())
    assert texts(store) == [["Hello.", "Good day!"]]
    longer = import_files(store, [chat("Hello.", "Good day!", "And now?", "Now it rains.")])
    assert (longer.added, len(longer.grown), len(longer.said)) == ((), 1, 1)
    assert texts(store) == [["Hello.", "Good day!", "And now?", "Now it rains."]]


def test_a_deleted_conversation_can_be_taken_in_again(store: Store, chat: Chat) -> None:
    (id,) = import_files(store, [chat("Hello.")]).added
    store.remove_conversation(id)
    assert len(import_files(store, [chat("Hello.")]).added) == 1


def test_one_bad_conversation_is_named_and_skipped_and_nothing_of_it_is_kept(store: Store, tmp_path: Path) -> None:
    bad = talk("Hello.", "Good day!", uuid="bad")
    bad["chat_messages"][1]["content"] = {"no": "list"}
    file = tmp_path / "chats.json"
    file.write_text(json.dumps([talk("One."), bad, 17, talk(uuid="empty"), talk("Two.", uuid="0b")]), encoding="utf-8")
    imported = import_files(store, [file])
    assert texts(store) == [["One."], ["Two."]]
    assert [skipped.where for skipped in imported.skipped] == ["chats.json, entry 2 (“Kettles”)", "chats.json, entry 3"]
    assert "words of a message are damaged" in imported.skipped[0].why


def test_of_a_file_that_is_damaged_at_its_end_nothing_is_kept_nor_of_those_beside_it(
    store: Store, chat: Chat, tmp_path: Path
) -> None:
    whole = chat("Hello.")
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps([talk("One."), talk("Two.", uuid="0b")])[:-20], encoding="utf-8")
    with pytest.raises(UserError, match=r"cut\.json is no whole JSON file"):
        import_files(store, [whole, cut])
    assert store.conversations() == []


def test_a_file_that_is_no_export_is_refused(store: Store, chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('[{"uuid": "x", "full_name": "Ada"}]', encoding="utf-8")
    with pytest.raises(UserError, match=r"users\.json holds no conversations"):
        import_files(store, [chat("Hello."), tmp_path / "users.json"])
    assert store.conversations() == []


def test_in_a_zip_what_is_no_conversation_is_passed_over(store: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("users.json", '[{"uuid": "x", "full_name": "Ada"}]')
        archive.writestr("odd.json", "")
        archive.writestr("conversations-000.json", json.dumps([talk("One.")]))
        archive.writestr("conversations-001.json", json.dumps([talk("Two.", uuid="0b")]))
    imported = import_files(store, [tmp_path / "export.zip"])
    assert texts(store) == [["One."], ["Two."]]
    assert imported.skipped == ()
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.writestr("conversations-000.json", json.dumps([talk("Three.", uuid="0c")]))
        archive.writestr("conversations-001.json", "[")
    with pytest.raises(UserError, match=r"conversations-001\.json is no whole JSON"):
        import_files(store, [tmp_path / "cut.zip"])
    assert len(texts(store)) == 2


def test_stopped_in_between_what_is_in_is_whole_and_the_rest_comes_the_next_time(store: Store, tmp_path: Path) -> None:
    chats = [talk(f"This is {place}.", "I see.", uuid=f"{place:08}") for place in range(20)]
    (tmp_path / "chats.json").write_text(json.dumps(chats), encoding="utf-8")
    cancel, seen = CancelToken(), []

    def stop_on_the_way(done: int, total: int) -> None:
        seen.append(done / total)
        if len(store.conversations()) == 0 and done / total > 0.5:
            cancel.cancel()

    first = import_files(store, [tmp_path / "chats.json"], on_progress=stop_on_the_way, cancel=cancel)
    assert first.stopped
    assert len(first.added) < 20
    assert all(len(said) == 2 for said in texts(store))
    second = import_files(store, [tmp_path / "chats.json"])
    assert len(first.added) + len(second.added) == 20
    assert seen == sorted(seen)
    assert seen[-1] <= 1


def test_a_disk_that_fails_in_a_conversation_leaves_those_before_it_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [talk("One.", "a"), talk("Two.", "b", uuid="0b")]
    (tmp_path / "chats.json").write_text(json.dumps(chats), encoding="utf-8")
    add_message = store.add_message

    def failing(id: Any, role: Any, text: str, **more: Any) -> Any:
        if text == "b":
            raise OSError("the disk is gone")
        return add_message(id, role, text, **more)

    monkeypatch.setattr(store, "add_message", failing)
    with pytest.raises(OSError, match="the disk is gone"):
        import_files(store, [tmp_path / "chats.json"])
    monkeypatch.undo()
    assert texts(store) == [["One.", "a"]]
    assert len(import_files(store, [tmp_path / "chats.json"]).added) == 1


# What was taken back


def noted(store: Store, imported: importing.Imported) -> tuple[list[str], list[str]]:
    """What is noted of an import by the rules, without a model, and the warnings."""
    events, warnings = Events(), []

    def hear(event: Event) -> None:
        if isinstance(event, Warned):
            warnings.append(event.text)

    events.subscribe(hear)
    found = glean(store, None, imported.said, events)
    return [entry.memory.text for entry in found if entry.change != "known"], warnings


def test_what_was_said_elsewhere_is_noted_as_of_then(store: Store, chat: Chat) -> None:
    imported = import_files(store, [chat("Remember that my kettle is called Vesuvius.", "Fine.")])
    assert noted(store, imported) == (["The user's kettle is called Vesuvius."], [])
    (memory,) = store.memories()
    assert (memory.source, memory.created_at) == ("imported", LONG_AGO)
    assert store.evidence(memory.id)[0].quote.startswith("Remember that my kettle")


def test_what_was_undone_is_not_noted_from_an_import_in_these_words_or_in_others(store: Store, chat: Chat) -> None:
    undo.retract(store, [store.add_memory(KETTLE).id], BASE)
    imported = import_files(
        store,
        [chat("Remember that my kettle is called Vesuvius.", "a", "Remember that Vesuvius stands on the stove.", "b",
              "Remember that my cat is called Tibor.")],
    )  # fmt: skip
    told, warnings = noted(store, imported)
    assert told == ["The user's cat is called Tibor."]
    assert "2 things you said there were not noted" in warnings[0]
    # Nor may the words stand in a prompt when that conversation is gone on with.
    assert [message.suppressed for message in store.messages(imported.added[0])] == [True, True, True, True, False]


def test_what_was_erased_is_left_out_of_what_is_taken_in(store: Store, profile: Path, chat: Chat) -> None:
    undo.erase(store, [store.add_memory(KETTLE).id], BASE)
    erase.finish(store, profile)
    imported = import_files(store, [chat("Hello. My kettle is called Vesuvius.", "VESUVIUS! A fine name.", "My cat is Tibor.")])
    assert texts(store) == [[f"Hello. {ERASED}", f"{ERASED}! A fine name.", "My cat is Tibor."]]
    assert noted(store, imported)[0] == []
    longer = import_files(
        store, [chat("Hello. My kettle is called Vesuvius.", "Fine.", "My cat is Tibor.", "Is Vesuvius old?", "Vesuvius is.")]
    )
    assert texts(store)[0][3:] == [f"Is {ERASED} old?", f"{ERASED} is."]
    assert len(longer.grown) == 1


def test_older_words_take_no_newer_ones_place_and_forget_forgets_nothing(store: Store, chat: Chat) -> None:
    home = Candidate("fact", "The user lives in Bruges.", "Where do I live?", "Bruges")
    store.add_memory(home)
    imported = import_files(
        store, [chat("Remember that I live in Ghent.", "a", "Forget that I live in Bruges.", "b", "No, it's Ada.")]
    )
    assert noted(store, imported)[0] == []
    assert [memory.text for memory in store.memories(all=True)] == ["The user lives in Bruges."]


def test_of_two_old_values_the_later_said_counts_in_whatever_order_the_files_come(store: Store, chat: Chat) -> None:
    later = chat("Remember that I live in Bruges.", name="b.json", uuid="0b", begun=LONG_AGO + timedelta(days=300))
    earlier = chat("Remember that I live in Ghent.", name="a.json", uuid="0a")
    noted(store, import_files(store, [later, earlier]))
    assert {memory.answer: memory.status for memory in store.memories(all=True)} == {"Bruges": "noted", "Ghent": "superseded"}


def test_words_from_a_clock_that_went_ahead_do_not_outdo_what_is_told_later(store: Store, chat: Chat, clock: Clock) -> None:
    noted(store, import_files(store, [chat("Remember that I live in Ghent.", begun=datetime(2099, 1, 1, tzinfo=UTC))]))
    assert [memory.created_at for memory in store.memories()] == [clock.now()]


def test_what_held_only_for_a_time_that_is_over_is_not_noted(store: Store, chat: Chat) -> None:
    assert noted(store, import_files(store, [chat("Remember that I work from home this week.")]))[0] == []


# Memories


def test_imported_memories_go_through_the_same_rules(store: Store, profile: Path, tmp_path: Path) -> None:
    cat = Candidate("fact", "The user's cat is called Tibor.", "What is my cat called?", "Tibor")
    undo.erase(store, [store.add_memory(KETTLE).id], BASE)
    erase.finish(store, profile)
    undo.retract(store, [store.add_memory(cat).id], BASE)
    lines = [
        {"dormouse": "memory", "memory": KETTLE.text, "question": KETTLE.question, "answer": KETTLE.answer},
        {"dormouse": "memory", "memory": cat.text, "question": cat.question, "answer": cat.answer},
        {"dormouse": "memory", "memory": "The user lives in Ghent.", "question": "Where do I live?", "answer": "Ghent", "created_at": LONG_AGO.isoformat(),
         "said": "I live in Ghent, you know."},
        {"dormouse": "memory", "memory": "The user is on holiday.", "expires_at": LONG_AGO.isoformat()},
        {"dormouse": "memory", "memory": "The user lives in ghent", "question": "Where do I live?", "answer": "Ghent"},
    ]  # fmt: skip
    (tmp_path / "known.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    imported = import_files(store, [tmp_path / "known.jsonl"])
    assert [skipped.why for skipped in imported.skipped] == [
        admission.WHY["erased"],
        admission.WHY["undone"],
        admission.WHY["expired"],
    ]
    (memory,) = (store.memory(id) for id in imported.memories)
    assert (memory.text, memory.created_at, imported.known) == ("The user lives in Ghent.", LONG_AGO, 1)
    assert [said.quote for said in store.evidence(memory.id)] == ["I live in Ghent, you know."]
    again = import_files(store, [tmp_path / "known.jsonl"])
    assert (again.memories, again.known) == ((), 2)
    assert len(texts(store)) == 1
    assert len(texts(store)[0]) == 1
