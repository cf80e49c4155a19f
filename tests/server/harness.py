"""The real server over real HTTP on a free port, in a thread, with a fake GitHub behind it."""

import contextlib
import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.app import Server, build, create_app
from bot.core.subject import Subject
from bot.edges.durable import Patience
from bot.edges.protocols import PullRequestState
from bot.settings import Settings
from bot.workflows.review import Judge
from checks.finding import RungName
from checks.profiles import PROFILES
from checks.verdict import RungReport, RungResult, RungStatus, SubjectInfo, Verdict, decide
from tests.server.fakes import FakeHost, FakeRepository

SECRET = "It's a Secret to Everybody"
SHAS = ["a" * 40, "b" * 40, "c" * 40]
QUICK = Patience(unavailable=4, unexpected=2, first_pause=0.01, poll=0.05)


@cache
def pem() -> str:
    """An RSA key made for this run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def settings(directory: Path, **changes: Any) -> Settings:
    """Settings of a server whose state is in this directory."""
    values: dict[str, Any] = {
        "app_id": 7,
        "webhook_secret": SECRET,
        "private_key": pem(),
        "state_directory": directory,
        "poll_seconds": 0.1,
        "drain_seconds": 5,
    }
    return Settings(**{**values, **changes})


def ready_verdict(archive: IO[bytes], subject: Subject) -> Verdict:
    """A judge that reads the archive and finds nothing."""
    archive.read()
    report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED)
    info = SubjectInfo(repository=subject.repository, head_sha=subject.head_sha)
    return decide(PROFILES["experiment"], [RungResult(report=report)], [RungName.STATIC], info)


def signed(body: bytes, secret: str = SECRET) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def pull_request(action: str, sha: str = SHAS[0], number: int = 1, **changes: Any) -> dict[str, Any]:
    """The fields of a ``pull_request`` payload that the server uses, and one that it does not."""
    return {
        "action": action,
        "installation": {"id": 11},
        "repository": {"id": 22, "full_name": "octo/experiment"},
        "pull_request": {"number": number, "head": {"sha": sha}, "base": {"sha": "0" * 40}, "draft": False},
        "sender": {"login": "octocat"},
        **changes,
    }


@dataclass
class Running:
    """A running server and the GitHub that it talks to."""

    url: str
    server: Server
    repository: FakeRepository
    host: FakeHost
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def send(
        self, payload: object, event: str = "pull_request", guid: str | None = None, **headers: str
    ) -> httpx.Response:
        """Deliver a webhook, signed."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.client.post(
            f"{self.url}/webhooks/github",
            content=body,
            headers={
                "X-Hub-Signature-256": signed(body),
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": guid or str(uuid.uuid4()),
                "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def head(self, sha: str, number: int = 1, state: str = "open") -> None:
        """Make GitHub say that this is the pull request's head."""
        self.repository.archives.setdefault(sha, b"archive")
        self.repository.states[number] = PullRequestState(number, state, False, sha, "0" * 40)

    def quiet(self) -> None:
        """Wait until every stored delivery is settled and every workflow is over."""
        until(
            lambda: (
                not {"pending", "failed"} & {state for state, _ in self.server.deliveries.states().values()}
                and all(run.is_over for run in self.server.engine.runs(""))
            )
        )


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextlib.contextmanager
def serving(server: Server, host: FakeHost) -> Iterator[Running]:
    """The server on a free port, until the block ends; then it drains as on SIGTERM."""
    config = uvicorn.Config(create_app(server), port=0, log_config=None, lifespan="on")
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run)
    thread.start()
    try:
        until(lambda: web.started or not thread.is_alive())
        port = web.servers[0].sockets[0].getsockname()[1]
        running = Running(f"http://127.0.0.1:{port}", server, host.repositories[11, 22], host)
        with running.client:
            yield running
    finally:
        web.should_exit = True
        thread.join()


@contextlib.contextmanager
def referee(
    directory: Path, host: FakeHost | None = None, judge: Judge = ready_verdict, **changes: Any
) -> Iterator[Running]:
    """A whole server; by default with one repository and one open pull request."""
    host = host or fake_host()
    with serving(build(settings(directory, **changes), host, judge, QUICK), host) as running:
        yield running


def fake_host() -> FakeHost:
    """Installation 11 with repository 22, whose pull request 1 is open at the first of ``SHAS``."""
    repository = FakeRepository(archives=dict.fromkeys(SHAS, b"archive"))
    repository.states[1] = PullRequestState(1, "open", False, SHAS[0], "0" * 40)
    return FakeHost({(11, 22): repository})
