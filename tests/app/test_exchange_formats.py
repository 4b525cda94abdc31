"""Exports of other programs, as they have looked over the years, and what is no export at all."""

from __future__ import annotations

import codecs
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange import reading
from app.exchange.formats import read, recognised, unfolded
from app.exchange.reading import sources, values
from app.exchange.transcript import Recollection, Transcript, Unreadable
from learning.store.origins import Spoken
from models.errors import EnvironmentProblem, UserError

T = 1_700_000_000.5


def node(id: str, parent: str | None, role: str, words: Any, at: float | None = T, **more: Any) -> dict[str, Any]:
    """A node of ChatGPT's tree; words that are no list are its whole content."""
    content = {"content_type": "text", "parts": words} if isinstance(words, list) else words
    return {"id": id, "parent": parent, "message": {"author": {"role": role}, "create_time": at, "content": content, **more}}


def chatgpt(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "6960f0d0-3b1c", "title": "Kettles", "create_time": T, "mapping": {n["id"]: n for n in nodes}, **more}


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uuid": "0a1b2c3d-4e5f",
        "name": "Kettles",
        "created_at": "2024-05-01T10:00:00.5Z",
        "chat_messages": [*messages],
        **more,
    }


def transcript(entry: dict[str, Any]) -> Transcript:
    told = read(entry)
    assert isinstance(told, Transcript)
    return told


def said(entry: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in transcript(entry).spoken]


def test_of_chatgpts_tree_the_path_that_the_person_last_saw_is_read() -> None:
    tree = [
        {"id": "root", "parent": None, "message": None, "children": ["s"]},
        node("s", "root", "system", [""]),
        node("1", "s", "user", ["Hello."], T + 1),
        node("2a", "1", "assistant", ["Hi!"], T + 2),
        node("2b", "1", "assistant", ["Good day!"], T + 3),
        node("3", "2a", "user", ["How are you?"], T + 4),
    ]
    told = transcript(chatgpt(*tree, current_node="3"))
    assert told.key == "chatgpt:6960f0d0-3b1c"
    assert told.title == "Kettles"
    assert told.created_at == datetime.fromtimestamp(T, UTC)
    assert told.spoken == (
        Spoken("user", "Hello.", datetime.fromtimestamp(T + 1, UTC)),
        Spoken("assistant", "Hi!", datetime.fromtimestamp(T + 2, UTC)),
        Spoken("user", "How are you?", datetime.fromtimestamp(T + 4, UTC)),
    )
    assert said(chatgpt(*tree, current_node="2b"))[-1] == ("assistant", "Good day!")
    # Without a word on what was seen last, the newest end.
    assert said(chatgpt(*tree)) == said(chatgpt(*tree, current_node="gone")) == said(chatgpt(*tree, current_node="3"))


def test_what_chatgpt_did_between_the_turns_is_no_part_of_the_conversation() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    tree = [
        node("0", None, "user", {"content_type": "user_editable_context", "user_profile": "..."}, metadata=hidden),
        node("1", "0", "user", ["Hello."], metadata={"attachments": [{"name": "plan.pdf"}, {"id": 3}]}),
        node("2", "1", "assistant", {"content_type": "thoughts", "thoughts": [{"content": "hmm"}]}),
        node("3", "2", "assistant", {"content_type": "code", "language": "python", "text": "search()"}, recipient="browser"),
        node("4", "3", "tool", {"content_type": "tether_browsing_display", "result": "..."}),
        node("5", "4", "assistant", ["So it is\ue200cite\ue202turn0search0\ue201."], recipient="all"),
        node("6", "5", "assistant", {"content_type": "code", "language": "unknown", "text": "1 + 1"}, recipient="all"),
        node("7", "6", "user", ["secret"], metadata=hidden),
        node("8", "7", "user", {"content_type": "some_later_type", "parts": [{"content_type": "audio_transcription", "text": "And?"},
             {"content_type": "image_asset_pointer", "asset_pointer": "file://x"}, {"new": 1}, None]}),
    ]  # fmt: skip
    assert said(chatgpt(*tree, current_node="8")) == [
        ("user", "Hello.\n[plan.pdf]"),
        ("assistant", "So it is.\n\n```\n1 + 1\n```"),
        ("user", "And?\n[image]"),
    ]


