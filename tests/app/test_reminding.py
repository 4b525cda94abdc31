"""Where the weights say that they do not know, what was learned is looked up: in a real turn, on the real engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Never

import pytest

from app.assistant import Assistant
from app.compose import open_assistant
from app.reminding import HeldBack, SecondLook
from learning.judge import abstains
from learning.types import Measure, Memory, MemoryId, Sha256, Verdict

MEASURE = Measure(-0.1, 1.0, "")
KETTLE = Memory(
    MemoryId(1), "fact", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius", "learned", datetime(2026, 1, 1), "told"
)  # fmt: skip


@pytest.fixture
def dormouse(profile: Path, write_idle_adapter: Callable[[Path], Path]) -> Iterator[Assistant]:
    """Two learned memories, and weights that know neither."""
    with open_assistant(profile) as dormouse:
        for told in ("My kettle is called Vesuvius.", "My aunt lives in Ghent."):
            dormouse.remember(told)
        ids = [memory.id for memory in dormouse.memories()]
        (profile / "adapters").mkdir()
        file = write_idle_adapter(profile / "adapters" / "a.gguf")
        sha256 = Sha256(hashlib.sha256(file.read_bytes()).hexdigest())
        night = dormouse.store.start_consolidation().id
        verdicts = [Verdict(id, True, MEASURE, MEASURE, 1.0) for id in ids]
        dormouse.store.add_adapter(night, dormouse.serving.base, {}, 0, ids, sha256, "adapters/a.gguf", "promoted", verdicts)
        assert [memory.status for memory in dormouse.memories()] == ["learned", "learned"]
        yield dormouse


def kettle(dormouse: Assistant) -> Memory:
    return dormouse.memories()[0]


def test_what_does_not_come_to_mind_is_looked_up(dormouse: Assistant) -> None:
    shown: list[str] = []
    talk = dormouse.converse().id
    reply = dormouse.reply(talk, "What is my kettle called?", on_piece=shown.append)
    assert "Vesuvius" in reply.message.text
    assert "".join(shown) == reply.completion.text
    assert reply.by_heart == ()
    assert kettle(dormouse) in reply.notes_used
    assert dormouse.store.messages(talk)[0].notes == reply.asked.notes == tuple(note.id for note in reply.notes_used)


def test_a_probe_with_notes_does_as_a_turn_does(dormouse: Assistant) -> None:
    probed = dormouse.probe("What is my kettle called?", "Vesuvius", notes=True)
    assert probed.contains
    assert kettle(dormouse) in probed.notes_used
    assert not dormouse.probe("What is my kettle called?", "Vesuvius").contains


def test_without_notes_the_weights_alone_are_asked(dormouse: Assistant) -> None:
    reply = dormouse.reply(dormouse.converse().id, "What is my kettle called?", notes=False)
    assert abstains(reply.message.text)
    assert reply.notes_used == ()


def test_what_was_undone_is_not_looked_up(dormouse: Assistant) -> None:
    dormouse.undo([kettle(dormouse).id])
    reply = dormouse.reply(dormouse.converse().id, "What is my kettle called?")
    assert "Vesuvius" not in reply.message.text


@pytest.mark.parametrize("text", ["Hello!", "What is my horse called?", "Where does my uncle live?"])
def test_what_is_about_nothing_that_was_told_is_answered_as_it_is(dormouse: Assistant, text: str) -> None:
    shown: list[str] = []
    reply = dormouse.reply(dormouse.converse().id, text, on_piece=shown.append)
    assert "".join(shown) == reply.completion.text
    assert reply.notes_used == ()


def look(query: str, looked_up: Sequence[Memory] = (), learned: Sequence[Memory] = ()) -> SecondLook:
    def nothing(_: object) -> Never:
        raise AssertionError

    return SecondLook(query, [*looked_up, *learned], looked_up, nothing)


def handed_on(pieces: Iterable[str], at: SecondLook) -> list[str]:
    shown: list[str] = []
    held = HeldBack(shown.append, at.stands)
    for piece in pieces:
        held(piece)
    return shown


def test_an_admission_is_held_back_to_its_end() -> None:
    said = ["I don't", " know, you", " haven't told me", " what your kettle is called, I am sorry to say so."]
    assert handed_on(said, look("What is my kettle called?", [KETTLE])) == []


def test_a_reply_is_handed_on_with_the_value_or_once_it_is_clear_that_it_stands() -> None:
    named = ["It is", " called Vesuvius", ", I", " think"]
    assert handed_on(named, look("What is my kettle called?", [KETTLE])) == ["It is called Vesuvius", ", I", " think"]
    long = "The word comes from Latin and was first used for a mountain near Naples, long ago."
    assert handed_on(long, look("What does my kettle's name mean?", [KETTLE]))[0] == long[:61]
    assert "".join(handed_on(long, look("What does my kettle's name mean?", [KETTLE]))) == long


def test_what_belongs_to_another_is_held_back() -> None:
    assert handed_on(["Your horse is", " called Vesuvius."], look("What is my horse called?", learned=[KETTLE])) == []


def test_what_was_held_back_is_handed_on_when_it_is_let_go() -> None:
    shown: list[str] = []
    held = HeldBack(shown.append, look("What is my kettle called?", [KETTLE]).stands)
    held("No idea")
    held.let_go()
    held(", sorry.")
    assert shown == ["No idea", ", sorry."]


@pytest.mark.parametrize("text", ["What is the capital of France?", "Tell me a story about a mountain."])
def test_what_is_not_about_the_person_does_not_wait(text: str) -> None:
    assert not look(text, learned=[KETTLE]).is_needed


@pytest.mark.parametrize("text", ["What is my horse called?", "What do we call Vesuvius?"])
def test_what_is_about_the_person_does(text: str) -> None:
    assert look(text, learned=[KETTLE]).is_needed
