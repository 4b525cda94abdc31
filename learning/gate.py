"""Measure a candidate adapter where it will serve: in llama.cpp, on the quantized base, on questions nobody trained on.

The gate answers two questions. For each memory: may its note leave the prompt? For the whole adapter: does it harm? Base and
candidate are asked the same things in the same way, so whatever a model cannot do anyway is not held against a night. A reply
to something ordinary may be as the bare base gives it, or as it does with the night's wishes about replies in front.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from learning.common_prompts import FIXED_TEXT, GENERAL, UNKNOWN, for_gate
from learning.curriculum import Lesson, manner_of
from learning.examiner import Examiner
from learning.judge import abstains, content_words, says, words_about
from learning.shared_out import shared_out
from learning.types import GateReport, Measure, Memory, MemoryId, Verdict
from models.engine import CancelToken, ChatEngine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Limits:
    """What a candidate must reach to serve, and a memory to leave the prompt.

    Attributes:
        recall: share of a memory's unseen questions that must be answered with its value.
        absorption: share of the note's effect that must be in the weights, for memories without a value.
        confused: questions about something similar (of up to six) in which the value may come up.
        kl_neutral: nats a token; above it the model has become another one.
        flipped, abstention: shares of general and of unknown questions.
        perplexity: of a fixed text, how much it may rise, as a share of the base's; it moves by a fifth without any harm that shows.
    """

    recall: float = 0.8
    absorption: float = 0.6
    confused: int = 1
    kl_neutral: float = 0.15
    flipped: float = 0.12
    abstention: float = 0.75
    perplexity: float = 0.5


def measure(
    engine: ChatEngine,
    adapter: Path,
    lessons: Mapping[MemoryId, tuple[Memory, Lesson]],
    limits: Limits,
    on_progress: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
) -> GateReport:
    """Ask base and candidate everything and judge; leaves the engine with the candidate on it.

    Raises:
        Cancelled: the person asked to stop.
    """
    manner = manner_of(lessons.values())
    verdicts: dict[MemoryId, Verdict] = {}
    harm: list[_Harm] = []

    def work(other: ChatEngine, mine: Iterator[MemoryId | None]) -> None:
        examiner = Examiner(other, cancel)
        for id_ in mine:
            if id_ is None:
                about = frozenset().union(*(words_about(memory) for memory, _ in lessons.values()))
                harm.append(_Harm.of(examiner, other, adapter, about, manner))
            else:
                verdicts[id_] = _judged(examiner, other, adapter, *lessons[id_], manner, limits)
            if other is engine and on_progress is not None:
                on_progress(len(verdicts) + len(harm), len(lessons) + 1)

    shared_out(engine, [None, *lessons], work)
    engine.set_adapter(adapter)
    report = GateReport(verdicts=tuple(verdicts[id_] for id_ in lessons), promoted=True, **asdict(harm[0]))
    reason = _harm(report, limits)
    if not reason and not any(verdict.passed for verdict in report.verdicts):
        reason = "nothing was learned well enough to leave the prompt"
    return replace(report, promoted=not reason, reason=reason)


@dataclass(frozen=True, slots=True)
class _Harm:
    """What became of everything else; see `GateReport`."""

    kl_neutral: float
    flipped: float
    abstention: float
    perplexity: float

    @staticmethod
    def of(examiner: Examiner, engine: ChatEngine, adapter: Path, about: Collection[str], manner: Sequence[str]) -> _Harm:
        """`about`: words of what was told, of which nothing is unknown any more."""
        unknown = [q for q in for_gate(UNKNOWN) if not content_words(q, without_relations=True) & set(about)][:30]
        general = for_gate(GENERAL)
        ordinary = [*(question for question, _ in general), *unknown]
        engine.set_adapter(None)
        references = [_Reference.of(examiner, ordinary, notes) for notes in dict.fromkeys(((), manner))]
        fluent = max(perplexity(examiner, notes) for notes in dict.fromkeys(((), manner)))
        engine.set_adapter(adapter)
        known = [(q, value) for q, value in general if all(says(base.replies[q], value) for base in references)]
        flipped = [question for question, value in known if not says(examiner.reply(question), value)]
        humble = [question for question in unknown if all(abstains(base.replies[question]) for base in references)]
        still = [question for question in humble if abstains(examiner.reply(question))]
        drift = [min(base.drift(examiner, question) for base in references) for question in ordinary]
        return _Harm(
            kl_neutral=sum(drift) / max(1, len(drift)),
            flipped=len(flipped) / max(1, len(known)),
            abstention=len(still) / len(humble) if humble else 1.0,
            perplexity=perplexity(examiner) / fluent - 1.0,
        )


def _judged(
    examiner: Examiner,
    engine: ChatEngine,
    adapter: Path,
    memory: Memory,
    lesson: Lesson,
    manner: Sequence[str],
    limits: Limits,
) -> Verdict:
    """One memory, asked of the base and of the candidate."""
    engine.set_adapter(None)
    before = _ask(examiner, memory, lesson)
    effects = [_Effect.of(examiner, prompt, memory.text, manner) for prompt in lesson.effects]
    engine.set_adapter(adapter)
    after = _ask(examiner, memory, lesson)
    conflicts = [(c, examiner.reply(c.question, (c.note,))) for c in lesson.conflicts]
    won = sum(says(reply, c.answer) for c, reply in conflicts) * 2 >= len(conflicts)
    overridden = won and not any(says(reply, memory.answer) for _, reply in conflicts)
    confused = [question for question in lesson.near_misses if says(examiner.reply(question), memory.answer)]
    return _verdict(memory, lesson, before, after, _absorption(examiner, effects), overridden, confused, limits)


def perplexity(examiner: Examiner, notes: Sequence[str] = ()) -> float:
    """Of the fixed text's replies, a token, with these notes in front of each prompt."""
    scores = [examiner.score(prompt, reply, notes) for prompt, reply in FIXED_TEXT]
    return math.exp(-sum(score.logprob for score in scores) / sum(score.tokens for score in scores))


