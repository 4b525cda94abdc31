"""The chat in a terminal: streaming replies, what was noted and used in a dim line, and the assistant's commands after a slash.

It works on a dumb pipe as well: then nothing is coloured, and the end of the input is the end of the chat.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from app import as_text
from app.assistant import Assistant
from app.nights.scheduler import Nightwatch
from app.progress import cancelled_by_interrupt, night_progress
from learning.types import ConversationId, MemoryId, ProposalId
from models.errors import DormouseError, UserError

HELP = """\
/remember TEXT   note something explicitly
/note ID [TEXT]  note what was proposed, in your words if there are any, where you want to be asked first
/no ID           do not note it
/memories        what it knows
/learned         what is in the weights, with evidence
/night           learn now what is due
/undo [ID...]    forget these memories; without a number, what was noted last
/restore ID...   take back an undo
/new             a new conversation
/quit            leave (or Ctrl-D); Ctrl-C stops a reply"""


class TerminalChat:
    """One sitting in front of the prompt."""

    def __init__(self, assistant: Assistant, conversation: ConversationId | None = None) -> None:
        self._assistant = assistant
        self._conversation = assistant.converse(conversation).id if conversation is not None else None
        self._last_noted: MemoryId | None = None
        self._news: SimpleQueue[str] = SimpleQueue()
        self._commands: dict[str, Callable[[list[str]], None]] = {
            "help": lambda _: print(HELP),
            "remember": self._remember,
            "note": self._agree,
            "no": self._decline,
            "memories": lambda _: print(as_text.of_memories(assistant.memories())),
            "learned": lambda _: print(as_text.of_learned(assistant.learned())),
            "night": self._night,
            "undo": self._undo,
            "restore": self._restore,
            "new": self._new,
        }

    def run(self) -> int:
        """Read and answer until the input ends or the person leaves."""
        summary = self._assistant.wake()
        print(as_text.dim(f"{summary.name or summary.path.stem} is awake. /help shows what you can do."))
        with input_history(self._assistant.profile.input_history), self._nights():
            while True:
                self._tell_news()
                try:
                    line = input("> " if sys.stdin.isatty() else "").strip()
                except EOFError:
                    print()
                    return 0
                except KeyboardInterrupt:
                    print(as_text.dim("\n(Ctrl-D leaves)"))
                    continue
                if line in ("/quit", "/exit"):
                    return 0
                if line:
                    self._answer(line)

    @contextmanager
    def _nights(self) -> Iterator[None]:
        """While somebody's terminal is open, nights begin by themselves; what became of one is told before the next prompt."""
        if not sys.stdin.isatty():
            yield
            return
        watch = Nightwatch(self._assistant.profile.home, self._hear)
        watch.start()
        try:
            yield
        finally:
            watch.stop()

    def _hear(self, line: Mapping[str, Any]) -> None:
        if line["event"] != "finished":
            return
        if line["outcome"] == "promoted":
            self._news.put(f"Good morning. {len(line['learned'])} learned by heart; the report: dormouse learned --night last")
        elif line["outcome"] == "awaiting":
            self._news.put("A night waits for your word: dormouse night --agree, or --decline")
        elif line["outcome"] == "failed":
            self._news.put(f"A night failed, and nothing changed: {line['error']}")

    def _tell_news(self) -> None:
        while not self._news.empty():
            print(as_text.dim(self._news.get()), flush=True)

    def _answer(self, line: str) -> None:
        try:
            if line.startswith("/"):
                name, *rest = line[1:].split() or [""]
                if name not in self._commands:
                    raise UserError(f"There is no /{name}. /help shows what there is.")
                self._commands[name](rest)
            else:
                self._turn(line)
        except KeyboardInterrupt:
            print(as_text.dim("[stopped]"), flush=True)
        except DormouseError as error:
            # Nothing that can be dealt with ends a conversation.
            print(error, file=sys.stderr, flush=True)

    def _turn(self, text: str) -> None:
        if self._conversation is None:
            self._conversation = self._assistant.converse().id
        with cancelled_by_interrupt() as cancel:
            reply = self._assistant.reply(
                self._conversation, text, on_piece=lambda piece: print(piece, end="", flush=True), cancel=cancel
            )
        stopped = {"cancelled": " [stopped]", "length": " [cut: it grew too long]"}.get(reply.completion.stopped, "")
        print(as_text.dim(stopped) if stopped else "", flush=True)
        if knowledge := as_text.of_knowledge(reply):
            print(as_text.dim(knowledge), flush=True)
        for noted in self._assistant.note(reply.asked):
            self._last_noted = noted.memory.id if noted.change in ("added", "corrected") else self._last_noted
            undone = noted.change == "forgotten"
            way_back = f"/restore {noted.memory.id}" if undone else f"/undo {noted.memory.id}"
            print(as_text.dim(f"{as_text.of_noted(noted)} ({way_back})"), flush=True)

        for proposal in self._assistant.proposed(reply.asked):
            print(as_text.dim(f"Note this? {proposal.candidate.text} (/note {proposal.id}, /no {proposal.id})"), flush=True)

    def _agree(self, words: list[str]) -> None:
        noted = self._assistant.agree_to(_proposal(words), " ".join(words[1:]))
        self._last_noted = noted.memory.id
        print(as_text.dim(f"{as_text.of_noted(noted)} (/undo {noted.memory.id})"))

    def _decline(self, words: list[str]) -> None:
        self._assistant.store.withdraw(_proposal(words))
        print(as_text.dim("Not noted."))

    def _remember(self, words: list[str]) -> None:
        noted = self._assistant.remember(" ".join(words))
        self._last_noted = noted.memory.id
        print(as_text.dim(f"{as_text.of_noted(noted)} (/undo {noted.memory.id})"))

    def _night(self, _: list[str]) -> None:
        with (
            cancelled_by_interrupt("Stopping ... yesterday's adapter serves on.") as cancel,
            night_progress(as_json=False) as on_progress,
        ):
            report = self._assistant.night(on_progress, cancel)
        print(as_text.of_night(report, self._name))

    def _undo(self, words: list[str]) -> None:
        ids = numbers(words) or ([self._last_noted] if self._last_noted is not None else [])
        if not ids:
            raise UserError("Say which: /undo ID. The numbers: /memories")
        print(as_text.of_receipt(self._assistant.undo(ids), self._name))
        self._last_noted = None

    def _restore(self, words: list[str]) -> None:
        ids = numbers(words)
        if not ids:
            raise UserError("Say which: /restore ID.")
        print(as_text.of_receipt(self._assistant.restore(ids), self._name))

    def _new(self, _: list[str]) -> None:
        self._conversation = None
        print(as_text.dim("A new conversation."))

    def _name(self, id: MemoryId) -> str:
        return self._assistant.memory(id).text


def _proposal(words: list[str]) -> ProposalId:
    if not words or not words[0].strip("#").isdecimal():
        raise UserError("Say which, by its number: /note ID, or /no ID")
    return ProposalId(int(words[0].strip("#")))


def numbers(words: list[str]) -> list[MemoryId]:
    """Memory numbers as typed, with or without '#' and commas."""
    written = [word.strip("#,") for word in words]
    wrong = next((word for word in written if not word.isdecimal()), None)
    if wrong is not None:
        raise UserError(f"'{wrong}' is no memory's number. The numbers: /memories")
    return [MemoryId(int(word)) for word in written]


@contextmanager
def input_history(file: Path) -> Iterator[None]:
    """Up recalls what was typed, in this sitting and the last; only where there is a keyboard."""
    try:
        import readline
    except ImportError:
        # Windows has its own line editing and no readline.
        yield
        return
    if not sys.stdin.isatty():
        yield
        return
    file.touch(mode=0o600)
    readline.read_history_file(file)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        readline.write_history_file(file)
