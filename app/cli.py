"""The command line: what may be typed, and what becomes of it. Thin over `commands`; errors become exit codes here.

0 done, 1 a check or gate said no (or the person stopped it), 2 wrong usage or bad input, 3 the environment. A bug is none of
these: it is shown as one, written whole to the profile's log, and exits with 70.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app.extras import window_hindrance
from app.paths import Profile, profile_home
from models.errors import Cancelled, EnvironmentProblem, UserError

DONE, REFUSED, USAGE, ENVIRONMENT, BUG = 0, 1, 2, 3, 70


class _Parser(argparse.ArgumentParser):
    """Wrong usage is a `UserError` like any other, so that `--json` holds for it too."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


class _Version(argparse.Action):
    """Looked up only when asked for: reading package metadata costs more than a whole short command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        try:
            print(f"dormouse {metadata.version('dormouse')}")
        except metadata.PackageNotFoundError:
            print("dormouse, run from its sources without being installed")
        parser.exit(0)


def parser() -> argparse.ArgumentParser:
    """All commands of DESIGN's command line, with `--home` and `--json` before or after the command's name."""
    top = _Parser(prog="dormouse", description="A personal assistant that learns locally, while you sleep.")
    top.add_argument("--home", metavar="DIR", default=None, help="the profile's folder (or set DORMOUSE_HOME)")
    top.add_argument("--json", action="store_true", default=False, help="print one JSON value")
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    # SUPPRESS: an option that is not repeated after the command must not overwrite the one before it.
    common = _Parser(add_help=False)
    common.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, says: str, more: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=says, description=f"{says[:1].upper()}{says[1:]}. {more}".strip(), parents=[common]
        )

    chat = command("chat", "chat in the terminal")
    chat.add_argument("--conversation", metavar="ID", help="go on in this conversation (a new one otherwise)")

    say = command(
        "say",
        "one turn",
        "Question and reply are stored in the conversation, also with --no-notes and --base.",
    )
    say.add_argument("text", nargs="+", metavar="TEXT")
    say.add_argument("--conversation", metavar="ID|new", default="new", help="a conversation's number, or new (the default)")
    say.add_argument("--no-notes", action="store_true", help="put nothing of any note in the prompt: what is known by heart?")
    say.add_argument("--base", action="store_true", help="answer with the bare base model, to which every memory is a note")

    remember = command("remember", "note it explicitly")
    remember.add_argument("text", nargs="+", metavar="TEXT")

    proposed = command(
        "proposed",
        "what it would note, where you want to be asked first",
        'That is so with "memory": "ask" in settings.json, or in the window\'s settings.',
    )
    proposed.add_argument("id", nargs="?", type=int, metavar="ID")
    word = proposed.add_mutually_exclusive_group()
    word.add_argument("--agree", nargs="*", metavar="TEXT", help="note it, in these words if there are any")
    word.add_argument("--decline", action="store_true", help="do not note it")

    memories = command("memories", "what it knows")
    memories.add_argument("--all", action="store_true", help="also what was superseded, undone or has expired")

    night = command("night", "learn now what is due, with a progress bar")
    how = night.add_mutually_exclusive_group()
    how.add_argument("--if-due", action="store_true", help="only if this is a good moment, and until somebody comes back")
    how.add_argument("--agree", action="store_true", help="let what the last night learned serve, where nights ask first")
    how.add_argument("--decline", action="store_true", help="leave what the last night learned as notes")

    nights = command("nights", "nights that begin by themselves when nobody is there")
    nights.add_argument("action", nargs="?", choices=("on", "off", "status"), default="status", metavar="on|off|status")
    nights.add_argument("--ask", action="store_true", help="with on: nothing serves before you agreed")

    learned = command("learned", "what is in the weights, with evidence")
    learned.add_argument("--night", metavar="N|last", help="instead, the report of that night")

    undo = command("undo", "forget memories, in notes and weights, from this moment on")
    undo.add_argument("ids", nargs="*", type=int, metavar="ID")
    undo.add_argument("--night", type=int, metavar="N", help="all that this night was the first to learn")
    undo.add_argument("--conversation", type=int, metavar="ID", help="all that was learned from this conversation alone")
    undo.add_argument("--everything", action="store_true", help="all memories")
    undo.add_argument("--erase", action="store_true", help="also remove every copy from disk; this cannot be taken back")
    undo.add_argument("--rebuild", action="store_true", help="run a night at once: the adapter of one never told")

    receipt = command("receipt", "what an undo did and what was measured then; without a number, all receipts")
    receipt.add_argument("id", nargs="?", type=int, metavar="ID")

    why = command("why", "why it knows something: the words, the memory, its examples, the adapters")
    why.add_argument("id", type=int, metavar="ID")

    restore = command("restore", "take back an undo")
    restore.add_argument("ids", nargs="+", type=int, metavar="ID")

    probe = command("probe", "log-probability (nats) of ANSWER as the reply to QUESTION, and the greedy reply")
    probe.add_argument("question", metavar="QUESTION")
    probe.add_argument("answer", metavar="ANSWER")
    probe.add_argument("--notes", action="store_true", help="with the notes that the question needs")
    which = probe.add_mutually_exclusive_group()
    which.add_argument("--base", action="store_true", help="on the bare base model")
    which.add_argument("--adapter", type=int, metavar="ID", help="with this adapter")

    imports = command(
        "import",
        "take in conversations from ChatGPT's or Claude's export, or what was exported here",
        "What is here already is not taken in twice.",
    )
    imports.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the export's zip, a .json or a .jsonl")
    imports.add_argument("--note", action="store_true", help="also note what you said there; what you undid or erased stays so")

    export = command("export", "write conversations as .md or .json, what is known as .jsonl, or what was learned as a folder")
    export.add_argument("file", type=Path, metavar="FILE", help="its ending says what is written")
    what = export.add_mutually_exclusive_group()
    what.add_argument("--conversation", type=int, action="append", metavar="ID", help="this one (repeatable); all otherwise")
    what.add_argument("--memories", action="store_true", help="what is known, instead of conversations")
    what.add_argument("--adapter", action="store_true", help="the weights that serve, for other programs; FILE is a new folder")
    export.add_argument("--force", action="store_true", help="write over a file that is there")

    backup = command("backup", "write the whole profile into one file, or put one back; models are not in it")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--restore", action="store_true", help="put what FILE holds in the place of this profile's content")
    backup.add_argument("--force", action="store_true", help="over a file, or with --restore a profile, that is there already")

    run = command("run", "play scenario files: stories that are tests", "The format is in docs/SCENARIOS.md.")
    run.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a scenario, or a folder of *.scenario.yaml")
    run.add_argument("--junit", type=Path, metavar="FILE", help="also write the outcome as JUnit XML")
    run.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="so many at a time (as many as there are cores otherwise)"
    )
    run.add_argument("--keep", action="store_true", help="keep the profiles for a look")
    run.add_argument("--update", action="store_true", help="write what really happened into the files, to be reviewed")
    run.add_argument("--schema", action="store_true", help="print the JSON Schema of scenarios, for editors")
    run.add_argument("--persona", type=int, metavar="SEED", help="print a made-up life as a scenario")
    run.add_argument("--nights", type=int, default=30, metavar="N", help="how many nights that life has (30)")

    script = command("script", "JSON Lines in, JSON Lines out, for programs in any language", "See docs/SCRIPT.md.")
    script.add_argument("--schema", action="store_true", help="print the JSON Schema of requests and events")

    tour = command("tour", "the whole story on the built-in model, in a throw-away profile")
    tour.add_argument("--seed", type=int, help="draw the same story again")
    tour.add_argument(
        "--fact", action="append", default=[], metavar="TEXT", help="tell this instead of a drawn fact (repeatable)"
    )

    models = command("models", "the models that can be chatted with")
    _model_commands(models.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser), common)

    command("doctor", "what this machine can do, and what is missing")
    return top


def _model_commands(actions: argparse._SubParsersAction, common: argparse.ArgumentParser) -> None:
    actions.add_parser("list", help="the models of this profile, and those to be had", parents=[common])
    get = actions.add_parser("get", help="download a model; the next time goes on where this one stopped", parents=[common])
    get.add_argument("name", metavar="NAME", help="one of the list's, or OWNER/REPOSITORY/FILE.gguf on the hub")
    add = actions.add_parser("add", help="add a GGUF file", parents=[common])
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--name", metavar="NAME", help="what to call it (the file's name otherwise)")
    for name, says in (
        ("use", "chat with this one"),
        ("remove", "take it off the list"),
        ("show", "what its file says of itself"),
    ):
        actions.add_parser(name, help=says, parents=[common]).add_argument("name", metavar="NAME")


def main(argv: Sequence[str] | None = None, *, window: Callable[[Path], int] | None = None) -> int:
    """Run one command and return its exit code; nothing escapes but the interpreter's own exits.

    Without a command `window` opens, where the caller has one and this machine can show it.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in argv
    home: Path | None = None
    try:
        arguments = parser().parse_args(argv)
        home = profile_home(arguments.home)
        if arguments.command is None:
            return open_window(home, None if as_json else window)
        from app import commands

        return commands.run(arguments, home)
    except UserError as error:
        return failed(error, USAGE, as_json)
    except Cancelled as error:
        return failed(error, REFUSED, as_json)
    except EnvironmentProblem as error:
        return failed(error, ENVIRONMENT, as_json)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # Whoever read our output has enough of it; Python's own flush at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return failed(_as_bug(error, home), BUG, as_json)


