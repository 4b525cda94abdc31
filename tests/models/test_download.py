"""A model comes from the hub whole and checked, or not at all, whatever happens on the way. The hub is one on loopback."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from models.download import ATTEMPTS, Fetched, download
from models.engine import CancelToken
from models.errors import Cancelled, DormouseError, EnvironmentProblem, UserError
from tests.models.hub import FILE, REPO, Hub, serving

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Downloads are allowed, through no proxy; other tests are offline."""
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in (*PROXIES, "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    close_session()
    yield monkeypatch
    close_session()


@pytest.fixture
def hub(world: pytest.MonkeyPatch, acorn_path: Path) -> Iterator[Hub]:
    with serving(Hub(acorn_path.read_bytes())) as hub:
        world.setenv("HF_ENDPOINT", hub.address)
        yield hub


def get(folder: Path, **options: object) -> Path:
    return download(REPO, FILE, folder, pause=lambda _: 0.0, **options)  # type: ignore[arg-type]


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_arrives_as_the_hub_has_it_and_tells_how_far_it_is(hub: Hub, tmp_path: Path) -> None:
    told: list[Fetched] = []
    path = get(tmp_path, on_progress=told.append)
    assert path == tmp_path / FILE
    assert path.read_bytes() == hub.content
    assert left_in(tmp_path) == [FILE]
    size = len(hub.content)
    assert told[-1] == Fetched("checking", size, size)
    fetching = [step.done for step in told if step.stage == "fetching"]
    assert fetching == sorted(fetching)
    assert fetching[-1] == size


def test_what_is_there_already_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    get(tmp_path)
    fetched = len(hub.fetches)
    assert get(tmp_path).read_bytes() == hub.content
    assert len(hub.fetches) == fetched


def test_cut_at_random_bytes_twenty_times_it_goes_on_each_time(hub: Hub, tmp_path: Path) -> None:
    random.seed(8)
    hub.cuts = [random.randrange(1, len(hub.content) // 22) for _ in range(20)]
    cuts = list(hub.cuts)
    assert get(tmp_path).read_bytes() == hub.content
    asked = [int(headers.get("range", "bytes=0-")[6:-1]) for _, headers in hub.fetches]
    assert len(asked) == 21
    # Every byte was sent once.
    assert asked == [sum(cuts[:place]) for place in range(21)]


def test_stopped_twenty_times_the_next_download_goes_on(hub: Hub, tmp_path: Path) -> None:
    size = len(hub.content)
    for place in range(20):
        cancel = CancelToken()
        hub.cuts = [size // 25 + place]
        with pytest.raises(Cancelled, match="goes on there"):
            get(tmp_path, cancel=cancel, on_progress=lambda step, cancel=cancel: cancel.cancel())
        (part,) = left_in(tmp_path)
        assert part.startswith(f".{FILE}.")
        assert hub.content.startswith((tmp_path / part).read_bytes())
    hub.cuts.clear()
    asked = [int(headers.get("range", "bytes=0-")[6:-1]) for _, headers in hub.fetches]
    assert asked == sorted(set(asked))
    assert get(tmp_path).read_bytes() == hub.content
    assert left_in(tmp_path) == [FILE]


def test_a_process_killed_in_the_middle_leaves_what_the_next_one_goes_on_from(hub: Hub, tmp_path: Path) -> None:
    child = (
        "import os, sys; from pathlib import Path; from models.download import download\n"
        "download(*sys.argv[1:3], Path(sys.argv[3]), on_progress=lambda _: os._exit(9))"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    run = subprocess.run([sys.executable, "-c", child, REPO, FILE, str(tmp_path)], env=environment, check=False)
    assert run.returncode == 9
    (part,) = left_in(tmp_path)
    have = (tmp_path / part).stat().st_size
    assert 0 < have < len(hub.content)
    assert get(tmp_path).read_bytes() == hub.content
    assert hub.fetches[-1][1]["range"] == f"bytes={have}-"


def test_a_hub_that_cannot_continue_begins_anew(hub: Hub, tmp_path: Path) -> None:
    hub.ignores_range = True
    hub.cuts = [200_000, 900_000]
    assert get(tmp_path).read_bytes() == hub.content


def test_a_part_of_another_version_is_not_continued(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [500_000, *[0] * (ATTEMPTS + 1)]
    with pytest.raises(EnvironmentProblem, match="kept"):
        get(tmp_path)
    newer = Hub(hub.content[::-1])
    hub.content, hub.announced, hub.cuts = newer.content, newer.announced, []
    assert get(tmp_path).read_bytes() == newer.content
    assert left_in(tmp_path) == [FILE]


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(hub: Hub, tmp_path: Path) -> None:
    hub.announced = "0" * 64
    with pytest.raises(EnvironmentProblem, match="checksum is not the hub's"):
        get(tmp_path)
    assert left_in(tmp_path) == []


def test_a_bit_that_flipped_in_what_was_kept_is_found(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [500_000, *[0] * (ATTEMPTS + 1)]
    with pytest.raises(EnvironmentProblem):
        get(tmp_path)
    (part,) = tmp_path.iterdir()
    content = bytearray(part.read_bytes())
    content[1234] ^= 1
    part.write_bytes(content)
    hub.cuts = []
    with pytest.raises(EnvironmentProblem, match="damaged"):
        get(tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("announced", ["", "0123456789abcdef" * 2 + "01234567"])
def test_a_file_without_a_checksum_is_not_fetched(hub: Hub, tmp_path: Path, announced: str) -> None:
    hub.announced = announced
    with pytest.raises(EnvironmentProblem, match="no length or checksum"):
        get(tmp_path)
    assert hub.fetches == []


def test_more_bytes_than_announced_are_refused(hub: Hub, tmp_path: Path, acorn_path: Path) -> None:
    hub.size = len(hub.content) - 1000
    with pytest.raises(EnvironmentProblem):
        get(tmp_path)
    assert FILE not in left_in(tmp_path)


@pytest.mark.parametrize(
    ("refusal", "kind", "says"),
    [
        ((404, "EntryNotFound"), UserError, "has no file kettle.gguf"),
        ((404, ""), UserError, "has no file kettle.gguf"),
        ((404, "RepoNotFound"), UserError, "There is no dormouse/kettle-GGUF"),
        ((401, "RepoNotFound"), UserError, "HF_TOKEN"),
        ((401, "GatedRepo"), UserError, "wants to be asked first.*HF_TOKEN"),
        ((403, "GatedRepo"), UserError, "wants to be asked first.*HF_TOKEN"),
        ((401, ""), UserError, "HF_TOKEN"),
        ((403, ""), UserError, r"\(403\).*HF_TOKEN"),
        ((500, ""), EnvironmentProblem, "error 500.*later"),
        ((503, ""), EnvironmentProblem, "error 503.*later"),
    ],
)
def test_what_the_hub_refuses_is_said_with_the_way_out(
    hub: Hub, tmp_path: Path, refusal: tuple[int, str], kind: type[DormouseError], says: str
) -> None:
    hub.refusals = [refusal]
    with pytest.raises(kind, match=says):
        get(tmp_path)
    assert left_in(tmp_path) == []


def test_a_busy_hub_is_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [400_000]
    hub.before_piece = lambda sent: hub.refusals.extend([(503, ""), (429, "")]) if sent == 0 and len(hub.fetches) == 1 else None
    assert get(tmp_path).read_bytes() == hub.content


@pytest.mark.parametrize("name", ["nobody", "a/b/c", "../up", "no body/model"])
def test_a_name_that_is_no_repository_is_said_to_be_none(hub: Hub, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError):
        download(name, FILE, tmp_path)
    assert left_in(tmp_path) == []


def test_without_a_network_it_says_so(world: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    world.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(EnvironmentProblem, match=r"no connection to http://127\.0\.0\.1.*HTTPS_PROXY"):
        get(tmp_path)
    assert left_in(tmp_path) == []


def test_a_network_that_goes_away_in_the_middle_leaves_what_arrived(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [300_000, *[0] * (ATTEMPTS + 1)]
    with pytest.raises(EnvironmentProblem, match="kept"):
        get(tmp_path)
    (part,) = left_in(tmp_path)
    assert (tmp_path / part).stat().st_size == 300_000


def test_offline_mode_is_respected(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EnvironmentProblem, match="HF_HUB_OFFLINE is set"):
        get(tmp_path)
    assert hub.seen == []


def test_a_proxy_is_used(hub: Hub, world: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world.setenv("HF_ENDPOINT", "http://hub.invalid")
    world.setenv("HTTP_PROXY", hub.address)
    assert get(tmp_path).read_bytes() == hub.content
    assert {path for path, _ in hub.fetches} == {f"http://hub.invalid/{REPO}/resolve/main/{FILE}"}


def test_the_persons_token_goes_to_the_hub_and_nowhere_else(hub: Hub, world: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world.setenv("HF_TOKEN", "hf_secret")
    with serving(Hub(hub.content)) as network:
        hub.elsewhere = network.address
        network.cuts = [100_000]
        assert get(tmp_path).read_bytes() == hub.content
    assert all("hf_secret" in headers["authorization"] for _, _, headers in hub.seen)
    # Each part was asked of the hub again, whose redirections hold for a short while only.
    assert len(network.fetches) == len(hub.fetches) == 2
    assert not any("authorization" in headers for _, _, headers in network.seen)


def test_nothing_is_said_of_this_machine_beyond_what_a_request_needs(hub: Hub, tmp_path: Path) -> None:
    """In a process of its own, where nobody has asked for it by an environment variable."""
    child = "import sys; from pathlib import Path; from models.download import download; download(*sys.argv[1:3], Path(sys.argv[3]))"
    quiet = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")}
    environment = {**quiet, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    subprocess.run([sys.executable, "-c", child, REPO, FILE, str(tmp_path)], env=environment, check=True)
    (agent,) = {headers["user-agent"] for _, _, headers in hub.seen}
    assert [word.split("/")[0] for word in agent.split("; ")] == ["dormouse", "hf_hub", "python"]
    assert {method for method, _, _ in hub.seen} == {"HEAD", "GET"}


def test_too_small_a_disk_is_found_before_anything_is_fetched(hub: Hub, small_disk: Callable[[int], Path]) -> None:
    folder = small_disk(len(hub.content) + 100_000)
    with pytest.raises(EnvironmentProblem, match="not enough room"):
        get(folder)
    assert hub.fetches == []
    assert left_in(folder) == []


def test_a_disk_that_becomes_full_is_freed_again(hub: Hub, small_disk: Callable[[int], Path]) -> None:
    folder = small_disk(len(hub.content) + 60_000_000)
    filled: list[int] = []

    def fill(sent: int) -> None:
        if not filled:
            filled.append(sent)
            room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            (folder / "other").write_bytes(bytes(room - 1_000_000))

    hub.before_piece = fill
    with pytest.raises(EnvironmentProblem, match="became full"):
        get(folder)
    (folder / "other").unlink()
    assert all((folder / name).stat().st_size == 0 for name in left_in(folder))
    hub.before_piece = lambda _: None
    assert get(folder).read_bytes() == hub.content


@contextmanager
def _mounted(folder: Path, size: int) -> Iterator[Path]:
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many bytes, which needs Linux and its owner's rights; skips the test elsewhere."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk can only be mounted by root on Linux")
    with ExitStack() as mounts:
        yield lambda size: mounts.enter_context(_mounted(tmp_path / f"disk{size}", size))