def test_claudes_messages_are_read_from_blocks_or_from_plain_text() -> None:
    entry = claude(
        {"uuid": "1", "sender": "human", "text": "Hello.", "created_at": "2024-05-01T10:00:01Z", "attachments": [{"file_name": "a.txt"}]},
        {"uuid": "2", "sender": "assistant", "text": "x", "content": [{"type": "thinking", "thinking": "hmm"},
         {"type": "text", "text": "Good"}, {"type": "tool_use", "name": "search"}, {"type": "text", "text": "day."}]},
        {"uuid": "3", "sender": "human", "text": "", "content": []},
    )  # fmt: skip
    told = transcript(entry)
    assert told.key == "claude:0a1b2c3d-4e5f"
    assert told.spoken[0].at == datetime(2024, 5, 1, 10, 0, 1, tzinfo=UTC)
    assert said(entry) == [("user", "Hello.\n[a.txt]"), ("assistant", "Good\n\nday.")]


def test_of_claudes_branches_the_chosen_one_is_read_and_parents_that_say_nothing_are_passed_over() -> None:
    nought = "00000000-0000-4000-8000-000000000000"

    def message(id: str, parent: str, sender: str) -> dict[str, Any]:
        return {"uuid": id, "parent_message_uuid": parent, "sender": sender, "text": f"words {id}"}

    whole = [
        message("1", nought, "human"),
        message("2", "1", "assistant"),
        message("3", "1", "assistant"),
        message("4", "3", "human"),
    ]
    assert [text for _, text in said(claude(*whole))] == ["words 1", "words 3", "words 4"]
    assert [text for _, text in said(claude(*whole, current_leaf_message_uuid="2"))] == ["words 1", "words 2"]
    cut = [message("2", "not-in-this-export", "human"), message("3", "2", "assistant")]
    assert [text for _, text in said(claude(*cut))] == ["words 2", "words 3"]


def test_a_list_of_messages_with_roles_is_read_whoever_wrote_it() -> None:
    entry = {
        "id": "my notes, first part",
        "messages": [{"role": "user", "content": "Hello."}, {"role": "model", "content": ["Hi."]}],
    }
    told = transcript(entry)
    assert told.key.startswith("other:")
    assert "notes" not in told.key
    assert said(entry) == [("user", "Hello."), ("assistant", "Hi.")]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (chatgpt(node("1", "gone", "user", ["Hello."]), current_node="1"), "tree of messages is damaged"),
        (chatgpt(node("1", "2", "user", ["a"]), node("2", "1", "user", ["b"])), "in a circle"),
        (chatgpt(node("1", None, "user", "words")), "words of a message are damaged"),
        (chatgpt(node("1", None, "user", {"parts": 3})), "words of a message are damaged"),
        ({"mapping": [1], "id": "x"}, "tree of messages is damaged"),
        (claude("no message"), "list of messages is damaged"),  # type: ignore[arg-type]
        (claude({"sender": "human", "content": {"a": 1}}), "words of a message are damaged"),
        ({"messages": [{"role": "user", "text": "hi"}]}, "neither an id nor a time"),
        ({"dormouse": "conversation", "version": 2, "messages": []}, "newer Dormouse"),
        ({"dormouse": "memory"}, "says nothing"),
        ({"dormouse": "memory", "memory": " "}, "says nothing"),
        ({"dormouse": "memory", "memory": "x", "kind": "secret"}, "no kind of memory"),
        ({"dormouse": "memory", "memory": "x", "expires_at": "soon"}, "until when it holds"),
    ],
)
def test_what_is_not_as_it_must_be_makes_the_whole_entry_unreadable(entry: dict[str, Any], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(entry)


_names = st.sampled_from(
    "mapping chat_messages messages memory dormouse version id uuid parent parent_message_uuid message author role sender content parts "
    "text type content_type metadata attachments create_time created_at title name current_node kind question said 1 2".split()
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_names, _json, min_size=1), st.sampled_from(["mapping", "chat_messages", "messages", "memory"]), _json)
def test_whatever_stands_in_an_entry_it_is_read_or_refused(entry: dict[str, Any], name: str, value: Any) -> None:
    try:
        told = read({**entry, name: value} | ({"dormouse": "memory"} if name == "memory" else {}))
    except Unreadable:
        return
    spoken = told.spoken if isinstance(told, Transcript) else ()
    for text in [told.candidate.text] if isinstance(told, Recollection) else [told.title, *(turn.text for turn in spoken)]:
        text.encode()
        assert "\0" not in text


