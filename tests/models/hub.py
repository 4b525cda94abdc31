"""A hub on loopback: it announces and serves files as the real one does, and can be told to misbehave."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REPO, FILE = "dormouse/kettle-GGUF", "kettle.gguf"


@dataclass
class Hub:
    """What the hub has and how it behaves.

    Attributes:
        content: the one file it has; `announced` its checksum, as a header says it.
        cuts: after how many bytes each of the next answers is cut off.
        refusals: (status, X-Error-Code) of the next answers.
        elsewhere: where files are redirected to, as to a content network, "" for nowhere.
        ignores_range: it begins at the first byte whatever was asked for.
        before_piece: called with the number of bytes sent so far, before each piece.
        seen: (method, path, headers) of all requests.
    """

    content: bytes
    announced: str = ""
    size: int | None = None
    cuts: list[int] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    elsewhere: str = ""
    ignores_range: bool = False
    before_piece: Callable[[int], None] = lambda _: None
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self.announced = self.announced or hashlib.sha256(self.content).hexdigest()

    @property
    def fetches(self) -> list[tuple[str, dict[str, str]]]:
        return [(path, headers) for method, path, headers in self.seen if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        hub: Hub = self.server.hub  # type: ignore[attr-defined]
        # As a proxy it is asked for a whole address.
        path = urlsplit(self.path).path
        hub.seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if hub.refusals:
            status, code = hub.refusals.pop(0)
            return self._end(status, {"X-Error-Code": code} if code else {})
        if path != f"/{REPO}/resolve/main/{FILE}" and not path.startswith("/content/"):
            known = path.startswith(f"/{REPO}/")
            return self._end(404, {"X-Error-Code": "EntryNotFound" if known else "RepoNotFound"})
        length = len(hub.content) if hub.size is None else hub.size
        about = {"ETag": f'"{hub.announced}"', "X-Repo-Commit": "0" * 40}
        if hub.elsewhere and not path.startswith("/content/"):
            linked = {"X-Linked-Size": str(length), "X-Linked-ETag": f'"{hub.announced}"', "X-Repo-Commit": "0" * 40}
            return self._end(302, {**linked, "Location": f"{hub.elsewhere}/content/{hub.announced}"})
        start = 0
        wanted = self.headers.get("Range")
        if wanted and not hub.ignores_range:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            about["Content-Range"] = f"bytes {start}-{length - 1}/{length}"
        self.send_response(206 if "Content-Range" in about else 200)
        for name, value in {**about, "Content-Length": str(length - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self._send(hub, start)

    def _send(self, hub: Hub, start: int) -> None:
        limit = hub.cuts.pop(0) if hub.cuts else len(hub.content)
        rest = hub.content[start : start + limit]
        for at in range(0, len(rest), 1 << 16):
            hub.before_piece(start + at)
            try:
                self.wfile.write(rest[at : at + (1 << 16)])
            except OSError:
                break
        self.close_connection = True

    def _end(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at `hub.address` for the length of a `with`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.hub = hub  # type: ignore[attr-defined]
        server.daemon_threads = True
        hub.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
