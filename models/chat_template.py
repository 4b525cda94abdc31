"""The chat template that a model file carries, rendered as transformers renders it; no model is needed for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.engine import Turn
from models.errors import UserError
from models.thinking import MARKS, closed

_REFUSALS = (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError, RecursionError)
"""What a template's own mistakes, and its wishes for what a conversation has not, come out as."""
_PLACE = "Wqvxzk"

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


class _GenerationTag(jinja2.ext.Extension):
    """`{% generation %}` marks the assistant's words for training; for rendering it is only a pair of brackets."""

    tags = {"generation"}  # noqa: RUF012  (jinja2 asks for this very attribute)

    def parse(self, parser: Any) -> Any:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class ChatTemplate:
    """Renders turns; a control mark that stands in someone's words is broken, so that no text can forge a turn."""

    def __init__(self, source: str, *, model: str, bos: str, eos: str, marks: Sequence[str]) -> None:
        """`model` names the file in errors; `marks` are the texts of its control tokens."""
        self._model, self._bos, self._eos = model, bos, eos
        self._marks = tuple(mark for mark in marks if len(mark) > 1)
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTag, jinja2.ext.loopcontrols]
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as problem:
            raise UserError(f"The chat template in {model} cannot be read ({problem}). Choose another model.") from problem

    def render(self, turns: Sequence[Turn], *, reply: bool) -> str:
        """The conversation as text; with `reply`, up to where the assistant's words begin, with nothing thought before them."""
        messages = [{"role": turn.role, "content": self.harmless(turn.content)} for turn in turns]
        prompt = self._told(messages, reply)
        return self._begun(prompt, messages) if reply else prompt

    def _begun(self, prompt: str, messages: list[dict[str, str]]) -> str:
        """The prompt up to the very place where the template will put the answer once it is history.

        Between the mark of the assistant's turn and its words some templates write a channel or open a thought. What they write
        before a past answer is what was there without a thought; one that only a new answer begins with is closed at once.
        """
        try:
            told = self._told([*messages, {"role": "assistant", "content": _PLACE}], False)
        except UserError:
            return closed(prompt, self._opening(prompt, messages))
        before, found, _ = told.rpartition(_PLACE)
        if found and before.startswith(prompt) and before[len(prompt) :].strip():
            return before
        if found and prompt.startswith(before) and (said := prompt[len(before) :]).strip():
            thinks = any(mark in said for pair in MARKS for mark in pair)
            return closed(prompt, said) if thinks else before
        return closed(prompt, self._opening(prompt, messages))

    def _opening(self, prompt: str, messages: list[dict[str, str]]) -> str:
        """What the template itself wrote to begin the answer: the words before it may speak of thoughts too."""
        if not any(begin in prompt for begin, _ in MARKS):
            return ""
        told = self._told(messages, False)
        if prompt.startswith(told):
            return prompt[len(told) :]
        words = messages[-1]["content"].strip()
        return prompt.rpartition(words)[2] if words else ""

    def _told(self, messages: list[dict[str, str]], reply: bool) -> str:
        try:
            return self._render(messages, reply)
        except _REFUSALS as problem:
            folded = _without_system(messages)
            if folded == messages:
                raise self._refused(problem) from problem
        # Some templates know no system turn; its words then open the first user turn.
        try:
            return self._render(folded, reply)
        except _REFUSALS as problem:
            raise self._refused(problem) from problem

    def _render(self, messages: list[dict[str, str]], reply: bool) -> str:
        return self._template.render(
            messages=messages,
            add_generation_prompt=reply,
            bos_token=self._bos,
            eos_token=self._eos,
            enable_thinking=False,
            tools=None,
        )

    def _refused(self, problem: Exception) -> UserError:
        if isinstance(problem, jinja2.TemplateError) and not isinstance(problem, jinja2.UndefinedError):
            return UserError(f"The chat template in {self._model} refuses this conversation: {problem}")
        return UserError(
            f"The chat template in {self._model} wants more than a conversation, such as tools ({problem}), and so refuses this one. "
            "Choose the same model with its ordinary chat template."
        )

    def harmless(self, text: str) -> str:
        """The text with every control mark in it broken by a space."""
        for mark in self._marks:
            if mark in text:
                text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(messages) < 2 or messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return messages
    opening = {"role": "user", "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
    return [opening, *messages[2:]]


def _refuse(message: str) -> None:
    raise jinja2.TemplateError(message)


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **options)
