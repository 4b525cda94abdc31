"""JSON schema -> GBNF, the grammar that llama.cpp samples under.

The converter in llama-cpp-python lets control characters into strings, writes letters beyond ASCII so that they come out
broken, and nests a rule for each character of a bounded string. This one knows fewer schemas (those the house needs), refuses
the others by name, and what it lets through is JSON. GBNF: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_CHARACTER = r"""[^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]"""
"""One character of a string. Escapes by number are left out: letters can stand as they are, and half a pair is no text."""

_PRIMITIVES: Mapping[str, str] = {
    "boolean": '("true" | "false")',
    "null": '"null"',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,14})',
    "number": '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
}
_KNOWN = frozenset(
    "type properties required additionalProperties items minItems maxItems minLength maxLength enum const anyOf oneOf".split()
)
_REMARKS = frozenset({"title", "description", "$schema", "default", "examples"})


def grammar_for(schema: Mapping[str, Any]) -> str:
    """The grammar whose root is the schema's value. Objects have their properties in the schema's order, required or not.

    Raises ValueError for what it cannot express.
    """
    grammar = _Grammar()
    rules = {"root": grammar.value(schema, "root"), "space": '" "?', "char": _CHARACTER}
    return "\n".join(f"{name} ::= {rule}" for name, rule in {**rules, **grammar.rules}.items()) + "\n"


class _Grammar:
    def __init__(self) -> None:
        self.rules: dict[str, str] = {}

    def rule(self, name: str, body: str) -> str:
        self.rules[name] = body
        return name

    def value(self, schema: Mapping[str, Any], name: str) -> str:
        """The expression for a schema; `name` makes the names of the rules it needs."""
        if unknown := schema.keys() - _KNOWN - _REMARKS:
            raise ValueError(f"no grammar for {', '.join(sorted(unknown))} in a schema")
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return "(" + " | ".join(_literal(value) for value in schema["enum"]) + ")"
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return "(" + " | ".join(self.value(one, f"{name}-{place}") for place, one in enumerate(schema[key])) + ")"
        kind = schema.get("type")
        if kind == "string":
            return _quoted(f"char{_times(schema.get('minLength', 0), schema.get('maxLength'))}")
        if kind == "array":
            return self.array(schema, name)
        if kind == "object":
            return self.object(schema, name)
        if isinstance(kind, str) and kind in _PRIMITIVES:
            return self.rule(kind, _PRIMITIVES[kind])
        raise ValueError(f"no grammar for the type {kind!r} in a schema")

    def array(self, schema: Mapping[str, Any], name: str) -> str:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        item = self.rule(f"{name}-item", self.value(schema["items"], f"{name}-item"))
        more = _times(max(least - 1, 0), None if most is None else most - 1)
        items = f'{item} (space "," space {item}){more}'
        inside = f"({items})?" if least == 0 else items
        return '"[" space "]"' if most == 0 else f'"[" space {inside} space "]"'

    def object(self, schema: Mapping[str, Any], name: str) -> str:
        if schema.get("additionalProperties", False) is not False:
            raise ValueError("no grammar for additional properties in a schema")
        properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
        if missing := set(schema.get("required", ())) - properties.keys():
            raise ValueError(f"the schema requires {', '.join(sorted(missing))} and does not describe it")
        pairs = [
            f'{_literal(key)} space ":" space {self.rule(f"{name}-{place}", self.value(inner, f"{name}-{place}"))}'
            for place, (key, inner) in enumerate(properties.items())
        ]
        inside = ' space "," space '.join(pairs)
        return f'"{{" space {inside} space "}}"' if pairs else '"{" space "}"'


def _times(least: int, most: int | None) -> str:
    return f"{{{least},{'' if most is None else most}}}"


def _quoted(inside: str) -> str:
    return f'"\\"" {inside} "\\""'


def _literal(value: Any) -> str:
    """A JSON value as a GBNF literal: the text of the value, with GBNF's own marks escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