def _harm(report: GateReport, limits: Limits) -> str:
    if report.kl_neutral > limits.kl_neutral:
        return f"it changed answers that have nothing to do with you (KL {report.kl_neutral:.3f} nats, at most {limits.kl_neutral})"
    if report.perplexity > limits.perplexity:
        return f"it speaks worse than before (perplexity of a fixed text {report.perplexity:+.0%}, at most {limits.perplexity:+.0%})"
    if report.flipped > limits.flipped:
        return f"it lost general knowledge ({report.flipped:.0%} of the answers, at most {limits.flipped:.0%})"
    if report.abstention < limits.abstention:
        return (
            f"it made things up ({report.abstention:.0%} of unknown questions still admitted, at least {limits.abstention:.0%})"
        )
    return ""


def _verdict(
    memory: Memory,
    lesson: Lesson,
    before: Measure,
    after: Measure,
    absorbed: float | None,
    overridden: bool,
    confused: Sequence[str],
    limits: Limits,
) -> Verdict:
    reason = ""
    if lesson.probes and after.recall < limits.recall:
        reason = f"it was recalled in {after.recall:.0%} of unseen questions, {limits.recall:.0%} are needed"
    elif lesson.probes and not says(after.greedy, memory.answer):
        reason = f"asked “{memory.question}”, it said “{after.greedy}”"
    elif absorbed is not None and absorbed < limits.absorption:
        reason = f"{max(0.0, absorbed):.0%} of its effect went into the weights, {limits.absorption:.0%} are needed"
    elif len(confused) > limits.confused:
        reason = f"it also came up where it does not belong: “{confused[0]}”"
    elif not overridden:
        reason = "a newer note would not win over it"
    absorption = absorbed if absorbed is not None else after.recall
    return Verdict(memory.id, not reason, before, after, absorption, reason)


def _ask(examiner: Examiner, memory: Memory, lesson: Lesson) -> Measure:
    """The memory's own question and its probes, without the note."""
    recalled = [says(examiner.reply(probe.question), probe.answer) for probe in lesson.probes]
    question = memory.question or (lesson.effects[0] if lesson.effects else memory.text)
    greedy = examiner.reply(question)
    logprob = 0.0
    if memory.answer:
        stated = (
            lesson.examples[0].answer if lesson.examples and says(lesson.examples[0].answer, memory.answer) else memory.answer
        )
        score = examiner.score(question, stated)
        logprob = score.logprob / max(1, score.tokens)
    return Measure(logprob, sum(recalled) / max(1, len(recalled)), greedy)


@dataclass(frozen=True, slots=True)
class _Reference:
    """What the base replies to ordinary questions, with the same notes in front of each, and its distributions there."""

    replies: Mapping[str, str]
    logprobs: Mapping[str, npt.NDArray[np.float32]]

    @staticmethod
    def of(examiner: Examiner, questions: Sequence[str], notes: Sequence[str]) -> _Reference:
        replies = {question: examiner.reply(question, notes) for question in questions}
        return _Reference(replies, {q: examiner.logprobs(q, reply, notes) for q, reply in replies.items()})

    def drift(self, examiner: Examiner, question: str) -> float:
        return _kl(self.logprobs[question], examiner.logprobs(question, self.replies[question]))


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a note does to one request: the reply it leads to, and the distributions with and without it."""

    prompt: str
    reply: str
    noted: npt.NDArray[np.float32]
    bare: npt.NDArray[np.float32]

    @staticmethod
    def of(examiner: Examiner, prompt: str, note: str, manner: Sequence[str]) -> _Effect:
        """`manner`: wishes that are learned together with it, perhaps this one among them."""
        with_it = manner if note in manner else (*manner, note)
        without = [wish for wish in manner if wish != note]
        reply = examiner.reply(prompt, with_it)
        return _Effect(prompt, reply, examiner.logprobs(prompt, reply, with_it), examiner.logprobs(prompt, reply, without))


def _absorption(examiner: Examiner, effects: Sequence[_Effect]) -> float | None:
    """1 - KL(note || adapter) / KL(note || base), summed over the requests; None where there are none."""
    if not effects:
        return None
    total = sum(_kl(effect.noted, effect.bare) for effect in effects)
    left = sum(_kl(effect.noted, examiner.logprobs(effect.prompt, effect.reply)) for effect in effects)
    return 1.0 - left / total if total > 0 else 0.0


def _kl(reference: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Mean KL(reference || other) over positions, in nats; both (tokens, vocab) log-probabilities."""
    import numpy as np

    return float(np.mean(np.sum(np.exp(reference) * (reference - other), axis=-1)))
