"""`dormouse script` as a peer sees it: requests in, events out, in order; wrong lines, cancels, slow and dying peers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.cli import main
from app.script import LONGEST_LINE, Session
from app.script_calls import CALLS, script_schema

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]
Talk = Callable[..., list[Json]]


@pytest.fixture
def home(profile: Path) -> Path:
    """A profile whose replies are short."""
    profile.mkdir()
    (profile / "settings.json").write_text('{"memory": "off", "reply_tokens": 16, "threads": 1}', encoding="utf-8")
    return profile


@pytest.fixture
def talk(home: Path) -> Talk:
    """Sends lines to a session, ends its input, and returns the events after `ready`."""

    def talked(*requests: Json | str | bytes) -> list[Json]:
        events = Peer(home).send(*requests).hear()
        assert events[0]["event"] == "ready"
        return events[1:]

    return talked


class Peer:
    """The other side of a session that runs in a thread of its own, over real pipes."""

    def __init__(self, home: Path) -> None:
        from_peer, self._to = os.pipe()
        self._from, to_peer = os.pipe()
        session = Session(home, from_peer, to_peer)

        def run() -> None:
            try:
                session.run()
            finally:
                os.close(from_peer)
                os.close(to_peer)

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def send(self, *requests: Json | str | bytes, end: bool = True) -> Peer:
        for request in requests:
            line = (
                request
                if isinstance(request, bytes)
                else (request if isinstance(request, str) else json.dumps(request)).encode()
            )
            data = line + b"\n"
            while data:
                data = data[os.write(self._to, data) :]
        if end:
            os.close(self._to)
        return self

    def hear(self) -> list[Json]:
        with open(self._from, "rb") as events:
            heard = [json.loads(line) for line in events]
        self.thread.join()
        return heard

    def leave(self) -> None:
        """Die: neither speak nor listen any more."""
        os.close(self._from)
        os.close(self._to)
        self.thread.join()


def results(events: list[Json]) -> list[Any]:
    assert [event for event in events if event["event"] == "error"] == []
    return [event["result"] for event in events if event["event"] == "result"]


def test_the_first_line_says_the_protocol_and_the_calls(home: Path) -> None:
    (ready,) = Peer(home).send().hear()
    assert ready == {"event": "ready", "protocol": 1, "calls": [*CALLS, "cancel"]}


def test_tell_ask_undo_restore(talk: Talk) -> None:
    noted, said, receipt, after, back, known = results(
        talk(
            {"id": 1, "call": "remember", "text": "My kettle is called Vesuvius."},
            {"id": 2, "call": "say", "text": "What is my kettle called?"},
            {"id": 3, "call": "undo", "ids": [1]},
            {"id": 4, "call": "say", "text": "What is my kettle called?"},
            {"id": 5, "call": "restore", "ids": [1]},
            {"id": 6, "call": "memories"},
        )
    )
    assert noted["answer"] == "Vesuvius"
    assert said["notes_used"] == [noted["id"]]
    assert receipt["memories"] == back["memories"] == [noted["id"]]
    assert after["notes_used"] == []
    assert [memory["id"] for memory in known] == [noted["id"]]


def test_the_pieces_of_a_reply_are_the_reply(talk: Talk) -> None:
    events = talk({"id": "hello", "call": "say", "text": "Hello!"})
    assert {event["id"] for event in events} == {"hello"}
    assert "".join(event["text"] for event in events if event["event"] == "piece") == events[-1]["result"]["reply"]


def test_conversations_go_on_and_can_be_read(talk: Talk) -> None:
    first, second, messages, conversations = results(
        talk(
            {"id": 1, "call": "say", "text": "Hello!"},
            {"id": 2, "call": "say", "text": "Good.", "conversation": 1},
            {"id": 3, "call": "messages", "conversation": 1},
            {"id": 4, "call": "conversations"},
        )
    )
    assert first["conversation"] == second["conversation"] == conversations[0]["id"] == 1
    assert [message["text"] for message in messages][::2] == ["Hello!", "Good."]


def test_what_is_wrong_is_told_and_the_next_request_is_served(talk: Talk) -> None:
    events = talk(
        "no json",
        "[1]",
        {"call": "memories"},
        b"\xff\xfe",
        "[" * 100_000,
        "x" * (LONGEST_LINE + 10),
        {"id": 1, "call": "sya"},
        {"id": 2, "call": "say"},
        {"id": 3, "call": "say", "text": 5},
        {"id": 4, "call": "say", "text": "Hello!", "note": True},
        {"id": 5, "call": "memory", "memory": True},
        {"id": 6, "call": "undo", "ids": [7]},
        {"id": 7, "call": "undo"},
        {"id": 8, "call": "say", "text": "  "},
        {"id": 9, "call": "memories"},
    )
    assert [(event["event"], event["id"]) for event in events] == [
        *[("error", None)] * 6,
        *[("error", id) for id in range(1, 9)],
        ("result", 9),
    ]
    assert {event["kind"] for event in events[:-1]} == {"usage"}


def test_a_request_that_waits_can_be_cancelled(talk: Talk) -> None:
    events = talk(
        {"id": 1, "call": "say", "text": "Hello!"},
        {"id": 2, "call": "say", "text": "And again."},
        {"id": 3, "call": "cancel", "request": 2},
        {"id": 4, "call": "cancel", "request": "2"},
    )
    cancels = {event["id"]: event["result"] for event in events if event.get("id") in (3, 4)}
    assert cancels == {3: {"cancelled": True}, 4: {"cancelled": False}}
    last = next(event for event in events if event.get("id") == 2 and event["event"] != "piece")
    # Reading runs ahead of answering, so the cancel is heard before or while the second turn runs, never after it.
    assert (last["event"], last.get("kind")) == ("error", "cancelled") or last["result"]["stopped"] == "cancelled"


def test_every_event_fits_the_schema(talk: Talk, home: Path) -> None:
    whole = script_schema()
    event = Draft202012Validator({"$ref": "#/$defs/event", "$defs": whole["$defs"]})
    heard = talk("x", {"id": 1, "call": "say", "text": "Hello!"}, {"id": 2, "call": "wake"}, {"id": 3, "call": "learned"})
    assert {line["event"] for line in heard} == {"error", "piece", "result"}
    assert [line for line in heard if not event.is_valid(line)] == []


def test_a_peer_that_dies_does_no_harm(home: Path) -> None:
    peer = Peer(home).send({"id": 1, "call": "remember", "text": "My kettle is called Vesuvius."}, end=False)
    peer.send(*({"id": number, "call": "say", "text": "Tell me a long story."} for number in range(2, 40)), end=False)
    peer.leave()
    (kettle,) = results(Peer(home).send({"id": 1, "call": "memories"}).hear()[1:])
    # The peer may have been gone before its first request was read: what stands there is whole, or nothing.
    assert [memory["answer"] for memory in kettle] in ([], ["Vesuvius"])


def test_a_peer_that_does_not_read_holds_nothing_up(home: Path) -> None:
    """More events than a pipe holds, none of them read until all is done."""
    peer = Peer(home).send(
        *({"id": number, "call": "memories"} for number in range(2000)),
        {"id": "last", "call": "remember", "text": "I like tea."},
    )
    events = peer.hear()
    assert events[-1]["id"] == "last"
    assert len(events) == 2002


def test_a_damaged_profile_is_told_and_exits_with_3(home: Path) -> None:
    (home / "dormouse.sqlite3").write_bytes(b"no database at all" * 500)
    done = subprocess.run(
        [sys.executable, "-m", "app", "--home", str(home), "script"], cwd=ROOT, input=b"", capture_output=True, check=False
    )
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["event"], told["kind"]) == ("error", "environment")
    assert "damaged" in told["text"]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["script", "--schema"]) == 0
    assert "request" in json.loads(capsys.readouterr().out)["$defs"]


def test_every_call_is_in_the_document() -> None:
    document = (ROOT / "docs" / "SCRIPT.md").read_text(encoding="utf-8")
    assert [name for name in (*CALLS, "cancel") if f"`{name}`" not in document] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not at hand")
def test_a_client_in_another_language_chats_sleeps_and_undoes(home: Path) -> None:
    command = ["node", str(Path(__file__).with_name("script_client.mjs")), sys.executable, str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["protocol"], seen["code"]) == (1, 0)
    assert seen["pieces"] > 0
    assert seen["progress"] > 0
    assert seen["said"]["notes_used"] == [seen["noted"]["id"]]
    assert seen["night"]["learned"] == [seen["noted"]["id"]]
    assert seen["known"]["notes_used"] == []
    assert "Vesuvius" in seen["known"]["reply"]
    assert seen["receipt"]["adapter_after"] is None
    assert "Vesuvius" not in seen["gone"]["reply"]


def test_a_program_takes_chats_in_and_out_and_keeps_backups(talk: Talk, tmp_path: Path) -> None:
    chat, talks, spring = ROOT / "tests/scenarios/chats/kettle.json", tmp_path / "talks.json", tmp_path / "spring.dormouse"
    events = talk(
        {"id": 1, "call": "import", "file": str(chat), "note": True},
        {"id": 2, "call": "export", "file": str(talks), "conversations": [1]},
        {"id": 3, "call": "backup", "file": str(spring)},
        {"id": 4, "call": "backup", "file": str(spring), "restore": True},
        {"id": 5, "call": "backup", "file": str(spring), "restore": True, "force": True},
    )
    results = {event["id"]: event["result"] for event in events if event["event"] == "result"}
    assert results[1]["conversations"] == [1]
    assert results[2] == {"file": str(talks), "conversations": 1, "memories": 0}
    assert results[3]["size"] == spring.stat().st_size
    assert results[5]["conversations"] == 1
    assert [(event["id"], event["kind"]) for event in events if event["event"] == "error"] == [(4, "usage")]
    assert {event["phase"] for event in events if event["event"] == "progress"} >= {"importing", "packing", "restoring"}
