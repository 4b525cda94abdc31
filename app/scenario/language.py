"""The words a scenario is written in: one table from which files are checked, the JSON Schema is made and the document is held.

Nothing here knows how a step is done (`steps`) or an expectation judged (`expectations`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "text", "texts", "count_or_texts", "bounds", "ratio", "flag", "which", "passage", "conversation", "nothing",
    "whole", "choice", "reasons", "statuses", "label", "time", "settings", "steps", "rows",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One key: what kind of value it takes and what it means. `choices` for the kind "choice"."""

    name: str
    kind: Kind
    means: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """A kind of step: its own value, the options it must and may have, and what can be expected of it."""

    word: Word
    options: tuple[Word, ...] = ()
    needed: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()


def _words(*words: Word) -> Mapping[str, Word]:
    return {word.name: word for word in words}


HEAD = _words(
    Word("name", "text", "what the story is called"),
    Word("about", "text", "what it shows, for the reader"),
    Word("promise", "text", "the sentence of a document that it holds Dormouse to"),
    Word("model", "text", "a model's name, or a GGUF file beside the scenario; the built-in one otherwise"),
    Word("seed", "whole", "of the nights' training and of sampling; 0 otherwise"),
    Word("clock", "time", "when the story begins, as an ISO-8601 time"),
    Word("settings", "settings", "settings of the profile that differ from the default"),
    Word("given", "text", "a scenario file whose profile this one goes on from; built once, copied to each"),
    Word("steps", "steps", "what happens"),
)

EXPECTATIONS = _words(
    Word("expect", "texts", "what was said holds each of these: whole words in any case, or a /pattern/"),
    Word("expect_not", "texts", "what was said holds none of these"),
    Word("expect_any", "texts", "what was said holds at least one of these"),
    Word("expect_noted", "count_or_texts", "memories noted by this step: how many, or each of these among them"),
    Word("expect_forgotten", "count_or_texts", "memories forgotten by this step"),
    Word("expect_learned", "count_or_texts", "a night: what it learned; any other step: what is in the weights that serve after it"),
    Word("expect_memories", "count_or_texts", "what is known after this step"),
    Word("expect_status", "statuses", "words that find one memory: noted, learned, superseded or retracted"),
    Word("expect_notes_used", "count_or_texts", "notes that stood in front of the question"),
    Word("expect_by_heart", "count_or_texts", "memories the reply spoke of that no note told it"),
    Word("expect_kept_because", "reasons", "why memories stayed notes: text in a reason, or by words that find the memory"),
    Word("expect_outcome", "choice", "what became of the night", ("promoted", "awaiting", "rejected", "nothing_due", "failed", "cancelled")),
    Word("expect_adapter", "choice", "what serves after the step, beside what served before it", ("none", "some", "same", "another")),
    Word("expect_error", "texts", "the step is refused with these words"),
    Word("expect_warning", "texts", "the assistant warned with these words"),
    Word("expect_prompt_tokens", "bounds", "tokens of the whole prompt"),
    Word("expect_evaluated_tokens", "bounds", "prompt tokens that no cached prefix held"),
    Word("expect_completion_tokens", "bounds", "tokens of the reply"),
    Word("expect_logprob", "bounds", "log-probability of the answer, nats"),
    Word("expect_seconds", "ratio", "duration against an earlier step's: `<= 1.3 x label`"),
    Word("expect_share", "bounds", "share of the counted expectations that held, 0 to 1"),
)  # fmt: skip

EVERY_STEP = _words(
    Word("as", "label", "a name for the step, so that later numbers can be held against its own"),
    Word("counts", "label", "its expectations are counted under this name instead of failing; a tally asks for the share"),
)

