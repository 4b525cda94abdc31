"""What a number may be: `3`, `<= 60`, `0.8..1`, or held against an earlier step: `<= 1.3 x before`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_LABEL = r"[A-Za-z_][\w-]*"
_RANGE = re.compile(rf"^(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})$")
_ONE_SIDED = re.compile(rf"^(?P<sign><=|>=|<|>|==?)?\s*(?P<number>{_NUMBER})(?:\s*(?:x|\*)\s+(?P<label>{_LABEL}))?$")
_LABEL_ALONE = re.compile(rf"^(?P<sign><=|>=|<|>|==?)\s*(?P<label>{_LABEL})$")

GRAMMAR = rf"^\s*(?:{_NUMBER}\s*\.\.\s*{_NUMBER}|(?:<=|>=|<|>|==?)?\s*{_NUMBER}(?:\s*(?:x|\*)\s+{_LABEL})?|(?:<=|>=|<|>|==?)\s*{_LABEL})\s*$"
"""The whole of it as one pattern, for the JSON Schema."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A condition on a number. `label` names the step whose number the limit is multiplied by."""

    written: str
    sign: str
    limit: float
    label: str = ""
    high: float | None = None

    def limit_text(self, earlier: Mapping[str, float]) -> str:
        """The condition with the earlier number filled in."""
        if not self.label:
            return self.written
        return f"{self.written} (= {self.sign} {self.limit * earlier[self.label]:.6g})"

    def holds(self, number: float, earlier: Mapping[str, float]) -> bool:
        """Whether `number` is as it must be; `earlier` are the same numbers of the steps that have a label."""
        if self.high is not None:
            return self.limit <= number <= self.high
        limit = self.limit * (earlier[self.label] if self.label else 1)
        match self.sign:
            case "<":
                return number < limit
            case "<=":
                return number <= limit
            case ">":
                return number > limit
            case ">=":
                return number >= limit
            case _:
                return number == limit


def parse(written: str) -> Bounds | None:
    """The condition that `written` states, or None where it is none."""
    text = written.strip()
    if found := _RANGE.match(text):
        return Bounds(text, "..", float(found["low"]), high=float(found["high"]))
    if found := _ONE_SIDED.match(text):
        return Bounds(text, _sign(found["sign"]), float(found["number"]), found["label"] or "")
    if found := _LABEL_ALONE.match(text):
        return Bounds(text, _sign(found["sign"]), 1.0, found["label"])
    return None


def _sign(written: str | None) -> str:
    return {"=": "==", None: "=="}.get(written, written or "==")