def test_only_what_can_be_read_is_recognised() -> None:
    assert all(recognised(entry) for entry in (chatgpt(), claude(), {"messages": []}, {"dormouse": "memory"}))
    assert not any(
        recognised(entry) for entry in (None, 3, "mapping", [], {}, {"memory": "x"}, {"uuid": "x", "email_address": "a@b.c"})
    )
    assert list(unfolded({"conversations": [claude()], "account": {}})) == [claude()]


# Files


def scanned(content: bytes) -> list[Any]:
    return list(reading._Scanner("it.json", io.BytesIO(content), lambda _: None).values())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_json.filter(lambda value: value == value), max_size=4),
    st.integers(1, 7),
    st.sampled_from(["", "\ufeff", "\n \n"]),
)
def test_a_list_is_read_whole_however_its_bytes_come(entries: list[Any], chunk: int, before: str) -> None:
    kept, reading.CHUNK = reading.CHUNK, chunk
    try:
        text = before + json.dumps(entries, ensure_ascii=False)
        # "Not a number" is equal to nothing: what was written is compared.
        assert json.dumps(scanned(text.encode("utf-8", "replace"))) == json.dumps(
            json.loads(json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace"))
        )
    finally:
        reading.CHUNK = kept


def test_json_lines_utf16_and_one_conversation_alone_are_read_too() -> None:
    assert scanned(b'{"a": 1}\n{"b": 2}\n') == [{"a": 1}, {"b": 2}]
    assert scanned('[{"a": "\u00e9"}]'.encode("utf-16")) == [{"a": "\u00e9"}]
    assert scanned(codecs.BOM_UTF8 + b'{"a": 1}') == [{"a": 1}]
    assert scanned(b" [ ] ") == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"<html>", "does not begin as one does"),
        (b'[{"a": 1}', "it is cut short"),
        (b'[{"a": 1},', "it is cut short"),
        (b'[{"a": "never', "it is cut short"),
        (b'[{"a": "\xff\xfe"}]', "not in UTF-8"),
        (b'[{"a" 1}]' + b" " * 99, "Expecting ':'"),
        (b"[1 2]", "a comma is missing"),
        (b"[1] [2]", "something stands behind its end"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(content: bytes, why: str) -> None:
    with pytest.raises(UserError, match=rf"it\.json is no whole JSON file \(.*{why}"):
        scanned(content)


def test_a_long_entry_is_read_without_beginning_anew_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 100)
    asked: list[int] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    content = json.dumps([{"text": "word " * 20_000}]).encode()
    (entry,) = reading._Scanner("it.json", Counting(content), lambda _: None).values()
    assert len(entry["text"]) == 100_000
    assert len(asked) < 20


def test_one_entry_that_never_ends_does_not_eat_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_ENTRY", 5_000)
    monkeypatch.setattr(reading, "CHUNK", 1_000)
    with pytest.raises(UserError, match="never ends"):
        scanned(b'["' + b"x" * 100_000 + b'"]')


def test_every_json_file_in_a_zip_is_looked_at(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("conversations-000.json", '[{"a": 1}]')
        archive.writestr("sub/conversations-001.json", '[{"a": 2}]')
        archive.writestr("chat.html", "<html>")
        archive.writestr("__MACOSX/._conversations-000.json", b"\0\5\x16\7")
    found = sources(tmp_path / "export.zip")
    assert [source.name for source in found] == ["export.zip: conversations-000.json", "export.zip: sub/conversations-001.json"]
    assert [value for source in found for value in values(source)] == [{"a": 1}, {"a": 2}]


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 60)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(UserError, match="There is no file"):
        sources(tmp_path / "gone.json")
    with pytest.raises(UserError, match="is a folder"):
        sources(tmp_path)
    with zipfile.ZipFile(tmp_path / "spring.dormouse", "w") as archive:
        archive.writestr("backup.json", "{}")
    with pytest.raises(UserError, match="is a backup of a whole profile"):
        sources(tmp_path / "spring.dormouse")
    with pytest.raises(UserError, match="There is no JSON in empty"):
        sources(tmp_path / "empty.zip")
    with pytest.raises(UserError, match="no whole JSON"):
        list(values(sources(tmp_path / "broken.zip")[0]))


def test_a_zip_with_a_damaged_file_in_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("conversations.json", json.dumps([{"text": "Vesuvius " * 50}]))
    content = file.read_bytes()
    file.write_bytes(content.replace(b"Vesuvius", b"Vesuvium", 1))
    with pytest.raises((UserError, EnvironmentProblem), match=r"export\.zip: conversations\.json is damaged \(Bad CRC"):
        list(values(sources(file)[0]))
