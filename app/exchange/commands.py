"""The commands that let things in and out as files: `import`, `export`, `backup`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from app import as_json, as_text
from app.adapter_export import take_adapter_along
from app.assistant import Assistant
from app.commands import DONE, REFUSED, show, warn
from app.compose import open_assistant
from app.exchange.backup import back_up
from app.exchange.exporting import export_conversations, export_memories
from app.exchange.importing import import_files
from app.exchange.restoring import restore
from app.progress import cancelled_by_interrupt, night_progress
from learning.consolidation import Progress
from learning.types import ConversationId
from models.engine import CancelToken
from models.errors import UserError


def exchange(arguments: argparse.Namespace, home: Path) -> int:
    """The one of these commands that was typed."""
    command = {"import": _import, "export": _export, "backup": _backup}[arguments.command]
    with open_assistant(home) as assistant:
        assistant.events.subscribe(warn)
        return command(assistant, arguments)


def _import(assistant: Assistant, arguments: argparse.Namespace) -> int:
    with _watched(arguments.json, "importing") as (on_progress, cancel):
        imported = import_files(assistant.store, arguments.files, reread=arguments.note, on_progress=on_progress, cancel=cancel)
    noted = []
    if arguments.note and not imported.stopped:
        with _watched(arguments.json, "noting") as (on_progress, cancel):
            said = (*imported.reread, *imported.said)
            noted = assistant.note_imported(said, on_progress=on_progress, cancel=cancel)
    if arguments.json:
        show(as_json.of_imported(imported, noted))
    else:
        print(as_text.of_imported(imported, noted))
    return REFUSED if imported.stopped else DONE


def _export(assistant: Assistant, arguments: argparse.Namespace) -> int:
    if arguments.adapter:
        return _take_along(assistant, arguments)
    chosen = [ConversationId(id) for id in arguments.conversation or ()]
    if arguments.memories:
        exported = export_memories(assistant.store, arguments.file, force=arguments.force)
    elif arguments.file.suffix.lower() == ".jsonl":
        raise UserError("To write what is known: dormouse export FILE --memories. Conversations are written as .md or .json.")
    else:
        exported = export_conversations(assistant.store, arguments.file, chosen, force=arguments.force)
    if arguments.json:
        show(as_json.of_exported(exported))
    else:
        print(as_text.of_exported(exported))
    return DONE


def _take_along(assistant: Assistant, arguments: argparse.Namespace) -> int:
    taken = take_adapter_along(assistant.serving, arguments.file)
    assistant.store.add_export(taken.folder, taken.adapter.trained_on, ())
    if arguments.json:
        show({"folder": str(taken.folder), "adapter": taken.adapter.id, "sha256": taken.adapter.sha256})
    else:
        print(f"Written: the adapter that serves, into {taken.folder}. Its README says how to use it, and that it is private.")
    return DONE


def _backup(assistant: Assistant, arguments: argparse.Namespace) -> int:
    store, home = assistant.store, assistant.profile.home
    with _watched(arguments.json, "restoring" if arguments.restore else "packing") as (on_progress, cancel):
        if arguments.restore:
            base = assistant.serving.base
            restored = restore(store, home, arguments.file, base, force=arguments.force, on_progress=on_progress, cancel=cancel)
            value, text = as_json.of_restored(restored), as_text.of_restored(restored)
        else:
            made = back_up(store, home, arguments.file, force=arguments.force, on_progress=on_progress, cancel=cancel)
            value, text = as_json.of_backup(made), as_text.of_backup(made)
    if arguments.json:
        show(value)
    else:
        print(text)
    return DONE


@contextmanager
def _watched(silent: bool, phase: str) -> Iterator[tuple[Callable[[int, int], None], CancelToken]]:
    """A listener that shows progress where a person looks on, and a token that Ctrl-C sets."""
    shown = nullcontext(lambda _: None) if silent else night_progress(False, sys.stderr)
    with cancelled_by_interrupt("Stopping ...") as cancel, shown as listener:
        yield lambda done, total: listener(Progress(phase, done, total)), cancel
