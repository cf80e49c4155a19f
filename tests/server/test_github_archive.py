"""The archive of a commit: where it is fetched from, with which headers, and how far."""

import io
from collections.abc import Iterator

import httpx
import pytest

from bot.edges.app_auth import InstallationToken, TokenCache
from bot.edges.github.archive import GitHubSnapshots
from bot.edges.github.connection import Connection
from bot.edges.github.session import Session
from bot.edges.protocols import Gone, Refused, Unavailable
from tests.server.github_server import HEAD, INSTALLATION, REPOSITORY, refused, serving

API = "https://api.github.com"
CODELOAD = "https://codeload.github.com/octo/experiment/legacy.tar.gz/x?token=once"


class Net:
    """The network: answers by host, and the requests that it saw."""

    def __init__(self, *redirects: str, body: bytes = b"archive", api: str = API) -> None:
        self.seen: list[httpx.Request] = []
        self._redirects = list(redirects)
        self._body = body
        connection = Connection(api, sleep=lambda _: None)
        tokens = TokenCache(lambda *_: InstallationToken("secret", 2e9, "octo/experiment"), now=lambda: 0.0)
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        session = Session((INSTALLATION, REPOSITORY), tokens, connection)
        self.snapshots = GitHubSnapshots(session, connection, http, most_bytes=1000)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if self._redirects:
            return httpx.Response(302, headers={"location": self._redirects.pop(0)})
        return httpx.Response(200, stream=httpx.ByteStream(self._body))


def test_archive_over_http_carries_no_surprise() -> None:
    with serving() as server:
        client = server.client()
        with client.repository(INSTALLATION, REPOSITORY).snapshots.archive(HEAD) as archive:
            assert archive.read() == b"archive"
        client.close()
        assert server.violations == []


def test_missing_commit_is_gone_and_refused_token_is_replaced() -> None:
    with serving() as server:
        client = server.client()
        snapshots = client.repository(INSTALLATION, REPOSITORY).snapshots
        server.fail("GET", f"/tarball/{HEAD}", refused(401, "Bad credentials"), None, refused(404, "Not Found"))
        snapshots.archive(HEAD).close()
        assert len(server.asked("POST", "/access_tokens")) == 2
        with pytest.raises(Gone):
            snapshots.archive(HEAD)
        client.close()


def test_token_stays_with_github_and_does_not_follow_the_redirect() -> None:
    net = Net(CODELOAD)
    with net.snapshots.archive(HEAD) as archive:
        assert archive.read() == b"archive"
    first, second = net.seen
    assert first.url == f"{API}/repos/octo/experiment/tarball/{HEAD}"
    assert first.headers["authorization"] == "Bearer secret"
    assert second.url.host == "codeload.github.com"
    assert "authorization" not in second.headers


@pytest.mark.parametrize(
    "target",
    [
        "http://codeload.github.com/x",
        "https://codeload.github.com:8443/x",
        "https://evil.example/x",
        "https://codeload.github.com.evil.example/x",
        "https://codeload.github.com@evil.example/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "http://127.0.0.1:9200/",
        "file:///etc/passwd",
        "//evil.example/x",
        "https://github.com\\@evil.example/x",
        "https://[bad",
        "https://github.com:port/x",
    ],
)
def test_redirect_to_anywhere_else_is_refused_and_not_asked(target: str) -> None:
    net = Net(*[target] * 9)
    with pytest.raises((Refused, Unavailable)):
        net.snapshots.archive(HEAD)
    assert {request.url.host for request in net.seen} == {"api.github.com"}


def test_enterprise_server_may_redirect_to_itself_and_its_codeload() -> None:
    for target in ("https://git.corp.example/_codeload/x", "https://codeload.git.corp.example/x"):
        net = Net(target, api="https://git.corp.example/api/v3")
        net.snapshots.archive(HEAD).close()
        assert len(net.seen) == 2


def test_redirects_do_not_go_on_for_ever() -> None:
    net = Net(*[CODELOAD] * 50)
    with pytest.raises(Refused, match="redirects"):
        net.snapshots.archive(HEAD)
    assert len(net.seen) == 4


def test_archive_is_cut_off_at_its_limit() -> None:
    net = Net(body=b"x" * 1001)
    with net.snapshots.archive(HEAD) as archive, pytest.raises(Refused, match="larger"):
        archive.read()


def test_connection_that_breaks_while_reading_is_told() -> None:
    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"x"
            raise httpx.ReadError("reset")

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Broken())

    net = Net()
    net.snapshots._http = httpx.Client(transport=httpx.MockTransport(answer))
    with net.snapshots.archive(HEAD) as archive, pytest.raises(Unavailable, match="broke"):
        archive.read()


def test_stream_is_a_file_that_tar_readers_take() -> None:
    with Net(body=b"0123456789").snapshots.archive(HEAD) as archive:
        assert isinstance(archive, io.BufferedReader)
        assert (archive.read(4), archive.read(4), archive.read(4), archive.read(4)) == (b"0123", b"4567", b"89", b"")
