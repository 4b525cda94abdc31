"""The models of a profile: adding, using, removing and showing them, with the person's own files left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.catalog import BUILT_IN, Catalog
from models.errors import DormouseError, EnvironmentProblem, UserError


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "profile")


@pytest.fixture
def file(tmp_path: Path, make_model: Callable[..., Path]) -> Path:
    return make_model(tmp_path / "My Model (v2).gguf")


def test_a_new_profile_uses_the_built_in_model_and_writes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    (only,) = catalog.list()
    assert only == catalog.current()
    assert (only.name, only.built_in, only.in_use, only.present) == (BUILT_IN, True, True, True)
    assert catalog.show(BUILT_IN).name == "Acorn"
    assert not (tmp_path / "profile").exists()


def test_an_added_model_is_known_afterwards_and_not_yet_in_use(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    model, summary = catalog.add(file)
    assert (model.name, model.path, model.in_use) == ("my-model-v2", file, False)
    assert summary.architecture == "qwen3"
    assert model in Catalog(tmp_path / "profile").list()
    assert catalog.show("my-model-v2").sha256 == summary.sha256


def test_using_a_model_lasts(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    catalog.add(file, "mine")
    assert catalog.use("mine").in_use
    assert Catalog(tmp_path / "profile").current().path == file
    catalog.use(BUILT_IN)
    assert Catalog(tmp_path / "profile").current().name == BUILT_IN


def test_adding_a_file_twice_is_adding_it_once(catalog: Catalog, file: Path) -> None:
    assert catalog.add(file)[0] == catalog.add(file)[0]
    assert len(catalog.list()) == 2


def test_removing_forgets_the_model_and_keeps_its_file(catalog: Catalog, file: Path) -> None:
    catalog.add(file, "mine")
    catalog.use("mine")
    catalog.remove("mine")
    assert file.is_file()
    assert catalog.current().name == BUILT_IN
    with pytest.raises(UserError, match="no model called mine"):
        catalog.find("mine")


def test_the_built_in_model_cannot_be_removed(catalog: Catalog) -> None:
    with pytest.raises(UserError, match="built in"):
        catalog.remove(BUILT_IN)


def test_names_are_unique_and_plain(catalog: Catalog, file: Path, make_model: Callable[..., Path], tmp_path: Path) -> None:
    catalog.add(file, "mine")
    other = make_model(tmp_path / "other.gguf", seed=1)
    for name in ("mine", BUILT_IN, "a b", "../up", "x" * 65):
        with pytest.raises(UserError, match="name"):
            catalog.add(other, name)


def test_a_file_that_is_no_chat_model_is_not_added(catalog: Catalog, make_model: Callable[..., Path], tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(make_model(tmp_path / "whole.gguf").read_bytes()[:90_000])
    silent = make_model(tmp_path / "silent.gguf", template="")
    for path in (cut, silent, tmp_path / "missing.gguf"):
        with pytest.raises(DormouseError):
            catalog.add(path)
    assert len(catalog.list()) == 1


def test_a_model_whose_file_went_away_is_listed_as_absent_and_cannot_be_used(catalog: Catalog, file: Path) -> None:
    catalog.add(file, "mine")
    file.unlink()
    assert not catalog.find("mine").present
    with pytest.raises(EnvironmentProblem, match="does not exist"):
        catalog.use("mine")
    assert catalog.current().name == BUILT_IN


def test_a_damaged_list_is_an_error_with_a_way_out(catalog: Catalog, file: Path, tmp_path: Path) -> None:
    catalog.add(file)
    (tmp_path / "profile" / "models.json").write_text('{"models": 3}')
    with pytest.raises(EnvironmentProblem, match="Delete it"):
        catalog.list()
