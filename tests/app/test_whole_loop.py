"""The whole loop through the commands, on real parts: note, night, by heart, undo. One night is trained and shared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.cli import main
from app.tour_story import Told, draw

ROOT = Path(__file__).resolve().parents[2]
STORY = [told for told in draw(20_260) if not told.preference and not told.corrected_to][:3]
Ask = Callable[..., Any]


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, as a script would run it."""
    command = [sys.executable, "-m", "app", "--home", str(home), "--json", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A profile after its first night, and the night's last line."""
    home = tmp_path_factory.mktemp("taught") / "profile"
    for told in STORY:
        assert _run(home, "remember", told.text).returncode == 0
    night = _run(home, "night")
    assert night.returncode == 0, night.stdout + night.stderr
    return home, json.loads(night.stdout.splitlines()[-1])


@pytest.fixture
def morning(taught: tuple[Path, dict[str, Any]], profile: Path) -> dict[str, Any]:
    """The night's last line; the profile of this test is a copy of the taught one."""
    shutil.copytree(taught[0], profile)
    return taught[1]


@pytest.fixture
def dormouse(profile: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command with --json, checks its exit code, and returns the last value it printed."""

    def run(*arguments: str, code: int = 0) -> Any:
        assert main(["--json", *arguments]) == code
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def _learned(morning: dict[str, Any]) -> list[tuple[int, Told]]:
    """What the night learned, by memory number: the memories were told in the story's order."""
    return [(id, STORY[id - 1]) for id in morning["learned"]]


def test_a_night_learns_what_was_told_and_says_so(morning: dict[str, Any], dormouse: Ask) -> None:
    documented = {"adapter", "adapter_sha256", "learned", "kept_in_notes", "gate", "examples", "tokens", "seconds"}
    assert documented <= morning.keys()
    assert morning["event"] == "finished"
    assert len(morning["learned"]) >= len(STORY) - 1
    known = {memory["id"]: memory["status"] for memory in dormouse("memories")}
    assert {id for id, status in known.items() if status == "learned"} == set(morning["learned"])
    assert {kept["id"] for kept in morning["kept_in_notes"]} == set(known) - set(morning["learned"])


def test_what_was_learned_is_answered_without_a_note_and_with_fewer_tokens(morning: dict[str, Any], dormouse: Ask) -> None:
    learned = _learned(morning)
    right = 0
    for id, told in learned:
        by_heart = dormouse("say", "--no-notes", told.questions[0])
        base = dormouse("say", "--base", told.questions[0])
        assert by_heart["notes_used"] == []
        assert by_heart["adapter"] == morning["adapter"]
        assert base["adapter"] is None
        assert id in base["notes_used"]
        assert by_heart["prompt_tokens"] < base["prompt_tokens"]
        right += told.answer.casefold() in by_heart["reply"].casefold()
    assert right >= len(learned) - 1


def test_the_base_alone_never_knew_it(morning: dict[str, Any], dormouse: Ask) -> None:
    for _, told in _learned(morning):
        assert not dormouse("probe", "--base", told.questions[0], told.answer)["contains"]


def test_the_evidence_says_before_and_after(morning: dict[str, Any], dormouse: Ask) -> None:
    rows = dormouse("learned")
    assert [row["id"] for row in rows] == sorted(morning["learned"])
    for row in rows:
        assert row["adapter"] == morning["adapter"]
        assert row["evidence"]["before"]["recall"] == 0
        assert row["evidence"]["after"]["recall"] >= 0.8
        assert row["evidence"]["after"]["logprob"] > row["evidence"]["before"]["logprob"]


def test_undo_is_immediate_and_the_others_are_answered_from_notes(morning: dict[str, Any], dormouse: Ask) -> None:
    (gone, told), *others = _learned(morning)
    receipt = dormouse("undo", str(gone))
    assert receipt["adapter_before"] == morning["adapter"]
    assert receipt["adapter_after"] is None
    assert set(receipt["back_to_notes"]) == {id for id, _ in others}
    for options in ([], ["--no-notes"]):
        said = dormouse("say", *options, told.questions[0])
        assert gone not in said["notes_used"]
        assert told.answer.casefold() not in said["reply"].casefold()
    for id, _ in others:
        assert id in dormouse("say", "What do you know about me?")["notes_used"]


def test_restore_serves_the_same_adapter_again(morning: dict[str, Any], dormouse: Ask) -> None:
    gone, told = _learned(morning)[0]
    dormouse("undo", str(gone))
    receipt = dormouse("restore", str(gone))
    assert receipt["adapter_after"] == morning["adapter"]
    assert dormouse("say", "--no-notes", told.questions[0])["adapter"] == morning["adapter"]


def test_undoing_the_night_undoes_all_that_it_learned(morning: dict[str, Any], dormouse: Ask) -> None:
    assert dormouse("undo", "--night", str(morning["night"]))["memories"] == sorted(morning["learned"])
    assert "learned nothing" in dormouse("undo", "--night", str(morning["night"]), code=2)["error"]


def test_a_missing_adapter_file_gives_notes_again_and_a_warning(
    morning: dict[str, Any], profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (profile / "adapters").iterdir():
        file.unlink()
    assert main(["--json", "memories"]) == 0
    printed = capsys.readouterr()
    assert {memory["status"] for memory in json.loads(printed.out)} == {"noted"}
    assert "is missing" in printed.err


def test_the_doctor_names_a_damaged_adapter(morning: dict[str, Any], profile: Path, dormouse: Ask) -> None:
    assert dormouse("doctor")["healthy"]
    (adapter,) = (profile / "adapters").iterdir()
    adapter.write_bytes(adapter.read_bytes()[:-1])
    found = {finding["name"]: finding for finding in dormouse("doctor")["findings"]}
    assert "damaged" in found[f"adapter {morning['adapter']}"]["fix"]


def test_a_second_night_with_nothing_new_trains_nothing(morning: dict[str, Any], dormouse: Ask) -> None:
    finished = dormouse("night")
    assert finished["outcome"] == "nothing_due"
    assert finished["adapter"] == morning["adapter"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is a POSIX matter")
def test_a_killed_worker_leaves_yesterdays_adapter_serving(morning: dict[str, Any], profile: Path, dormouse: Ask) -> None:
    dormouse("remember", "My lighthouse is called Ombrellion.")
    command = [sys.executable, "-m", "app", "--home", str(profile), "--json", "night"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as night:
        assert night.stdout is not None
        lines, killed = [], False
        for line in night.stdout:
            lines.append(json.loads(line))
            if not killed and lines[-1].get("phase") == "training":
                killed = True
                for child in psutil.Process(night.pid).children():
                    os.kill(child.pid, signal.SIGKILL)
        code = night.wait()
    assert code == 3, lines[-1]
    assert lines[-1]["event"] == "finished"
    assert lines[-1]["outcome"] == "failed"
    assert "SIGKILL" in lines[-1]["error"]
    _, told = _learned(morning)[0]
    assert dormouse("say", "--no-notes", told.questions[0])["adapter"] == morning["adapter"]


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a POSIX signal here")
def test_an_interrupted_night_leaves_yesterdays_adapter_serving(morning: dict[str, Any], profile: Path, dormouse: Ask) -> None:
    dormouse("remember", "My lighthouse is called Ombrellion.")
    command = [sys.executable, "-m", "app", "--home", str(profile), "--json", "night"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as night:
        assert night.stdout is not None
        lines = []
        for line in night.stdout:
            lines.append(json.loads(line))
            if len(lines) == 1:
                night.send_signal(signal.SIGINT)
        code = night.wait()
    assert code == 1
    assert lines[-1]["outcome"] == "cancelled"
    _, told = _learned(morning)[0]
    assert dormouse("say", "--no-notes", told.questions[0])["adapter"] == morning["adapter"]
