"""A model from the hub becomes a model of the profile, by the command a person types; the hub is one on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.downloads import get_model, offered
from app.instance_lock import hold
from models.catalog import Catalog
from models.download import Fetched
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError
from models.offers import DEFAULT, Machine, offers
from tests.models.hub import FILE, REPO, Hub, serving

NAME = f"{REPO}/{FILE}"
GIB = 2**30


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, acorn_path: Path) -> Iterator[Hub]:
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    close_session()
    with serving(Hub(acorn_path.read_bytes())) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub
    close_session()


def in_folder(profile: Path) -> list[str]:
    return sorted(path.name for path in (profile / "models").iterdir() if path.name != ".lock")


def test_a_model_that_was_fetched_is_listed_and_can_be_used(
    hub: Hub, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "get", NAME, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["architecture"], told["license"]) == ("kettle", "qwen3", "mit")
    assert in_folder(profile) == [FILE]
    assert main(["models", "use", "kettle"]) == 0
    assert Catalog(profile).current().path == profile / "models" / FILE
    asked = len(hub.seen)
    assert main(["models", "get", NAME]) == 0
    assert len(hub.seen) == asked
    assert "kettle is here" in capsys.readouterr().out


def test_a_model_of_the_catalogue_goes_by_its_short_name(
    hub: Hub, profile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = min(offers(), key=lambda offer: offer.size)
    monkeypatch.setattr("tests.models.hub.REPO", small.repo)
    monkeypatch.setattr("tests.models.hub.FILE", small.file)
    assert not any(one.present for one in offered(profile))
    steps: list[Fetched] = []
    model = get_model(profile, small.name, on_progress=steps.append)
    assert (model.name, model.path, model.in_use) == (small.name, profile / "models" / small.file, False)
    assert {step.stage for step in steps} == {"fetching", "checking"}
    assert [one.offer.name for one in offered(profile) if one.present] == [small.name]
    assert main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["models"]] == ["acorn", small.name]
    assert [row["name"] for row in told["offers"]] == [offer.name for offer in offers()]
    assert [row["name"] for row in told["offers"] if row["present"]] == [small.name]


def test_a_download_that_was_stopped_leaves_no_model_and_goes_on(hub: Hub, profile: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        get_model(profile, NAME, on_progress=lambda _: cancel.cancel(), cancel=cancel)
    assert [model.name for model in Catalog(profile).list()] == ["acorn"]
    get_model(profile, NAME)
    assert "range" in hub.fetches[-1][1]
    assert in_folder(profile) == [FILE]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process alone there")
def test_ctrl_c_stops_a_download(hub: Hub, profile: Path) -> None:
    child: list[subprocess.Popen[str]] = []
    hub.before_piece = lambda sent: child[0].send_signal(signal.SIGINT) if sent == 1 << 16 else None
    child.append(
        subprocess.Popen(
            [sys.executable, "-m", "app", "models", "get", NAME],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "DORMOUSE_HOME": str(profile)},
        )
    )
    _, said = child[0].communicate(timeout=60)
    assert child[0].returncode == 1
    assert "goes on there" in said
    assert "Traceback" not in said
    (part,) = in_folder(profile)
    assert part.endswith(".part")


def test_what_is_no_chat_model_is_said_and_not_listed(hub: Hub, profile: Path) -> None:
    content = hub.content.replace(b"tokenizer.chat_template", b"tokenizer.chat_templatf")
    wrong = Hub(content)
    hub.content, hub.announced = wrong.content, wrong.announced
    with pytest.raises(UserError, match=rf"no chat template.*kept: .*{FILE}"):
        get_model(profile, NAME)
    assert [model.name for model in Catalog(profile).list()] == ["acorn"]


def test_names_that_lead_nowhere_are_said_before_anything_is_fetched(hub: Hub, profile: Path, acorn_path: Path) -> None:
    for name, says in (
        ("gpt-9", f"there are: .*{DEFAULT}"),
        ("owner/repository", "OWNER/REPOSITORY/FILE"),
        (f"{REPO}/README.md", "no GGUF file"),
        (f"{REPO}/kettle-00001-of-00003.gguf", "piece of a model"),
        (f"{REPO}/../../kettle.gguf", "no GGUF file"),
        ("dormouse/kettle-GGUF/acorn.gguf", "another model called acorn"),
    ):
        with pytest.raises(UserError, match=says):
            get_model(profile, name)
    Catalog(profile).add(acorn_path, "kettle")
    with pytest.raises(UserError, match=r"another model called kettle .*dormouse models remove kettle"):
        get_model(profile, NAME)
    assert hub.seen == []


def test_two_downloads_at_a_time_are_one_too_many(hub: Hub, profile: Path) -> None:
    (profile / "models").mkdir(parents=True)
    with hold(profile / "models" / ".lock", ""), pytest.raises(EnvironmentProblem, match="Another download is running"):
        get_model(profile, NAME)
    assert hub.seen == []


def test_the_list_marks_what_fits_and_recommends_one(profile: Path) -> None:
    small = Machine(memory=8 * GIB, disk_free=100 * GIB)
    found = {one.offer.name: one for one in offered(profile, small)}
    assert [name for name, one in found.items() if one.recommended] == [DEFAULT]
    assert found[DEFAULT].fit.chats == "cpu"
    assert found["mistral-small-24b"].fit.why == "needs 14.4 GB of memory to chat"


@pytest.mark.parametrize("memory", [1, 4, 16, 256])
@pytest.mark.parametrize(("gpu", "cuda"), [(0, False), (6, True), (12, False), (24, True), (96, True)])
def test_the_list_is_shown_on_any_machine_without_a_network(
    profile: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], memory: int, gpu: int, cuda: bool
) -> None:
    for room in ("app.downloads", "app.model_commands"):
        monkeypatch.setattr(f"{room}.this_machine", lambda _: Machine(memory * GIB, 50 * GIB, gpu * GIB, cuda))
    assert main(["models"]) == 0
    shown = capsys.readouterr().out
    assert all(offer.name in shown for offer in offers())
    assert "dormouse models get NAME" in shown
