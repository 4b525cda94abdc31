"""`dormouse import`, `export` and `backup` as they are typed, on the real engine where something is read by the model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli import main

CHAT = Path(__file__).parents[1] / "scenarios" / "chats" / "kettle.json"


def out(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_chat_from_elsewhere_is_taken_in_and_noted_where_that_is_asked(
    profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(CHAT), "--json"]) == 0
    taken = out(capsys)
    assert (taken["conversations"], taken["messages"], taken["noted"], taken["skipped"]) == ([1], 2, [], [])
    assert main(["import", str(CHAT), "--note", "--json"]) == 0
    again = out(capsys)
    assert (again["conversations"], again["known"], len(again["noted"])) == ([], 1, 1)
    main(["memories", "--json"])
    (memory,) = out(capsys)
    # Mentioned, and when it was said: so it may be learned once it stood for a while since then.
    assert (memory["answer"], memory["source"]) == ("Vesuvius", "extracted")
    assert datetime.fromisoformat(memory["created_at"]) == datetime.fromtimestamp(1767949201.25, UTC)


def test_with_memory_off_only_plain_requests_are_noted(
    profile: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    profile.mkdir()
    (profile / "settings.json").write_text('{"memory": "off"}', encoding="utf-8")
    (tmp_path / "more.json").write_text(
        json.dumps([{"id": "a1b2c3d4", "messages": [{"role": "user", "text": "Remember that my cat is called Tibor."}]}]), encoding="utf-8"
    )  # fmt: skip
    assert main(["import", str(CHAT), str(tmp_path / "more.json"), "--note"]) == 0
    said = capsys.readouterr()
    assert "Taken in: 2 conversations, 3 messages of yours." in said.out
    assert "Noted: The user's cat is called Tibor." in said.out
    assert "Vesuvius" not in said.out


def test_out_and_in_again_by_files(profile: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["import", str(CHAT)])
    main(["remember", "My cat is called Tibor."])
    talks, known, spring = tmp_path / "talks.json", tmp_path / "known.jsonl", tmp_path / "spring.dormouse"
    assert main(["export", str(talks)]) == 0
    assert main(["export", str(talks.with_suffix(".md")), "--conversation", "1"]) == 0
    assert main(["export", str(known), "--memories"]) == 0
    assert main(["backup", str(spring)]) == 0
    said = capsys.readouterr().out
    assert "Written: 1 conversation into" in said
    assert "Written: 1 memory into" in said
    assert "Backed up: 1 conversation, 1 memory" in said
    other = ["--home", str(tmp_path / "other")]
    assert main(["import", str(talks), str(known), *other, "--json"]) == 0
    taken = out(capsys)
    assert (len(taken["conversations"]), len(taken["memories"])) == (1, 1)
    assert main(["backup", str(spring), "--restore", *other]) == 2
    assert "Back them up first" in capsys.readouterr().err
    assert main(["backup", str(spring), "--restore", "--force", *other, "--json"]) == 0
    assert out(capsys)["memories"] == 1
    main(["memories", *other, "--json"])
    assert [memory["answer"] for memory in out(capsys)] == ["Tibor"]


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (["import", "gone.json"], 2, "There is no file"),
        (["export", "talks.pdf"], 2, "should end in"),
        (["export", "known.jsonl"], 2, "--memories"),
        (["export", "known.jsonl", "--memories", "--conversation", "1"], 2, "not allowed with argument"),
        (["backup", "gone.dormouse", "--restore"], 2, "There is no file"),
    ],
)
def test_wrong_usage_is_said_and_changes_nothing(
    typed: list[str],
    code: int,
    said: str,
    profile: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(typed) == code
    assert said in capsys.readouterr().err
    assert {entry.name for entry in tmp_path.iterdir()} <= {"profile"}
