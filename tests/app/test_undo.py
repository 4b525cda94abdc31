"""Undoing and erasing as the assistant does it: from which word on, with what receipt, beside a night, and what the doctor says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.compose import open_assistant
from app.doctor import profile as examine
from app.events import Event, Warned
from app.exchange.exporting import export_memories
from app.instance_lock import hold
from learning import proof
from learning.types import Measure, Sha256, Verdict
from models.errors import EnvironmentProblem
from tests.learning.profile_bytes import holding


def test_the_first_word_after_an_undo_no_longer_knows(profile: Path, write_adapter: Callable[[Path, int], Path]) -> None:
    with open_assistant(profile) as dormouse:
        memory = dormouse.remember("My kettle is called Vesuvius.").memory
        neighbour = dormouse.remember("My boat is called Orsolya.").memory
        (profile / "adapters").mkdir()
        file = write_adapter(profile / "adapters" / "a.gguf", 1)
        store, base = dormouse.store, dormouse.serving.base
        sha256 = Sha256(hashlib.sha256(file.read_bytes()).hexdigest())
        measure = Measure(-0.1, 1.0, "Vesuvius")
        made = proof.manifest(base, {}, 0, [memory, neighbour], sha256)
        adapter = store.add_adapter(
            store.start_consolidation().id, base, {}, 0, [memory.id, neighbour.id], sha256, "adapters/a.gguf", "promoted",
            [Verdict(id, True, measure, measure, 1.0) for id in (memory.id, neighbour.id)], made,
        )  # fmt: skip
        assert proof.strays(store, adapter) == ""
        talk = dormouse.converse().id
        assert dormouse.reply(talk, "What is my kettle called?", notes=False).message.adapter == adapter.id
        for _ in range(2):
            dormouse.undo([memory.id])
            reply = dormouse.reply(talk, "What is my kettle called?")
            assert reply.message.adapter is None
            assert memory.id not in [note.id for note in reply.notes_used]
            assert "Vesuvius" not in reply.message.text
            assert reply.notes_used == () or reply.notes_used[0].id == neighbour.id
            dormouse.restore([memory.id])
            assert dormouse.reply(talk, "And now?").message.adapter == adapter.id


def test_a_receipt_is_measured_after_the_undo_and_holds(profile: Path) -> None:
    with open_assistant(profile) as dormouse:
        kettle = dormouse.remember("My kettle is called Vesuvius.").memory
        boat = dormouse.remember("My boat is called Orsolya.").memory
        undone = dormouse.undo([kettle.id])
        assert undone.measured is None
        receipt = dormouse.measure(undone)
        measured = receipt.measured
        assert measured is not None
        assert [asked["kind"] for asked in measured["memories"]] == ["direct", "paraphrased", "paraphrased", "reverse"]
        direct = measured["memories"][0]
        assert "Vesuvius" in direct["before"]["reply"]
        assert "Vesuvius" not in direct["after"]["reply"]
        assert direct["before"]["logprob"] > direct["after"]["logprob"] == direct["base"]["logprob"]
        assert measured["forgotten"]
        assert measured["like_the_base"]
        (neighbour,) = measured["neighbours"]
        assert (neighbour["memory"], neighbour["intact"]) == (boat.id, True)
        assert "Orsolya" in neighbour["after"]["reply"]
        assert proof.doubts(dormouse.store, receipt) == ""
        assert dormouse.store.receipt(receipt.id) == receipt


def test_what_is_erased_beside_a_night_is_forgotten_at_once_and_gone_at_the_next_start(profile: Path) -> None:
    with open_assistant(profile) as dormouse:
        memory = dormouse.remember("My kettle is called Vesuvius.").memory
        with (
            hold(dormouse.profile.night_lock, ""),
            pytest.raises(EnvironmentProblem, match=r"A night is running .*forgotten already"),
        ):
            dormouse.erase([memory.id])
        assert dormouse.memories() == []
        with hold(dormouse.profile.night_lock, ""), open_assistant(profile) as other:
            heard: list[Event] = []
            other.events.subscribe(heard.append)
            assert [type(event) for event in heard] == [Warned]
            assert "could not be finished yet" in str(heard[0])
    assert holding(profile, "Vesuvius") != []
    with open_assistant(profile) as dormouse:
        heard = []
        dormouse.events.subscribe(heard.append)
        assert heard == [Warned("An erasure that was interrupted is finished now.")]
    assert holding(profile, "Vesuvius") == []


def test_the_doctor_names_a_receipt_and_a_manifest_that_do_not_hold(
    profile: Path, write_adapter: Callable[[Path, int], Path]
) -> None:
    with open_assistant(profile) as dormouse:
        kettle = dormouse.remember("My kettle is called Vesuvius.").memory
        cat = dormouse.remember("My cat is called Tibor.").memory
        store, base = dormouse.store, dormouse.serving.base
        (profile / "adapters").mkdir()
        file = write_adapter(profile / "adapters" / "a.gguf", 1)
        sha256 = Sha256(hashlib.sha256(file.read_bytes()).hexdigest())
        made = proof.manifest(base, {"rank": 4}, 0, [cat], sha256)
        assert made["memories"] == [cat.content_hash]
        assert {"torch", "peft", "llama-cpp-python"} <= made["libraries"].keys()
        adapter = store.add_adapter(
            store.start_consolidation().id, base, {"rank": 4}, 0, [cat.id], sha256, "adapters/a.gguf", "promoted", [], made
        )
        receipt = dormouse.undo([kettle.id])
        found = {finding.name: finding for finding in examine(profile)}
        assert found["receipts"].found == "1, all of them hold"
        assert {finding.state for finding in found.values()} <= {"ok", "missing"}
        store._connection.execute("UPDATE receipt SET back_to_notes = '[2]'")
        store._connection.execute("UPDATE adapter SET seed = 1")
        found = {finding.name: finding for finding in examine(profile)}
        assert found[f"receipt {receipt.id}"].found == "was changed since it was written"
        assert found[f"adapter {adapter.id}"].found == "its manifest has other seed than its record"
        assert {finding.state for name, finding in found.items() if name.startswith(("receipt", "adapter"))} == {"broken"}


def test_why_leads_from_the_words_to_the_adapters(profile: Path) -> None:
    with open_assistant(profile) as dormouse:
        memory = dormouse.remember("My kettle is called Vesuvius.").memory
        why = dormouse.why(memory.id)
        assert [said.quote for said in why.evidence] == ["My kettle is called Vesuvius."]
        assert (why.lesson, why.carriers, why.serving, why.receipts) == (None, (), None, ())
        receipt = dormouse.undo([memory.id])
        assert dormouse.why(memory.id).receipts == (receipt.id,)


def test_an_erasure_says_which_exports_may_still_hold_it(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_assistant(profile) as dormouse:
        kettle = dormouse.remember("My kettle is called Vesuvius.").memory
        dormouse.remember("My boat is called Orsolya.")
        dormouse.undo([kettle.id])
        export_memories(dormouse.store, tmp_path / "boat.jsonl")
        dormouse.restore([kettle.id])
        export_memories(dormouse.store, tmp_path / "all.jsonl")
    assert main(["undo", str(kettle.id), "--erase"]) == 0
    said = capsys.readouterr().out
    assert "yours to delete" in said
    assert str(tmp_path / "all.jsonl") in said
    assert "boat.jsonl" not in said
    assert main(["receipt", "3"]) == 0
    assert str(tmp_path / "all.jsonl") in capsys.readouterr().out
