"""Schemas as grammars: what the house needs is expressed, everything else is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.engine import Sampling, Turn
from models.instructions import MEMORIES_SCHEMA
from models.json_grammar import grammar_for
from models.llama import LlamaEngine

SCHEMAS: list[dict[str, Any]] = [
    {"type": "boolean"},
    {"type": "null"},
    {"type": "number"},
    {"type": "string", "minLength": 3, "maxLength": 3},
    {"const": {"a": ["\\", '"', "é"]}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
    {"type": "array", "items": {"type": "null"}, "maxItems": 0},
    {"type": "object", "properties": {}},
    {"type": "object", "properties": {'say "no"': {"enum": ["\n", "日本", 1, None]}}, "required": ['say "no"']},
    {"anyOf": [{"type": "object", "properties": {"a": {"type": "string", "maxLength": 5}}}, {"type": "integer"}]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=[json.dumps(schema)[:40] for schema in SCHEMAS])
@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_any_schema_we_express_is_answered_in_json(tiny: LlamaEngine, schema: dict[str, Any], temperature: float) -> None:
    for seed in range(3):
        sampling = Sampling(max_tokens=60, temperature=temperature, top_k=0, top_p=1.0, seed=seed)
        value = json.loads(tiny.reply([Turn("user", "x")], schema=schema, sampling=sampling).text)
        assert fits(value, schema), value


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value is what a schema of this file asks for."""
    if "const" in schema:
        return value == schema["const"]
    if "enum" in schema:
        return value in schema["enum"]
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    kind = {
        "boolean": bool,
        "null": type(None),
        "number": (int, float),
        "integer": int,
        "string": str,
        "array": list,
        "object": dict,
    }
    if not isinstance(value, kind[schema["type"]]):
        return False
    if isinstance(value, str) and "\N{REPLACEMENT CHARACTER}" not in value:  # llama.cpp counts a broken character as one
        return schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6)
    if isinstance(value, list):
        inside = all(fits(one, schema["items"]) for one in value)
        return inside and schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6)
    if isinstance(value, dict):
        return value.keys() == schema["properties"].keys() and all(fits(value[key], schema["properties"][key]) for key in value)
    return True


@pytest.mark.parametrize(
    "schema", [{"type": "string", "pattern": "a+"}, {"type": "object", "additionalProperties": {}}, {}, {"type": ["null"]}]
)
def test_what_no_grammar_expresses_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no grammar"):
        grammar_for(schema)


def test_the_grammar_of_memories_stays_small() -> None:
    assert len(grammar_for(MEMORIES_SCHEMA)) < 2000
