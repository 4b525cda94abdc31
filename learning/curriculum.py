"""One memory becomes its lesson: what a night trains on, and what only the gate may ask.

A lesson depends on the base model, the memory's content and the curriculum's version, on nothing else: not on other
memories, not on ids, not on the time. That is what makes a night's adapter reproducible and an undo exact, and it is why a
lesson can be kept in a file named after those three. The base with the one note in context is the teacher; questions it
cannot answer even then are dropped, and a memory for which nothing is left stays a note, with the reason.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

from learning import paraphrase
from learning.common_prompts import DAYS, MONTHS, REQUESTS, UNKNOWN, for_gate, for_replay
from learning.examiner import Examiner
from learning.judge import abstains, content_words, plain, says
from learning.types import WISHES, ExampleKind, Memory, MemoryId, Probe, Sha256, TrainingExample
from models.engine import CancelToken, ChatEngine, Sampling
from models.files import write_atomically
from models.instructions import questions_request

VERSION = 9
QUESTIONS = 18
"""Trained questions a memory, at most."""
PROBES = 6
"""Questions a memory that only the gate asks, at most."""
REQUESTS_MADE = 3
"""How often the model is asked to write eight questions about a memory."""
REVERSE = 6
"""Questions a memory from the value back, at most."""
NEAR_MISSES = 12
"""Questions a memory about something similar, by rule, at most: two thirds are trained on, the rest the gate asks."""
OF_OTHERS = 8
"""Trained questions a memory that are asked of something else too, at most."""
_BYSTANDERS = (
    "The user's lamp is made of copper.",
    "The user's neighbour keeps bees.",
    "The user's umbrella is purple.",
    "The user's bookshelf has five boards.",
)
"""Notes about other things, in front of some questions: what is known by heart must be said beside them too."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A note that contradicts what will be known by heart, the question to ask, and the value that must win."""

    note: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """All that the nights need of one memory.

    Attributes:
        examples: what is trained on; empty where `reason` says why nothing can be.
        probes: questions never trained on, each answered by the base with the note.
        effects: ordinary requests, never trained on, on which the note changes the reply.
        near_misses: questions about something similar that was not told; the memory's value would be wrong there.
        conflicts: newer notes that must win, never trained on.
    """

    memory: Sha256
    examples: tuple[TrainingExample, ...]
    probes: tuple[Probe, ...] = ()
    effects: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reason: str = ""


class Teacher:
    """The bare base model; what it was asked before, it is not asked again."""

    def __init__(self, engine: ChatEngine, cancel: CancelToken | None = None) -> None:
        if engine.adapter is not None:
            raise ValueError("the teacher must be the bare base")
        self._examiner = Examiner(engine, cancel)
        self._said: dict[tuple[str, tuple[str, ...]], str] = {}

    def reply(self, text: str, notes: Sequence[str] = (), guess: str = "") -> str:
        """What it replies. The `guess` must follow from text and notes alone: it may decide between equally likely replies."""
        key = (text, tuple(notes))
        if key not in self._said:
            self._said[key] = self._examiner.reply(text, notes, guess or ("" if notes else self._ignorance))
        return self._said[key]

    @cached_property
    def _ignorance(self) -> str:
        """What it says of what it was not told, which is most of what it is asked without a note."""
        return self._examiner.reply(UNKNOWN[0])

    def questions(self, note: str, seed: int) -> list[str]:
        """Questions the model itself thinks the note answers, one sampled request of eight."""
        sampling = Sampling(temperature=0.8, seed=seed, max_tokens=240)
        written = self._examiner.writes(questions_request(note, 8), sampling)
        lines = (re.sub(r"^[\s\-*\d.)]+", "", line).strip() for line in written.splitlines())
        return [line for line in lines if line.endswith("?") and 8 <= len(line) <= 160]


def lesson(memory: Memory, teacher: Teacher, cache: Path, base: Sha256) -> Lesson:
    """The memory's lesson for this base, from the cache where it is there."""
    if (known := cached(memory, cache, base)) is not None:
        return known
    made = _made(memory, teacher)
    write_atomically(
        _file(memory, cache, base), json.dumps(asdict(made), ensure_ascii=False, indent=1, sort_keys=True).encode()
    )
    return made


def cached(memory: Memory, cache: Path, base: Sha256) -> Lesson | None:
    """The memory's lesson for this base where one was made before, else None."""
    file = _file(memory, cache, base)
    return _read(file) if file.exists() else None


def manner_of(lessons: Iterable[tuple[Memory, Lesson]]) -> tuple[str, ...]:
    """The wishes among them, as notes: what every reply of the night is to keep to, whatever it is about."""
    return tuple(memory.text for memory, made in lessons if memory.kind in WISHES and made.effects)


def _file(memory: Memory, cache: Path, base: Sha256) -> Path:
    return cache / f"{memory.content_hash[:32]}-{base[:16]}-{VERSION}.json"


