"""Models that think aloud before they answer: where a thought begins and ends, in a prompt and in a reply as it grows.

Dormouse asks for answers without thoughts, and what is thought nevertheless is no part of the reply: it would fill the context,
and a night would learn it by heart.
"""

from __future__ import annotations

MARKS = (
    ("<think>", "</think>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("<think:opensource>", "</think:opensource>"),
    ("<|channel>thought", "<channel|>"),
)
"""What model families write around a thought."""


def marks_in(template: str) -> tuple[tuple[str, str], ...]:
    """The marks that a chat template knows of, be it only to leave thoughts out; none for a model that does not think."""
    return tuple((begin, end) for begin, end in MARKS if begin in template or end in template)


def closed(prompt: str, tail: str) -> str:
    """The prompt with the thought that its `tail` opens closed again, with nothing thought."""
    begin = max((begin for begin, _ in MARKS if begin in tail), key=tail.rfind, default="")
    if not begin or dict(MARKS)[begin] in tail[tail.rfind(begin) :]:
        return prompt
    return f"{prompt.rstrip()}\n{dict(MARKS)[begin]}\n\n"


class Thoughts:
    """Parts a reply as it grows from the thought in front of it. Attribute: `text`, what was thought."""

    def __init__(self, marks: tuple[tuple[str, str], ...]) -> None:
        self.text = ""
        self._marks = marks
        self._held = ""
        self._end = ""
        self._answering = not marks
        self._trimming = False

    @property
    def answering(self) -> bool:
        """The answer itself has begun."""
        return self._answering

    def answer(self, piece: str) -> str:
        """What of the next piece belongs to the answer; what may still become a mark is held back."""
        if self._answering:
            if self._trimming:
                piece = piece.lstrip()
                self._trimming = not piece
            return piece
        self._held += piece
        if not self._end:
            opening = self._held.lstrip()
            begun = next(((begin, end) for begin, end in self._marks if opening.startswith(begin)), None)
            if begun is None:
                if not opening or any(begin.startswith(opening) for begin, _ in self._marks):
                    return ""
                return self.rest()
            self._held, self._end = opening.removeprefix(begun[0]), begun[1]
        thought, found, answer = self._held.partition(self._end)
        if not found:
            return ""
        self.text, self._held = thought.strip(), ""
        self._answering = self._trimming = True
        return self.answer(answer)

    def rest(self) -> str:
        """What was held back when nothing more comes: a thought that never ended is no answer."""
        held, thinking = self._held, bool(self._end) and not self._answering
        self._held, self._answering = "", True
        if thinking:
            self.text = held.strip()
        return "" if thinking else held
