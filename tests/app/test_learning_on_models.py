"""A model that chats but cannot learn says so where it is added, shown and examined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from app.doctor import profile as examine
from tests.models.conftest import write_tiny_model


def test_a_family_that_cannot_learn_is_said_and_can_be_chatted_with(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_tiny_model(tmp_path / "other.gguf", architecture="minicpm")
    assert main(["models", "add", str(file)]) == 0
    assert "chats, but cannot learn: models of the family minicpm" in " ".join(capsys.readouterr().out.split())
    assert main(["models", "use", "other"]) == 0
    capsys.readouterr()
    assert main(["--json", "models", "show", "other"]) == 0
    assert json.loads(capsys.readouterr().out)["cannot_learn"].startswith("models of the family minicpm")
    (finding,) = (finding for finding in examine(profile) if finding.name == "learning on it")
    assert (finding.state, "cannot learn" in finding.found) == ("missing", True)


def test_a_family_that_can_learn_is_not_doubted(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "models", "show", "acorn"]) == 0
    assert json.loads(capsys.readouterr().out)["cannot_learn"] == ""
    assert not [finding for finding in examine(profile) if finding.name == "learning on it"]
