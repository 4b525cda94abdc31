"""Settings come back as they were written, and a wrong one says where it is and what may stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import settings
from app.settings import Settings
from models.errors import UserError


def test_a_profile_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.json") == Settings()


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    chosen = Settings(memory="off", note_budget=64, temperature=0.5)
    settings.save(chosen, tmp_path / "settings.json")
    assert settings.load(tmp_path / "settings.json") == chosen


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('{"memory": "maybe"}', "memory must be"),
        ('{"threads": 1.5}', "threads must be a whole number"),
        ('{"threads": true}', "threads must be a whole number"),
        ('{"temperature": "hot"}', "temperature must be a number from 0 to 2"),
        ('{"temperature": 7}', "temperature must be a number from 0 to 2"),
        ('{"colour": "red"}', "'colour', which is no setting.*memory"),
        ("[]", "one JSON object"),
        ("{", "not valid JSON"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, written: str, complaint: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(UserError, match=complaint):
        settings.load(file)
