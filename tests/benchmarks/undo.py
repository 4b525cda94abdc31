"""How long does an undo take, from the command to the first word of a reply that no longer knows? `python -m tests.benchmarks.undo`

A real night on the built-in model first; then each memory is undone, asked for, and restored, in a new conversation and in one
as long as the context holds, by the assistant and by the library as the window does it. The adapter is on the engine each
time, and all of the conversation must be evaluated anew without it. Prints a Markdown table, in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app.assistant import Assistant
from app.compose import open_assistant, open_library
from app.scenario.clock import ScriptedClock
from app.undoing import Undoing
from learning.judge import says
from learning.types import ConversationId, Memory

TOLD = (
    "My kettle is called Vesuvius.",
    "My cat is called Tibor.",
    "My boat is called Orsolya.",
    "My sister lives in Szeged.",
    "My bicycle is turquoise.",
    "My gym is on Thursday.",
)
SMALL_TALK = "Good morning! How are you today, and what is the weather like where you live?"


def forget(dormouse: Assistant, undoing: Undoing, memory: Memory, talk: ConversationId) -> tuple[float, bool]:
    """Milliseconds from the undo to the first word of the reply, and whether the reply still knew; all is restored afterwards."""
    assert dormouse.serving.sync() is not None
    first: list[float] = []
    began = time.perf_counter()
    undoing.undo([memory.id])
    reply = dormouse.reply(talk, memory.question, on_piece=lambda _: first.append(time.perf_counter()))
    took = 1000 * (first[0] - began)
    undoing.restore([memory.id])
    return took, says(reply.message.text, memory.answer) or reply.message.adapter is not None


def long_talk(dormouse: Assistant) -> ConversationId:
    """A conversation as long as a prompt holds: one that has lost its oldest part once, and has grown again to where it did."""
    talk, lengths = dormouse.converse().id, [0]
    while lengths[-1] >= max(lengths) or lengths[-1] < 0.9 * max(lengths):
        lengths.append(dormouse.reply(talk, SMALL_TALK).completion.prompt_tokens)
    return talk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each memory is undone")
    rounds = range(parser.parse_args().rounds)
    with tempfile.TemporaryDirectory() as folder:
        home, clock = Path(folder) / "profile", ScriptedClock()
        with open_assistant(home, clock=clock) as dormouse:
            for text in TOLD:
                dormouse.remember(text)
            report = dormouse.night()
            print(f"{len(report.learned)} of {len(TOLD)} known by heart\n")
            library = open_library(home, clock=clock)
            talk = long_talk(dormouse)
            print(
                "| undone by | conversation | median ms | worst ms | undos | still known |\n| --- | --- | --- | --- | --- | --- |"
            )
            for who, undoing in (("assistant", dormouse), ("library", library)):
                for kind, where in (("new", None), ("as long as the context", talk)):
                    done = [
                        forget(dormouse, undoing, memory, where or dormouse.converse().id)
                        for _ in rounds
                        for memory in report.learned
                    ]
                    taken = [took for took, _ in done]
                    knew = sum(knew for _, knew in done)
                    print(f"| {who} | {kind} | {statistics.median(taken):.0f} | {max(taken):.0f} | {len(done)} | {knew} |")
            library.close()


if __name__ == "__main__":
    main()
