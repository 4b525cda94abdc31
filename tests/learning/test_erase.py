"""Erasing leaves no byte behind, whatever happens in the middle of it, and what was erased is not learned again unasked."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from learning import erase, undo
from learning.redaction import ERASED, Redaction, marks
from learning.store import Store
from learning.types import (
    AdapterVersion,
    Candidate,
    Clock,
    Measure,
    Memory,
    MemoryId,
    Message,
    Sha256,
    Verdict,
)
from models.errors import EnvironmentProblem, UserError
from tests.learning.profile_bytes import die_at, holding

BASE = Sha256("a" * 64)
WORDS = "Vesuvius"
KETTLE = Candidate("fact", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius")
CAT = Candidate("fact", "The user's cat is called Tibor.", "What is my cat called?", "Tibor")

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is forked to be killed")


def night(store: Store, folder: Path, *memories: Memory) -> AdapterVersion:
    """A promoted adapter and all that a night leaves in the profile, without the training."""
    started = store.start_consolidation()
    (folder / "adapters").mkdir(exist_ok=True)
    (folder / "lessons").mkdir(exist_ok=True)
    job = folder / "jobs" / f"night-{started.id}" / "job"
    job.mkdir(parents=True)
    for memory in memories:
        (folder / "lessons" / f"{memory.content_hash[:32]}-{BASE[:16]}-4.json").write_text(json.dumps(memory.text))
        (job / "examples.jsonl").write_text(memory.text)
    file = f"adapters/night-{started.id}.gguf"
    (folder / file).write_text(" ".join(memory.text for memory in memories))
    measure = Measure(-0.5, 1.0, "It is " + ", ".join(memory.answer for memory in memories))
    adapter = store.add_adapter(
        started.id, BASE, {"rank": 4}, 0, [m.id for m in memories], Sha256("c" * 64), file, "promoted",
        [Verdict(memory.id, True, measure, measure, 1.0) for memory in memories],
    )  # fmt: skip
    kept = [{"memory": memory.id, "reason": f"it is too {memory.answer}"} for memory in memories]
    store.finish_consolidation(started.id, "promoted", {"kept": kept, "error": f"{memories[0].answer}?"}, adapter.id)
    return adapter


def lived(folder: Path, clock: Clock) -> tuple[Memory, Memory]:
    """A profile in which a kettle stands wherever words can stand; the kettle and a cat."""
    with Store.open(folder / "dormouse.db", clock) as store:
        talk = store.create_conversation("Vesuvius and other kettles")
        said = store.add_message(talk.id, "user", "My cat is Tibor. And my kettle is called Vesuvius, by the way!")
        cat = store.add_memory(Candidate(CAT.kind, CAT.text, CAT.question, CAT.answer, span=(0, 15)), message=said)
        kettle = store.add_memory(
            Candidate(KETTLE.kind, KETTLE.text, KETTLE.question, KETTLE.answer, span=(17, 61)), message=said
        )
        store.add_message(talk.id, "assistant", "Noted, a fine name.")
        asked = store.add_message(talk.id, "user", "And what is my kettle called?", notes=[kettle.id, cat.id])
        store.add_message(asked.conversation, "assistant", "VESUVIUS, of course; vesuvius's lid is red.")
        night(store, folder, cat)
        adapter = night(store, folder, kettle, cat)
        store.add_message(talk.id, "assistant", "Your kettle is Vesuvius.", adapter=adapter.id)
        receipt = undo.retract(store, [kettle.id], BASE)
        store.add_measured(receipt.id, {"memories": [{"memory": kettle.id, "says": "Vesuvius"}], "neighbours": ["Vesuvius!"]})
        again = store.add_message(talk.id, "user", "My kettle is called Vesuvius.")
        store.add_memory(KETTLE, message=again)
        # What waits for the person's word, too: in other words, of the same value, and one that has nothing to do with it.
        store.propose(Candidate("fact", "The user's kettle, Vesuvius, sings."), again)
        store.propose(Candidate("fact", KETTLE.text.upper()), asked)
        store.propose(Candidate(CAT.kind, CAT.text, CAT.question, CAT.answer, span=(0, 62)), said)
        return kettle, cat


def erased(store: Store, folder: Path) -> None:
    """Erase the live kettle; its undone twin goes with it."""
    (live,) = (memory.id for memory in store.memories() if memory.answer == "Vesuvius")
    undo.erase(store, [live], BASE)
    erase.finish(store, folder)


def whole(store: Store, folder: Path, cat: Memory) -> None:
    """Nothing but the kettle is lost."""
    assert store.check() == []
    assert store.memories(BASE)[0].text == cat.text
    serving = store.serving(BASE)
    assert serving is not None
    assert serving.trained_on == {cat.id}
    assert (folder / serving.file).is_file()
    assert [file.name for file in (folder / "adapters").iterdir()] == [Path(serving.file).name]
    (waits,) = store.proposals()
    assert (waits.candidate.text, waits.candidate.span) == (cat.text, (0, 26))
    (evidence,) = store.evidence(cat.id)
    assert evidence.quote == "My cat is Tibor"


def test_after_erasing_no_byte_of_the_profile_says_it(profile: Path, clock: Clock) -> None:
    _, cat = lived(profile, clock)
    (profile / "errors.log").write_text("Traceback\n  it was Vesuvius\nKeyError\n")
    (profile / "input_history").write_text("hello\nMy\\040kettle\\040is\\040called\\040Vesuvius.\n")
    sent = {"side_open": True, "drafts": {"0": "Is Vesuvius a kettle?"}, "sent": ["hello", "My kettle is called Vesuvius."]}
    (profile / "window.json").write_text(json.dumps(sent, indent=1))
    assert {"dormouse.db", "window.json", "errors.log", "input_history", "adapters/night-2.gguf"} <= set(
        holding(profile, WORDS)
    )
    with Store.open(profile / "dormouse.db", clock) as store:
        erased(store, profile)
        # While it is open too: the log and the pages are what a running Dormouse leaves on disk.
        assert holding(profile, WORDS) == []
        whole(store, profile, cat)
        assert [m.text for m in store.messages(store.conversations()[0].id)] == [
            "My cat is Tibor. " + ERASED + "!",
            "Noted, a fine name.",
            "And what is my kettle called?",
            ERASED + ", of course; " + ERASED + "'s lid is red.",
            "Your kettle is " + ERASED + ".",
            ERASED,
        ]
        assert store.search_messages("vesuvius") == store.search_memories("vesuvius") == []
        assert [r.action for r in store.receipts()] == ["undo", "erase"]
    assert holding(profile, WORDS) == []
    kept = json.loads((profile / "window.json").read_text())
    assert kept == {"side_open": True, "drafts": {"0": f"Is {ERASED} a kettle?"}, "sent": ["hello", ERASED]}
    assert (profile / "errors.log").read_text() == "Traceback\nKeyError\n"
    assert (profile / "input_history").read_text() == "hello\n"


def test_a_value_that_another_memory_has_too_is_left_to_it(profile: Path, store: Store) -> None:
    talk = store.create_conversation()
    sister = store.add_message(talk.id, "user", "My sister lives in Paris.")
    born = store.add_message(talk.id, "user", "I was born in Paris.")
    one = store.add_memory(Candidate("fact", "The user's sister lives in Paris.", "Where does my sister live?", "Paris"), message=sister)  # fmt: skip
    two = store.add_memory(Candidate("fact", "The user was born in Paris.", "Where was I born?", "Paris"), message=born)
    undo.erase(store, [one.id], BASE)
    erase.finish(store, profile)
    assert [message.text for message in store.messages(talk.id)] == [ERASED, "I was born in Paris."]
    assert store.evidence(two.id)[0].quote == "I was born in Paris."
    assert holding(profile, "sister") == []


def test_erasing_a_correction_brings_the_older_value_back_and_erasing_in_between_joins_the_rest(
    profile: Path, store: Store
) -> None:
    ids = []
    for day in ("Monday", "Tuesday", "Friday"):
        told = Candidate("fact", f"The user's gym is on {day}.", "When is my gym?", day)
        ids.append(store.add_memory(told, supersedes=ids[-1] if ids else None).id)
    undo.erase(store, [ids[1]], BASE)
    erase.finish(store, profile)
    assert {m.id: m.status for m in store.memories(all=True)} == {ids[0]: "superseded", ids[2]: "noted"}
    undo.erase(store, [ids[2]], BASE)
    erase.finish(store, profile)
    assert {m.id: m.status for m in store.memories(all=True)} == {ids[0]: "noted"}


def test_what_was_erased_is_known_again_by_a_hash_alone_until_it_is_told_again(profile: Path, store: Store) -> None:
    memory = store.add_memory(KETTLE)
    undo.erase(store, [memory.id], BASE)
    erase.finish(store, profile)
    other_words = Candidate("fact", "The user has named the kettle Vesuvius.", "What's my kettle called?", "vesuvius")
    assert store.refuses(marks(KETTLE))
    assert store.refuses(marks(other_words))
    assert not store.refuses(marks(CAT))
    assert not store.refuses(marks(Candidate("fact", "The user's kettle is called Etna.", KETTLE.question, "Etna")))
    store.forgive(marks(KETTLE))
    assert not store.refuses(marks(KETTLE))


def test_what_is_being_erased_cannot_be_restored(profile: Path, store: Store) -> None:
    memory = store.add_memory(KETTLE)
    undo.erase(store, [memory.id], BASE)
    with pytest.raises(UserError, match=r"Being erased: memory 1"):
        undo.restore(store, [memory.id], BASE)
    with pytest.raises(UserError, match=r"no memory 7"):
        undo.erase(store, [MemoryId(7)], BASE)


def test_while_another_process_reads_the_erasure_stays_on_record(profile: Path, clock: Clock) -> None:
    lived(profile, clock)
    with Store.open(profile / "dormouse.db", clock, busy_seconds=0.05) as store:
        with Store.open(profile / "dormouse.db", clock) as window, window.snapshot():
            window.memories()
            with pytest.raises(EnvironmentProblem, match=r"Another Dormouse is reading"):
                erased(store, profile)
        assert store.pending_erasures()
        erase.finish(store, profile)
        assert holding(profile, WORDS) == []


def opened(profile: Path, clock: Clock) -> Store:
    """A kill is no power cut: what was written is there, synced or not, and waiting for the disk would be most of the test."""
    store = Store.open(profile / "dormouse.db", clock)
    store._connection.execute("PRAGMA synchronous = OFF")
    return store


def killed_at(profile: Path, clock: Clock, steps: Callable[[int], int]) -> int:
    """Erase again and again, each time killed later; after each, what the next start finishes. How many kills."""
    _, cat = lived(profile, clock)
    kept = profile.with_name("lived")
    shutil.copytree(profile, kept)
    step, kills = 1, 0
    while True:
        shutil.rmtree(profile)
        shutil.copytree(kept, profile)
        if not die_at(step, lambda: opened(profile, clock), lambda store: erased(store, profile)):
            break
        kills += 1
        with opened(profile, clock) as store:
            assert store.check() == []
            if store.pending_erasures():
                # What is on record is out of every prompt and adapter before it is off the disk.
                assert all(memory.answer != "Vesuvius" for memory in store.memories(BASE))
                erase.finish(store, profile)
            else:
                erased(store, profile) if any(m.answer == "Vesuvius" for m in store.memories()) else None
            assert holding(profile, WORDS) == []
            whole(store, profile, cat)
        assert holding(profile, WORDS) == []
        step = steps(step)
    return kills


@forks
def test_an_erasure_that_is_killed_is_finished_at_the_next_start(profile: Path, clock: Clock) -> None:
    assert killed_at(profile, clock, lambda step: step + 17) >= 10


@forks
@pytest.mark.slow
def test_an_erasure_killed_at_every_single_step_is_finished_at_the_next_start(profile: Path, clock: Clock) -> None:
    assert killed_at(profile, clock, lambda step: step + 1) >= 150


@pytest.mark.parametrize("text", ["", "Vesuvius", "a Vesuvius\n b vesuvius", "VesuviusVesuvius", "no"])
def test_places_in_a_text_are_found_again_after_redaction(text: str) -> None:
    redacted = Redaction(["Vesuvius"]).of(text, [(0, 1)] if text.startswith("a") else [])
    assert "vesuvius" not in redacted.text.lower()
    for place in range(len(text) + 1):
        start, end = redacted.span(place, len(text))
        assert 0 <= start <= end == len(redacted.text)
    rng = random.Random(1)
    for _ in range(20):
        start = rng.randint(0, len(text))
        end = rng.randint(start, len(text))
        a, b = redacted.span(start, end)
        assert Redaction(["Vesuvius"]).of(text[start:end]).text.startswith(redacted.text[a:b][:1]) or ERASED in redacted.text


def test_a_message_may_say_two_memories_in_the_same_words(profile: Path, store: Store) -> None:
    talk = store.create_conversation()
    said: Message = store.add_message(talk.id, "user", "My kettle is Vesuvius and my cat is Tibor.")
    kettle, cat = store.add_memory(KETTLE, message=said), store.add_memory(CAT, message=said)
    undo.erase(store, [kettle.id], BASE)
    erase.finish(store, profile)
    assert store.messages(talk.id)[0].text == f"My kettle is {ERASED} and my cat is Tibor."
    assert store.evidence(cat.id)[0].quote == f"My kettle is {ERASED} and my cat is Tibor."
