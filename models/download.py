"""Brings one file of a hub repository onto this machine: whole and checked, or not at all.

The hub's own library names the file, its length and its checksum, and speaks HTTP with the person's proxies, endpoint and
token. The bytes are fetched here, because its download begins anew after every cut: here they grow in a hidden file beside the
target, and whoever asks again goes on where it ended. Nothing under the target's name exists before its checksum was right.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.engine import CancelToken
from models.errors import Cancelled, DormouseError, EnvironmentProblem, UserError
from models.files import sha256_of, sync_folder
from models.offers import gigabytes, room_to_spare

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

ATTEMPTS = 6
"""How often in a row nothing may arrive before giving up."""
_TOLD_EVERY = 0.1
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far a download is, in bytes; at the end the whole file is read once more and checked."""

    stage: Literal["fetching", "checking"]
    done: int
    total: int


def download(
    repo: str,
    file: str,
    folder: Path,
    *,
    on_progress: Callable[[Fetched], None] | None = None,
    cancel: CancelToken | None = None,
    pause: Callable[[int], float] = lambda attempt: min(30.0, 2.0**attempt),
) -> Path:
    """Fetch `file` of the hub's `repo` into `folder`, and return where it is; what is there already is not fetched again.

    `pause` gives the seconds to wait after so many attempts in a row that brought nothing.

    Raises:
        Cancelled: `cancel` was set; what had arrived is kept, and the next call goes on from there.
        EnvironmentProblem: no network, no room, or what arrived is not what the hub announced.
        UserError: there is no such file, or its owner must be asked first.
    """
    # Read at the library's first import: no word about this machine beyond what a request needs.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    tell = on_progress or (lambda _: None)
    with _hub_errors(repo, file):
        url, headers, announced = _ask(repo, file)
        size, sha256 = _promised(announced, repo, file)
        target = folder / Path(file).name
        if _is_there(target, size, sha256):
            return target
        part = _part(target, sha256)
        _make_room(part, size)
        _fetch(url, headers, part, size, tell, cancel or CancelToken(), pause)
        tell(Fetched("checking", 0, size))
        if sha256_of(part) != sha256:
            part.unlink()
            raise EnvironmentProblem(
                f"{target.name} arrived damaged: its checksum is not the hub's. Nothing of it was kept; try again."
            )
        tell(Fetched("checking", size, size))
        os.replace(part, target)
        sync_folder(folder)
    return target


def _ask(repo: str, file: str) -> tuple[str, dict[str, str], HfFileMetadata]:
    """The file's address, the headers to fetch it with, and what the hub says of it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    url = hf_hub_url(repo, file, endpoint=os.environ.get("HF_ENDPOINT", "").rstrip("/") or None)
    # Compressed on its way, a part could not be continued by its length.
    headers = {**build_hf_headers(library_name="dormouse"), "Accept-Encoding": "identity"}
    return url, headers, get_hf_file_metadata(url, headers=headers)


def _promised(announced: HfFileMetadata, repo: str, file: str) -> tuple[int, str]:
    sha256 = announced.etag or ""
    if not announced.size or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise EnvironmentProblem(
            f"The hub gives no length or checksum for {file} of {repo}, so it could not be checked. Choose another."
        )
    return announced.size, sha256


def _is_there(target: Path, size: int, sha256: str) -> bool:
    if not target.exists():
        return False
    if target.stat().st_size == size and sha256_of(target) == sha256:
        return True
    raise UserError(f"{target} exists and is another file than the hub's. Move or delete it, then try again.")


def _part(target: Path, sha256: str) -> Path:
    """Where the bytes gather; named by the checksum, so that parts of two versions are never put together."""
    part = target.with_name(f".{target.name}.{sha256[:16]}.part")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for other in target.parent.glob(f".{target.name}.*.part"):
        if other != part:
            other.unlink()
    return part


def _make_room(part: Path, size: int) -> None:
    """Raise unless what is still to come fits on the disk with room to spare."""
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    needed, free = size - have + room_to_spare(size), shutil.disk_usage(part.parent).free
    if needed > free:
        raise EnvironmentProblem(
            f"There is not enough room in {part.parent}: {gigabytes(needed)} are needed and {gigabytes(free)} free. "
            "Free some disk space, or name a profile on another disk: --home DIR"
        )


def _fetch(
    url: str,
    headers: dict[str, str],
    part: Path,
    size: int,
    tell: Callable[[Fetched], None],
    cancel: CancelToken,
    pause: Callable[[int], float],
) -> None:
    """Bring `part` to `size` bytes, over as many connections as it takes."""
    failures, furthest, told = 0, -1, -_TOLD_EVERY
    # Unbuffered: what could not be written to a full disk must not be tried again when the file is closed.
    with part.open("ab", buffering=0) as out:
        os.chmod(part, 0o600)
        while (have := out.tell()) < size:
            try:
                for piece in _pieces(url, headers, have, out):
                    _write(out, piece, size)
                    if time.monotonic() - told >= _TOLD_EVERY:
                        tell(Fetched("fetching", out.tell(), size))
                        told = time.monotonic()
                    if cancel.cancelled:
                        break
            except Exception as problem:
                if not cancel.cancelled and (not _may_pass(problem) or failures == ATTEMPTS):
                    raise
            if cancel.cancelled:
                raise Cancelled(
                    f"Stopped. {gigabytes(out.tell())} of {gigabytes(size)} are kept; the next download goes on there."
                )
            failures = 0 if out.tell() > furthest else failures + 1
            furthest = max(furthest, out.tell())
            if failures > ATTEMPTS:
                raise EnvironmentProblem(f"The hub sends no more of {part.name}. What arrived is kept; try again later.")
            if out.tell() < size:
                cancel.wait(pause(failures))
        tell(Fetched("fetching", size, size))
        os.fsync(out.fileno())


def _pieces(url: str, headers: dict[str, str], have: int, out: FileIO) -> Iterator[bytes]:
    """What the hub sends from byte `have` on; `out` is emptied where it begins at the first one nevertheless."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import hf_raise_for_status

    wanted = {**headers, "Range": f"bytes={have}-"} if have else headers
    # The hub's address, not the one that it redirects to: those are signed for a short while only.
    with get_session().stream(
        "GET", url, headers=wanted, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT, follow_redirects=True
    ) as answer:
        hf_raise_for_status(answer)
        continued = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not continued:
            _empty(out)
        # In pieces as they come: one gathered to a size would be lost with the line.
        yield from answer.iter_bytes()