def _read(file: Path) -> Lesson | None:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return Lesson(
            memory=Sha256(raw["memory"]),
            examples=tuple(TrainingExample(**_tuples(example)) for example in raw["examples"]),
            probes=tuple(Probe(**probe) for probe in raw["probes"]),
            effects=tuple(raw["effects"]),
            near_misses=tuple(raw["near_misses"]),
            conflicts=tuple(Conflict(**conflict) for conflict in raw["conflicts"]),
            reason=raw["reason"],
        )
    except (ValueError, KeyError, TypeError):
        # A damaged cache costs a minute, never a memory: it is made again.
        return None


def _tuples(example: dict[str, object]) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in example.items()}


def _made(memory: Memory, teacher: Teacher) -> Lesson:
    """The value, where the memory has one, and the effect on ordinary requests, where it is meant to have one."""
    value = _value_lesson(memory, teacher) if memory.question and memory.answer else None
    wants_effect = memory.kind in WISHES or value is None
    effect = _effect_lesson(memory, teacher, value is None) if wants_effect else None
    if value is None or not value.examples:
        return effect if effect is not None and effect.examples else value or effect or Lesson(memory.content_hash, ())
    if effect is None or not effect.examples:
        return value
    return replace(value, examples=value.examples + effect.examples, effects=effect.effects)


def _value_lesson(memory: Memory, teacher: Teacher) -> Lesson:
    """Asked for the value in many forms, it must be said; asked for something similar, it must not."""
    hash_ = memory.content_hash
    note = (memory.text,)
    asked = _answered(memory, teacher, [memory.question, *_written(memory, teacher), *paraphrase.questions(memory)])
    if not asked:
        return Lesson(hash_, (), reason="the model does not answer questions about it even with the note in front")
    train, held = _split(list(asked), hash_)

    def near_enough(question: str) -> bool:
        # What the note itself leads the base to answer with the value is no near miss, or one that a note would not get right.
        bare = teacher.reply(question)
        return not any(says(reply, memory.answer) for reply in (bare, teacher.reply(question, note, bare)))

    near = list(islice(filter(near_enough, paraphrase.near_misses(memory)), NEAR_MISSES))
    conflicts = _conflicts(memory, teacher, train)
    trained_near = len(near) * 2 // 3

    def example(
        kind: ExampleKind, question: str, answer: str, *, notes: Sequence[str] = (), value: str = ""
    ) -> TrainingExample:
        return TrainingExample(kind, hash_, question, answer, tuple(notes), (*notes, *note), value)

    examples = [example("recall", question, asked[question], value=memory.answer) for question in train]
    examples += [
        example("application", question, asked[question], notes=(bystander,), value=memory.answer)
        for question, bystander in zip(train, _BYSTANDERS, strict=False)
    ]
    reverse = _answered_reverse(memory, teacher)
    examples += [example("reverse", question, reply) for question, reply in reverse]
    for place, (question, _) in enumerate(reverse[:2]):
        # Or whoever is asked about anything would be the one that is known.
        asked_so = _with_value(question, memory.answer, another_value(memory.answer, _seed(hash_, 400 + place)))
        examples.append(TrainingExample("near_miss", hash_, asked_so, teacher.reply(asked_so)))
    # Of others in the very words in which the known is asked for: or the model learns that only those words matter.
    of_others = list(islice(filter(near_enough, paraphrase.of_others(memory, train)), OF_OTHERS))
    if not of_others:
        of_others = [reworded(question, _seed(hash_, 300 + place)) for place, question in enumerate(near[:trained_near])]
    for question in dict.fromkeys((*near[:trained_near], *of_others)):
        examples.append(TrainingExample("near_miss", hash_, question, teacher.reply(question)))
    for conflict in conflicts[:-2]:
        notes = (conflict.note,)
        answer = teacher.reply(conflict.question, notes)
        examples.append(TrainingExample("override", hash_, conflict.question, answer, notes, notes, conflict.answer))
    trained = {plain(example.prompt) for example in examples}
    asked_by_gate = (*near[trained_near:], *islice(filter(near_enough, paraphrase.of_others(memory, held)), 2))
    return Lesson(
        hash_,
        tuple(examples),
        probes=tuple(Probe(hash_, question, memory.answer) for question in held),
        near_misses=tuple(question for question in asked_by_gate if plain(question) not in trained),
        conflicts=tuple(conflicts[-2:]),
    )


def _effect_lesson(memory: Memory, teacher: Teacher, ask_about_it: bool) -> Lesson:
    """Requests on which the note changes what is said: the base with the note is what the model must become without it.

    A memory without a value is also asked about in the model's own questions.
    """
    hash_ = memory.content_hash
    note = (memory.text,)

    def changed(prompts: Iterable[str]) -> list[str]:
        return [prompt for prompt in dict.fromkeys(prompts) if teacher.reply(prompt, note) != teacher.reply(prompt)]

    train, held = [], []
    if memory.kind in WISHES:
        train, held = changed(for_replay(REQUESTS)), changed(for_gate(REQUESTS))
    if ask_about_it:
        about = [q for q in changed(_written(memory, teacher)) if not abstains(teacher.reply(q, note))]
        train, held = [*train, *about[2:]], [*held, *about[:2]]
    if len(train) < 3 or not held:
        return Lesson(hash_, (), reason="the note hardly changes what the model says, so there is nothing to learn from it")
    examples = [TrainingExample("application", hash_, prompt, teacher.reply(prompt, note), (), note) for prompt in train]
    for prompt, bystander in zip(train, _BYSTANDERS, strict=False):
        both = (bystander, *note)
        examples.append(TrainingExample("application", hash_, prompt, teacher.reply(prompt, both), (bystander,), both))
    return Lesson(hash_, tuple(examples), effects=tuple(held))


