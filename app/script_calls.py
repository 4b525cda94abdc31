"""The calls of `dormouse script`: one table, from which requests are checked, carried out and described as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app import as_json
from app.assistant import Assistant
from app.exchange.backup import back_up
from app.exchange.exporting import export_conversations, export_memories
from app.exchange.importing import import_files
from app.exchange.restoring import restore
from app.progress import json_line
from learning.types import AdapterId, Conversation, ConversationId, MemoryId, Message, ProposalId
from learning.undo import all_of
from models.engine import CancelToken
from models.errors import UserError

PROTOCOL = 1
"""Raised when a request that was understood before would not be any more. Calls, keys and events are only ever added."""

Json = dict[str, Any]
Emit = Callable[[Json], None]
Type = Literal["text", "flag", "whole", "wholes"]

_TYPES: Mapping[Type, tuple[str, Json]] = {
    "text": ("text", {"type": "string"}),
    "flag": ("true or false", {"type": "boolean"}),
    "whole": ("a whole number", {"type": "integer", "minimum": 0}),
    "wholes": ("a list of whole numbers", {"type": "array", "items": {"type": "integer", "minimum": 0}}),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Type
    means: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What may be asked. `does` gets the checked parameters, tells events while it works, and returns the result."""

    name: str
    means: str
    parameters: tuple[Parameter, ...]
    does: Callable[[Assistant, Mapping[str, Any], Emit, CancelToken], Any]


def check(request: Any) -> tuple[Call, Json]:
    """The call a request names and its parameters; raises `UserError` that says what may stand there."""
    if not isinstance(request, dict):
        raise UserError('A request is one JSON object on a line, such as {"id": 1, "call": "say", "text": "Hello."}')
    named = request.get("call")
    call = CALLS.get(named) if isinstance(named, str) else None
    if call is None:
        raise UserError(f"There is no call {named!r}. There are: {', '.join((*CALLS, 'cancel'))}.")
    given = {name: value for name, value in request.items() if name not in ("id", "call")}
    known = {parameter.name: parameter for parameter in call.parameters}
    for name, value in given.items():
        if name not in known:
            raise UserError(f"{call.name} has no {name!r}. It has: {', '.join(known) or 'nothing'}.")
        if not _fits(value, known[name].type):
            raise UserError(f"{name} of {call.name} must be {_TYPES[known[name].type][0]}, not {value!r}.")
    if missing := [parameter.name for parameter in call.parameters if parameter.needed and parameter.name not in given]:
        raise UserError(f"{call.name} needs {' and '.join(missing)}.")
    return call, given


def _fits(value: Any, type: Type) -> bool:
    match type:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "whole":
            # true is an int to Python, and no number to anyone else.
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
        case "wholes":
            return isinstance(value, list) and all(_fits(item, "whole") for item in value)


