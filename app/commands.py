"""One function per command: ask the assistant, print the outcome, return the exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from app import as_json, as_text
from app.assistant import Assistant
from app.compose import open_assistant
from app.events import Event, Warned
from app.nights.manners import Watch
from app.progress import cancelled_by_interrupt, night_progress
from learning.types import AdapterId, ConversationId, MemoryId, ProposalId
from learning.undo import all_of
from models.engine import CancelToken
from models.errors import Cancelled, DormouseError, EnvironmentProblem, UserError

DONE, REFUSED, ENVIRONMENT = 0, 1, 3


def run(arguments: argparse.Namespace, home: Path) -> int:
    """The command that was typed."""
    if arguments.command == "run":
        from app.scenario.command import run as run_scenarios

        return run_scenarios(arguments)
    if arguments.command == "script":
        from app.script import script

        return script(home, schema=arguments.schema)
    if arguments.command == "tour":
        from app.tour import tour

        return tour(facts=arguments.fact, seed=arguments.seed, in_json=arguments.json)
    if arguments.command == "doctor":
        from app.doctor import doctor

        return doctor(home, arguments.json)
    if arguments.command == "models":
        from app.model_commands import models

        return models(arguments, home)
    if arguments.command in ("import", "export", "backup"):
        from app.exchange.commands import exchange

        return exchange(arguments, home)
    command: Callable[[Assistant, argparse.Namespace], int] = {
        "chat": chat,
        "say": say,
        "remember": remember,
        "proposed": proposed,
        "memories": memories,
        "night": night,
        "nights": nights,
        "learned": learned,
        "undo": undo,
        "restore": restore,
        "receipt": receipt,
        "why": why,
        "probe": probe,
    }[arguments.command]
    with open_assistant(home) as assistant:
        assistant.events.subscribe(warn)
        return command(assistant, arguments)


def warn(event: Event) -> None:
    if isinstance(event, Warned):
        print(event.text, file=sys.stderr, flush=True)


def show(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def chat(assistant: Assistant, arguments: argparse.Namespace) -> int:
    from app.terminal_chat import TerminalChat

    if arguments.json:
        raise UserError("dormouse chat is a conversation and has no --json. For scripts: dormouse say TEXT --json")
    conversation = conversation_id(arguments.conversation) if arguments.conversation else None
    return TerminalChat(assistant, conversation).run()


def say(assistant: Assistant, arguments: argparse.Namespace) -> int:
    """Without --json the reply streams, and what was noted is said only after it: nobody waits for a memory."""
    wanted = None if arguments.conversation == "new" else conversation_id(arguments.conversation)
    conversation = assistant.converse(wanted)
    on_piece = None if arguments.json else lambda piece: print(piece, end="", flush=True)
    with cancelled_by_interrupt() as cancel:
        reply = assistant.reply(
            conversation.id,
            " ".join(arguments.text),
            notes=not arguments.no_notes,
            base=arguments.base,
            on_piece=on_piece,
            cancel=cancel,
        )
    if not arguments.json:
        print(flush=True)
    # A question asked to measure must not itself become knowledge, unless it says so in plain words.
    noted = assistant.note(reply.asked, explicit_only=arguments.no_notes or arguments.base)
    code = REFUSED if reply.completion.stopped == "cancelled" else DONE
    if arguments.json:
        show(as_json.of_reply(reply, noted, assistant.proposed(reply.asked)))
        return code
    knowledge = as_text.of_knowledge(reply)
    asked = [f"Note this? {p.candidate.text} (dormouse proposed {p.id} --agree)" for p in assistant.proposed(reply.asked)]
    for line in [*([knowledge] if knowledge else []), *(as_text.of_noted(entry) for entry in noted), *asked]:
        print(as_text.dim(line), file=sys.stderr)
    return code


def remember(assistant: Assistant, arguments: argparse.Namespace) -> int:
    noted = assistant.remember(" ".join(arguments.text))
    if arguments.json:
        show(as_json.of_memory(noted.memory))
    else:
        print(f"{as_text.of_noted(noted)}  ({noted.memory.id})")
    return DONE


def proposed(assistant: Assistant, arguments: argparse.Namespace) -> int:
    if arguments.id is None:
        if arguments.agree is not None or arguments.decline:
            raise UserError("Say which: dormouse proposed ID --agree, or --decline. The numbers: dormouse proposed")
        waiting = assistant.proposed()
        print(as_text.of_proposals(waiting)) if not arguments.json else show([as_json.of_proposal(p) for p in waiting])
        return DONE
    asked = assistant.store.proposal(ProposalId(arguments.id))
    if arguments.agree is not None:
        noted = assistant.agree_to(asked.id, " ".join(arguments.agree))
        show(as_json.of_memory(noted.memory)) if arguments.json else print(f"{as_text.of_noted(noted)}  ({noted.memory.id})")
        return DONE
    if arguments.decline:
        assistant.store.withdraw(asked.id)
    if arguments.json:
        show(as_json.of_proposal(asked))
    else:
        print(f"Not noted: {asked.candidate.text}" if arguments.decline else as_text.of_proposals([asked]))
    return DONE


def memories(assistant: Assistant, arguments: argparse.Namespace) -> int:
    known = assistant.memories(all=arguments.all)
    if arguments.json:
        show([as_json.of_memory(memory) for memory in known])
    else:
        print(as_text.of_memories(known))
    return DONE


def night(assistant: Assistant, arguments: argparse.Namespace) -> int:
    from app.nights import commands as nights

    if arguments.agree or arguments.decline:
        return nights.answer(assistant, arguments)
    return nights.if_due(assistant, arguments.json) if arguments.if_due else sleep(assistant, arguments.json)


def sleep(assistant: Assistant, json_lines: bool, watched: Callable[[CancelToken], Watch] | None = None) -> int:
    """A night with its progress; with `json_lines` the last line is the finish, whatever became of it.

    One that begins by itself is `watched`, and stops when it must.
    """
    try:
        with (
            cancelled_by_interrupt("Stopping ... yesterday's adapter serves on.") as cancel,
            night_progress(json_lines) as on_progress,
            watched(cancel).kept() if watched is not None else nullcontext(),
        ):
            report = assistant.night(on_progress, cancel, unattended=watched is not None)
    except DormouseError as error:
        outcome = "cancelled" if isinstance(error, Cancelled) else "failed"
        if not json_lines:
            raise
        print(error, file=sys.stderr)
        show({"event": "finished", "outcome": outcome, "error": str(error), "adapter": None, "adapter_sha256": None,
              "learned": [], "kept_in_notes": [], "gate": None, "examples": 0, "tokens": 0, "seconds": 0.0})  # fmt: skip
        return REFUSED if isinstance(error, Cancelled) else ENVIRONMENT if isinstance(error, EnvironmentProblem) else 2
    if json_lines:
        show(as_json.of_night(report))
    else:
        print(as_text.of_night(report, lambda id: assistant.memory(id).text))
    return REFUSED if report.outcome == "rejected" else DONE


def nights(assistant: Assistant, arguments: argparse.Namespace) -> int:
    from app.nights.commands import nights as settle

    return settle(assistant, arguments)


def learned(assistant: Assistant, arguments: argparse.Namespace) -> int:
    if arguments.night is not None:
        from app.nights.commands import report

        return report(assistant, arguments)
    known = assistant.learned()
    if arguments.json:
        show([as_json.of_learned(entry) for entry in known])
    else:
        print(as_text.of_learned(known))
    return DONE


def undo(assistant: Assistant, arguments: argparse.Namespace) -> int:
    named = [bool(arguments.ids), arguments.night is not None, arguments.conversation is not None, arguments.everything]
    if sum(named) != 1:
        raise UserError(
            "Say what to undo: dormouse undo ID..., or --night N, --conversation ID, or --everything. "
            "The numbers: dormouse memories"
        )
    ids = [MemoryId(id) for id in arguments.ids] or all_of(
        assistant.store, night=arguments.night, conversation=arguments.conversation, undone=arguments.erase
    )
    receipt = assistant.erase(ids) if arguments.erase else assistant.undo(ids)
    if not arguments.json:
        # It is undone now; what was measured follows.
        print(as_text.of_receipt(receipt, lambda id: assistant.memory(id).text), flush=True)
        if lines := as_text.of_measured(assistant.measure(receipt)):
            print(as_text.dim(lines))
        return sleep(assistant, json_lines=False) if arguments.rebuild else DONE
    value = as_json.of_receipt(assistant.measure(receipt))
    if not arguments.rebuild:
        show(value)
        return DONE
    with cancelled_by_interrupt() as cancel:
        report = assistant.night(cancel=cancel)
    show({**value, "rebuild": as_json.of_night(report)})
    return REFUSED if report.outcome == "rejected" else DONE


def restore(assistant: Assistant, arguments: argparse.Namespace) -> int:
    receipt = assistant.restore([MemoryId(id) for id in arguments.ids])
    if arguments.json:
        show(as_json.of_receipt(receipt))
    else:
        print(as_text.of_receipt(receipt, lambda id: assistant.memory(id).text))
    return DONE


def receipt(assistant: Assistant, arguments: argparse.Namespace) -> int:
    if arguments.id is not None:
        kept = assistant.store.receipt(arguments.id)
        if arguments.json:
            show(as_json.of_receipt(kept))
        else:
            print(as_text.of_whole_receipt(kept))
    elif arguments.json:
        show([as_json.of_receipt(kept) for kept in assistant.store.receipts()])
    else:
        print(as_text.of_receipts(assistant.store.receipts()))
    return DONE


def why(assistant: Assistant, arguments: argparse.Namespace) -> int:
    found = assistant.why(MemoryId(arguments.id))
    if arguments.json:
        show(as_json.of_why(found))
    else:
        print(as_text.of_why(found))
    return DONE


def probe(assistant: Assistant, arguments: argparse.Namespace) -> int:
    adapter = AdapterId(arguments.adapter) if arguments.adapter is not None else None
    result = assistant.probe(arguments.question, arguments.answer, notes=arguments.notes, base=arguments.base, adapter=adapter)
    if arguments.json:
        show(as_json.of_probe(result))
    else:
        print(result.greedy)
        contains = "contains the answer" if result.contains else "does not contain the answer"
        print(as_text.dim(f"log p of the answer {result.logprob:.2f} nats; the reply {contains}"))
    return DONE


def conversation_id(written: str) -> ConversationId:
    if not written.isdecimal():
        raise UserError(f"'{written}' is no conversation. Give its number, or new.")
    return ConversationId(int(written))
