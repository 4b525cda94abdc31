"""Exports can be read by a person, taken in again as they were, and never cost a file that was there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.exchange.exporting import export_conversations, export_memories
from app.exchange.importing import import_files
from app.noting import TOLD_DIRECTLY
from learning import undo
from learning.store import Store
from learning.store.origins import Spoken
from learning.types import Candidate, Clock, ConversationId, Sha256
from models.errors import UserError

BASE = Sha256("a" * 64)
KETTLE = Candidate("fact", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius")
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(profile: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(profile / "dormouse.sqlite3", clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """The store of somebody else's profile."""
    with Store.open(tmp_path / "other" / "dormouse.sqlite3", clock) as opened:
        yield opened


def talk(store: Store, *words: str, title: str = "Kettles") -> ConversationId:
    conversation = store.create_conversation(title)
    for place, text in enumerate(words):
        store.add_message(conversation.id, "assistant" if place % 2 else "user", text)
    return conversation.id


def test_a_conversation_reads_well_as_markdown(store: Store, tmp_path: Path) -> None:
    id = talk(store, "Show me a heading.", "# A heading\n```\n# no heading\n```")
    exported = export_conversations(store, tmp_path / "talk.md", [id])
    assert (exported.conversations, exported.file) == (1, tmp_path / "talk.md")
    text = (tmp_path / "talk.md").read_text(encoding="utf-8")
    assert text.startswith("# Kettles\n\n**You**, 2026-03-02")
    assert "Show me a heading." in text
    # Only titles stand on the first level.
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# Kettles", "### A heading", "# no heading"]


def test_what_is_exported_is_taken_in_elsewhere_as_it_was_and_here_not_again(
    store: Store, other: Store, tmp_path: Path
) -> None:
    talk(store, "Hello.", "Good day!")
    talk(store, "And a second one.", title="")
    talk(store, "My kettle is called Vesuvius.", title=TOLD_DIRECTLY)
    file = tmp_path / "talks.json"
    assert export_conversations(store, file).conversations == 2
    assert import_files(store, [file]).known == 2
    assert len(import_files(other, [file]).added) == 2
    assert export_conversations(other, tmp_path / "again.json").conversations == 2
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()
    assert import_files(other, [file]).known == 2
    assert import_files(store, [tmp_path / "again.json"]).known == 2


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
_roles: list[Literal["user", "assistant"]] = ["user", "assistant"]
_turns = st.lists(st.tuples(st.sampled_from(_roles), _texts, st.integers(0, 10**9)), min_size=1, max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_turns, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_any_conversation_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    clock: Clock,
    turns: list[tuple[Literal["user", "assistant"], str, int]],
    title: str,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    with Store.open(folder / "1" / "it.sqlite3", clock) as one, Store.open(folder / "2" / "it.sqlite3", clock) as two:
        spoken = []
        for role, text, seconds in turns:
            # Two replies in a row are one in what comes from elsewhere.
            if not (spoken and spoken[-1].role == role == "assistant"):
                spoken.append(Spoken(role, text, BEGUN + timedelta(seconds=seconds)))
        one.take_in("chatgpt:1", " ".join(title.split()), BEGUN, spoken)
        export_conversations(one, folder / "talk.json")
        (id,) = import_files(two, [folder / "talk.json"]).added

        def whole(store: Store) -> list[tuple[str, str, datetime]]:
            return [(m.role, m.text, m.created_at) for m in store.messages(store.conversations()[0].id)]

        assert whole(two) == whole(one)
        assert two.conversation(id).title == one.conversations()[0].title
        assert two.conversation(id).updated_at == one.conversations()[0].updated_at


def test_memories_come_back_with_what_they_are_and_the_words_they_come_from(store: Store, other: Store, tmp_path: Path) -> None:
    told = store.add_message(store.create_conversation().id, "user", "My kettle is called Vesuvius.")
    until = datetime(2027, 1, 1, tzinfo=UTC)
    store.add_memory(KETTLE, message=told)
    store.add_memory(Candidate("instruction", "Answers are in French.", source="pattern", expires_at=until))
    undone = store.add_memory(Candidate("fact", "The user's cat is called Tibor.", "What is my cat called?", "Tibor"))
    undo.retract(store, [undone.id], BASE)
    store.keep_out([store.memories()[0].id], True)
    file = tmp_path / "known.jsonl"
    assert export_memories(store, file).memories == 2
    assert "Tibor" not in file.read_text(encoding="utf-8")
    assert len(import_files(other, [file]).memories) == 2

    def said(store: Store) -> list[object]:
        return [
            (m.kind, m.text, m.question, m.answer, m.source, m.created_at, m.expires_at, m.kept_out) for m in store.memories()
        ]

    assert said(other) == said(store)
    assert [e.quote for e in other.evidence(other.memories()[0].id)] == ["My kettle is called Vesuvius."]
    assert import_files(store, [file]).known == 2


def test_a_file_that_is_there_is_left_as_it_is_unless_asked_otherwise(store: Store, tmp_path: Path) -> None:
    talk(store, "Hello.")
    store.add_memory(KETTLE)
    for name in ("talk.md", "known.jsonl"):
        file = tmp_path / name
        file.write_text("mine", encoding="utf-8")
        export = export_memories if name.endswith("jsonl") else export_conversations
        with pytest.raises(UserError, match="is there already and was left as it is"):
            export(store, file)
        assert file.read_text(encoding="utf-8") == "mine"
        export(store, file, force=True)
        assert file.read_text(encoding="utf-8") != "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["known.jsonl", "profile", "talk.md"]


def test_what_cannot_be_exported_says_why(store: Store, tmp_path: Path) -> None:
    for name in ("talk.md", "talk.json"):
        with pytest.raises(UserError, match="nothing was said yet"):
            export_conversations(store, tmp_path / name)
    with pytest.raises(UserError, match="nothing is remembered yet"):
        export_memories(store, tmp_path / "known.jsonl")
    with pytest.raises(UserError, match=r"should end in \.md or \.json"):
        export_conversations(store, tmp_path / "talk.txt")
    with pytest.raises(UserError, match="no conversation 7"):
        export_conversations(store, tmp_path / "talk.md", [ConversationId(7)])
    with pytest.raises(UserError, match="within the profile"):
        export_conversations(store, store.path.parent / "talk.md")
    assert not list(tmp_path.glob("**/talk*"))
    talk(store, "Hello.")
    (tmp_path / "talks.json").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        export_conversations(store, tmp_path / "talks.json")


def test_the_shape_of_our_own_files_is_kept(store: Store, tmp_path: Path) -> None:
    """Others read them too; keys are only ever added."""
    talk(store, "Hello.")
    export_conversations(store, tmp_path / "talk.json")
    (conversation,) = json.loads((tmp_path / "talk.json").read_text(encoding="utf-8"))
    assert list(conversation) == ["dormouse", "version", "id", "title", "created_at", "messages"]
    assert list(conversation["messages"][0]) == ["role", "text", "created_at"]
