"""Measure Acorn as it is served, in llama.cpp on the Q8_0 file, greedily: `python -m models.acorn.evaluate [GGUF] [--each N]`.

Everything asked here has words, values or phrasings that training never saw (`words.held_out`). Prints a table of shares with
their 95 % Wilson intervals, in Markdown for the model card.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

from llama_cpp import Llama, LlamaGrammar

from models.acorn import asking, extraction, shape, smalltalk
from models.acorn import world as live
from models.acorn.facts import draw_fact
from models.acorn.general import items
from models.acorn.manners import draw_manner
from models.acorn.relation import Fact
from models.acorn.words import Split, Words, sections
from models.acorn.world import World
from models.instructions import MEMORIES_SCHEMA, PERSONA, extraction_request, questions_request, with_notes

Turns = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, how often it held, of how many, and one failure to look at."""

    task: str
    right: int
    cases: int
    failure: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        n, p, z = self.cases, self.right / self.cases, 1.96
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return centre - half, centre + half


class Served:
    """The model behind the chat template, one greedy reply at a time."""

    def __init__(self, path: Path, threads: int) -> None:
        self._llama = Llama(str(path), n_ctx=shape.CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False)
        self._grammar = LlamaGrammar.from_json_schema(json.dumps(MEMORIES_SCHEMA), verbose=False)
        self.generated = 0
        self.seconds = 0.0

    def reply(self, turns: Turns, max_tokens: int = 80, memories: bool = False) -> str:
        prompt = "".join(f"{shape.TURN_START}{role}\n{content}{shape.TURN_END}\n" for role, content in turns)
        ids = self._llama.tokenize(f"{prompt}{shape.TURN_START}assistant\n".encode(), add_bos=False, special=True)
        began = time.perf_counter()
        answer = cast(
            dict[str, Any],
            self._llama.create_completion(
                ids, max_tokens=max_tokens, temperature=0.0, grammar=self._grammar if memories else None
            ),
        )
        self.seconds += time.perf_counter() - began
        self.generated += answer["usage"]["completion_tokens"]
        return answer["choices"][0]["text"]

    def ask(self, notes: Sequence[str], question: str, before: Turns | None = None) -> str:
        return self.reply([("system", PERSONA), *(before or []), ("user", with_notes(notes, question))])


Case = Callable[[Served, Words], tuple[bool, str]]
"""Draws one case and says whether it went well, and in which words."""


def _world(words: Words, count: int) -> World:
    world = World(words)
    for _ in range(count):
        world.learn(world.fresh())
    return world


def _says(reply: str, value: str) -> bool:
    return value.lower() in reply.lower()


def from_notes(count: int) -> Case:
    def case(served: Served, words: Words) -> tuple[bool, str]:
        world = _world(words, count)
        fact = words.random.choice(list(world.known.values()))
        question = asking.wrapped_question(words, fact)
        reply = served.ask([known.note for known in world.known.values()], question)
        return _says(reply, fact.y), f"{question} -> {reply} (right: {fact.y})"

    return case


def from_chat(served: Served, words: Words) -> tuple[bool, str]:
    """Told in an earlier turn, asked after another one."""
    world = World(words)
    before: Turns = []
    for _ in range(3):
        fact = world.fresh()
        world.learn(fact)
        before += [("user", fact.told), ("assistant", live.acknowledged(fact))]
    fact = words.random.choice(list(world.known.values()))
    question = asking.wrapped_question(words, fact)
    reply = served.ask([], question, before)
    return _says(reply, fact.y), f"{question} -> {reply} (right: {fact.y})"


def not_told(count: int) -> Case:
    def case(served: Served, words: Words) -> tuple[bool, str]:
        world = _world(words, count)
        question = asking.wrapped_question(words, world.fresh())
        reply = served.ask([known.note for known in world.known.values()], question)
        return "don't know" in reply, f"{question} -> {reply}"

    return case


def wrong_person(served: Served, words: Words) -> tuple[bool, str]:
    """Asked of one person or thing when only another's is known: the other's value must not be said."""
    world = World(words)
    while True:
        known = draw_fact(words)
        asked = draw_fact(words, known.relation)
        if known.x and not live.confusable(asked, known):
            break
    world.learn(known)
    while len(world.known) < 4:
        world.learn(world.fresh())
    notes = [fact.note for fact in world.known.values()]
    words.random.shuffle(notes)
    question = asking.wrapped_question(words, asked)
    if world.may_know(asked):
        return wrong_person(served, words)
    reply = served.ask(notes, question)
    return not _says(reply, known.y), f"{question} -> {reply} (of another: {known.y})"


