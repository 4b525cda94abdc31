"""The printed schemas against the programs: what the reader takes the schema takes, what one refuses the other does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from app.scenario.language import EVERY_STEP, EXPECTATIONS, HEAD, VERBS
from app.scenario.personas import write_life
from app.scenario.reading import BadScenario
from app.scenario.schema import scenario_schema
from app.scenario.several import read_all, scenario_files
from app.scenario.story import parse_scenario
from app.script_calls import script_schema

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = scenario_files([ROOT / "tests" / "scenarios"])


class _Plain(yaml.SafeLoader):
    """YAML as editors read it for their check: JSON's types, and times as text."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(scenario_schema())
    return Draft202012Validator(scenario_schema())


def fits(schema: Draft202012Validator, text: str) -> bool:
    return schema.is_valid(yaml.load(text, Loader=_Plain))


def test_every_scenario_of_the_library_fits_the_schema(schema: Draft202012Validator) -> None:
    assert [file.name for file in LIBRARY if not fits(schema, file.read_text(encoding="utf-8"))] == []


def test_a_drawn_life_fits_the_schema(schema: Draft202012Validator) -> None:
    assert fits(schema, write_life(1, 12))


@pytest.mark.parametrize(
    "wrong",
    [
        "- remembr: x", "- say: x\n  expct: y", "- night: 3", "- say: x\n  notes: perhaps", "- probe: x", "- crash: dog",
        "- say: x\n  expect_prompt_tokens: few", "- repeat: 2", "- for each: []\n  steps: [{restart: }]", "- undo: {nite: 1}",
        "- night: {}\n  expect_outcome: promotd",
    ],
)  # fmt: skip
def test_what_the_reader_refuses_the_schema_refuses(schema: Draft202012Validator, wrong: str) -> None:
    text = f"name: x\nsteps:\n{wrong}\n"
    with pytest.raises(BadScenario):
        parse_scenario(text, Path("x.scenario.yaml"))
    assert not fits(schema, text)


def test_every_word_is_in_the_document() -> None:
    document = (ROOT / "docs" / "SCENARIOS.md").read_text(encoding="utf-8")
    words = [*HEAD, *VERBS, *EXPECTATIONS, *EVERY_STEP, *(word.name for verb in VERBS.values() for word in verb.options)]
    assert [word for word in words if f"`{word}`" not in document] == []


def test_the_examples_in_the_document_can_be_read(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "SCENARIOS.md").read_text(encoding="utf-8")
    (tmp_path / "first-night.scenario.yaml").write_text("name: x\nsteps: [{restart: }]\n", encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        assert parse_scenario(example, tmp_path / "example.scenario.yaml").steps


def test_all_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.scenario.yaml" for name in "ab"]
    for file in files:
        file.write_text("name: x\nsteps: [{sya: x}]\n", encoding="utf-8")
    with pytest.raises(BadScenario) as raised:
        read_all(files)
    assert [problem.file for problem in raised.value.problems] == files


@pytest.mark.parametrize(
    ("request_", "fits_"),
    [
        ({"id": 1, "call": "say", "text": "Hello."}, True),
        ({"id": "a", "call": "undo", "ids": [1, 2]}, True),
        ({"id": 1, "call": "cancel", "request": "a"}, True),
        ({"call": "say", "text": "Hello."}, False),
        ({"id": 1, "call": "say"}, False),
        ({"id": 1, "call": "sya", "text": "Hello."}, False),
        ({"id": 1, "call": "say", "text": "Hello.", "note": True}, False),
        ({"id": 1, "call": "undo", "ids": "1"}, False),
    ],
)
def test_requests_fit_the_scripts_schema(request_: dict[str, Any], fits_: bool) -> None:
    whole = script_schema()
    Draft202012Validator.check_schema(whole)
    assert Draft202012Validator({"$ref": "#/$defs/request", "$defs": whole["$defs"]}).is_valid(request_) is fits_
