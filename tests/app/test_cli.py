"""The command line without a trained night: usage, exit codes, JSON shapes, one turn, notes, undo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main

ROOT = Path(__file__).resolve().parents[2]
Ask = Callable[..., Any]


@pytest.fixture
def dormouse(profile: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command with --json, checks its exit code, and returns the value it printed.

    The model's own reading is off: what is noted here is noted by rule, and a test does not wait for it.
    """
    profile.mkdir()
    (profile / "settings.json").write_text('{"memory": "off", "reply_tokens": 32}', encoding="utf-8")

    def run(*arguments: str, code: int = 0) -> Any:
        assert main(["--json", *arguments]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["remembr", "x"], "remembr"),
        (["say"], "TEXT"),
        (["undo"], "what to undo"),
        (["undo", "1", "--everything"], "what to undo"),
        (["undo", "one"], "one"),
        (["undo", "7", "--erase"], "no memory 7"),
        (["undo", "--conversation", "7"], "no conversation 7"),
        (["receipt", "7"], "no receipt 7"),
        (["why", "7"], "no memory 7"),
        (["undo", "7"], "no memory 7"),
        (["restore", "7"], "no memory 7"),
        (["run", "story.scenario.yaml"], "no file story.scenario.yaml"),
        (["models", "get", "big"], "no model called big to download"),
        (["models", "use", "big"], "no model called big"),
        (["say", "Hi", "--conversation", "99"], "no conversation 99"),
        (["say", "Hi", "--conversation", "first"], "'first'"),
        (["say", "  "], "empty"),
        (["probe", "What?", "it", "--base", "--adapter", "1"], "not allowed"),
        (["probe", "What?", "it", "--adapter", "1"], "no adapter 1"),
        (["--home", " ", "memories"], "--home"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(dormouse: Ask, arguments: list[str], complaint: str) -> None:
    assert complaint in dormouse(*arguments, code=2)["error"]


def test_without_a_command_it_says_how_to_go_on_without_a_window(dormouse: Ask) -> None:
    said = dormouse(code=3)["error"]
    assert "dormouse chat" in said
    assert "dormouse tour" in said


def test_home_and_json_are_taken_before_and_after_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "other")
    assert main(["remember", "My kettle is called Vesuvius.", "--home", home, "--json"]) == 0
    noted = json.loads(capsys.readouterr().out)
    assert main(["--home", home, "--json", "memories"]) == 0
    assert json.loads(capsys.readouterr().out) == [noted]


def test_a_memory_has_the_documented_keys(dormouse: Ask) -> None:
    noted = dormouse("remember", "My kettle is called Vesuvius.")
    documented = {"id", "kind", "text", "question", "answer", "status", "created_at", "source", "expires_at"}
    assert documented <= noted.keys()
    assert noted["text"] == "The user's kettle is called Vesuvius."
    assert noted["answer"] == "Vesuvius"
    assert noted["status"] == "noted"
    assert noted["source"] == "told"


def test_what_is_told_twice_is_known_once(dormouse: Ask) -> None:
    first = dormouse("remember", "My kettle is called Vesuvius.")
    assert dormouse("remember", "My kettle is called Vesuvius.")["id"] == first["id"]
    assert len(dormouse("memories")) == 1


def test_a_correction_takes_the_place_of_the_older_value(dormouse: Ask) -> None:
    old = dormouse("remember", "My kettle is called Vesuvius.")
    new = dormouse("remember", "No, my kettle is called Etna.")
    assert new["supersedes"] == old["id"]
    assert [memory["id"] for memory in dormouse("memories")] == [new["id"]]
    everything = {memory["id"]: memory["status"] for memory in dormouse("memories", "--all")}
    assert everything == {new["id"]: "noted", old["id"]: "superseded"}


def test_say_reports_what_it_cost_and_which_notes_it_used(dormouse: Ask) -> None:
    noted = dormouse("remember", "My kettle is called Vesuvius.")
    said = dormouse("say", "What is my kettle called?")
    documented = {
        "reply",
        "conversation",
        "notes_used",
        "adapter",
        "prompt_tokens",
        "evaluated_tokens",
        "completion_tokens",
        "ttft_ms",
    }
    assert documented <= said.keys()
    assert said["notes_used"] == [noted["id"]]
    assert said["adapter"] is None
    assert 0 < said["evaluated_tokens"] <= said["prompt_tokens"]
    bare = dormouse("say", "What is my kettle called?", "--no-notes")
    assert bare["notes_used"] == []
    assert bare["prompt_tokens"] < said["prompt_tokens"]


def test_say_begins_a_conversation_unless_one_is_named(dormouse: Ask) -> None:
    first = dormouse("say", "Hello!")["conversation"]
    assert dormouse("say", "Hello!")["conversation"] != first
    again = dormouse("say", "Hello!", "--conversation", str(first))
    assert again["conversation"] == first


def test_remember_that_is_noted_from_the_chat_without_any_model(dormouse: Ask) -> None:
    noted = dormouse("say", "Remember that my kettle is called Vesuvius.")["noted"]
    (memory,) = dormouse("memories")
    assert [memory["id"]] == noted
    assert memory["answer"] == "Vesuvius"


