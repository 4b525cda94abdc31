"""Holds a step's outcome against what was expected of it: one function per expectation, each says what it got instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.scenario.bounds import Bounds
from app.scenario.finding import find_one
from app.scenario.language import Pattern, Reasons
from app.scenario.stage import Outcome
from app.scenario.story import Expectation
from learning.judge import says
from learning.types import Memory
from models.errors import UserError

Earlier = Mapping[str, Mapping[str, float]]
"""The numbers of the steps that have a label: by number, then by label."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether an expectation holds; where it does not, what was wanted and got, and what `--update` may write instead."""

    holds: bool
    wanted: str = ""
    got: str = ""
    actual: str | Sequence[str] | None = None


def judge(expectation: Expectation, outcome: Outcome, earlier: Earlier) -> Judged:
    """Whether the expectation holds."""
    return _JUDGES.get(expectation.name, _number)(expectation, outcome, earlier)


def matches(pattern: Pattern, text: str) -> bool:
    """Whole words in any case, or the regular expression somewhere in the text."""
    if pattern.regex:
        return re.search(pattern.regex, text, re.IGNORECASE) is not None
    # Words that are no words to `says`, such as "?", must stand as they are.
    return says(text, pattern.written) or (not re.search(r"\w", pattern.written) and pattern.written in text)


def _expect(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    missing = [pattern.written for pattern in expectation.value if not matches(pattern, outcome.text)]
    return Judged(not missing, " and ".join(missing), outcome.text, outcome.text)


def _expect_not(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    found = [pattern.written for pattern in expectation.value if matches(pattern, outcome.text)]
    return Judged(not found, f"not {' nor '.join(found)}", outcome.text)


def _expect_any(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    holds = any(matches(pattern, outcome.text) for pattern in expectation.value)
    return Judged(holds, " or ".join(pattern.written for pattern in expectation.value), outcome.text, outcome.text)


def _memories(found: Callable[[Outcome], Sequence[Memory] | None]) -> Callable[[Expectation, Outcome, Earlier], Judged]:
    def judged(expectation: Expectation, outcome: Outcome, earlier: Earlier) -> Judged:
        memories = found(outcome) or ()
        texts = [memory.text for memory in memories]
        got = f"{len(texts)}: {'; '.join(texts)}" if texts else "none"
        if isinstance(expectation.value, Bounds):
            labelled = earlier.get(expectation.name, {})
            holds = expectation.value.holds(len(texts), labelled)
            return Judged(holds, expectation.value.limit_text(labelled), got, str(len(texts)))
        missing = [p.written for p in expectation.value if not any(matches(p, text) for text in texts)]
        return Judged(not missing, " and ".join(missing), got, texts)

    return judged


def _learned(outcome: Outcome) -> Sequence[Memory]:
    if outcome.learned is not None:
        return outcome.learned
    return [memory for memory in outcome.memories if memory.status == "learned"]


def _live(outcome: Outcome) -> Sequence[Memory]:
    return [memory for memory in outcome.memories if memory.id in outcome.live]


def _status(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    wrong: list[tuple[str, str]] = []
    for words, status in expectation.value.items():
        try:
            memory = find_one(words, outcome.memories)
        except UserError as error:
            wrong.append((f"{words}: {status}", str(error)))
            continue
        if memory.status != status:
            wrong.append((f"{words}: {status}", f"{memory.status} ({memory.text})"))
    return Judged(not wrong, "; ".join(wanted for wanted, _ in wrong), "; ".join(got for _, got in wrong))


def _kept_because(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    reasons: Reasons = expectation.value
    by_id = {memory.id: memory for memory in outcome.memories}
    got = "; ".join(f"{by_id[kept.memory].text} ({kept.reason})" for kept in outcome.kept) or "nothing was kept as a note"
    missing = [p.written for p in reasons.anywhere if not any(matches(p, kept.reason) for kept in outcome.kept)]
    for words, pattern in reasons.by_words.items():
        try:
            memory = find_one(words, [by_id[kept.memory] for kept in outcome.kept])
        except UserError:
            missing.append(f"{words}: {pattern.written}")
            continue
        if not any(matches(pattern, kept.reason) for kept in outcome.kept if kept.memory == memory.id):
            missing.append(f"{words}: {pattern.written}")
    return Judged(not missing, "; ".join(missing), got)


def _outcome(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    return Judged(outcome.night == expectation.value, expectation.value, outcome.night or "no night", outcome.night or None)


def _adapter(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    before, after = outcome.adapter_before, outcome.adapter_after
    holds = {"none": after is None, "some": after is not None, "same": before == after, "another": before != after}
    got = f"{_adapter_named(after)} (before: {_adapter_named(before)})"
    return Judged(holds[expectation.value], expectation.value, got)


def _adapter_named(adapter: int | None) -> str:
    return "none" if adapter is None else f"adapter {adapter}"


def _error(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    missing = [pattern.written for pattern in expectation.value if not matches(pattern, outcome.error)]
    got = outcome.error or f"no error: {outcome.text}"
    return Judged(bool(outcome.error) and not missing, " and ".join(missing or [expectation.written]), got)


def _warning(expectation: Expectation, outcome: Outcome, _: Earlier) -> Judged:
    missing = [p.written for p in expectation.value if not any(matches(p, text) for text in outcome.warnings)]
    return Judged(not missing, " and ".join(missing), "; ".join(outcome.warnings) or "no warning")


def _number(expectation: Expectation, outcome: Outcome, earlier: Earlier) -> Judged:
    number = outcome.numbers.get(expectation.name.removeprefix("expect_"))
    labelled = earlier.get(expectation.name, {})
    wanted: Bounds = expectation.value
    if number is None:
        return Judged(False, wanted.written, f"no such number: {outcome.text}")
    if wanted.label and wanted.label not in labelled:
        return Judged(False, wanted.written, f"{number:.6g}, but the step {wanted.label} has no such number")
    got = f"{number:.6g}"
    return Judged(wanted.holds(number, labelled), wanted.limit_text(labelled), got, got)


_JUDGES: Mapping[str, Callable[[Expectation, Outcome, Earlier], Any]] = {
    "expect": _expect,
    "expect_not": _expect_not,
    "expect_any": _expect_any,
    "expect_noted": _memories(lambda outcome: outcome.noted),
    "expect_forgotten": _memories(lambda outcome: outcome.forgotten),
    "expect_learned": _memories(_learned),
    "expect_memories": _memories(_live),
    "expect_notes_used": _memories(lambda outcome: outcome.notes_used),
    "expect_by_heart": _memories(lambda outcome: outcome.by_heart),
    "expect_status": _status,
    "expect_kept_because": _kept_because,
    "expect_outcome": _outcome,
    "expect_adapter": _adapter,
    "expect_error": _error,
    "expect_warning": _warning,
}
