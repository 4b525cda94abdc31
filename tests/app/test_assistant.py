"""The façade on a real store and engine: what it emits, what a turn costs, and what a turn leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.compose import open_assistant
from app.events import AdapterServed, Event, Events, MemoriesUndone, MemoryNoted, MessageStored, NightFinished, Warned, changes
from app.settings import Settings, save
from learning.types import Candidate, Changes, Clock
from models.errors import EnvironmentProblem, UserError


@pytest.fixture
def assistant(profile: Path, clock: Clock) -> Iterator[Assistant]:
    profile.mkdir()
    save(Settings(memory="off", reply_tokens=16), profile / "settings.json")
    with open_assistant(profile, clock=clock) as assistant:
        yield assistant


@pytest.fixture
def heard(assistant: Assistant) -> list[Event]:
    events: list[Event] = []
    assistant.events.subscribe(events.append)
    return events


def test_a_turn_emits_what_was_stored_and_a_note_what_was_noted(assistant: Assistant, heard: list[Event]) -> None:
    reply = assistant.reply(assistant.converse().id, "Remember that my kettle is called Vesuvius.")
    (noted,) = assistant.note(reply.asked)
    assert heard == [
        AdapterServed(None),
        MessageStored(reply.asked),
        MessageStored(reply.message),
        MemoryNoted(noted.memory, None, reply.asked.conversation),
    ]
    receipt = assistant.undo([noted.memory.id])
    assert heard[-1] == MemoriesUndone(receipt)


def test_a_night_emits_its_end(assistant: Assistant, heard: list[Event]) -> None:
    report = assistant.night()
    assert heard[-1] == NightFinished(report.consolidation)


def test_a_listener_that_left_hears_no_more() -> None:
    events, heard = Events(), []
    leave = events.subscribe(heard.append)
    events.emit(Warned("one"))
    leave()
    events.emit(Warned("two"))
    assert heard == [Warned("one")]


def test_every_event_says_what_to_redraw(assistant: Assistant) -> None:
    reply = assistant.reply(assistant.converse().id, "Remember that my kettle is called Vesuvius.")
    (noted,) = assistant.note(reply.asked)
    assert changes(MessageStored(reply.asked)) == Changes(conversations=True)
    assert changes(MemoryNoted(noted.memory, None, None)) == Changes(memories=True)
    assert changes(MemoriesUndone(assistant.undo([noted.memory.id]))) == Changes(True, True, True)
    assert changes(AdapterServed(None)) == Changes(memories=True, adapter=True)
    assert changes(Warned("")) == Changes()


def test_what_is_told_has_the_persons_own_words_as_evidence(assistant: Assistant) -> None:
    noted = assistant.remember("My kettle is called Vesuvius.")
    (evidence,) = assistant.store.evidence(noted.memory.id)
    assert evidence.quote == "My kettle is called Vesuvius."


def test_a_long_conversation_evaluates_only_its_new_tokens(assistant: Assistant) -> None:
    conversation = assistant.converse().id
    evaluated, reply = 0, None
    for turn in range(20):
        if turn % 5 == 0:
            assistant.remember(f"My boat number {turn} is called Orsolya{turn}.")
        reply = assistant.reply(conversation, f"Tell me something about boat number {turn}, please.")
        evaluated += reply.completion.evaluated_tokens
    assert reply is not None
    own = reply.completion.prompt_tokens
    print(f"20 turns: {evaluated} tokens evaluated, {own} in the last prompt: {evaluated / own:.2f}")
    assert evaluated <= 1.1 * own


def test_a_message_too_long_for_the_model_is_refused_and_leaves_nothing_behind(assistant: Assistant) -> None:
    conversation = assistant.converse().id
    with pytest.raises(UserError, match="too long"):
        assistant.reply(conversation, "word " * 5000)
    assert assistant.store.messages(conversation) == []


def test_notes_beyond_the_budget_are_left_out_and_the_one_asked_for_is_in(assistant: Assistant) -> None:
    noted = [assistant.remember(f"My boat number {number} is called Orsolya{number}.").memory for number in range(60)]
    used = assistant.reply(assistant.converse().id, "What is my boat number 7 called?").notes_used
    assert noted[7] in used
    assert len(used) < len(noted)


def test_only_one_night_runs_at_a_time(assistant: Assistant, profile: Path) -> None:
    from app.instance_lock import hold

    with hold(assistant.profile.night_lock, ""), pytest.raises(EnvironmentProblem, match="A night is already running"):
        assistant.night()


def test_an_install_without_the_learning_parts_says_how_to_get_them(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant.store.add_memory(Candidate("fact", "The user's kettle is called Vesuvius."))
    from app import extras

    find_spec = extras.util.find_spec
    monkeypatch.setattr(extras.util, "find_spec", lambda name: None if name == "torch" else find_spec(name))
    with pytest.raises(EnvironmentProblem, match=r"torch missing.*dormouse\[learn\]"):
        assistant.night()


def test_forgetting_what_could_be_several_things_asks_which(assistant: Assistant) -> None:
    for text in ("My sister is called Oduya.", "My sister lives in Tolby."):
        assistant.remember(text)
    conversation = assistant.converse().id
    outcome = assistant.note(assistant.reply(conversation, "Forget about my sister.").asked)
    assert [entry.change for entry in outcome] == ["unclear", "unclear"]
    assert len(assistant.memories()) == 2


def test_a_reading_by_the_model_is_not_asked_for_where_the_setting_says_off(assistant: Assistant) -> None:
    reply = assistant.reply(assistant.converse().id, "My kettle is called Vesuvius, and it is quite old.")
    assert assistant.note(reply.asked) == []