def _hello(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    summary = assistant.wake()
    return {"model": summary.name, "sha256": summary.sha256, "context_length": assistant.serving.engine.context_length}


def _say(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    conversation = assistant.converse(_conversation(given))
    notes, base = given.get("notes", True), given.get("base", False)
    reply = assistant.reply(
        conversation.id,
        given["text"],
        notes=notes,
        base=base,
        on_piece=lambda piece: emit({"event": "piece", "text": piece}),
        cancel=cancel,
    )
    noted = assistant.note(reply.asked, explicit_only=not notes or base)
    return as_json.of_reply(reply, noted, assistant.proposed(reply.asked))


def _decline(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    declined = assistant.store.proposal(ProposalId(given["proposal"]))
    assistant.store.withdraw(declined.id)
    return as_json.of_proposal(declined)


def _undo(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    if sum((bool(given.get("ids")), "night" in given, "conversation" in given, given.get("everything", False))) != 1:
        raise UserError("undo needs one of ids, night, conversation, everything.")
    erase = given.get("erase", False)
    ids = [MemoryId(id) for id in given.get("ids", ())] or all_of(
        assistant.store, night=given.get("night"), conversation=given.get("conversation"), undone=erase
    )
    return as_json.of_receipt(assistant.erase(ids) if erase else assistant.undo(ids))


def _night(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    report = assistant.night(lambda progress: emit(dict(json_line(progress))), cancel)
    return {name: value for name, value in as_json.of_night(report).items() if name != "event"}


def _import(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    file, note = Path(given["file"]), given.get("note", False)
    imported = import_files(assistant.store, [file], reread=note, on_progress=_progress("importing", emit), cancel=cancel)
    noted = []
    if note and not imported.stopped:
        said = (*imported.reread, *imported.said)
        noted = assistant.note_imported(said, on_progress=_progress("noting", emit), cancel=cancel)
    return as_json.of_imported(imported, noted)


def _export(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    file, force = Path(given["file"]), given.get("force", False)
    if given.get("memories", False):
        return as_json.of_exported(export_memories(assistant.store, file, force=force))
    chosen = [ConversationId(id) for id in given.get("conversations", [])]
    return as_json.of_exported(export_conversations(assistant.store, file, chosen, force=force))


def _backup(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    store, home, file, force = assistant.store, assistant.profile.home, Path(given["file"]), given.get("force", False)
    if not given.get("restore", False):
        made = back_up(store, home, file, force=force, on_progress=_progress("packing", emit), cancel=cancel)
        return as_json.of_backup(made)
    restored = restore(
        store, home, file, assistant.serving.base, force=force, on_progress=_progress("restoring", emit), cancel=cancel
    )
    return as_json.of_restored(restored)


def _progress(phase: str, emit: Emit) -> Callable[[int, int], None]:
    return lambda done, total: emit({"event": "progress", "phase": phase, "done": done, "total": total})


def _probe(assistant: Assistant, given: Mapping[str, Any], emit: Emit, cancel: CancelToken) -> Json:
    adapter = AdapterId(given["adapter"]) if "adapter" in given else None
    notes, base = given.get("notes", False), given.get("base", False)
    return as_json.of_probe(assistant.probe(given["question"], given["answer"], notes=notes, base=base, adapter=adapter))


def _conversation(given: Mapping[str, Any]) -> ConversationId | None:
    return ConversationId(given["conversation"]) if "conversation" in given else None


def _of_conversation(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
    }


def of_message(message: Message) -> Json:
    return {
        "id": message.id,
        "conversation": message.conversation,
        "role": message.role,
        "text": message.text,
        "created_at": message.created_at.isoformat(),
        "notes": list(message.notes),
        "adapter": message.adapter,
        "suppressed": message.suppressed,
    }


_BASE = Parameter("base", "flag", "answer with the bare base model")
_ID = Parameter("memory", "whole", "a memory's number", needed=True)
_PROPOSAL = Parameter("proposal", "whole", "its number", needed=True)

CALLS: Mapping[str, Call] = {
    call.name: call
    for call in (
        Call("wake", "load the model now and tell what it is", (), _hello),
        Call("converse", "a new conversation, or that of a number", (Parameter("conversation", "whole", "its number"),),
             lambda a, given, _e, _c: _of_conversation(a.converse(_conversation(given)))),
        Call("conversations", "all conversations", (), lambda a, _g, _e, _c: [_of_conversation(c) for c in a.store.conversations()]),
        Call("messages", "what was said in a conversation", (Parameter("conversation", "whole", "its number", needed=True),),
             lambda a, given, _e, _c: [of_message(m) for m in a.store.messages(ConversationId(given["conversation"]))]),
        Call("say", "one turn; what it holds is noted",
             (Parameter("text", "text", "the words", needed=True), Parameter("conversation", "whole", "its number; a new one otherwise"),
              Parameter("notes", "flag", "false: nothing of any note enters the prompt"), _BASE), _say),
        Call("remember", "note something explicitly", (Parameter("text", "text", "the words", needed=True),),
             lambda a, given, _e, _c: as_json.of_memory(a.remember(given["text"]).memory)),
        Call("proposed", "what waits to be noted or not, where the person wants to be asked first", (),
             lambda a, _g, _e, _c: [as_json.of_proposal(p) for p in a.proposed()]),
        Call("agree", "note what was proposed", (_PROPOSAL, Parameter("text", "text", "in these words instead")),
             lambda a, given, _e, _c: as_json.of_memory(a.agree_to(ProposalId(given["proposal"]), given.get("text", "")).memory)),
        Call("decline", "do not note what was proposed", (_PROPOSAL,), _decline),
        Call("memories", "what is known", (Parameter("all", "flag", "also what was corrected, undone or has expired"),),
             lambda a, given, _e, _c: [as_json.of_memory(m) for m in a.memories(all=given.get("all", False))]),
        Call("memory", "one memory", (_ID,), lambda a, given, _e, _c: as_json.of_memory(a.memory(MemoryId(given["memory"])))),
        Call("night", "learn now what is due", (), _night),
        Call("learned", "what is in the weights, with evidence", (), lambda a, _g, _e, _c: [as_json.of_learned(m) for m in a.learned()]),
        Call("undo", "forget memories, from this moment on",
             (Parameter("ids", "wholes", "their numbers"), Parameter("night", "whole", "all that this night was the first to learn"),
              Parameter("conversation", "whole", "all that was learned from this conversation alone"),
              Parameter("everything", "flag", "all memories"),
              Parameter("erase", "flag", "also remove every copy from disk")), _undo),
        Call("restore", "take back an undo", (Parameter("ids", "wholes", "the memories' numbers", needed=True),),
             lambda a, given, _e, _c: as_json.of_receipt(a.restore([MemoryId(id) for id in given["ids"]]))),
        Call("import", "take in conversations or memories from a file",
             (Parameter("file", "text", "its path", needed=True), Parameter("note", "flag", "also note what the user said there")),
             _import),
        Call("export", "write conversations (.md, .json) or what is known (.jsonl)",
             (Parameter("file", "text", "its path", needed=True), Parameter("conversations", "wholes", "these; all otherwise"),
              Parameter("memories", "flag", "what is known, instead"), Parameter("force", "flag", "write over a file that is there")),
             _export),
        Call("backup", "write the whole profile into one file, or put one back",
             (Parameter("file", "text", "its path", needed=True),
              Parameter("restore", "flag", "put what it holds in the place of the profile's content"),
              Parameter("force", "flag", "over what is there already")), _backup),
        Call("probe", "how likely an answer is as the reply to a question, and what is really replied",
             (Parameter("question", "text", "the question", needed=True), Parameter("answer", "text", "the answer", needed=True),
              Parameter("notes", "flag", "with the notes that the question needs"), _BASE,
              Parameter("adapter", "whole", "with this adapter")), _probe),
    )
}  # fmt: skip


def script_schema() -> Json:
    """JSON Schema, draft 2020-12: requests and events."""
    id: Json = {"description": "comes back in every event of this request", "type": ["integer", "string"]}
    cancel = _request("cancel", "stop the request of that id, also while it runs", {"request": id}, ["request"], id)
    requests = [
        _request(
            call.name,
            call.means,
            {p.name: {"description": p.means, **_TYPES[p.type][1]} for p in call.parameters},
            [p.name for p in call.parameters if p.needed],
            id,
        )
        for call in CALLS.values()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"dormouse script, protocol {PROTOCOL}",
        "$defs": {"request": {"anyOf": [*requests, cancel]}, "event": {"anyOf": _events(id)}},
    }


def _request(name: str, means: str, properties: Json, needed: list[str], id: Json) -> Json:
    return {
        "title": name,
        "description": means,
        "type": "object",
        "properties": {"id": id, "call": {"const": name}, **properties},
        "required": ["id", "call", *needed],
        "additionalProperties": False,
    }


def _events(id: Json) -> list[Json]:
    text = {"type": "string"}
    shapes: list[tuple[str, str, Json]] = [
        ("ready", "the first line", {"protocol": {"const": PROTOCOL}, "calls": {"type": "array", "items": text}}),
        ("piece", "part of a reply, as it is written", {"id": id, "text": text}),
        ("progress", "how far a night is", {"id": id, "phase": text, "done": {"type": "integer"}, "total": {"type": "integer"}}),
        ("warning", "something is not as it should be and was dealt with", {"text": text}),
        ("result", "the last of a request that was done", {"id": id, "result": {}}),
        ("error", "the last of a request that was not",
         {"id": {**id, "type": ["integer", "string", "null"]}, "kind": {"enum": ["usage", "environment", "cancelled", "bug"]}, "text": text}),
    ]  # fmt: skip
    return [
        {
            "title": name,
            "description": means,
            "type": "object",
            "properties": {"event": {"const": name}, **properties},
            "required": ["event", *properties],
        }
        for name, means, properties in shapes
    ]