def _write(out: FileIO, piece: bytes, size: int) -> None:
    if out.tell() + len(piece) > size:
        raise EnvironmentProblem("The hub sends more bytes than it announced. Try again later.")
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[out.write(rest) :]
    except OSError as problem:
        if problem.errno not in _FULL:
            raise
        # On a full disk the person's notes could not be written either.
        _empty(out)
        raise EnvironmentProblem(
            f"The disk became full while {gigabytes(size)} were being fetched; what had arrived was deleted again. "
            "Free some disk space, then try again."
        ) from problem


def _empty(out: FileIO) -> None:
    out.seek(0)
    out.truncate()


def _may_pass(problem: Exception) -> bool:
    """Whether trying again may help: a cut line, a timeout, a hub that is busy."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(problem, HfHubHTTPError):
        return problem.response is not None and problem.response.status_code in (408, 429, 500, 502, 503, 504)
    return isinstance(problem, httpx2.TransportError) and not isinstance(
        problem, httpx2.UnsupportedProtocol | httpx2.ProxyError
    )


@contextmanager
def _hub_errors(repo: str, file: str) -> Iterator[None]:
    """What the hub and the network say, in words a person can do something with."""
    import httpx2
    from huggingface_hub import constants, errors

    where = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT
    kept = "What had arrived is kept; the next download goes on from there."
    try:
        yield
    except DormouseError:
        raise
    except errors.OfflineModeIsEnabled as problem:
        raise EnvironmentProblem("HF_HUB_OFFLINE is set, so nothing is downloaded. Unset it and try again.") from problem
    except errors.GatedRepoError as problem:
        raise UserError(
            f"The owner of {repo} wants to be asked first. Accept the terms at {where}/{repo}, set HF_TOKEN to your token, then try again."
        ) from problem
    except errors.HFValidationError as problem:
        raise UserError(f"{repo} is no name of a repository on the hub: owner/name.") from problem
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as problem:
        raise UserError(
            f"There is no {repo} on {where}, or it is not open to everybody. Check the name; for a private one set HF_TOKEN."
        ) from problem
    except errors.EntryNotFoundError as problem:
        raise UserError(f"{repo} has no file {file} (any more). Choose another: dormouse models list") from problem
    except errors.HfHubHTTPError as problem:
        code = problem.response.status_code if problem.response is not None else "?"
        if code in (401, 403):
            raise UserError(f"{where} does not let you have {file} ({code}). Check the token in HF_TOKEN.") from problem
        if code == 404:
            raise UserError(
                f"{where} has no file {file} in {repo}. Check the name, or choose another: dormouse models list"
            ) from problem
        raise EnvironmentProblem(f"{where} answered with error {code}. {kept} Try again later.") from problem
    except httpx2.ProxyError as problem:
        raise EnvironmentProblem(f"The proxy refuses ({problem}). Check HTTPS_PROXY. {kept}") from problem
    except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
        raise EnvironmentProblem(
            f"There is no connection to {where} ({problem or type(problem).__name__}). Check the network; "
            f"behind a proxy set HTTPS_PROXY. {kept}"
        ) from problem
    except OSError as problem:
        raise EnvironmentProblem(f"The download could not be written: {problem.strerror or problem}. {kept}") from problem
