"""Backups: all of a profile while it is in use, and a way back on which nothing returns that was taken back since."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.compose import open_assistant
from app.events import Events, Warned
from app.exchange import backup, restoring
from app.exchange.backup import back_up, look_into
from app.exchange.exporting import export_conversations, export_memories
from app.exchange.restoring import STAGING, discard_half_restored, restore
from app.instance_lock import hold
from learning import erase, undo
from learning.proof import doubts
from learning.redaction import ERASED, marks
from learning.store import Store, schema
from learning.types import AdapterVersion, Candidate, Clock, Measure, Memory, Sha256, Verdict
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError
from models.files import sha256_of
from tests.conftest import ScriptedClock
from tests.learning.profile_bytes import die_at, holding

BASE = Sha256("a" * 64)
KETTLE = Candidate("fact", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius")
BOAT = Candidate("fact", "The user's boat is called Orsolya.", "What is my boat called?", "Orsolya")
CAT = Candidate("fact", "The user's cat is called Tibor.", "What is my cat called?", "Tibor")


@pytest.fixture
def store(profile: Path, clock: Clock) -> Iterator[Store]:
    with opened(profile, clock) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "spring.dormouse"


def opened(home: Path, clock: Clock) -> Store:
    return Store.open(home / backup.DATABASE, clock)


def tell(store: Store, candidate: Candidate, words: str) -> Memory:
    conversation = store.latest_conversation() or store.create_conversation("Kitchen")
    return store.add_memory(candidate, message=store.add_message(conversation.id, "user", words))


def night(store: Store, home: Path, *memories: Memory) -> AdapterVersion:
    """A promoted adapter, its file and its lessons, without the training."""
    started = store.start_consolidation()
    for folder in backup.FOLDERS:
        (home / folder).mkdir(exist_ok=True)
    written = home / "adapters" / "new"
    written.write_text(f"{started.id} " + " ".join(memory.text for memory in memories))
    sha256 = Sha256(sha256_of(written))
    file = f"adapters/{sha256[:24]}.gguf"
    os.replace(written, home / file)
    for memory in memories:
        (home / "lessons" / f"{memory.content_hash[:32]}-{BASE[:16]}-4.json").write_text(json.dumps(memory.text))
    measure = Measure(-0.5, 1.0, "")
    adapter = store.add_adapter(
        started.id, BASE, {}, 0, [m.id for m in memories], sha256, file, "promoted",
        [Verdict(memory.id, True, measure, measure, 1.0) for memory in memories],
    )  # fmt: skip
    store.finish_consolidation(started.id, "promoted", {}, adapter.id)
    return adapter


def known(store: Store) -> dict[str, str]:
    return {memory.answer: memory.status for memory in store.memories(BASE, all=True)}


def test_all_of_a_profile_comes_back_on_another_machine(
    store: Store, profile: Path, file: Path, tmp_path: Path, clock: Clock
) -> None:
    adapter = night(store, profile, tell(store, KETTLE, "My kettle is called Vesuvius."))
    (profile / "settings.json").write_text('{"patience_days": 3}')
    (profile / "errors.log").write_text("not in it")
    made = back_up(store, profile, file)
    assert (made.conversations, made.memories, made.size) == (1, 1, file.stat().st_size)
    assert look_into(file) == backup.Contents(clock.now(), 1, 1, 1)
    assert os.name != "posix" or file.stat().st_mode & 0o077 == 0
    assert sorted(entry.name for entry in file.parent.iterdir()) == [file.name]
    home = tmp_path / "another"
    with opened(home, clock) as other:
        restored = restore(other, home, file, BASE)
        assert (restored.undone, restored.erased) == (0, 0)
        assert other.check() == []
        assert known(other) == {"Vesuvius": "learned"}
        assert [m.text for m in other.messages(other.conversations()[0].id)] == ["My kettle is called Vesuvius."]
        assert (home / adapter.file).read_bytes() == (profile / adapter.file).read_bytes()
        assert {f.name for f in (home / "lessons").iterdir()} == {f.name for f in (profile / "lessons").iterdir()}
        assert (home / "settings.json").read_text() == '{"patience_days": 3}'
        assert not (home / "errors.log").exists()
        assert not (home / STAGING).exists()


def test_an_adapter_whose_file_is_lost_or_was_cleared_away_stands_in_no_backups_way(
    store: Store, profile: Path, file: Path
) -> None:
    kettle = tell(store, KETTLE, "My kettle is called Vesuvius.")
    cleared, lost = night(store, profile, kettle), night(store, profile, kettle)
    (profile / cleared.file).unlink()
    (profile / lost.file).unlink()
    store.release_adapter(cleared.id)
    back_up(store, profile, file)
    assert look_into(file).adapters == 1
    (profile / "jobs" / "night-3").mkdir(parents=True)
    restore(store, profile, file, BASE, force=True)
    assert [adapter.file for adapter in store.adapters()] == ["", lost.file]
    assert not (profile / "jobs").exists()


def test_a_backup_is_of_one_moment_while_others_write(
    store: Store, profile: Path, file: Path, clock: Clock, tmp_path: Path
) -> None:
    tell(store, KETTLE, "My kettle is called Vesuvius.")
    with opened(profile, clock) as window:

        def write_meanwhile(done: int, total: int) -> None:
            window.add_message(window.conversations()[0].id, "user", f"And {done} of {total}.")

        back_up(store, profile, file, on_progress=write_meanwhile)
        assert len(window.messages(window.conversations()[0].id)) > 1
    with opened(tmp_path / "another", clock) as other:
        restore(other, tmp_path / "another", file, BASE)
        assert len(other.messages(other.conversations()[0].id)) == 1


def test_whoever_has_the_profile_open_reads_what_was_restored(store: Store, profile: Path, file: Path, clock: Clock) -> None:
    tell(store, CAT, "My cat is called Tibor.")
    back_up(store, profile, file)
    with opened(profile, clock) as window:
        talk = window.create_conversation("Later")
        restore(store, profile, file, BASE, force=True)
        assert [entry.title for entry in window.conversations()] == ["Kitchen"]
        # A number that was given out once is not given to something else.
        assert window.create_conversation().id > talk.id


# What was taken back since


def test_what_was_undone_since_stays_undone_and_can_be_restored(store: Store, profile: Path, file: Path) -> None:
    kettle, cat = tell(store, KETTLE, "My kettle is called Vesuvius."), tell(store, CAT, "My cat is called Tibor.")
    both = night(store, profile, kettle, cat)
    back_up(store, profile, file)
    undo.retract(store, [kettle.id], BASE)
    restored = restore(store, profile, file, BASE, force=True)
    assert (restored.undone, restored.erased) == (1, 0)
    assert known(store) == {"Vesuvius": "retracted", "Tibor": "noted"}
    assert store.serving(BASE) is None
    assert [message.suppressed for message in store.messages(store.conversations()[0].id)] == [True, False]
    undo.restore(store, [kettle.id], BASE)
    serving = store.serving(BASE)
    assert serving is not None
    assert serving.sha256 == both.sha256


def test_what_must_never_be_in_weights_is_in_none_that_a_restore_brings(store: Store, profile: Path, file: Path) -> None:
    kettle, cat = tell(store, KETTLE, "My kettle is called Vesuvius."), tell(store, CAT, "My cat is called Tibor.")
    night(store, profile, kettle, cat)
    back_up(store, profile, file)
    store.keep_out([kettle.id], True)
    restore(store, profile, file, BASE, force=True)
    assert known(store) == {"Vesuvius": "noted", "Tibor": "noted"}
    assert store.serving(BASE) is None


def test_receipts_hold_after_a_restore(store: Store, profile: Path, file: Path) -> None:
    kettle, cat = tell(store, KETTLE, "My kettle is called Vesuvius."), tell(store, CAT, "My cat is called Tibor.")
    undo.retract(store, [cat.id], BASE)
    back_up(store, profile, file)
    undo.restore(store, [cat.id], BASE)
    undo.retract(store, [kettle.id], BASE)
    undo.erase(store, [tell(store, BOAT, "My boat is called Orsolya.").id], BASE)
    erase.finish(store, profile)
    restore(store, profile, file, BASE, force=True)
    assert known(store) == {"Vesuvius": "retracted", "Tibor": "retracted"}
    assert [doubts(store, receipt) for receipt in store.receipts()] == ["", ""]


def test_what_was_told_again_since_is_known(store: Store, profile: Path, file: Path) -> None:
    kettle = tell(store, KETTLE, "My kettle is called Vesuvius.")
    back_up(store, profile, file)
    undo.retract(store, [kettle.id], BASE)
    tell(store, KETTLE, "My kettle is called Vesuvius.")
    assert restore(store, profile, file, BASE, force=True).undone == 0
    assert known(store) == {"Vesuvius": "noted"}


def test_words_that_were_read_only_after_the_backup_stay_out_of_prompts(store: Store, profile: Path, file: Path) -> None:
    talk = store.create_conversation("Kitchen")
    said = store.add_message(talk.id, "user", "My kettle is called Vesuvius.")
    back_up(store, profile, file)
    memory = store.add_memory(KETTLE, message=said)
    undo.retract(store, [memory.id], BASE)
    restore(store, profile, file, BASE, force=True)
    assert known(store) == {"Vesuvius": "retracted"}
    (message,) = store.messages(talk.id)
    assert message.suppressed


def test_what_was_erased_since_is_in_no_byte_of_the_restored_profile(store: Store, profile: Path, file: Path) -> None:
    kettle, cat = tell(store, KETTLE, "My kettle is called Vesuvius."), tell(store, CAT, "My cat is called Tibor.")
    store.add_message(store.conversations()[0].id, "assistant", "Vesuvius and Tibor, then.")
    of_the_cat, both = night(store, profile, cat), night(store, profile, kettle, cat)
    back_up(store, profile, file)
    undo.erase(store, [kettle.id], BASE)
    erase.finish(store, profile)
    restored = restore(store, profile, file, BASE, force=True)
    assert (restored.undone, restored.erased) == (0, 1)
    assert known(store) == {"Tibor": "learned"}
    assert [m.text for m in store.messages(store.conversations()[0].id)] == [
        ERASED,
        "My cat is called Tibor.",
        f"{ERASED} and Tibor, then.",
    ]
    assert holding(profile, "Vesuvius") == []
    assert (profile / of_the_cat.file).is_file()
    assert not (profile / both.file).exists()
    assert store.refuses(marks(KETTLE))
    assert store.check() == []


def test_words_that_were_erased_are_found_in_a_backup_that_had_not_noted_them(store: Store, profile: Path, file: Path) -> None:
    talk = store.create_conversation("Vesuvius, the kettle")
    said = store.add_message(talk.id, "user", "My kettle is called Vesuvius.")
    store.add_message(talk.id, "assistant", "Vesuvius? Nice.")
    back_up(store, profile, file)
    undo.erase(store, [store.add_memory(KETTLE, message=said).id], BASE)
    erase.finish(store, profile)
    restore(store, profile, file, BASE, force=True)
    assert [m.text for m in store.messages(talk.id)] == [ERASED, f"{ERASED}? Nice."]
    assert store.conversation(talk.id).title == f"{ERASED}, the kettle"
    assert holding(profile, "Vesuvius") == []


def test_hashes_of_another_profile_count_beside_ones_own(
    store: Store, profile: Path, file: Path, tmp_path: Path, clock: Clock
) -> None:
    with opened(tmp_path / "another", clock) as other:
        undo.erase(other, [tell(other, CAT, "My cat is called Tibor.").id], BASE)
        erase.finish(other, tmp_path / "another")
        back_up(other, tmp_path / "another", file)
    undo.erase(store, [tell(store, KETTLE, "My kettle is called Vesuvius.").id], BASE)
    erase.finish(store, profile)
    restore(store, profile, file, BASE, force=True)
    assert store.refuses(marks(KETTLE))
    assert store.refuses(marks(CAT))
    store.forgive(marks(CAT))
    assert not store.refuses(marks(CAT))


def test_who_erases_is_told_which_files_still_have_it_also_after_a_restore(
    store: Store, profile: Path, file: Path, clock: ScriptedClock
) -> None:
    kettle = tell(store, KETTLE, "My kettle is called Vesuvius.")
    back_up(store, profile, file)
    talks, known_ones = file.with_name("talks.json"), file.with_name("known.jsonl")
    export_conversations(store, talks)
    export_memories(store, known_ones)

    def named(memory: Memory) -> list[str]:
        return [Path(export.path).name for export in store.exports_with([memory.id])]

    assert named(kettle) == [file.name, talks.name, known_ones.name]
    restore(store, profile, file, BASE, force=True)
    assert sorted(named(kettle)) == sorted([file.name, talks.name, known_ones.name])
    clock.advance(hours=1)
    assert named(tell(store, CAT, "My cat is called Tibor.")) == []


def test_a_backup_of_an_older_dormouse_is_brought_up_to_date(store: Store, profile: Path, file: Path, tmp_path: Path) -> None:
    back_up(store, profile, file)
    older = tmp_path / "older.sqlite3"
    with closing(sqlite3.connect(older)) as database:
        for script in schema.MIGRATIONS[:1]:
            for statement in schema.statements(script):
                database.execute(statement)
        database.execute("INSERT INTO conversation VALUES (7, 'Long ago', ?, ?)", ["2024-01-01T00:00:00.000000+00:00"] * 2)
        database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    content = older.read_bytes()
    entry = {"size": len(content), "sha256": sha256_of(older)}
    _manifest(file, database=1, files={backup.DATABASE: entry})
    _rewrite(file, {backup.DATABASE: content})
    restore(store, profile, file, BASE, force=True)
    assert [(entry.id, entry.title) for entry in store.conversations()] == [(7, "Long ago")]
    assert store.check() == []


# What can go wrong


def test_a_profile_that_holds_something_is_only_replaced_when_asked(store: Store, profile: Path, file: Path) -> None:
    tell(store, CAT, "My cat is called Tibor.")
    back_up(store, profile, file)
    tell(store, KETTLE, "My kettle is called Vesuvius.")
    with pytest.raises(UserError, match="Back them up first"):
        restore(store, profile, file, BASE)
    assert len(known(store)) == 2


def test_a_backup_never_costs_a_file_and_never_lies_in_the_profile(store: Store, profile: Path, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("mine")
    with pytest.raises(UserError, match="is there already and was left as it is"):
        back_up(store, profile, file)
    with pytest.raises(UserError, match="lies within the profile"):
        back_up(store, profile, profile / "backups" / "spring.dormouse")
    with pytest.raises(UserError, match="is a folder"):
        back_up(store, profile, file.parent)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        back_up(store, profile, file, force=True, on_progress=lambda *_: cancel.cancel(), cancel=cancel)
    assert file.read_text() == "mine"
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_what_is_undone_in_a_window_while_a_backup_is_restored_is_undone_in_it(
    store: Store, profile: Path, file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle = tell(store, KETTLE, "My kettle is called Vesuvius.")
    back_up(store, profile, file)
    undo_again = restoring._undo_again

    def meanwhile(*arguments: Any) -> int:
        done = undo_again(*arguments)
        if store.memory(kettle.id).status != "retracted":
            with opened(profile, clock) as window:
                undo.retract(window, [kettle.id], BASE)
        return done

    monkeypatch.setattr(restoring, "_undo_again", meanwhile)
    assert restore(store, profile, file, BASE, force=True).undone == 1
    assert known(store) == {"Vesuvius": "retracted"}


def test_no_backup_is_restored_while_a_night_runs(store: Store, profile: Path, file: Path) -> None:
    back_up(store, profile, file)
    with hold(profile / "night.lock", "busy"), pytest.raises(EnvironmentProblem, match="A night is running"):
        restore(store, profile, file, BASE, force=True)


def test_what_is_erased_while_a_backup_is_made_is_not_in_it(store: Store, profile: Path, file: Path, clock: Clock) -> None:
    kettle = tell(store, KETTLE, "My kettle is called Vesuvius.")
    tell(store, CAT, "My cat is called Tibor.")

    def erase_meanwhile(done: int, total: int) -> None:
        if kettle.id in {memory.id for memory in store.memories(all=True)}:
            undo.erase(store, [kettle.id], BASE)
            erase.finish(store, profile)

    back_up(store, profile, file, on_progress=erase_meanwhile)
    folder = file.parent / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    assert holding(folder, "Vesuvius") == []
    assert holding(folder, "Tibor") != []


def _without(file: Path, name: str) -> None:
    _rewrite(file, {name: None})


def _rewrite(file: Path, changed: dict[str, bytes | None]) -> None:
    with zipfile.ZipFile(file) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()} | changed
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in kept.items():
            if content is not None:
                archive.writestr(name, content)


def _manifest(file: Path, **changed: object) -> None:
    with zipfile.ZipFile(file) as archive:
        told = json.loads(archive.read(backup.MANIFEST))
    _rewrite(file, {backup.MANIFEST: json.dumps(told | changed).encode()})


def _escaping(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        told = json.loads(archive.read(backup.MANIFEST))
    told["files"]["../escaped"] = told["files"][backup.DATABASE]
    _rewrite(file, {backup.MANIFEST: json.dumps(told).encode(), "../escaped": b"x"})


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda file: file.unlink(), "There is no file"),
        (lambda file: file.write_bytes(b"nothing"), "no whole backup"),
        (lambda file: file.write_bytes(file.read_bytes()[:-100]), "no whole backup"),
        (lambda file: file.write_bytes(file.read_bytes().replace(b"PK\x03\x04", b"PK\x03\x05")), "no whole backup"),
        (lambda file: _without(file, backup.MANIFEST), "no backup of Dormouse's"),
        (lambda file: _without(file, backup.DATABASE), "no whole backup"),
        (lambda file: _rewrite(file, {backup.DATABASE: b"SQLite format 3\0"}), "not as it was written"),
        (lambda file: _manifest(file, dormouse="recipe"), "no backup of Dormouse's"),
        (lambda file: _manifest(file, files=7), "no backup of Dormouse's"),
        (lambda file: _manifest(file, version=99), "newer Dormouse"),
        (lambda file: _manifest(file, database=99), "newer Dormouse"),
        (_escaping, "no whole backup"),
    ],
)  # fmt: skip
def test_a_backup_that_is_not_whole_changes_nothing(store: Store, profile: Path, file: Path, harm, said: str) -> None:
    tell(store, CAT, "My cat is called Tibor.")
    back_up(store, profile, file)
    tell(store, KETTLE, "My kettle is called Vesuvius.")
    before = {entry.name for entry in profile.iterdir()}
    harm(file)
    with pytest.raises(UserError, match=said):
        restore(store, profile, file, BASE, force=True)
    assert len(known(store)) == 2
    assert {entry.name for entry in profile.iterdir()} - before <= {"night.lock"}
    assert not list(profile.parent.glob("**/escaped"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is forked to be killed")
def test_killed_anywhere_in_a_restore_the_profile_is_as_before_or_as_restored(profile: Path, clock: Clock, file: Path) -> None:
    with opened(profile, clock) as store:
        kettle, cat = tell(store, KETTLE, "My kettle is called Vesuvius."), tell(store, CAT, "My cat is called Tibor.")
        night(store, profile, kettle, cat)
        back_up(store, profile, file)
        undo.retract(store, [kettle.id], BASE)
        night(store, profile, cat)
    kept = profile.with_name("kept")
    shutil.copytree(profile, kept)
    kills, seen = 0, set()
    for step in range(1, 2000, 7):
        shutil.rmtree(profile)
        shutil.copytree(kept, profile)
        if not die_at(step, lambda: opened(profile, clock), lambda store: restore(store, profile, file, BASE, force=True)):
            break
        kills += 1
        events, warned = Events(), []
        events.subscribe(warned.append)
        discard_half_restored(profile, events)
        assert not (profile / STAGING).exists()
        with opened(profile, clock) as store:
            assert store.check() == []
            assert known(store)["Vesuvius"] == "retracted"
            seen.add(known(store)["Tibor"])
            serving = store.serving(BASE)
            assert serving is None or kettle.id not in serving.trained_on
            assert serving is None or (profile / serving.file).is_file()
            restore(store, profile, file, BASE, force=True)
            assert known(store) == {"Vesuvius": "retracted", "Tibor": "noted"}
    assert kills >= 6
    # Learned by the night after the backup; a note again as soon as it is restored.
    assert seen == {"learned", "noted"}


def test_what_a_killed_restore_prepared_goes_at_the_next_start_and_it_is_said(profile: Path) -> None:
    with open_assistant(profile):
        pass
    (profile / STAGING).mkdir()
    (profile / STAGING / backup.DATABASE).write_text("half")
    heard: list[object] = []
    with open_assistant(profile) as assistant:
        assistant.events.subscribe(heard.append)
    assert not (profile / STAGING).exists()
    assert any(isinstance(event, Warned) and "was being restored" in event.text for event in heard)
