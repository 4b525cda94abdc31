"""Where a profile is found, and that it is private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.paths import Profile, profile_home
from models.errors import EnvironmentProblem, UserError


def test_the_command_line_names_the_profile_before_the_environment_does(tmp_path: Path) -> None:
    environment = {"DORMOUSE_HOME": str(tmp_path / "environment")}
    assert profile_home(str(tmp_path / "named"), environment) == tmp_path / "named"
    assert profile_home(None, environment) == tmp_path / "environment"


def test_without_any_name_the_profile_lies_where_the_system_keeps_data() -> None:
    assert profile_home(None, {}).name == "dormouse"
    assert profile_home(None, {}).is_absolute()


def test_an_empty_name_is_refused_instead_of_using_the_current_folder() -> None:
    with pytest.raises(UserError, match="--home"):
        profile_home("  ", {})


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
def test_a_new_profile_is_its_owners_alone(tmp_path: Path) -> None:
    made = Profile(tmp_path / "a" / "b").make()
    assert made.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
def test_a_folder_with_other_things_in_it_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("not ours", encoding="utf-8")
    tmp_path.chmod(0o755)
    Profile(tmp_path).make()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_in_place_of_the_profile_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(EnvironmentProblem, match=r"file is a file.*--home"):
        Profile(file).make()
