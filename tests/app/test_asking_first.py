"""Where the person wants to be asked first: nothing that was read out of a message counts before they agreed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.cli import main
from app.compose import open_assistant, open_library
from app.events import Event, MemoryProposed
from app.exchange.backup import back_up
from app.exchange.restoring import restore
from app.script_calls import check
from app.settings import Settings, save
from learning.agenda import NightSettings, plan
from learning.store.origins import Spoken
from learning.types import Clock, Message, Proposal
from models.engine import CancelToken
from models.errors import UserError
from tests.learning.profile_bytes import holding

SISTER = "My sister is called Oduya."


@pytest.fixture
def assistant(profile: Path, clock: Clock) -> Iterator[Assistant]:
    profile.mkdir(exist_ok=True)
    save(Settings(memory="ask", reply_tokens=16), profile / "settings.json")
    with open_assistant(profile, clock=clock) as opened:
        yield opened


def told(assistant: Assistant, text: str) -> Message:
    asked = assistant.reply(assistant.converse().id, text).asked
    assistant.note(asked)
    return asked


def only(assistant: Assistant) -> Proposal:
    (proposal,) = assistant.proposed()
    return proposal


def test_what_is_proposed_is_in_no_prompt_and_in_no_night(assistant: Assistant) -> None:
    heard: list[Event] = []
    assistant.events.subscribe(heard.append)
    asked = told(assistant, SISTER)
    proposal = only(assistant)
    assert [proposal] == assistant.proposed(asked)
    assert proposal.candidate.text == "The user's sister is called Oduya."
    assert [event.proposal for event in heard if isinstance(event, MemoryProposed)] == [proposal]
    assert assistant.memories(all=True) == []
    assert assistant.store.search_memories("sister Oduya") == []
    reply = assistant.reply(assistant.converse().id, "What is my sister called?")
    assert "Oduya" not in " ".join(turn.content for turn in reply.prompt)
    planned = plan(assistant.store, assistant.serving.base, assistant.clock, NightSettings(patience=timedelta()))
    assert (planned.due, planned.kept) == ((), ())


def test_agreed_to_it_is_a_memory_told_outright_with_the_words_it_came_from(assistant: Assistant) -> None:
    asked = told(assistant, f"Good morning! {SISTER}")
    noted = assistant.agree_to(only(assistant).id)
    assert (noted.change, noted.memory.source) == ("added", "told")
    (evidence,) = assistant.store.evidence(noted.memory.id)
    assert (evidence.message, evidence.quote) == (asked.id, SISTER)
    assert assistant.proposed() == []
    reply = assistant.reply(assistant.converse().id, "What is my sister called?")
    assert [memory.answer for memory in reply.notes_used] == ["Oduya"]


def test_the_persons_own_words_count_and_both_messages_are_their_evidence(assistant: Assistant) -> None:
    asked = told(assistant, SISTER)
    noted = assistant.agree_to(only(assistant).id, "My sister is called Ada.")
    assert noted.memory.answer == "Ada"
    assert [said.message == asked.id for said in assistant.store.evidence(noted.memory.id)] == [True, False]
    assert assistant.proposed() == []


def test_what_is_declined_is_gone_and_asked_again_only_when_it_is_said_again(assistant: Assistant, profile: Path) -> None:
    told(assistant, SISTER)
    declined = only(assistant).id
    assistant.store.withdraw(declined)
    assert assistant.proposed() == assistant.memories(all=True) == []
    with pytest.raises(UserError, match="waits for your word"):
        assistant.agree_to(declined)
    told(assistant, SISTER)
    assert only(assistant).candidate.answer == "Oduya"


def test_it_is_asked_once_and_not_at_all_about_what_is_known(assistant: Assistant) -> None:
    told(assistant, SISTER)
    told(assistant, SISTER)
    assistant.agree_to(only(assistant).id)
    again = told(assistant, SISTER)
    assert assistant.proposed() == []
    (memory,) = assistant.memories()
    assert again.id in [said.message for said in assistant.store.evidence(memory.id)]


def test_plain_requests_need_no_second_word(assistant: Assistant) -> None:
    told(assistant, "Remember that my kettle is called Vesuvius.")
    assert [memory.answer for memory in assistant.memories()] == ["Vesuvius"]
    assert assistant.proposed() == []


def test_what_waits_survives_a_restart_and_is_seen_with_its_message(assistant: Assistant, profile: Path, clock: Clock) -> None:
    asked = told(assistant, SISTER)
    waits = only(assistant)
    assistant.close()
    library = open_library(profile, clock=clock)
    assert library.history(asked.conversation)[0].proposed == (waits,)
    library.close()


def test_what_is_deleted_or_erased_is_not_asked_about_any_more(assistant: Assistant, profile: Path) -> None:
    first = told(assistant, SISTER)
    assistant.store.remove_from(first.id)
    assert assistant.proposed() == []
    told(assistant, SISTER)
    kettle = told(assistant, "My kettle is called Vesuvius.")
    noted = assistant.remember(SISTER)
    assistant.erase([noted.memory.id])
    assert [proposal.message for proposal in assistant.proposed()] == [kettle.id]
    assert holding(profile, "Oduya") == []
    told(assistant, SISTER)
    assert [proposal.message for proposal in assistant.proposed()] == [kettle.id]


def test_a_backup_brings_nothing_back_that_was_erased_before_it_was_agreed_to(
    assistant: Assistant, profile: Path, tmp_path: Path
) -> None:
    told(assistant, SISTER)
    told(assistant, "My kettle is called Vesuvius.")
    backup = tmp_path / "spring.dormouse"
    back_up(assistant.store, profile, backup)
    noted = assistant.agree_to(assistant.proposed()[0].id)
    assistant.erase([noted.memory.id])
    restore(assistant.store, profile, backup, assistant.serving.base, force=True)
    assert [proposal.candidate.answer for proposal in assistant.proposed()] == ["Vesuvius"]


def test_what_was_imported_is_asked_about_too(assistant: Assistant) -> None:
    _, said = assistant.store.take_in("elsewhere:1", "Old talk", None, [Spoken("user", SISTER)])
    assert assistant.note_imported([message.id for message in said]) == []
    assert only(assistant).candidate.answer == "Oduya"


def test_a_script_hears_of_it_and_answers(assistant: Assistant) -> None:
    def ask(**request: object) -> object:
        call, given = check(request)
        return call.does(assistant, given, lambda _: None, CancelToken())

    said = ask(call="say", text=SISTER)
    assert isinstance(said, dict)
    (proposal,) = said["proposed"]
    assert proposal["text"] == "The user's sister is called Oduya."
    assert ask(call="proposed") == [proposal]
    assert ask(call="decline", proposal=proposal["id"]) == proposal
    (other,) = ask(call="say", text="My kettle is called Vesuvius.")["proposed"]  # pyright: ignore[reportIndexIssue]
    assert ask(call="agree", proposal=other["id"])["answer"] == "Vesuvius"  # pyright: ignore[reportIndexIssue]
    assert ask(call="proposed") == []


def test_the_command_line_lists_notes_and_declines(
    assistant: Assistant, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(assistant, SISTER)
    told(assistant, "My kettle is called Vesuvius.")
    sister, kettle = (str(proposal.id) for proposal in assistant.proposed())
    assistant.close()

    def run(*words: str) -> str:
        assert main(["--home", str(profile), *words]) == 0
        return capsys.readouterr().out

    assert "The user's sister is called Oduya." in run("proposed")
    assert run("proposed", kettle, "--decline") == "Not noted: The user's kettle is called Vesuvius.\n"
    assert json.loads(run("proposed", sister, "--agree", "--json"))["answer"] == "Oduya"
    assert json.loads(run("proposed", "--json")) == []
    assert main(["--home", str(profile), "proposed", "--agree"]) == 2