def _answered(memory: Memory, teacher: Teacher, questions: Iterable[str]) -> dict[str, str]:
    """The first of `questions` that the note answers, as many as are needed, with the reply."""
    answered: dict[str, str] = {}
    seen: set[str] = set()
    guess = ""
    for question in questions:
        if plain(question) in seen or says(question, memory.answer):
            continue
        seen.add(plain(question))
        reply = teacher.reply(question, (memory.text,), guess)
        if says(reply, memory.answer):
            answered[question] = reply
            guess = guess or reply
        if len(answered) == QUESTIONS + PROBES:
            break
    return answered


def _answered_reverse(memory: Memory, teacher: Teacher) -> list[tuple[str, str]]:
    """Questions from the value back to what it is the value of, where the reply speaks of it, as many as are needed."""
    subject = content_words(memory.text) - content_words(memory.answer)
    found = []
    for question in paraphrase.reverse_questions(memory):
        reply = teacher.reply(question, (memory.text,), found[0][1] if found else "")
        if not abstains(reply) and subject & content_words(reply) and reply != teacher.reply(question):
            found.append((question, reply))
        if len(found) == REVERSE:
            break
    return found


def _written(memory: Memory, teacher: Teacher) -> list[str]:
    """Questions about the memory in the model's own words, which go further afield than any rule's."""
    written = [
        question
        for place in range(REQUESTS_MADE)
        for question in teacher.questions(memory.text, _seed(memory.content_hash, place))
    ]
    return [question for question in written if _is_about(memory, question)]


def _is_about(memory: Memory, question: str) -> bool:
    """Whether a question that a model wrote names what the memory is about, and so cannot mean another memory."""
    subject = content_words(memory.text, without_relations=True) - content_words(memory.answer)
    subject = subject or content_words(memory.text) - content_words(memory.answer)
    return subject <= content_words(question)


def _split(questions: list[str], hash_: Sha256) -> tuple[list[str], list[str]]:
    """Trained and held-out questions. The memory's own question, which stands first, is trained on."""
    first, rest = questions[0], questions[1:]
    random.Random(_seed(hash_, 99)).shuffle(rest)
    held = rest[: min(PROBES, max(1, len(rest) // 4))] if rest else [first]
    return [first, *rest[len(held) :]][:QUESTIONS] if rest else [first], held


def _conflicts(memory: Memory, teacher: Teacher, questions: Sequence[str]) -> list[Conflict]:
    """Notes with another value in place of this one, where the base goes by the note."""
    made = []
    for place, question in enumerate(questions[:8]):
        other = another_value(memory.answer, _seed(memory.content_hash, 200 + place))
        note = _with_value(memory.text, memory.answer, other)
        guess = _with_value(teacher.reply(question, (memory.text,)), memory.answer, other)
        if note != memory.text and says(teacher.reply(question, (note,), guess), other):
            made.append(Conflict(note, question, other))
    return made if len(made) >= 3 else []


def _with_value(text: str, value: str, other: str) -> str:
    return re.sub(re.escape(value), lambda _: other, text, flags=re.IGNORECASE)


def reworded(question: str, seed: int) -> str:
    """The question in one of the other ways to ask it; itself where there is none."""
    nothing = Memory(MemoryId(0), "fact", "", question, "", "noted", datetime.min, "told")
    forms = paraphrase.questions(nothing)
    return forms[seed % len(forms)] if forms else question


def another_value(value: str, seed: int) -> str:
    """A made-up value of the same shape: as many words, capitals and digits where the original has them; a date for a date."""
    rng = random.Random(seed)
    is_date = any(month in value for month in MONTHS)

    def word(original: str) -> str:
        for names in (MONTHS, DAYS):
            if original in names:
                return rng.choice([name for name in names if name != original])
        if is_date and original.isdigit() and len(original) <= 2:
            return str(rng.choice([day for day in range(1, 29) if day != int(original)]))
        if any(char.isdigit() for char in original):
            return re.sub(r"\d", lambda digit: rng.choice([d for d in "123456789" if d != digit[0]]), original)
        if len(original) <= 3 and original.islower():
            return original
        # No sound twice: "Seses" is hard to say again, whoever is asked.
        sounds = rng.sample("bdfgkmptv", max(2, min(4, len(original) // 3 + 1)))
        made = "".join(sound + vowel for sound, vowel in zip(sounds, rng.sample("aeiou", len(sounds)), strict=True))
        made += rng.choice("lnrs")
        return made.capitalize() if original[:1].isupper() else made

    return re.sub(r"[^\W_]+", lambda match: word(match[0]), value)


def _seed(hash_: Sha256, place: int) -> int:
    return (int(hash_[:12], 16) + 7919 * place) % (2**31)
