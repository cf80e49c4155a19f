"""What the webhook endpoint accepts, refuses and stores."""

import asyncio
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from bot.webhook import Webhook
from tests.server.harness import Running, pull_request, referee, signed, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with referee(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def empty(running: Running) -> Iterator[Running]:
    """A server of which the test must leave nothing stored."""
    before = running.server.deliveries.states()
    yield running
    assert running.server.deliveries.states() == before


def test_the_published_signature_vector_is_accepted(empty: Running) -> None:
    vector = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    answer = empty.send(b"Hello, World!", X_Hub_Signature_256=vector)
    assert answer.status_code == 400, "verified, and then refused for not being JSON"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": "sha256=xyz"},
        {"X-Hub-Signature-256": signed(b"{}").upper()},
        {"X-Hub-Signature-256": "", "X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Hub-Signature-256": signed(b"{}", "another secret")},
    ],
)
def test_a_wrong_signature_is_refused(empty: Running, headers: dict[str, str]) -> None:
    assert empty.send(b"{}", **headers).status_code == 401


def test_one_flipped_byte_is_refused(empty: Running) -> None:
    body = json.dumps(pull_request("opened")).encode()
    for position in (0, len(body) // 2, len(body) - 1):
        flipped = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        assert empty.send(flipped, X_Hub_Signature_256=signed(body)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_json_object_is_refused(empty: Running, body: bytes) -> None:
    assert empty.send(body).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"X-GitHub-Delivery": ""},
        {"X-GitHub-Delivery": "x" * 65},
        {"X-GitHub-Delivery": "a'; DROP TABLE deliveries"},
        {"X-GitHub-Event": ""},
        {"X-GitHub-Event": "Pull Request"},
    ],
)
def test_malformed_headers_are_refused(empty: Running, headers: dict[str, str]) -> None:
    assert empty.send({}, **headers).status_code == 400


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_another_content_type_is_refused_and_says_what_to_set(empty: Running, kind: str) -> None:
    answer = empty.send(b"payload=%7B%7D", Content_Type=kind)
    assert answer.status_code == 415
    assert "application/json" in answer.text


def test_a_body_announced_too_large_is_refused_unread(empty: Running) -> None:
    host, port = empty.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {signed(b'')}\r\n"
        connection.sendall(f"{head}Content-Length: 99999999999999999999999\r\n\r\n".encode())
        assert connection.recv(100).split()[1] in {b"413", b"400"}


def test_thirty_megabytes_streamed_are_refused_with_flat_memory(empty: Running) -> None:
    piece = b"x" * 65_536

    def stream() -> Iterator[bytes]:
        for _ in range(480):
            yield piece

    tracemalloc.start()
    try:
        answer = empty.client.post(
            f"{empty.url}/webhooks/github", content=stream(), headers={"X-Hub-Signature-256": signed(b"")}
        )
        peak = tracemalloc.get_traced_memory()[1]
    except (httpx.WriteError, httpx.RemoteProtocolError):
        peak = tracemalloc.get_traced_memory()[1]
    else:
        assert answer.status_code == 413
    finally:
        tracemalloc.stop()
    assert 25 * 1024 * 1024 < peak < 60 * 1024 * 1024  # one largest body, and its growth


def test_large_bodies_beyond_what_memory_holds_are_refused_for_the_moment() -> None:
    """Called without a server: eight unfinished bodies at once, of which four fit, and a small one that always does."""

    class Inbox:
        def add(self, guid: str, event: str, action: str | None, payload: bytes) -> bool:
            raise AssertionError

    app = FastAPI()
    app.include_router(Webhook("secret", Inbox(), lambda: None, 1_000_000, 20.0).routes())
    release = asyncio.Event()

    async def large() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        await release.wait()

    async def small() -> AsyncIterator[bytes]:
        yield b"x" * 30_000

    async def post(client: httpx.AsyncClient, body: AsyncIterator[bytes]) -> int:
        headers = {"X-Hub-Signature-256": signed(b"")}
        return (await client.post("http://referee/webhooks/github", content=body, headers=headers)).status_code

    async def main() -> tuple[int, list[int]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            posts = [asyncio.create_task(post(client, large())) for _ in range(8)]
            await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
            while_full = await post(client, small())
            release.set()
            return while_full, await asyncio.gather(*posts)

    while_full, answers = asyncio.run(main())
    assert while_full == 401
    assert sorted(answers) == [401] * 4 + [503] * 4


def test_no_documentation_pages_are_exposed(running: Running) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/", "/webhooks/github"):
        assert running.client.get(running.url + path).status_code in {404, 405}


def test_an_event_that_nobody_wants_is_acknowledged_and_done(running: Running) -> None:
    assert running.send({"zen": "Keep it logically awesome."}, event="ping", guid="a-ping").status_code == 202
    until(lambda: running.server.deliveries.states()["a-ping"] == ("done", None))
