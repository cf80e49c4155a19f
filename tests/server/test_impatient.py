"""A client that sends too slowly, or goes on after its answer, does not keep its connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvicorn

from bot.app import build
from bot.impatient import ImpatientProtocol
from bot.serve import web_server
from tests.server.harness import fake_host, settings

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
OPEN_SECONDS = 30
"""Far beyond the second after which the connection is to be closed."""


async def hello(scope: object, receive: object, send: Callable[..., object]) -> None:
    """An application that answers without reading what was sent."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})  # type: ignore[misc]
    await send({"type": "http.response.body", "body": b"hi"})  # type: ignore[misc]


@contextlib.asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that waits one second."""
    config = uvicorn.Config(
        hello, port=0, http=ImpatientProtocol, lifespan="off", log_config=None, timeout_keep_alive=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await task


async def everything(reader: asyncio.StreamReader) -> bytes:
    """What arrives until the end, or until the connection is reset."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(1000):
            said += piece
    return said


async def until_closed(begin: bytes, then: bytes) -> bytes:
    """What the server says to ``begin``, followed by ``then`` again and again, until it hangs up."""
    async with connection() as (reader, writer):
        writer.write(begin)
        said = asyncio.create_task(everything(reader))

        async def trickle() -> None:
            while not said.done():
                with contextlib.suppress(ConnectionError):
                    writer.write(then)
                await asyncio.sleep(0.05)

        async with asyncio.timeout(OPEN_SECONDS):
            await trickle()
        return said.result()


@pytest.mark.parametrize(
    ("begin", "then"),
    [(b"", b""), (HEAD, b""), (HEAD, b"X-A: 1\r\n"), (HEAD + b"\r\n", b"G"), (HEAD + b"\r\n" + HEAD, b"X-A: 1\r\n")],
    ids=["nothing", "half a head", "a head that trickles", "after an answer", "after a pipelined answer"],
)
def test_a_head_that_does_not_arrive_ends_the_connection(begin: bytes, then: bytes) -> None:
    said = asyncio.run(until_closed(begin, then))
    assert said.count(b"200 OK") == begin.count(b"\r\n\r\n")


def test_a_body_that_goes_on_after_the_answer_ends_the_connection() -> None:
    said = asyncio.run(until_closed(HEAD + b"Content-Length: 100000000\r\n\r\n", b"x" * 1000))
    assert said.endswith(b"hi")


def test_one_connection_carries_requests_for_longer_than_one_may_take() -> None:
    async def several() -> None:
        async with connection() as (reader, writer):
            for _ in range(6):
                writer.write(HEAD + b"\r\n")
                assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
                await asyncio.sleep(0.3)

    asyncio.run(several())


def test_the_server_is_run_with_it(tmp_path: Path) -> None:
    server = build(settings(tmp_path), fake_host())
    try:
        assert web_server(server).config.http is ImpatientProtocol
    finally:
        server.database.close()
