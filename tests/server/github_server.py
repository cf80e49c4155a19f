"""A small GitHub of our own over real HTTP, with faults to order; every request is held against GitHub's description.

It holds one repository, knows tokens and JWTs, and answers no more than the client reads.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.edges.app_auth import AppKey
from bot.edges.github import GitHub
from bot.edges.github.connection import Connection
from tests.peers.openapi import Call, Checked, contract

APP_ID = 5
INSTALLATION, REPOSITORY = 7, 42
HEAD = "a" * 40
Fault = Callable[[str, str], Response | None]


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def private_key_text() -> str:
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass
class Server:
    """What this GitHub holds, and what it was asked."""

    url: str = ""
    full_name: str = "octo/experiment"
    state: str = "open"
    tokens: dict[str, str] = field(default_factory=dict)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    token_delay: float = 0.0
    archive: bytes = b"archive"
    location: str = ""
    lose_answer_after: int | None = None
    writes: int = 0
    checked: Checked | None = None

    @property
    def calls(self) -> list[Call]:
        assert self.checked is not None
        return self.checked.calls

    @property
    def violations(self) -> list[str]:
        assert self.checked is not None
        return self.checked.violations

    def asked(self, method: str, ending: str) -> list[Call]:
        """The requests with this method whose path ends so."""
        return [call for call in self.calls if call.method == method and call.path.endswith(ending)]

    def fail(self, method: str, ending: str, *answers: Response | None) -> None:
        """Answer the next matching requests so, one each; None lets one through."""
        waiting = list(answers)

        def fault(asked: str, path: str) -> Response | None:
            return waiting.pop(0) if waiting and asked == method and path.endswith(ending) else None

        self.faults.append(fault)

    def client(self, connection: Connection | None = None) -> GitHub:
        """A client of this server that never really sleeps."""
        made = connection or Connection(self.url, 5, between_requests=0.0, between_writes=0.0, sleep=self.slept.append)
        return GitHub(str(APP_ID), AppKey(private_key_text()), made)


def refused(status: int, message: str, **headers: str) -> JSONResponse:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"message": message}, status, told)


def _application(server: Server) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "POST", "PATCH"])
    async def answer(request: Request, path: str) -> Response:
        for fault in server.faults:
            if (failure := fault(request.method, f"/{path}")) is not None:
                return failure
        body = await request.body()
        for method, pattern, handler in ROUTES:
            match = re.fullmatch(pattern.replace("REPO", f"repos/{server.full_name}"), path)
            if match and method == request.method:
                refusal = _refuse(server, request, path)
                arguments = [int(group) if group.isdecimal() else group for group in match.groups()]
                done = refusal or handler(server, request, json.loads(body or b"null"), *arguments)
                return refused(502, "Bad gateway") if _is_lost(server, method, path) else done
        return refused(404, "Not Found")

    return app


def _is_lost(server: Server, method: str, path: str) -> bool:
    if method == "GET" or path.startswith("app"):
        return False
    server.writes += 1
    return server.writes - 1 == server.lose_answer_after


def _refuse(server: Server, request: Request, path: str) -> Response | None:
    if path.startswith("_codeload"):
        return None  # the address is a ticket
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if not path.startswith("app"):
        return None if secret in server.tokens else refused(401, "Bad credentials")
    try:
        claims = jwt.decode(secret, private_key().public_key(), algorithms=["RS256"], options={"verify_sub": False})
    except jwt.InvalidTokenError:
        return refused(401, "A JSON web token could not be decoded")
    server.claims.append(claims)
    return None if kind == "Bearer" else refused(401, "Bad credentials")


def _page(server: Server, request: Request, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    size, page = int(request.query_params.get("per_page", 30)), int(request.query_params.get("page", 1))
    more = f"{server.url}{request.url.path}?per_page={size}&page={page + 1}"
    links = {"link": f'<{more}>; rel="next"'} if page * size < len(items) else {}
    return items[(page - 1) * size : page * size], links


def _token(server: Server, _: Request, body: Any, installation: int) -> Response:
    time.sleep(server.token_delay)
    if installation != INSTALLATION:
        return refused(404, "Not Found")
    if body["repository_ids"] != [REPOSITORY]:
        return refused(422, "There is at least one repository that does not exist or is not accessible")
    value = f"ghs_{len(server.tokens) + 1}"
    server.tokens[value] = server.full_name
    ends = datetime.fromtimestamp(time.time() + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = [{"id": REPOSITORY, "full_name": server.full_name}]
    return JSONResponse(
        {"token": value, "expires_at": ends, "permissions": body["permissions"], "repositories": names}, 201
    )


def _new_run(server: Server, request: Request, body: Any) -> Response:
    number = len(server.runs) + 1
    server.annotations[number] = []
    url = f"{server.url}/repos/{server.full_name}/check-runs/{number}"
    server.runs[number] = {
        "id": number,
        "url": url,
        "html_url": f"https://github.com/c/{number}",
        "conclusion": None,
        "app": {"id": APP_ID},
        **body,
    }
    return JSONResponse(server.runs[number], 201)


def _edit_run(server: Server, request: Request, body: Any, number: int) -> Response:
    if number not in server.runs:
        return refused(404, "Not Found")
    server.annotations[number] += body.get("output", {}).pop("annotations", [])
    server.runs[number] |= body
    return JSONResponse(server.runs[number])


def _runs(server: Server, request: Request, _: Any, sha: str) -> Response:
    asked = request.query_params
    found = [run for run in server.runs.values() if (run["head_sha"], run["name"]) == (sha, asked["check_name"])]
    page, links = _page(server, request, found)
    return JSONResponse({"total_count": len(found), "check_runs": page}, 200, links)


def _annotations(server: Server, request: Request, _: Any, number: int) -> Response:
    page, links = _page(server, request, server.annotations[number])
    return JSONResponse(page, 200, links)


def _pull(server: Server, request: Request, _: Any, number: int) -> Response:
    url = f"{server.url}/repos/{server.full_name}/pulls/{number}"
    told = {"url": url, "number": number, "state": server.state, "draft": False}
    return JSONResponse({**told, "head": {"sha": HEAD}, "base": {"sha": "b" * 40}})


def _files(server: Server, request: Request, _: Any, number: int) -> Response:
    page, links = _page(server, request, server.files)
    return JSONResponse(page, 200, links)


def _reviews(server: Server, request: Request, _: Any, number: int) -> Response:
    page, links = _page(server, request, server.reviews)
    return JSONResponse(page, 200, links)


def _new_review(server: Server, request: Request, body: Any, number: int) -> Response:
    made = {"id": len(server.reviews) + 1, "user": {"login": "referee[bot]"}, "state": "COMMENTED", **body}
    server.reviews.append(made)
    return JSONResponse(made)


def _tarball(server: Server, request: Request, _: Any, sha: str) -> Response:
    where = server.location or f"{server.url}/_codeload/{sha}"
    return Response(status_code=302, headers={"location": where})


def _codeload(server: Server, *_: Any) -> Response:
    return Response(server.archive, media_type="application/x-gzip")


ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", r"app", lambda *_: JSONResponse({"id": APP_ID, "slug": "referee", "name": "Referee"})),
    ("POST", r"app/installations/(\d+)/access_tokens", _token),
    ("POST", r"REPO/check-runs", _new_run),
    ("PATCH", r"REPO/check-runs/(\d+)", _edit_run),
    ("GET", r"REPO/check-runs/(\d+)/annotations", _annotations),
    ("GET", r"REPO/commits/(\w+)/check-runs", _runs),
    ("GET", r"REPO/pulls/(\d+)", _pull),
    ("GET", r"REPO/pulls/(\d+)/files", _files),
    ("GET", r"REPO/pulls/(\d+)/reviews", _reviews),
    ("POST", r"REPO/pulls/(\d+)/reviews", _new_review),
    ("GET", r"REPO/tarball/(\w+)", _tarball),
    ("GET", r"_codeload/(\w+)", _codeload),
]


@contextmanager
def serving() -> Iterator[Server]:
    """A running server, on a free port of this machine."""
    server = Server()
    server.checked = Checked(_application(server), contract(), ours=("/_codeload",))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(server.checked, log_level="error", lifespan="off", ws="none", server_header=False)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            running.should_exit = True
            thread.join(10)