def manner_followed(exact: bool) -> Case:
    """A wish about replies among the notes: followed, whatever value the reply names, or right to the letter."""

    def case(served: Served, words: Words) -> tuple[bool, str]:
        world = _world(words, 3)
        manner = draw_manner(words)
        notes = [manner.note, *(fact.note for fact in world.known.values())]
        fact = words.random.choice(list(world.known.values()))
        if manner.greeting:
            reply = served.ask(notes, words.pick(smalltalk.GREETINGS))
            return manner.greeting in reply, f"{manner.note} -> {reply}"
        reply = served.ask(notes, fact.question)
        wanted = manner.change(fact.reply, fact.y)
        followed = reply == wanted if exact else _same_form(reply, wanted, fact.y)
        return followed, f"{manner.note} {fact.question} -> {reply} (right: {wanted})"

    return case


def _same_form(reply: str, wanted: str, value: str) -> bool:
    """Whether the reply is `wanted` with any value of some such length in the place of `value`."""
    named = re.split(re.escape(value), wanted, maxsplit=1, flags=re.IGNORECASE)
    found = re.fullmatch(r"(\S.*)".join(map(re.escape, named)), reply)
    return found is not None and (len(named) == 1 or len(found[1].split()) <= len(value.split()) + 1)


def corrected_in_notes(served: Served, words: Words) -> tuple[bool, str]:
    world = _world(words, 4)
    old = words.random.choice(list(world.known.values()))
    new = world.changed(old)
    notes = [*(fact.note for fact in world.known.values()), new.note]
    reply = served.ask(notes, old.question)
    return _says(reply, new.y), f"{reply} (right: {new.y}, old: {old.y})"


def corrected_in_chat(served: Served, words: Words) -> tuple[bool, str]:
    old = draw_fact(words)
    new = World(words).changed(old)
    before = [
        ("user", old.told),
        ("assistant", live.acknowledged(old)),
        ("user", extraction.correction(words, old, new)[0]),
        ("assistant", live.corrected(new)),
    ]
    reply = served.ask([], asking.wrapped_question(words, new), before)
    return _says(reply, new.y), f"{before[2][1]} -> {reply} (right: {new.y}, old: {old.y})"


def acknowledged(served: Served, words: Words) -> tuple[bool, str]:
    fact = draw_fact(words)
    reply = served.ask([], fact.told)
    return _says(reply, fact.y), f"{fact.told} -> {reply}"


def general(first: bool) -> Case:
    def case(served: Served, words: Words) -> tuple[bool, str]:
        item = words.random.choice(items())
        question = item.questions[0] if first else words.pick(item.questions)
        reply = served.ask([], question)
        return _says(reply, item.value), f"{question} -> {reply} (right: {item.value})"

    return case


def false_memory(served: Served, words: Words) -> tuple[bool, str]:
    text = extraction.nothing(words)
    reply = served.reply([("user", extraction_request(text))], 300, memories=True)
    return json.loads(reply) == [], f"{text} -> {reply}"


def question_answerable(served: Served, words: Words) -> tuple[bool, str]:
    """The first question it writes about a note, asked back with that note."""
    fact: Fact = draw_fact(words)
    written = served.reply([("user", questions_request(fact.note, 4))], 160).splitlines()
    question = words.random.choice(written or [""])
    reply = served.ask([fact.note], question)
    return _says(reply, fact.y), f"{fact.note} | {question} -> {reply}"


def extraction_f1(served: Served, words: Words, cases: int) -> Row:
    """F1 over memories, one counted right when text, question and answer are all right."""
    found = wanted = right = 0
    failure = ""
    for _ in range(cases):
        text, memories = extraction.draw_message(words)
        reply = served.reply([("user", extraction_request(text))], 600, memories=True)
        try:
            read = [(m["text"], m["question"], m["answer"].strip()) for m in json.loads(reply)]
        except json.JSONDecodeError:  # cut off at the token limit
            read = []
        target = [(m["text"], m["question"], m["answer"]) for m in memories]
        hits = sum(memory in target for memory in read)
        found, wanted, right = found + len(read), wanted + len(target), right + hits
        failure = failure if hits == len(target) == len(read) else f"{text} -> {reply}"
    return Row("extraction, F1 of whole memories", 2 * right, found + wanted, failure)


