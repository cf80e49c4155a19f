"""GitHub's own description of its REST interface, held against every request that we send and every answer of a fake.

The description is npm's ``@octokit/openapi``; ``npm ci --prefix tests/peers`` installs it. Its servers' addresses are
left aside: only method, path, query, headers and body are compared.
"""

import json
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.testing import MockRequest, MockResponse

SERVER = "https://api.github.com"
DESCRIPTION = "@octokit/openapi/generated/api.github.com.json"
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def peers_folder() -> Path:
    """The ``node_modules`` folder with the peers: ``REFEREE_PEERS``, or the one beside this file."""
    return Path(os.environ.get("REFEREE_PEERS") or Path(__file__).parent / "node_modules")


def peer(path: str) -> Path:
    """A file of a peer; skips the test, saying what to do, where it is not installed."""
    found = peers_folder() / path
    if not found.exists():
        pytest.skip(f"{path} is missing: run `npm ci --prefix tests/peers`, or point REFEREE_PEERS at a node_modules")
    return found


@dataclass(frozen=True)
class Call:
    """One request as it went over the wire; ``path`` without the query, ``query`` without the question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def as_request(self) -> MockRequest:
        """The request in openapi-core's terms."""
        content_type = self.headers.get("content-type", "application/json")
        arguments = dict(parse_qsl(self.query, keep_blank_values=True))
        return MockRequest(
            SERVER,
            self.method,
            self.path,
            args=arguments,
            headers=dict(self.headers),
            data=self.body,
            content_type=content_type,
        )


class Contract:
    """What GitHub's description allows."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._api = OpenAPI.from_dict(description, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]
        self._paths = APICallPathFinder(self._api.spec)

    def violations(self, call: Call) -> list[str]:
        """What is wrong with a request: route, query, headers or body; empty when all is well."""
        found = [_told(error) for error in self._api.iter_request_errors(call.as_request())]
        return [f"{call.method} {call.path}: {told}" for told in found or self._unknown_parameters(call)]

    def answer_violations(self, call: Call, status: int, content_type: str, body: bytes) -> list[str]:
        """What is wrong with a fake's answer."""
        response = MockResponse(body, status_code=status, content_type=content_type.split(";", maxsplit=1)[0])
        found = [_told(error) for error in self._api.iter_response_errors(call.as_request(), response)]
        return [f"{status} to {call.method} {call.path}: {told}" for told in found]

    def _unknown_parameters(self, call: Call) -> list[str]:
        # The description says nothing of parameters that it does not list, and GitHub ignores them in silence.
        operation = self._paths.find(call.method.lower(), f"{SERVER}{call.path}").operation
        listed = operation / "parameters" if "parameters" in operation else ()
        known = {(parameter / "name").read_str() for parameter in listed}
        return [f"unknown query parameter {name!r}" for name in dict(parse_qsl(call.query)) if name not in known]


def _told(error: Exception) -> str:
    details = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
    return "; ".join(getattr(detail, "message", None) or repr(detail) for detail in details)


@cache
def contract() -> Contract:
    """GitHub's description, read once a process; skips the test where it is not installed."""
    return Contract(json.loads(peer(DESCRIPTION).read_bytes()))


class Checked:
    """ASGI middleware that holds every request against the contract before the fake answers it.

    Args:
        app: the fake.
        rules: the contract.
        prefix: what stands before GitHub's paths, for example ``/api/v3``; requests to other paths are let through.
        ours: paths below these prefixes belong to the fake itself and are not GitHub's.
    """

    def __init__(self, app: Any, rules: Contract, prefix: str = "", ours: tuple[str, ...] = ()) -> None:
        self._app = app
        self._rules = rules
        self._prefix = prefix
        self._ours = ours
        self.calls: list[Call] = []
        self.violations: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or not path.startswith(self._prefix) or path.startswith(self._ours or ("\0",)):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        call = Call(scope["method"], path.removeprefix(self._prefix), query, headers, body)
        self.calls.append(call)
        self.violations += self._rules.violations(call)
        await self._app(scope, _replayed(body, receive), send)


async def _whole(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