def test_forget_that_undoes_what_it_names_and_nothing_else(dormouse: Ask) -> None:
    kettle = dormouse("remember", "My kettle is called Vesuvius.")
    boat = dormouse("remember", "My boat is called Orsolya.")
    dormouse("say", "Forget that my kettle is called Vesuvius.")
    assert [memory["id"] for memory in dormouse("memories")] == [boat["id"]]
    assert dormouse("restore", str(kettle["id"]))["memories"] == [kettle["id"]]


def test_undo_takes_a_note_out_of_the_prompt_and_restore_brings_it_back(dormouse: Ask) -> None:
    noted = dormouse("remember", "My kettle is called Vesuvius.")
    receipt = dormouse("undo", str(noted["id"]))
    assert receipt["action"] == "undo"
    assert receipt["memories"] == [noted["id"]]
    assert dormouse("say", "What is my kettle called?")["notes_used"] == []
    assert dormouse("restore", str(noted["id"]))["action"] == "restore"
    assert dormouse("say", "What is my kettle called?")["notes_used"] == [noted["id"]]


def test_undo_everything_leaves_nothing(dormouse: Ask) -> None:
    ids = [dormouse("remember", text)["id"] for text in ("My kettle is called Vesuvius.", "My boat is called Orsolya.")]
    assert sorted(dormouse("undo", "--everything")["memories"]) == ids
    assert dormouse("memories") == []


def test_probe_measures_without_leaving_a_trace(dormouse: Ask) -> None:
    dormouse("remember", "My kettle is called Vesuvius.")
    before = dormouse("say", "Hello!")["conversation"]
    bare = dormouse("probe", "What is my kettle called?", "Vesuvius")
    noted = dormouse("probe", "What is my kettle called?", "Vesuvius", "--notes")
    assert bare.keys() >= {"logprob", "greedy", "contains"}
    assert bare["logprob"] < noted["logprob"] < 0
    assert noted["notes_used"]
    assert not bare["notes_used"]
    assert dormouse("say", "Hello!")["conversation"] == before + 1


def test_the_built_in_model_is_listed_and_shown(dormouse: Ask) -> None:
    (acorn,) = dormouse("models", "list")
    assert acorn["name"] == "acorn"
    assert acorn["in_use"]
    shown = dormouse("models", "show", "acorn")
    assert shown["architecture"] == "qwen3"
    assert len(shown["sha256"]) == 64


def test_a_model_whose_file_is_gone_is_the_environments_fault(dormouse: Ask, profile: Path, acorn_path: Path) -> None:
    copy = profile.parent / "copy.gguf"
    copy.write_bytes(acorn_path.read_bytes())
    dormouse("models", "add", str(copy))
    dormouse("models", "use", "copy")
    assert dormouse("say", "Hello!")["reply"]
    copy.unlink()
    assert "copy.gguf" in dormouse("say", "Hello!", code=3)["error"]


def test_a_truncated_model_is_the_environments_fault(dormouse: Ask, profile: Path, acorn_path: Path) -> None:
    copy = profile.parent / "copy.gguf"
    copy.write_bytes(acorn_path.read_bytes()[:1_000_000])
    assert "cut short" in dormouse("models", "add", str(copy), code=3)["error"]


def test_a_damaged_database_is_the_environments_fault_and_is_left_as_it_is(dormouse: Ask, profile: Path) -> None:
    dormouse("remember", "My kettle is called Vesuvius.")
    database = profile / "dormouse.sqlite3"
    database.write_bytes(b"no database at all" * 500)
    before = database.read_bytes()
    assert "damaged" in dormouse("memories", code=3)["error"]
    assert database.read_bytes() == before


def test_a_night_without_anything_to_learn_is_done_at_once(dormouse: Ask) -> None:
    finished = dormouse("night")
    assert finished["event"] == "finished"
    assert finished["outcome"] == "nothing_due"
    assert finished["learned"] == []


def test_the_text_forms_say_the_same(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remember", "My", "kettle", "is", "called", "Vesuvius."]) == 0
    assert "The user's kettle is called Vesuvius." in capsys.readouterr().out
    assert main(["memories"]) == 0
    assert "The user's kettle is called Vesuvius." in capsys.readouterr().out
    assert main(["undo", "1"]) == 0
    assert "dormouse restore 1" in capsys.readouterr().out
    assert main(["memories"]) == 0
    assert "Nothing yet" in capsys.readouterr().out
    assert main(["learned"]) == 0
    assert "dormouse night" in capsys.readouterr().out


def test_no_process_but_the_worker_imports_torch(profile: Path) -> None:
    code = (
        "import sys\n"
        "from app.cli import main\n"
        "for command in (['remember', 'My kettle is called Vesuvius.'], ['say', 'What is my kettle called?'], ['memories'],\n"
        "                ['learned'], ['probe', 'What?', 'it'], ['undo', '1'], ['doctor'], ['models', 'list']):\n"
        "    main(command)\n"
        "heavy = {'torch', 'transformers', 'peft', 'bitsandbytes'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="os.wait4 tells a child's own time")
def test_say_answers_within_a_second_and_a_half_of_work_from_a_cold_start(dormouse: Ask) -> None:
    dormouse("remember", "My kettle is called Vesuvius.")
    # The child's own work, not the clock on the wall: other programs on the machine are not what is measured.
    command = [sys.executable, "-m", "app", "say", "What is my kettle called?"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        said = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    print(f"cold start: {used.ru_utime + used.ru_stime:.2f} s of work")
    assert child.returncode == 0
    assert said.strip()
    assert used.ru_utime + used.ru_stime <= 1.5
