"""The JSON Schema of scenarios, made from the table of their words: editors complete and check files with it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from app.scenario import bounds
from app.scenario.language import EVERY_STEP, EXPECTATIONS, FOR_EACH, HEAD, INNER, REPEAT, VERBS, Verb, Word
from app.scenario.values import STATUSES
from app.settings import Settings

Schema = dict[str, Any]

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_TEXTS: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}
_BOUNDS: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": bounds.GRAMMAR}]}
_NAME: Schema = {"type": "string", "pattern": r"^[A-Za-z_][\w-]*$"}
_MEMORIES: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}
_NIGHT: Schema = {
    "type": "object",
    "properties": {"night": {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "last"}]}},
    "required": ["night"],
    "additionalProperties": False,
}
_ROW: Schema = {"anyOf": [_SCALAR, {"type": "object", "additionalProperties": _SCALAR, "minProperties": 1}]}


def scenario_schema() -> Schema:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dormouse scenario",
        "type": "object",
        "properties": {word.name: _of(word) for word in HEAD.values()},
        "required": ["name", "steps"],
        "additionalProperties": False,
        "$defs": {
            "steps": {"type": "array", "minItems": 1, "items": {"anyOf": [_step(verb) for verb in VERBS.values()] + _loops()}}
        },
    }


def _step(verb: Verb) -> Schema:
    words = [verb.word, *verb.options, *EVERY_STEP.values(), *(EXPECTATIONS[name] for name in verb.expects)]
    return {
        "type": "object",
        "title": verb.word.name,
        "description": verb.word.means,
        "properties": {word.name: _of(word) for word in words},
        "required": [verb.word.name, *verb.needed],
        "additionalProperties": False,
    }


def _loops() -> list[Schema]:
    return [
        {
            "type": "object",
            "title": word.name,
            "description": word.means,
            "properties": {word.name: _of(word), INNER.name: _of(INNER)},
            "required": [word.name, INNER.name],
            "additionalProperties": False,
        }
        for word in (REPEAT, FOR_EACH)
    ]


def _of(word: Word) -> Schema:
    return {"description": word.means, **_shape(word)}


def _shape(word: Word) -> Schema:
    match word.kind:
        case "text" | "conversation" | "passage":
            return _SCALAR
        case "texts" | "count_or_texts":
            return _TEXTS
        case "bounds":
            return _BOUNDS
        case "ratio":
            return {"type": "string", "pattern": bounds.GRAMMAR}
        case "flag":
            return {"type": "boolean"}
        case "whole":
            return {"type": "integer", "minimum": 0}
        case "choice":
            return {"enum": list(word.choices)}
        case "which":
            return {"anyOf": [_MEMORIES, _NIGHT]} if word.name in ("undo", "erase") else _MEMORIES
        case "nothing":
            return {"anyOf": [{"type": "object", "maxProperties": 0}, {"type": "null"}]}
        case "reasons":
            return {"anyOf": [_TEXTS, {"type": "object", "additionalProperties": _SCALAR, "minProperties": 1}]}
        case "statuses":
            return {"type": "object", "additionalProperties": {"enum": list(STATUSES)}, "minProperties": 1}
        case "label":
            return _NAME
        case "time":
            return {"type": "string"}
        case "settings":
            return {"type": "object", "properties": {f.name: {} for f in fields(Settings)}, "additionalProperties": False}
        case "rows":
            return {"type": "array", "minItems": 1, "items": _ROW}
        case "steps":
            return {"$ref": "#/$defs/steps"}