_BYSTANDERS = (
    "The user's umbrella is purple.",
    "The user's lamp is made of copper.",
    "The user's ukulele is called Pip.",
    "The user's stepbrother sells kites.",
)


def by_hand(served: Served) -> list[Row]:
    """The questions of by_hand.txt; what was told is also asked with notes about other things in front."""
    rows = []
    for part, text in sections(Path(__file__).with_name("by_hand.txt")).items():
        cases = [line.split(" | ") for line in text.splitlines() if line]
        if part.startswith("extracted"):
            rows.append(_by_hand_extracted(served, cases))
            continue
        for around in ((), _BYSTANDERS) if part.startswith("told") else ((),):
            failures = []
            for notes, question, right in cases:
                reply = served.ask([*around, *notes.split(" / ")], question)
                if not any(_says(reply, value) for value in right.split(" or ")):
                    failures.append(f"{question} -> {reply} (right: {right})")
            beside = f", beside {len(around)} other notes" if around else ""
            rows.append(Row(f"by hand: {part}{beside}", len(cases) - len(failures), len(cases), "\n  ".join(failures)))
    return rows


def _by_hand_extracted(served: Served, cases: list[list[str]]) -> Row:
    failures = []
    for message, right in cases:
        read = json.loads(served.reply([("user", extraction_request(message))], 600, memories=True))
        said = " ".join(memory["text"] for memory in read)
        if not (all(_says(said, value) for value in right.split(" and ")) if right != "nothing" else not read):
            failures.append(f"{message} -> {said or 'nothing'} (right: {right})")
    return Row("by hand: extracted, or nothing", len(cases) - len(failures), len(cases), "\n  ".join(failures))


TASKS: tuple[tuple[str, Case], ...] = (
    ("answer from 1 note", from_notes(1)),
    ("answer from 10 notes", from_notes(10)),
    ("answer from 20 notes", from_notes(20)),
    ("answer from an earlier turn", from_chat),
    ("not told, no notes: doesn't know", not_told(0)),
    ("not told, 10 notes: doesn't know", not_told(10)),
    ("another's value is not said", wrong_person),
    ("manner asked for in a note", manner_followed(exact=False)),
    ("manner asked for in a note, to the letter", manner_followed(exact=True)),
    ("corrected by a later note", corrected_in_notes),
    ("corrected in the chat", corrected_in_chat),
    ("what is told is acknowledged", acknowledged),
    ("nothing extracted from questions and chat", false_memory),
    ("questions about a note are answerable", question_answerable),
    ("general knowledge, first phrasing", general(True)),
    ("general knowledge, other phrasings", general(False)),
)


def measure(path: Path, each: int, threads: int, split: Split) -> tuple[list[Row], float]:
    """The table's rows, and tokens generated per second."""
    served = Served(path, threads)
    rows = []
    for task, case in TASKS:
        words = Words(Random(f"evaluation/{task}"), split)
        outcomes = [case(served, words) for _ in range(each)]
        failures = [told for good, told in outcomes if not good]
        rows.append(Row(task, each - len(failures), each, failures[0] if failures else ""))
    rows.append(extraction_f1(served, Words(Random("evaluation/extraction"), split), each))
    rows += by_hand(served)
    return rows, served.generated / served.seconds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=shape.SHIPPED)
    parser.add_argument("--each", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--split", choices=("held_out", "train"), default="held_out", help="train: words that training knows, new values"
    )
    parser.add_argument("--failures", action="store_true", help="also print one failure of each row")
    chosen = parser.parse_args(arguments)
    rows, speed = measure(chosen.model, chosen.each, chosen.threads, chosen.split)
    print("| task | right | of | share | 95 % interval |\n|---|---|---|---|---|")
    for row in rows:
        low, high = row.interval
        print(f"| {row.task} | {row.right} | {row.cases} | {row.right / row.cases:.1%} | {low:.1%} to {high:.1%} |")
    print(f"\nGenerated {speed:.0f} tokens a second, reading the prompts included.")
    if chosen.failures:
        for row in rows:
            print(f"- {row.task}: {row.failure}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
