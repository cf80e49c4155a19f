"""A commit's archive: the redirect taken by hand, so that no token and no request of ours goes where it should not."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO
from urllib.parse import quote, urljoin, urlsplit

import httpx

from bot.edges.app_auth import InstallationToken
from bot.edges.github.connection import API_VERSION, Connection, user_agent
from bot.edges.github.errors import from_answer
from bot.edges.github.session import Session
from bot.edges.protocols import Refused, Unavailable
from checks.tree import Limits

MOST_REDIRECTS = 3


class GitHubSnapshots:
    """``protocols.Snapshots`` on GitHub.

    Args:
        session: the repository.
        connection: how GitHub is reached.
        http: the client to fetch with; it must not follow redirects by itself.
        most_bytes: where an archive is cut off.
    """

    def __init__(
        self, session: Session, connection: Connection, http: httpx.Client, most_bytes: int = Limits().archive_bytes
    ) -> None:
        self._session = session
        self._connection = connection
        self._http = http
        self._most_bytes = most_bytes

    def archive(self, sha: str) -> IO[bytes]:
        """The tree at a full SHA as a .tar.gz stream, read as it arrives; the caller closes it.

        Raises:
            Gone: there is no such commit or no right to it.
            Refused: GitHub redirects to where an archive cannot be. While reading: more bytes than allowed.
            Unavailable: no usable answer. While reading: the connection broke.
        """
        return self._session.fetch(lambda token: self._open(token, sha))

    def _open(self, token: InstallationToken, sha: str) -> IO[bytes]:
        url = f"{self._connection.api_url.rstrip('/')}/repos/{token.repository}/tarball/{quote(sha, safe='')}"
        what = f"archive of {token.repository} at {sha}"
        known: InstallationToken | None = token
        for _ in range(MOST_REDIRECTS + 1):
            with ExitStack() as stack:
                response = self._ask(url, known, what, stack)
                if response.is_success:
                    body = _Body(response, stack.pop_all(), what, self._most_bytes)
                    return io.BufferedReader(body, 1 << 16)
                if not response.has_redirect_location:
                    raise _refusal(what, response)
                url = self._target(url, response.headers["location"], what)
                if response.status_code == httpx.codes.FOUND:
                    known = None  # a download, whose address says all that is needed; after a rename it is 301 or 307
        raise Refused(f"{what}: more than {MOST_REDIRECTS} redirects")

    def _ask(self, url: str, token: InstallationToken | None, what: str, stack: ExitStack) -> httpx.Response:
        headers = {"User-Agent": user_agent(), "Accept-Encoding": "identity"}
        if token is not None and _origin(url) == _origin(self._connection.api_url):
            headers |= {
                "Authorization": f"Bearer {token.value}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
            }
        try:
            return stack.enter_context(self._http.stream("GET", url, headers=headers))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"{what}: {type(error).__name__}, no answer") from error

    def _target(self, url: str, location: str, what: str) -> str:
        own = _origin(self._connection.api_url)
        host = own[1].removeprefix("api.")
        try:
            target = urljoin(url, location)
            origin = _origin(target)
        except ValueError:
            origin = None
        if origin not in (own, ("https", host, 443), ("https", f"codeload.{host}", 443)):
            raise Refused(f"{what}: redirected to a host that is not GitHub's")
        return target


class _Body(io.RawIOBase):
    """The body of a response as a file; closing it closes the connection."""

    def __init__(self, response: httpx.Response, stack: ExitStack, what: str, most_bytes: int) -> None:
        super().__init__()
        self._chunks: Iterator[bytes] = response.iter_raw(1 << 16)
        self._rest = memoryview(b"")
        self._stack = stack
        self._what = what
        self._left = most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill the buffer with what has arrived."""
        while not self._rest:
            try:
                self._rest = memoryview(next(self._chunks, b""))
            except (httpx.HTTPError, httpx.StreamError) as error:
                raise Unavailable(f"{self._what}: the connection broke ({type(error).__name__})") from error
            if not self._rest:
                return 0
            self._left -= len(self._rest)
            if self._left < 0:
                raise Refused(f"{self._what}: larger than is read")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Close the connection."""
        if not self.closed:
            self._stack.close()
        super().close()


def _refusal(what: str, response: httpx.Response) -> Exception:
    try:
        response.read()
        data = response.json()
    except (httpx.HTTPError, ValueError):
        data = None
    return from_answer(what, response.status_code, data, response.headers)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", _port(url)


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