_ANY = (
    "expect", "expect_not", "expect_any", "expect_learned", "expect_memories", "expect_status", "expect_adapter",
    "expect_error", "expect_warning", "expect_seconds",
)  # fmt: skip
_TOKENS = ("expect_prompt_tokens", "expect_evaluated_tokens", "expect_completion_tokens")
_REPLY = (*_ANY, "expect_noted", "expect_forgotten", "expect_notes_used", "expect_by_heart", *_TOKENS)
_NIGHT = (*_ANY, "expect_outcome", "expect_kept_because")
_NOTES = Word("notes", "flag", "false: nothing of any note enters the prompt")
_BASE = Word("base", "flag", "true: the bare base model answers, to which every memory is a note")

VERBS: Mapping[str, Verb] = {
    verb.word.name: verb
    for verb in (
        Verb(Word("say", "text", "one turn in the current conversation; what it holds is noted"), (_NOTES, _BASE), expects=_REPLY),
        Verb(Word("ask", "text", "a question in a conversation of its own; nothing is read out of it"), (_NOTES, _BASE), expects=_REPLY),
        Verb(Word("probe", "text", "how likely `answer` is as the reply to this question, and what is really replied"),
             (Word("answer", "text", "the reply whose log-probability is measured"), _NOTES, _BASE), ("answer",),
             (*_ANY, "expect_logprob", "expect_notes_used")),
        Verb(Word("remember", "text", "note something explicitly"), expects=(*_ANY, "expect_noted")),
        Verb(Word("correct", "text", "note something that must replace an older memory"), expects=(*_ANY, "expect_noted")),
        Verb(Word("night", "nothing", "learn now what is due"), expects=_NIGHT),
        Verb(Word("undo", "which", "forget: words that find one memory, its number, {night: 2}, {night: last}, everything, or a list"),
             expects=(*_ANY, "expect_forgotten")),
        Verb(Word("erase", "which", "the same as undo, and every copy is removed from disk"), expects=_ANY),
        Verb(Word("restore", "which", "take back an undo: words that find one undone memory, its number, or a list"), expects=_ANY),
        Verb(Word("advance", "passage", "let time pass: 20h, 2 days, 1 week; `3 nights` sleeps and learns through each"), expects=_NIGHT),
        Verb(Word("conversation", "conversation", "go on in another conversation: new, a number, or a name of one's own"), expects=_ANY),
        Verb(Word("model", "text", "serve with another model: a name, or a GGUF file beside the scenario"), expects=_ANY),
        Verb(Word("import", "text", "take in conversations or memories from a file beside the scenario"),
             (Word("note", "flag", "true: also note what the user said there"),), expects=(*_ANY, "expect_noted")),
        Verb(Word("backup", "label", "write the whole profile into a backup of this name"), expects=_ANY),
        Verb(Word("recover", "label", "put the backup of this name in the place of the profile"), expects=_ANY),
        Verb(Word("restart", "nothing", "close Dormouse and open it again"), expects=_ANY),
        Verb(Word("crash", "choice", "a night in which the training worker, or all of Dormouse, is killed", ("worker", "process")),
             (Word("at", "choice", "when: the phase of the night", ("preparing", "loading", "training", "measuring")),), expects=_NIGHT),
        Verb(Word("tally", "label", "how many of the expectations counted under this name held"), expects=(*_ANY, "expect_share")),
    )
}  # fmt: skip

WORKER_PHASES = ("loading", "training")
"""When a night has a worker that could be killed."""

REPEAT = Word("repeat", "whole", "do `steps` so many times; {round} is 1, 2, ...")
FOR_EACH = Word("for each", "rows", "do `steps` for each row; {column} is its value, or {it} where rows are plain values")
INNER = Word("steps", "steps", "the steps to do")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that must stand in a text as whole words, or a regular expression between slashes."""

    written: str
    regex: str = ""


@dataclass(frozen=True, slots=True)
class Which:
    """Memories an undo or restore names: by words, numbers, a night (0 is the last), or all."""

    words: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    night: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Reasons:
    """What reasons must say: any reason, or that of the memory that some words find."""

    anywhere: tuple[Pattern, ...] = ()
    by_words: Mapping[str, Pattern] = field(default_factory=dict)