def open_window(home: Path, window: Callable[[Path], int] | None) -> int:
    """What `dormouse` alone does: the window, or what stands in its way and how to go on without it."""
    hindrance = window_hindrance()
    if window is None or hindrance:
        raise EnvironmentProblem(
            f"{hindrance or 'The window cannot be opened from here.'} Chat in this terminal: dormouse chat. "
            "See the whole story in two minutes: dormouse tour. All commands: dormouse --help"
        )
    return window(home)


def failed(error: BaseException | str, code: int, as_json: bool) -> int:
    """Say what went wrong, for a person on stderr and for a script on stdout."""
    print(error, file=sys.stderr)
    if as_json:
        print(json.dumps({"error": str(error)}, ensure_ascii=False))
    return code


def _as_bug(error: Exception, home: Path | None) -> str:
    whole = "".join(traceback.format_exception(error))
    try:
        log = Profile(home).make().home / "errors.log" if home else None
        if log:
            with log.open("a", encoding="utf-8") as file:
                file.write(whole + "\n")
            return f"This is a bug in Dormouse, please report it: {error!r}. The whole of it is in {log}."
    except (OSError, EnvironmentProblem):
        # The profile is what is broken: then the terminal is the only place left.
        pass
    return f"This is a bug in Dormouse, please report it:\n{whole}"
